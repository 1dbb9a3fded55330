//! What `-o ci` writes beside stdout, in the way of each system: a page for people, and variables for later steps.

use std::fs::OpenOptions;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use uuid::Uuid;

use crate::cli::ci_system::CiSystem;
use crate::cli::io::atomic_file::{self, unwritten};
use crate::cli::io::stdout::print;
use crate::error::Error;
use crate::local_file::open_to_write;
use crate::render::{self, Document, LARGEST_COMMENT, Places};

/// Most bytes of the summary of a step: 1 MiB, of which GitHub drops all that is larger (docs.github.com "Workflow
/// commands", Step isolation and limits).
const LARGEST_SUMMARY: u64 = 1024 * 1024;

/// Writes what the system takes. A variable that names no file is one that the system does not have.
pub(super) fn write_beside(document: &dyn Document, places: &Places) -> Result<(), Error> {
    match CiSystem::detect() {
        Some(CiSystem::Github) => github(document),
        Some(CiSystem::AzurePipelines) => azure_pipelines(document),
        Some(CiSystem::Gitlab) => gitlab(document, places),
        None => Ok(()),
    }
}

/// Writes what the system takes of a run without a result. A list of findings would pass for what the run has found.
pub(super) fn write_failure_beside(document: &dyn Document) -> Result<(), Error> {
    match CiSystem::detect() {
        Some(CiSystem::Gitlab) => junit_of_gitlab(document),
        Some(CiSystem::Github | CiSystem::AzurePipelines) | None => Ok(()),
    }
}

fn github(document: &dyn Document) -> Result<(), Error> {
    if let Some(file) = variable("GITHUB_STEP_SUMMARY") {
        let used = file.metadata().map_or(0, |metadata| metadata.len());
        let room = LARGEST_SUMMARY.saturating_sub(used).saturating_sub(1);
        let page = document.markdown(usize::try_from(room).unwrap_or(LARGEST_COMMENT));
        // An earlier command of the step may have filled it.
        if page.len() as u64 <= room {
            append(&file, &page)?;
        }
    }
    let Some(file) = variable("GITHUB_OUTPUT") else {
        return Ok(());
    };
    let mut text = String::new();
    for (name, value) in document.variables() {
        // No value can have a delimiter that was made just now.
        let end = format!("ghadelimiter_{}", Uuid::new_v4());
        text += &format!("{name}<<{end}\n{value}\n{end}\n");
    }
    append(&file, &text)
}

/// Attaches a page by its absolute path (learn.microsoft.com "Logging commands", `task.uploadsummary`). The agent removes its
/// folder after the job.
fn azure_pipelines(document: &dyn Document) -> Result<(), Error> {
    let mut shown = None;
    if let Some(folder) = variable("AGENT_TEMPDIRECTORY") {
        let page = folder.join(format!("ringfence-{}.md", Uuid::new_v4()));
        let text = document.markdown(LARGEST_COMMENT);
        write(&page, &text)?;
        shown = Some(page);
    }
    let shown = shown.as_deref().map(Path::to_string_lossy);
    print(render::azure_summary(document, shown.as_deref()).as_bytes())
}

/// Writes the reports that a job names under `artifacts:reports`.
fn gitlab(document: &dyn Document, places: &Places) -> Result<(), Error> {
    junit_of_gitlab(document)?;
    let folder = variable("CI_PROJECT_DIR").unwrap_or_default();
    let quality = folder.join("gl-code-quality-report.json");
    write(&quality, &render::gitlab(document, places))?;
    if document.changes().is_some() {
        let file = folder.join("gl-terraform-report.json");
        write(&file, &render::gitlab_terraform(document))?;
    }
    Ok(())
}

fn junit_of_gitlab(document: &dyn Document) -> Result<(), Error> {
    let folder = variable("CI_PROJECT_DIR").unwrap_or_default();
    write(&folder.join("gl-junit-report.xml"), &render::junit(document))
}

/// Returns the path that a variable of the system names.
fn variable(name: &str) -> Option<PathBuf> {
    let value = std::env::var_os(name)?;
    (!value.is_empty()).then(|| value.into())
}

fn write(file: &Path, text: &str) -> Result<(), Error> {
    atomic_file::write(file, text.as_bytes()).map_err(|source| unwritten(file, source))
}

fn append(file: &Path, text: &str) -> Result<(), Error> {
    append_bytes(file, text.as_bytes()).map_err(|source| unwritten(file, source))
}

fn append_bytes(file: &Path, bytes: &[u8]) -> io::Result<()> {
    let options = OpenOptions::new().append(true).create(true).clone();
    open_to_write(&options, file)?.write_all(bytes)
}
