//! Paths of specs, checked before they are loaded: a path that does not exist, or a file of another kind, is a mistake
//! on the command line and not in a spec.

use std::path::Path;

use serde_json::Value;

use crate::error::Error;
use crate::local_file;
use crate::model::{shell_word, valid_registry_name};
pub(crate) use crate::spec::DEFAULT_SPEC;
use crate::{apply, plan};

/// The path that stands for stdin.
pub(crate) const STDIN: &str = "-";
/// Largest JSON file whose kind is looked at, in bytes.
const LARGEST: u64 = 16 << 20;
/// Most files that a help line lists.
const MOST_LISTED: usize = 5;

/// The command line that names the paths.
#[derive(Clone, Copy, Debug)]
pub(crate) struct GivenBy {
    /// The command, such as `plan`.
    pub command: &'static str,
    /// True for `--sandbox` without a state.
    pub bare_sandbox: bool,
}

/// Checks the paths of a spec.
///
/// # Errors
/// A path does not exist, or leads to a JSON file that is another kind of document.
pub(crate) fn check(paths: &[&Path], given: GivenBy) -> Result<(), Error> {
    for path in paths {
        if *path == Path::new(STDIN) {
            continue;
        }
        if is_missing(path) {
            return Err(Error::NoInput {
                path: path.to_path_buf(),
                help: missing_help(path, given),
            });
        }
        if let Some((kind, help)) = other_kind(path, given) {
            let message = format!("`{}` is {kind}, not a spec", path.display());
            return Err(Error::usage(message, help));
        }
    }
    Ok(())
}

/// Returns the error of a command line without a spec, in a folder without the default one.
pub(crate) fn no_spec(command: &str) -> Error {
    let files = yaml_files(Path::new("."));
    let help = match files.first() {
        Some(first) if files.len() == 1 => format!("did you mean: ringfence {command} {first}"),
        Some(_) => format!("name a file or a folder; this folder has {}", files.join(", ")),
        None => format!("name a file or a folder: ringfence {command} registries.yaml"),
    };
    Error::usage(
        format!("no spec: the command line names none, and this folder has no `{DEFAULT_SPEC}`"),
        help,
    )
}

fn is_missing(path: &Path) -> bool {
    match std::fs::symlink_metadata(path) {
        Ok(_) => false,
        Err(error) => matches!(
            error.kind(),
            std::io::ErrorKind::NotFound | std::io::ErrorKind::NotADirectory
        ),
    }
}

/// Returns the next step for a path that does not exist.
fn missing_help(path: &Path, given: GivenBy) -> String {
    let text = path.to_string_lossy();
    let GivenBy {
        command,
        bare_sandbox,
    } = given;
    if is_json(path) {
        return json_help(path, bare_sandbox);
    }
    if text.to_ascii_lowercase().starts_with("/subscriptions/") || valid_registry_name(&text) {
        if command == "audit" {
            return format!(
                "for a registry without a spec: ringfence audit --registry {}",
                shell_word(path)
            );
        }
        return format!(
            "`{command}` takes YAML files and folders; a registry is named in the spec, under `registries`"
        );
    }
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    let files = yaml_files(folder);
    match files.is_empty() {
        true => "check the path; a spec is a YAML file, or a folder of them".to_owned(),
        false => format!("this folder has {}", files.join(", ")),
    }
}

/// Returns the kind of a JSON file that is not a spec, and the next step.
fn other_kind(path: &Path, given: GivenBy) -> Option<(&'static str, String)> {
    if !is_json(path) {
        return None;
    }
    let bytes = local_file::read(path, LARGEST).ok()?;
    let document: Value = serde_json::from_slice(&bytes).ok()?;
    let word = shell_word(path);
    let format = document.get("format").and_then(Value::as_str);
    match format {
        Some(plan::FORMAT) => {
            let help = format!("a saved plan goes to `apply`: ringfence apply --plan {word}");
            Some(("a saved plan", help))
        }
        Some(apply::FORMAT | apply::SNAPSHOT_FORMAT) => {
            let help = format!("to go back to the state that it holds: ringfence restore --from {word}");
            Some(("the record of a run", help))
        }
        Some(format) if format.starts_with("ringfence.") => {
            let help = format!("`{}` takes YAML files and folders", given.command);
            Some(("a result of ringfence", help))
        }
        // A state has resources, and no version.
        _ if document.get("version").is_none() && document.get("resources").is_some() => {
            Some(("a state of the sandbox", state_help(path)))
        }
        _ => None,
    }
}

/// Returns the next step for a JSON file that does not exist. Its name does not tell what it was meant to be.
fn json_help(path: &Path, bare_sandbox: bool) -> String {
    let word = shell_word(path);
    let mut help =
        format!("check the path; a spec is a YAML file; a saved plan goes to `apply --plan {word}`");
    if bare_sandbox {
        help += &format!("; a state of the sandbox goes to `--sandbox={word}`");
    }
    help
}

/// Checks the file that a sandbox begins with.
///
/// # Errors
/// The file does not exist, or is YAML, as a spec is.
pub(crate) fn check_seed(path: &Path) -> Result<(), Error> {
    let word = shell_word(path);
    if is_missing(path) {
        return Err(Error::NoInput {
            path: path.to_path_buf(),
            help: format!("check the path; to keep the state in a new file: --state {word}"),
        });
    }
    if is_yaml(path) {
        return Err(Error::usage(
            format!(
                "`{}` is YAML, and `--seed` takes the JSON of a state",
                path.display()
            ),
            format!("to begin with the registries of a spec: --for {word}"),
        ));
    }
    Ok(())
}

fn state_help(path: &Path) -> String {
    let word = shell_word(path);
    format!("the state follows an equals sign: --sandbox={word}")
}

fn is_json(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension == "json")
}

fn is_yaml(path: &Path) -> bool {
    let extension = path.extension().and_then(|extension| extension.to_str());
    matches!(extension, Some("yaml" | "yml"))
}

/// Returns the names of the first YAML files of a folder, quoted for a shell.
fn yaml_files(folder: &Path) -> Vec<String> {
    let Ok(entries) = std::fs::read_dir(folder) else {
        return Vec::new();
    };
    let mut names = Vec::new();
    for entry in entries.flatten() {
        let name = entry.file_name();
        if is_yaml(Path::new(&name)) {
            names.push(shell_word(&name));
        }
    }
    names.sort();
    names.truncate(MOST_LISTED);
    names
}
