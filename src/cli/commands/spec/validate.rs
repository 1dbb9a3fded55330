//! `ringfence validate`

use std::io;
use std::path::Path;

use clap::Args;
use clap::builder::PossibleValuesParser;
use jiff::Timestamp;
use jiff::civil::Date;

use crate::cli::args::globals::Repeated;
use crate::cli::args::output::{Format, formats_of_result, with_formats};
use crate::cli::args::spec::SpecArgs;
use crate::cli::args::values::severities;
use crate::cli::command::Command;
use crate::cli::io::context::Context;
use crate::cli::io::spec_file;
use crate::error::{Error, Exit};
use crate::local_file;
use crate::posture::{Moment, POSTURE_CHECKS, PostureCount, judge_spec};
use crate::render::{Validated, safe};
use crate::run::SpecRequest;
use crate::spec::{
    Correction, Diagnostic, DiagnosticCode, LARGEST_FILE, Severity, Spec, corrected, corrections,
};

/// Check a spec without Azure
///
/// Checks everything that can be known offline, `expect` included. All errors are shown, each with file, line and
/// column.
#[derive(Clone, Debug, Args)]
#[command(after_help = "Examples:
  ringfence validate registries.yaml
  ringfence validate specs/ -o json=findings.json
  ringfence validate specs/ --deny warnings
  ringfence validate specs/ --posture --fail-on warning
  ringfence validate specs/ --fix")]
#[command(mut_arg("output", |output| with_formats(output, "the result", FORMATS)))]
pub(crate) struct ValidateArgs {
    #[command(flatten)]
    specs: SpecArgs,
    /// Treat this warning as an error; `warnings` for all of them (repeatable)
    #[arg(long, value_name = "CODE", value_parser = warning_codes())]
    deny: Vec<String>,
    /// Correct in the files what leaves no choice, then check again
    ///
    /// Comments, order and line ends stay. Names of networks and subnets are never guessed.
    #[arg(long)]
    fix: bool,
    /// Judge the spec by posture rules too (docs/posture.md)
    #[arg(long)]
    posture: bool,
    /// End with 2 for a posture finding of this severity or a worse one
    #[arg(long, value_name = "SEVERITY", value_parser = severities(), default_value = "error", requires = "posture")]
    fail_on: Severity,
    /// Show the notes of posture rules too, which are counted otherwise
    #[arg(long, requires = "posture")]
    notes: bool,
    #[command(flatten)]
    repeated: Repeated,
}

/// Formats of the result. The first is the default.
const FORMATS: &[Format] = formats_of_result![];

/// Most times that a spec is corrected and checked again.
const MOST_PASSES: usize = 10;
/// The name that `--deny` takes for every warning.
const ALL_WARNINGS: &str = "warnings";

/// Takes the codes of warnings.
fn warning_codes() -> PossibleValuesParser {
    let mut names = vec![ALL_WARNINGS];
    for code in DiagnosticCode::ALL {
        if code.severity() == Severity::Warning {
            names.push(code.as_str());
        }
    }
    PossibleValuesParser::new(names)
}

impl ValidateArgs {
    /// Turns the warnings that are denied into errors. Returns true if there is one.
    fn deny(&self, warnings: &mut [Diagnostic]) -> bool {
        let mut any = false;
        for warning in warnings {
            let code = warning.code.as_str();
            if self
                .deny
                .iter()
                .any(|denied| denied == code || denied == ALL_WARNINGS)
            {
                warning.severity = Severity::Error;
                any = true;
            }
        }
        any
    }
}

/// Writes the corrections that leave no choice. One can bring another to light, as a key does whose value was not read.
fn fix(request: &SpecRequest, context: &Context) -> Result<(), Error> {
    if request.stdin.is_some() {
        return Err(Error::usage(
            "`--fix` cannot correct a spec from stdin",
            "give the path of its file",
        ));
    }
    for _ in 0..MOST_PASSES {
        let found = match request.load_quietly(true) {
            Ok(loaded) => loaded.warnings,
            Err(Error::InvalidSpec(found)) => found,
            Err(error) => return Err(error),
        };
        let files = corrections(&found);
        if files.is_empty() {
            break;
        }
        for (name, corrections) in files {
            write(&name, &corrections).map_err(|source| Error::File {
                action: "correct",
                path: Path::new(&*name).into(),
                source,
            })?;
            for Correction {
                line,
                offset: _,
                before,
                after,
            } in corrections
            {
                context.tell(&format!(
                    "{}\n",
                    safe(&format!("{name}:{line}: {before} → {after}"))
                ));
            }
        }
    }
    Ok(())
}

/// Writes the corrections of one file.
fn write(name: &str, corrections: &[Correction]) -> io::Result<()> {
    let path = Path::new(name);
    let file = local_file::read(path, LARGEST_FILE)?;
    match corrected(&file, corrections) {
        Some(text) => spec_file::replace(path, &file, &text),
        None => Err(io::Error::other("it has changed since it was checked")),
    }
}

/// Adds what posture rules find. A finding takes the place of the warnings that say the same.
fn judge(spec: &Spec, today: Date, valid: &mut Validated) {
    let moment = Moment::new(today, Timestamp::now(), Moment::DAYS_AHEAD);
    valid.posture = Some(judge_spec(spec, &moment));
    valid.warnings.retain(|warning| {
        let mut checks = POSTURE_CHECKS.iter();
        !checks.any(|check| check.diagnostic == Some(warning.code))
    });
}

impl ValidateArgs {
    /// Loads and judges the spec, and writes the result of a valid one.
    fn check(&self, context: &Context) -> Result<Exit, Error> {
        let request = self.specs.request("validate", context)?;
        request.check_offline("validate reads none")?;
        if self.fix {
            fix(&request, context)?;
        }
        let mut loaded = request.load_quietly(true)?;
        if self.deny(&mut loaded.warnings) {
            return Err(Error::InvalidSpec(loaded.warnings));
        }
        // All files are checked in any case: a mistake in one can change what the others mean.
        let chosen = request.choose(loaded.spec)?;
        let mut valid = Validated {
            registries: chosen.registries.len(),
            warnings: loaded.warnings,
            posture: None,
        };
        if self.posture {
            judge(&chosen, request.day, &mut valid);
        }
        context.write(&valid)?;
        let count = PostureCount::of(valid.posture.as_deref().unwrap_or_default());
        Ok(match count.at_least(self.fail_on) {
            0 => Exit::Done,
            _ => Exit::Differs,
        })
    }
}

impl Command for ValidateArgs {
    fn run(&self, context: &Context) -> Result<Exit, Error> {
        let checked = self.check(context);
        if let Err(error @ Error::InvalidSpec(_)) = &checked {
            context.write_findings(error)?;
        }
        checked
    }

    fn formats(&self) -> &'static [Format] {
        FORMATS
    }

    fn repeated(&self) -> &Repeated {
        &self.repeated
    }

    /// Notes that decide the exit are shown.
    fn shows_all(&self) -> bool {
        self.notes || self.fail_on == Severity::Note
    }

    fn inputs(&self) -> Vec<&Path> {
        self.specs.paths()
    }
}
