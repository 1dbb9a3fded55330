//! Rules that are changed in a spec instead of in the registry.

use crate::cli::args::output::Format;
use crate::cli::args::spec_edit::SpecFileArgs;
use crate::cli::io::context::Context;
use crate::cli::io::spec_file;
use crate::error::{Error, Exit};
use crate::run::{self, EditedSpec, SpecEditRequest};

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
    let EditedSpec {
        path,
        before,
        after,
        report,
    } = run::edit_rules(request, context)?;
    if before != after {
        spec_file::replace(&path, &before, &after).map_err(|source| Error::File {
            action: "change",
            path,
            source,
        })?;
    }
    context.write(&report)?;
    Ok(Exit::Done)
}
