//! Where results go, and in which format.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use clap::ValueEnum;

use super::atomic_file::{self, can_be_made, resolve};
use super::protected_files::Inputs;
use crate::cli::{print, print_to_somebody};
use crate::error::Error;
use crate::render::{Document, Paint};

/// A format of the contract. Not every command has each of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Format {
    Text,
    Json,
    Markdown,
    Html,
    Sarif,
    Junit,
    Github,
    AzurePipelines,
    Gitlab,
}

/// `FORMAT[=FILE]`, as it was given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutputArg {
    /// Which formats there are depends on the command, so this is checked when the command is known.
    format: String,
    /// `None`: stdout.
    file: Option<PathBuf>,
}

/// A format and its place.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Target {
    format: Format,
    /// `None`: stdout.
    file: Option<PathBuf>,
}

/// The results of a run, each format with its place.
#[derive(Clone, Debug)]
pub struct Outputs {
    targets: Vec<Target>,
    /// For text on stdout.
    paint: Paint,
}

impl Format {
    /// The name that `--output` takes.
    fn name(self) -> String {
        self.to_possible_value()
            .map(|value| value.get_name().to_owned())
            .unwrap_or_default()
    }
}

impl OutputArg {
    /// Reads `FORMAT`, `FORMAT=FILE` or `FORMAT=-`.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let (format, file) = match text.split_once('=') {
            Some((_, "")) => return Err("expected a file after `=`".to_owned()),
            Some((format, "-")) => (format, None),
            Some((format, file)) => (format, Some(PathBuf::from(file))),
            None => (text, None),
        };
        Ok(Self {
            format: format.to_owned(),
            file,
        })
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.format.name())?;
        self.file
            .iter()
            .try_for_each(|file| write!(f, "={}", file.display()))
    }
}

impl Outputs {
    /// Checks the wanted outputs before anything else happens: the formats suit the command, no two collide, none is
    /// written over what the run reads, and each file can be made. Where nothing else goes to stdout, the first of
    /// `formats` does.
    ///
    /// With the first error come the outputs that are fine: they are told of it.
    pub(crate) fn new(
        wanted: &[OutputArg],
        formats: &[Format],
        inputs: &Inputs,
        paint: Paint,
    ) -> (Self, Result<(), Error>) {
        let (mut targets, mut checked) = (Vec::new(), Ok(()));
        for arg in wanted {
            match target(arg, formats, inputs, &targets) {
                Ok(target) => targets.push(target),
                Err(error) => checked = checked.and(Err(error)),
            }
        }
        let unsaid = formats
            .first()
            .filter(|_| checked.is_ok())
            .filter(|format| targets.iter().all(|t| t.file.is_some() && t.format != **format));
        targets.extend(unsaid.map(|format| Target {
            format: *format,
            file: None,
        }));
        (Self { targets, paint }, checked)
    }

    /// Shows on stdout what comes before the result, where people read stdout; says whether they do.
    pub(crate) fn preview(&self, document: &dyn Document) -> Result<bool, Error> {
        let stdout = |target: &Target| target.file.is_none() && target.format == Format::Text;
        let read = self.targets.iter().any(stdout);
        if read {
            print((document.text(self.paint) + "\n").as_bytes())?;
        }
        Ok(read)
    }

    /// Writes a result to every place. A place that cannot be written keeps the result from no other; the first
    /// error is the answer.
    pub(crate) fn write(&self, document: &dyn Document) -> Result<(), Error> {
        all(&self.targets, |target| self.put(target, document))
    }

    /// Writes what takes the place of a result that there is not. People read it on stderr instead.
    pub(crate) fn write_failure(&self, document: &dyn Document) -> Result<(), Error> {
        let machine = self.targets.iter().filter(|target| target.format != Format::Text);
        all(machine, |target| self.put(target, document))
    }

    /// Writes bytes that have one form only, such as a schema.
    pub(crate) fn write_bytes(&self, bytes: &[u8]) -> Result<(), Error> {
        all(&self.targets, |target| match &target.file {
            Some(file) => atomic_file::write(file, bytes).map_err(|source| unwritten(file, source)),
            None => print(bytes),
        })
    }

    /// The same for bytes that nobody else on this machine may read, and that somebody must.
    pub(crate) fn write_secret(&self, bytes: &[u8]) -> Result<(), Error> {
        all(&self.targets, |target| match &target.file {
            Some(file) => {
                atomic_file::write_secret(file, bytes).map_err(|source| unwritten(file, source))
            }
            None => print_to_somebody(bytes),
        })
    }

    /// Leaves out stdout, which belongs to someone else.
    pub(crate) fn without_stdout(mut self) -> Self {
        self.targets.retain(|target| target.file.is_some());
        self
    }

