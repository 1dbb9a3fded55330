//! Flags about the callers of registries.

use std::path::Path;

use clap::builder::RangedU64ValueParser;

use crate::model::ResourceId;
use crate::run::CallerSource;

/// The type of a Log Analytics workspace, in an id in lower case.
const WORKSPACES: &str = "/providers/microsoft.operationalinsights/workspaces/";

/// Reads the id of a Log Analytics workspace.
pub(crate) fn workspace(text: &str) -> Result<ResourceId, String> {
    let id = ResourceId::parse(text).map_err(|error| error.to_string())?;
    match id.key().split_once(WORKSPACES) {
        Some((_, name)) if !name.contains('/') => Ok(id),
        _ => Err("expected the resource id of a Log Analytics workspace".to_owned()),
    }
}

/// Days of a workspace that are looked at.
const DAYS: u16 = 30;

/// Reads a number of days. A workspace keeps logs for 12 years at most (docs: data-retention-configure).
pub(crate) fn days() -> RangedU64ValueParser<u16> {
    RangedU64ValueParser::new().range(1..=4383)
}

/// Returns the place that the flags name, if they name one.
pub(crate) fn caller_source(
    workspace: Option<&ResourceId>,
    events: Option<&Path>,
    days: Option<u16>,
) -> Option<CallerSource> {
    match (workspace, events) {
        (Some(id), _) => Some(CallerSource::Workspace(id.clone(), days.unwrap_or(DAYS))),
        (None, Some(path)) => Some(CallerSource::Export(path.to_owned(), days)),
        (None, None) => None,
    }
}
