//! Rules that are changed in a spec instead of in the registry.

use crate::cli::args::output::Format;
use crate::cli::args::spec_edit::SpecFileArgs;
use crate::cli::io::context::Context;
use crate::cli::io::spec_file::{self, EditEnd};
use crate::error::{Error, Exit};
use crate::run::{self, EditedSpec, SpecEditRequest};

/// Formats of the result. The first is the default.
const EDIT_FORMATS: &[Format] = &[Format::Text, Format::Json];
/// How often an edit is made again. Each time, another program has changed the file.
const MOST_TRIES: u32 = 1000;

/// Returns the formats of a change: those for the registry itself, or those for a spec.
pub(super) fn formats(spec: &SpecFileArgs, live: &'static [Format]) -> &'static [Format] {
    match spec.path() {
        Some(_) => EDIT_FORMATS,
        None => live,
    }
}

/// Changes the rules of a registry in a spec, and shows the lines that changed.
pub(super) fn edit_spec(request: &SpecEditRequest, context: &Context) -> Result<Exit, Error> {
    let edited = write_edit(request)?;
    context.warn(&edited.warnings);
    context.write_after(&edited.report, edited.before != edited.after)
}

/// Makes the edit and writes it. Where another run changes the file first, the edit is made again on what that run wrote.
fn write_edit(request: &SpecEditRequest) -> Result<EditedSpec, Error> {
    for _ in 0..MOST_TRIES {
        let edited = run::edit_rules(request)?;
        match spec_file::write(&edited)? {
            EditEnd::Kept => return Ok(edited),
            EditEnd::Overtaken => {}
        }
    }
    Err(spec_file::overtaken(&run::edit_rules(request)?.path))
}