    fn put(&self, target: &Target, document: &dyn Document) -> Result<(), Error> {
        let paint = if target.file.is_some() {
            Paint::PLAIN
        } else {
            self.paint
        };
        let text = match target.format {
            Format::Json => document.json(),
            _ => document.text(paint),
        };
        match &target.file {
            Some(file) => {
                atomic_file::write(file, text.as_bytes()).map_err(|source| unwritten(file, source))
            }
            None => print(text.as_bytes()),
        }
    }
}

/// Does something with every target, and only then returns the first error.
fn all<'a>(
    targets: impl IntoIterator<Item = &'a Target>,
    write: impl Fn(&Target) -> Result<(), Error>,
) -> Result<(), Error> {
    let tried: Vec<Result<(), Error>> = targets.into_iter().map(write).collect();
    tried.into_iter().collect()
}

/// The target that an argument stands for, checked against those before it.
fn target(
    arg: &OutputArg,
    formats: &[Format],
    inputs: &Inputs,
    others: &[Target],
) -> Result<Target, Error> {
    let target = Target {
        format: format(&arg.format, formats)?,
        file: arg.file.clone(),
    };
    if let Some(other) = others.iter().find(|other| collide(other, &target)) {
        return Err(collision(other, &target));
    }
    if let Some(file) = &target.file {
        if let Some(role) = inputs.role(file) {
            return Err(overwrites(file, role, target.format));
        }
        can_be_made(file).map_err(|source| unwritten(file, source))?;
    }
    Ok(target)
}

/// The format of a name, if the command has it.
fn format(name: &str, formats: &[Format]) -> Result<Format, Error> {
    let known = Format::from_str(name, false);
    if let Some(format) = known.iter().find(|format| formats.contains(format)) {
        return Ok(*format);
    }
    let message = match known {
        Ok(_) => format!("output format `{name}` is not available for this command"),
        Err(_) => format!("`{name}` is no output format"),
    };
    let names: Vec<String> = formats
        .iter()
        .map(|format| format!("`{}`", format.name()))
        .collect();
    Err(Error::usage(message, format!("it has {}", names.join(" and "))))
}

fn collide(a: &Target, b: &Target) -> bool {
    let same_file = match (&a.file, &b.file) {
        (Some(a), Some(b)) => a == b || resolve(a).ok().is_some_and(|a| resolve(b).ok() == Some(a)),
        (None, None) => true,
        _ => false,
    };
    a.format == b.format || same_file
}

fn collision(a: &Target, b: &Target) -> Error {
    let message = if a.format == b.format {
        format!("output format `{}` is given twice", a.format.name())
    } else {
        let place = a
            .file
            .as_ref()
            .map_or("stdout".to_owned(), |file| format!("`{}`", file.display()));
        format!("outputs `{a}` and `{b}` both go to {place}")
    };
    Error::usage(
        message,
        format!("send one of them elsewhere: --output {}=FILE", b.format.name()),
    )
}

fn overwrites(file: &Path, role: &str, format: Format) -> Error {
    Error::usage(
        format!(
            "output `{}` would be written over {role}",
            Target {
                format,
                file: Some(file.to_owned())
            }
        ),
        format!("name another file: --output {}=FILE", format.name()),
    )
}

