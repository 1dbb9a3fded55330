//! Where results go, and in which format.

use std::fmt;
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use clap::ValueEnum;

use super::print;
use crate::error::Error;
use crate::render::{Document, Paint, safe};

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

/// `FORMAT[=FILE]`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutputArg {
    format: Format,
    /// `None`: stdout.
    file: Option<PathBuf>,
}

/// The results of a run, each format with its place.
#[derive(Clone, Debug)]
pub struct Outputs {
    targets: Vec<OutputArg>,
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
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let (format, file) = match text.split_once('=') {
            Some((_, "")) => return Err("expected a file after `=`".to_owned()),
            Some((format, "-")) => (format, None),
            Some((format, file)) => (format, Some(PathBuf::from(file))),
            None => (text, None),
        };
        let format = Format::from_str(format, false).map_err(|_| {
            let names: Vec<String> = Format::value_variants()
                .iter()
                .map(|format| format.name())
                .collect();
            format!("`{}` is no format; there are {}", safe(format), names.join(", "))
        })?;
        Ok(Self { format, file })
    }
}

impl fmt::Display for OutputArg {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.format.name())?;
        self.file
            .iter()
            .try_for_each(|file| write!(f, "={}", file.display()))
    }
}

impl Outputs {
    /// Checks the wanted outputs before anything else happens: the formats suit the command, no two collide, and each
    /// file can be made. Where nothing else goes to stdout, the first of `formats` does.
    pub(super) fn new(wanted: Vec<OutputArg>, formats: &[Format], paint: Paint) -> Result<Self, Error> {
        let mut targets: Vec<OutputArg> = Vec::new();
        for output in wanted {
            suits(&output, formats)?;
            if let Some(other) = targets.iter().find(|other| collide(other, &output)) {
                return Err(collision(other, &output));
            }
            output.file.as_deref().map_or(Ok(()), can_be_made)?;
            targets.push(output);
        }
        let unsaid = formats
            .first()
            .filter(|format| targets.iter().all(|t| t.file.is_some() && t.format != **format));
        targets.extend(unsaid.map(|format| OutputArg {
            format: *format,
            file: None,
        }));
        Ok(Self { targets, paint })
    }

    /// Shows on stdout what comes before the result, where people read stdout; says whether they do.
    pub(super) fn preview(&self, document: &dyn Document) -> Result<bool, Error> {
        let stdout = |target: &OutputArg| target.file.is_none() && target.format == Format::Text;
        let read = self.targets.iter().any(stdout);
        if read {
            print((document.text(self.paint) + "\n").as_bytes())?;
        }
        Ok(read)
    }

    /// Writes a result to every place.
    pub fn write(&self, document: &dyn Document) -> Result<(), Error> {
        self.targets
            .iter()
            .try_for_each(|target| self.put(target, document))
    }

    /// Writes what takes the place of a result that there is not. People read it on stderr instead.
    pub fn write_failure(&self, document: &dyn Document) -> Result<(), Error> {
        let machine = self.targets.iter().filter(|target| target.format != Format::Text);
        machine
            .into_iter()
            .try_for_each(|target| self.put(target, document))
    }

    /// Writes bytes that have one form only, such as a schema.
    pub(super) fn write_bytes(&self, bytes: &[u8]) -> Result<(), Error> {
        self.targets.iter().try_for_each(|target| match &target.file {
            Some(file) => write_file(file, bytes),
            None => print(bytes),
        })
    }

    /// Writes bytes to the files that were asked for; stdout belongs to someone else.
    pub(super) fn write_files(&self, bytes: &[u8]) -> Result<(), Error> {
        let files = self.targets.iter().filter_map(|target| target.file.as_deref());
        files.into_iter().try_for_each(|file| write_file(file, bytes))
    }

    fn put(&self, target: &OutputArg, document: &dyn Document) -> Result<(), Error> {
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
            Some(file) => write_file(file, text.as_bytes()),
            None => print(text.as_bytes()),
        }
    }
}

fn suits(output: &OutputArg, formats: &[Format]) -> Result<(), Error> {
    if formats.contains(&output.format) {
        return Ok(());
    }
    let names: Vec<String> = formats
        .iter()
        .map(|format| format!("`{}`", format.name()))
        .collect();
    Err(Error::usage(
        format!(
            "output format `{}` is not available for this command",
            output.format.name()
        ),
        format!("it has {}", names.join(" and ")),
    ))
}

