//! The places that results go to.

use super::atomic_file::{can_be_made, unwritten};
use super::output_target::OutputTarget;
use super::protected_files::ProtectedFiles;
use super::stdout::print;
use crate::cli::args::output::{Format, OutputArg};
use crate::error::Error;
use crate::render::{Document, Paint};

/// The results of a run, each format with its place.
#[derive(Clone, Debug)]
pub(crate) struct Outputs {
    targets: Vec<OutputTarget>,
    /// True if the command line names a target.
    are_named: bool,
    /// For text on stdout.
    paint: Paint,
}

impl Outputs {
    /// Checks the outputs before anything else happens: their formats suit the command, no two collide, none overwrites
    /// a file that the run needs, and each file can be made. If nothing else goes to stdout, the first of `formats`
    /// does.
    ///
    /// The first error is returned beside the outputs that are fine, which it is written to.
    pub(crate) fn new(
        args: &[OutputArg],
        formats: &[Format],
        protected: &ProtectedFiles,
        paint: Paint,
    ) -> (Self, Result<(), Error>) {
        let mut targets = Vec::new();
        let mut checked = Ok(());
        for arg in args {
            match checked_target(arg, formats, protected, &targets) {
                Ok(target) => targets.push(target),
                Err(error) if checked.is_ok() => checked = Err(error),
                Err(_) => {}
            }
        }
        let are_named = !targets.is_empty();
        if checked.is_ok() {
            targets.extend(default_target(&targets, formats));
        }
        // A reader of stdout that has stopped must not keep a result from its file.
        targets.sort_by_key(|target| target.file.is_none());
        let outputs = Self {
            targets,
            are_named,
            paint,
        };
        (outputs, checked)
    }

    /// Returns true if text goes to stdout.
    pub(crate) fn are_read_by_people(&self) -> bool {
        self.targets.iter().any(OutputTarget::is_read_by_people)
    }

    /// Shows a document before the result, if people read stdout. Returns false if they do not.
    pub(crate) fn preview(&self, document: &dyn Document) -> Result<bool, Error> {
        if !self.are_read_by_people() {
            return Ok(false);
        }
        let text = document.text(self.paint) + "\n";
        print(text.as_bytes())?;
        Ok(true)
    }

    /// Writes a result to every place. A place that cannot be written does not stop the others; the first error is
    /// returned.
    pub(crate) fn write(&self, document: &dyn Document) -> Result<(), Error> {
        write_all(&self.targets, |target| {
            target.write_document(document, self.paint)
        })
    }

    /// Writes a document that takes the place of a missing result. People read it on stderr instead.
    pub(crate) fn write_failure(&self, document: &dyn Document) -> Result<(), Error> {
        write_all(&self.targets, |target| target.write_failure(document, self.paint))
    }

    /// Writes lists of findings, for a command whose findings are its error.
    pub(crate) fn write_findings(&self, document: &dyn Document) -> Result<(), Error> {
        let lists = self
            .targets
            .iter()
            .filter(|target| target.format.is_list_of_findings());
        write_all(lists, |target| target.write_document(document, self.paint))
    }

    /// Writes bytes that have only one form, such as a schema.
    pub(crate) fn write_bytes(&self, bytes: &[u8]) -> Result<(), Error> {
        write_all(&self.targets, |target| target.write_bytes(bytes))
    }

    /// Writes bytes that only the user may read.
    pub(crate) fn write_secret(&self, bytes: &[u8]) -> Result<(), Error> {
        write_all(&self.targets, |target| target.write_secret(bytes))
    }

    /// Removes stdout, for a command that gives it to another program. Returns the format for programs that had it.
    pub(crate) fn leave_stdout(&mut self) -> Option<Format> {
        let mut lost = None;
        for target in &self.targets {
            if self.are_named && target.file.is_none() && !target.is_read_by_people() {
                lost = Some(target.format);
            }
        }
        self.targets.retain(|target| target.file.is_some());
        lost
    }
}

/// Writes to every target, and only then returns the first error.
fn write_all<'a>(
    targets: impl IntoIterator<Item = &'a OutputTarget>,
    write: impl Fn(&OutputTarget) -> Result<(), Error>,
) -> Result<(), Error> {
    let mut result = Ok(());
    for target in targets {
        let written = write(target);
        if result.is_ok() {
            result = written;
        }
    }
    result
}

/// Returns the target of an argument, checked against the command, the files of the run and the targets before it.
fn checked_target(
    arg: &OutputArg,
    formats: &[Format],
    protected: &ProtectedFiles,
    others: &[OutputTarget],
) -> Result<OutputTarget, Error> {
    let target = OutputTarget::of(arg, formats)?;
    for other in others {
        other.check_apart(&target)?;
    }
    if let Some(file) = &target.file {
        // Losing an input would be worse than losing the result.
        if let Some(role) = protected.role(file) {
            return Err(Error::usage(
                format!("output `{target}` would overwrite {role}"),
                format!("name another file: --output {}=FILE", target.format.name()),
            ));
        }
        can_be_made(file).map_err(|source| unwritten(file, source))?;
    }
    Ok(target)
}

