//! Rules that are changed in a spec instead of in the registry.

use crate::cli::args::output::Format;
use crate::cli::args::spec_edit::SpecFileArgs;
use crate::cli::io::context::Context;
use crate::cli::io::spec_file;
use crate::error::{Error, Exit};
use crate::run::{self, SpecEditRequest};

/// Formats of the result. The first is the default.
const EDIT_FORMATS: &[Format] = &[Format::Text, Format::Json];

/// Returns the formats of a change: those for the registry itself, or those for a spec.
pub(super) fn formats(spec: &SpecFileArgs, live: &'static [Format]) -> &'static [Format] {
    match spec.path() {
        Some(_) => EDIT_FORMATS,
        None => live,
    }
}

/// Changes the rules of a registry in a spec, and shows the lines that changed.
pub(super) fn edit_spec(request: &SpecEditRequest, context: &Context) -> Result<Exit, Error> {
    let edited = run::edit_rules(request, context)?;
    spec_file::write(&edited)?;
    context.write(&edited.report)?;
    Ok(Exit::Done)
}
