//! `ringfence init`

use std::fs::OpenOptions;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{Args, ValueHint};

use super::import::tell;
use crate::cli::args::globals::Repeated;
use crate::cli::args::output::{Format, with_formats};
use crate::cli::command::Command;
use crate::cli::io::context::Context;
use crate::error::{Error, Exit};
use crate::model::shell_word;
use crate::render::safe;
use crate::run::{self, FirstSpec, InitRequest, NamedRegistry, SpecOrigin};

/// Write a first spec, from live registries or from scratch
///
/// On a terminal, asks for what the flags leave out. The plan of a spec from live registries is empty: apply changes nothing
/// until you edit it. A spec from scratch manages nothing yet, and says how to begin. Never writes to Azure, and never over a
/// file.
#[derive(Clone, Debug, Args)]
#[command(mut_arg("output", |output| with_formats(output, "the result", FORMATS)))]
#[command(after_help = "Examples:
  ringfence init
  ringfence init --from live contoso fabrikam --to registries.yaml
  ringfence init --from scratch contoso -g rg --subscription ID --to new.yaml")]
pub(crate) struct InitArgs {
    /// Registry names or registry ids; with --from live, `all` for every registry that the account sees
    #[arg(value_name = "REGISTRY", value_hint = ValueHint::Other)]
    registries: Vec<String>,
    /// Where the spec comes from: live registries, or scratch
    #[arg(long, value_name = "ORIGIN", value_parser = origins(), hide_possible_values = true)]
    from: Option<SpecOrigin>,
    /// The new file
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    to: Option<PathBuf>,
    // Not from a variable: the name of a registry is unique, and one in another subscription must be found too.
    /// Subscription of registries that are given by name, or of `all`
    #[arg(long, value_name = "ID", value_hint = ValueHint::Other)]
    subscription: Option<String>,
    /// Resource group of registries that are given by name, or of `all` with --subscription
    #[arg(short = 'g', long, value_name = "RG", value_hint = ValueHint::Other)]
    resource_group: Option<String>,
    #[command(flatten)]
    repeated: Repeated,
}

const FORMATS: &[Format] = &[Format::Text];

fn origins() -> impl TypedValueParser<Value = SpecOrigin> {
    PossibleValuesParser::new(["live", "scratch"]).map(|name| match name.as_str() {
        "live" => SpecOrigin::Live,
        _ => SpecOrigin::Scratch,
    })
}

/// Writes a file that does not exist yet.
fn write_new(first: &FirstSpec) -> Result<(), Error> {
    let file = &first.file;
    let opened = OpenOptions::new().write(true).create_new(true).open(file);
    let written = opened.and_then(|mut opened| opened.write_all(first.text.as_bytes()));
    written.map_err(|source| match source.kind() {
        std::io::ErrorKind::AlreadyExists => run::file_exists(file),
        _ => Error::File {
            action: "write",
            path: file.clone(),
            source,
        },
    })
}

impl Command for InitArgs {
    fn run(&self, context: &Context) -> Result<Exit, Error> {
        let request = InitRequest {
            origin: self.from,
            registries: self.registries.clone(),
            flags: NamedRegistry {
                subscription: self.subscription.clone(),
                resource_group: self.resource_group.clone(),
            },
            file: self.to.clone(),
        };
        let options = context.globals.run_options();
        let first = run::init(&request, &options, context)?;
        write_new(&first)?;
        if let Some(import) = &first.import {
            tell(import, context);
        }
        let file = first.file.display().to_string();
        let number = first.registries;
        let noun = if number == 1 { "registry" } else { "registries" };
        let text = format!(
            "Wrote {}: {number} {noun}.\nNext: ringfence plan {}{}\n",
            safe(&file),
            shell_word(&first.file),
            options.same_service_flags()
        );
        let shown = context.write_text_after(&text, true)?;
        Ok(
            match first.import.is_none_or(|import| import.failures.is_empty()) {
                true => shown,
                false => Exit::Failed,
            },
        )
    }

    fn formats(&self) -> &'static [Format] {
        FORMATS
    }

    fn repeated(&self) -> &Repeated {
        &self.repeated
    }

    fn inputs(&self) -> Vec<&Path> {
        self.to.iter().map(PathBuf::as_path).collect()
    }
}