/// Returns the command's first format on stdout, if neither the format nor stdout is taken.
fn default_target(targets: &[OutputTarget], formats: &[Format]) -> Option<OutputTarget> {
    let format = *formats.first()?;
    for target in targets {
        // Stdout is taken, or the format has a file.
        if target.file.is_none() || target.format == format {
            return None;
        }
    }
    Some(OutputTarget { format, file: None })
}

#[cfg(test)]
mod tests {
    use std::{fs, io};

    use super::*;

    const BOTH: &[Format] = &[Format::Text, Format::Json];

    struct Sample;

    impl Document for Sample {
        fn text(&self, _: Paint) -> String {
            "text\n".to_owned()
        }

        fn write_json(&self, out: &mut dyn io::Write) -> io::Result<()> {
            out.write_all(b"{}\n")
        }

        fn write_jsonl(&self, out: &mut dyn io::Write) -> io::Result<()> {
            self.write_json(out)
        }
    }

    fn made(args: &[&str], protected: &ProtectedFiles) -> (Outputs, Result<(), Error>) {
        let args: Vec<_> = args.iter().map(|arg| OutputArg::parse(arg).unwrap()).collect();
        Outputs::new(&args, BOTH, protected, Paint::PLAIN)
    }

    fn outputs(args: &[&str]) -> Result<Outputs, Error> {
        let (outputs, checked) = made(args, &ProtectedFiles::default());
        checked.map(|()| outputs)
    }

    fn shown(args: &[&str]) -> String {
        match outputs(args) {
            Ok(outputs) => outputs
                .targets
                .iter()
                .map(OutputTarget::to_string)
                .collect::<Vec<_>>()
                .join(" "),
            Err(error) => error.to_string(),
        }
    }

    #[test]
    fn text_goes_to_stdout_by_default() {
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
    fn offers_only_the_formats_of_the_command() {
        let rows = [
            ("html", "output format `html` is not available for this command"),
            ("xml", "unknown output format `xml`"),
            ("JSON=a", "unknown output format `JSON`"),
        ];
        for (arg, message) in rows {
            let error = outputs(&[arg]).unwrap_err();
            assert_eq!(error.to_string(), message);
            assert_eq!(error.help().as_deref(), Some("expected `text` or `json`"));
        }
    }

    #[test]
    fn missing_folder_is_found_before_anything_is_written() {
        let folder = tempfile::tempdir().unwrap();
        let missing = format!("json={}", folder.path().join("no/plan.json").display());
        let is_folder = format!("json={}", folder.path().display());
        for arg in [missing, is_folder] {
            assert!(matches!(outputs(&[&arg]), Err(Error::File { .. })), "{arg}");
        }
    }

    #[test]
    fn file_is_replaced_whole_without_leftovers() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("plan.json");
        fs::write(&file, "an older and longer plan").unwrap();
        let outputs = outputs(&[&format!("json={}", file.display()), "text=/dev/null"]).unwrap();
        outputs.write(&Sample).unwrap();
        assert_eq!(fs::read_to_string(&file).unwrap(), "{}\n");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn unwritable_place_keeps_the_others() {
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
    fn unwritable_folder_is_found_before_anything_is_written() {
        assert!(matches!(
            outputs(&["json=/proc/report.json"]),
            Err(Error::File { .. })
        ));
    }

    #[test]
    fn inputs_are_kept_and_other_outputs_get_the_error() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        fs::write(path("spec.yaml"), "version: 1").unwrap();
        let protected = ProtectedFiles::default().specs([&*path("spec.yaml")]);
        let args = [
            format!("text={}", path("spec.yaml").display()),
            format!("json={}", path("error.json").display()),
        ];
        let (outputs, checked) = made(&[&args[0], &args[1]], &protected);
        let error = checked.unwrap_err();
        assert!(matches!(error, Error::Usage { .. }), "{error}");
        outputs.write_failure(&error).unwrap();
        assert_eq!(fs::read_to_string(path("spec.yaml")).unwrap(), "version: 1");
        assert!(path("error.json").exists());
    }

    #[test]
    #[cfg(unix)]
    fn one_file_under_two_names_is_one_place() {
        let folder = tempfile::tempdir().unwrap();
        std::os::unix::fs::symlink("a", folder.path().join("b")).unwrap();
        let args = ["json=a", "text=b"].map(|arg| {
            let (format, name) = arg.split_once('=').unwrap();
            format!("{format}={}", folder.path().join(name).display())
        });
        let error = outputs(&[&args[0], &args[1]]).unwrap_err();
        assert!(error.to_string().contains("both go to"), "{error}");
    }
}
