//! Imports from files: Terraform's configuration, plans and states, and templates of Resource Manager.

use std::io;
use std::path::{Path, PathBuf};

use crate::error::{Error, unreadable};
use crate::import::{Deployment, Import, import_template, import_terraform};
use crate::local_file::{LARGEST_DOCUMENT, read_or_stdin};
use crate::model::{ErrorCode, Failure, utf8_text};
use crate::run::import::with_registries;
use crate::run::interface::Interface;

/// The files that declare the registries to import.
#[derive(Clone, Debug)]
pub enum ImportFiles {
    /// Files and folders of one configuration, or the JSON of a plan or state.
    Terraform(Vec<PathBuf>),
    /// A template, or what Bicep compiles to.
    Template(PathBuf),
}

/// The end of the name of a file in Terraform's JSON syntax.
const JSON_SYNTAX: &str = ".tf.json";
/// Ends of the names of files that only OpenTofu reads. One takes the place of the `*.tf` file of its name there (docs: OpenTofu,
/// Files and Directories), so that the folder alone does not tell what counts.
const OPENTOFU: [&str; 2] = [".tofu", ".tofu.json"];
/// The next steps for files that cannot be read.
const TERRAFORM: &str =
    "correct the file (`terraform validate`), or write its JSON again: terraform show -json PLANFILE";
const TEMPLATE: &str =
    "give the whole JSON of a template, without comments, as `bicep build FILE` writes it";

/// Describes the registries that files declare, without a connection. `deployment` completes what the files do not say.
///
/// # Errors
/// A file cannot be read, or no registry is declared that is known.
pub fn import_files(
    files: &ImportFiles,
    deployment: &Deployment,
    interface: &dyn Interface,
) -> Result<Import, Error> {
    let (first, imported, help) = match files {
        ImportFiles::Terraform(paths) => {
            let (mut texts, mut unread) = (Vec::new(), Vec::new());
            for path in with_folders(paths)? {
                let name = path.display().to_string();
                if name.ends_with(JSON_SYNTAX) {
                    unread.push(format!("the JSON syntax of `{name}`"));
                } else if is_of_opentofu(&name) {
                    unread.push(format!("the file `{name}` of OpenTofu"));
                } else {
                    texts.push((name, text_of(&path)?));
                }
            }
            let first = paths.first().cloned().unwrap_or_default();
            let imported = import_terraform(&texts, &unread, deployment);
            (first, imported, TERRAFORM)
        }
        ImportFiles::Template(path) => (
            path.clone(),
            import_template(&text_of(path)?, deployment),
            TEMPLATE,
        ),
    };
    let import = imported.map_err(|reason| {
        let message = format!("cannot read `{}`: {reason}", first.display());
        Error::Failed(Failure::new(ErrorCode::Io, message).with_help(help))
    })?;
    let mut unread = String::new();
    for note in &import.notes {
        unread += &format!("; {}", note.message);
    }
    with_registries(import, interface)?.ok_or_else(|| {
        let message = format!("`{}` declares no registry{unread}", first.display());
        let failure = Failure::new(ErrorCode::RegistryNotFound, message);
        Error::Failed(failure.with_help(
            "give the files that declare `azurerm_container_registry`, or a registry of azapi or of a template",
        ))
    })
}

fn is_of_opentofu(name: &str) -> bool {
    OPENTOFU.iter().any(|end| name.ends_with(end))
}

/// Replaces each folder by its `*.tf` and `*.tf.json` files, as Terraform does, and by those of OpenTofu.
fn with_folders(paths: &[PathBuf]) -> Result<Vec<PathBuf>, Error> {
    let mut files = Vec::new();
    for path in paths {
        if !path.is_dir() {
            files.push(path.clone());
            continue;
        }
        let entries = path.read_dir().map_err(|source| unread(path, source))?;
        let mut inside = Vec::new();
        for entry in entries {
            let file = entry.map_err(|source| unread(path, source))?.path();
            let name = file.to_string_lossy();
            if name.ends_with(".tf") || name.ends_with(JSON_SYNTAX) || is_of_opentofu(&name) {
                inside.push(file);
            }
        }
        inside.sort();
        files.extend(inside);
    }
    Ok(files)
}

fn text_of(path: &Path) -> Result<String, Error> {
    let text = read_or_stdin(path, LARGEST_DOCUMENT).and_then(|bytes| utf8_text(&bytes));
    text.map_err(|source| unread(path, source))
}

fn unread(path: &Path, source: io::Error) -> Error {
    let missing = "check the path; files and names of registries cannot be imported together";
    unreadable(path, source, missing, "give a file of text, or - for stdin")
}