fn collide(a: &OutputArg, b: &OutputArg) -> bool {
    a.format == b.format || a.file == b.file
}

fn collision(a: &OutputArg, b: &OutputArg) -> Error {
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

/// A folder that does not exist is found out before anything is read or written.
fn can_be_made(file: &Path) -> Result<(), Error> {
    let problem = if file.is_dir() {
        Some(io::Error::from(io::ErrorKind::IsADirectory))
    } else {
        fs::metadata(folder(file)).err()
    };
    match problem {
        Some(source) => Err(Error::Io {
            action: "write",
            path: file.into(),
            source,
        }),
        None => Ok(()),
    }
}

fn folder(file: &Path) -> &Path {
    match file.parent() {
        Some(parent) if parent != Path::new("") => parent,
        _ => Path::new("."),
    }
}

/// Writes a file so that a reader sees the old or the new one whole. What is no regular file, such as `/dev/stderr`,
/// is written to as it is.
fn write_file(file: &Path, bytes: &[u8]) -> Result<(), Error> {
    let file = fs::canonicalize(file).unwrap_or_else(|_| file.to_owned());
    let special = fs::metadata(&file).is_ok_and(|meta| !meta.is_file());
    let result = if special {
        fs::OpenOptions::new()
            .write(true)
            .open(&file)
            .and_then(|mut out| out.write_all(bytes))
    } else {
        replace(&file, bytes)
    };
    result.map_err(|source| Error::Io {
        action: "write",
        path: file,
        source,
    })
}

fn replace(file: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(".ringfence-");
    #[cfg(unix)]
    builder.permissions(permissions(file));
    let mut temporary = builder.tempfile_in(folder(file))?;
    temporary.write_all(bytes)?;
    temporary.as_file().sync_all()?;
    temporary.persist(file).map(|_| ()).map_err(|error| error.error)
}

/// Those of the file that is replaced, or what the process gives any new file.
#[cfg(unix)]
fn permissions(file: &Path) -> fs::Permissions {
    use std::os::unix::fs::PermissionsExt;
    fs::metadata(file).map_or_else(|_| fs::Permissions::from_mode(0o666), |meta| meta.permissions())
}

#[cfg(test)]
mod tests {
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

    fn outputs(args: &[&str]) -> Result<Outputs, Error> {
        let args = args.iter().map(|arg| OutputArg::parse(arg).unwrap()).collect();
        Outputs::new(args, BOTH, Paint::PLAIN)
    }

    fn shown(args: &[&str]) -> String {
        match outputs(args) {
            Ok(outputs) => outputs
                .targets
                .iter()
                .map(OutputArg::to_string)
                .collect::<Vec<_>>()
                .join(" "),
            Err(error) => error.to_string(),
        }
    }

    #[test]
    fn text_goes_to_stdout_unless_something_else_does() {
        let rows: [(&[&str], &str); 8] = [
            (&[], "text"),
            (&["json"], "json"),
            (&["json=-"], "json"),
            (&["json=plan.json"], "json=plan.json text"),
            (&["text=plan.txt"], "text=plan.txt"),
            (&["json", "text"], "outputs `json` and `text` both go to stdout"),
            (&["json=a", "json=b"], "output format `json` is given twice"),
            (
                &["json=a", "text=a"],
                "outputs `json=a` and `text=a` both go to `a`",
            ),
        ];
        for (args, want) in rows {
            assert_eq!(shown(args), want);
        }
        assert_eq!(
            shown(&["sarif"]),
            "output format `sarif` is not available for this command"
        );
    }

    #[test]
    fn a_folder_that_is_not_there_is_an_error_before_anything_is_written() {
        let folder = tempfile::tempdir().unwrap();
        let missing = format!("json={}", folder.path().join("no/plan.json").display());
        let is_folder = format!("json={}", folder.path().display());
        for arg in [missing, is_folder] {
            assert!(matches!(outputs(&[&arg]), Err(Error::Io { .. })), "{arg}");
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
    fn formats_are_known_by_name() {
        assert!(OutputArg::parse("azure-pipelines=x").is_ok());
        for bad in ["", "yaml", "JSON", "json="] {
            assert!(OutputArg::parse(bad).is_err(), "{bad}");
        }
    }
}