fn unwritten(file: &Path, source: io::Error) -> Error {
    Error::File {
        action: "write",
        path: file.into(),
        source,
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    const BOTH: &[Format] = &[Format::Text, Format::Json];

    struct Sample;

    impl Document for Sample {
        fn text(&self, _: Paint) -> String {
            "text\n".to_owned()
        }

        fn json(&self) -> String {
            "{}\n".to_owned()
        }
    }

    fn made(args: &[&str], inputs: &Inputs) -> (Outputs, Result<(), Error>) {
        let args: Vec<_> = args.iter().map(|arg| OutputArg::parse(arg).unwrap()).collect();
        Outputs::new(&args, BOTH, inputs, Paint::PLAIN)
    }

    fn outputs(args: &[&str]) -> Result<Outputs, Error> {
        let (outputs, checked) = made(args, &Inputs::default());
        checked.map(|()| outputs)
    }

    fn shown(args: &[&str]) -> String {
        match outputs(args) {
            Ok(outputs) => outputs
                .targets
                .iter()
                .map(Target::to_string)
                .collect::<Vec<_>>()
                .join(" "),
            Err(error) => error.to_string(),
        }
    }

    #[test]
    fn text_goes_to_stdout_unless_something_else_does() {
        let folder = tempfile::tempdir().unwrap();
        let at = |text: &str| text.replace("DIR", &folder.path().display().to_string());
        let rows: [(&[&str], &str); 8] = [
            (&[], "text"),
            (&["json"], "json"),
            (&["json=-"], "json"),
            (&["json=DIR/plan.json"], "json=DIR/plan.json text"),
            (&["text=DIR/plan.txt"], "text=DIR/plan.txt"),
            (&["json", "text"], "outputs `json` and `text` both go to stdout"),
            (
                &["json=DIR/a", "json=DIR/b"],
                "output format `json` is given twice",
            ),
            (
                &["json=DIR/a", "text=DIR/a"],
                "outputs `json=DIR/a` and `text=DIR/a` both go to `DIR/a`",
            ),
        ];
        for (args, want) in rows {
            let args: Vec<String> = args.iter().map(|arg| at(arg)).collect();
            let args: Vec<&str> = args.iter().map(String::as_str).collect();
            assert_eq!(shown(&args), at(want));
        }
    }

    #[test]
    fn only_the_formats_that_the_command_has_are_offered() {
        let rows = [
            ("sarif", "output format `sarif` is not available for this command"),
            ("xml", "`xml` is no output format"),
            ("JSON=a", "`JSON` is no output format"),
        ];
        for (arg, message) in rows {
            let error = outputs(&[arg]).unwrap_err();
            assert_eq!(error.to_string(), message);
            assert_eq!(error.help().as_deref(), Some("it has `text` and `json`"));
        }
    }

    #[test]
    fn a_folder_that_is_not_there_is_an_error_before_anything_is_written() {
        let folder = tempfile::tempdir().unwrap();
        let missing = format!("json={}", folder.path().join("no/plan.json").display());
        let is_folder = format!("json={}", folder.path().display());
        for arg in [missing, is_folder] {
            assert!(matches!(outputs(&[&arg]), Err(Error::File { .. })), "{arg}");
        }
    }

    #[test]
    fn a_file_is_replaced_whole_and_nothing_is_left_beside_it() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("plan.json");
        fs::write(&file, "an older and longer plan").unwrap();
        let outputs = outputs(&[&format!("json={}", file.display()), "text=/dev/null"]).unwrap();
        outputs.write(&Sample).unwrap();
        assert_eq!(fs::read_to_string(&file).unwrap(), "{}\n");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_place_that_cannot_be_written_keeps_the_result_from_no_other() {
        let folder = tempfile::tempdir().unwrap();
        let (gone, kept) = (folder.path().join("gone"), folder.path().join("plan.json"));
        fs::create_dir(&gone).unwrap();
        let args = [
            format!("text={}", gone.join("plan.txt").display()),
            format!("json={}", kept.display()),
        ];
        let outputs = outputs(&[&args[0], &args[1]]).unwrap();
        fs::remove_dir(&gone).unwrap();
        let error = outputs.write(&Sample).unwrap_err();
        assert!(error.to_string().contains("plan.txt"), "{error}");
        assert_eq!(fs::read_to_string(kept).unwrap(), "{}\n");
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn a_folder_that_takes_no_files_is_an_error_before_anything_is_written() {
        assert!(matches!(
            outputs(&["json=/proc/report.json"]),
            Err(Error::File { .. })
        ));
    }

    #[test]
    fn what_the_run_reads_is_not_written_over_and_the_others_hear_of_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        fs::write(path("spec.yaml"), "version: 1").unwrap();
        let inputs = Inputs::default().specs([&*path("spec.yaml")]);
        let args = [
            format!("text={}", path("spec.yaml").display()),
            format!("json={}", path("error.json").display()),
        ];
        let (outputs, checked) = made(&[&args[0], &args[1]], &inputs);
        let error = checked.unwrap_err();
        assert!(matches!(error, Error::Usage { .. }), "{error}");
        outputs.write_failure(&error).unwrap();
        assert_eq!(fs::read_to_string(path("spec.yaml")).unwrap(), "version: 1");
        assert!(path("error.json").exists());
    }

    #[test]
    #[cfg(unix)]
    fn one_file_by_two_names_is_one_place() {
        let folder = tempfile::tempdir().unwrap();
        std::os::unix::fs::symlink("a", folder.path().join("b")).unwrap();
        let args = ["json=a", "text=b"].map(|arg| {
            let (format, name) = arg.split_once('=').unwrap();
            format!("{format}={}", folder.path().join(name).display())
        });
        let error = outputs(&[&args[0], &args[1]]).unwrap_err();
        assert!(error.to_string().contains("both go to"), "{error}");
    }

    #[test]
    fn a_file_is_expected_after_the_sign() {
        assert!(OutputArg::parse("azure-pipelines=x").is_ok());
        assert!(OutputArg::parse("json=").is_err());
    }
}
