//! The entries of a page.

use std::collections::BTreeSet;

use serde_json::value::RawValue;

use crate::live::parse;
use crate::live::parse::json_node::UnexpectedJson;
use crate::live::types::LiveRegistry;
use crate::model::RegistryId;

/// The parsed entries of a page.
#[derive(Debug, Default)]
pub(in crate::live) struct ParsedPage {
    /// `None` for a registry that cannot be parsed.
    pub(in crate::live) registries: Vec<(RegistryId, Option<LiveRegistry>)>,
    /// Entries that show no id.
    pub(in crate::live) without_id: Vec<UnexpectedJson>,
}

/// Parses the entries of a page, or those of the `wanted` registries.
pub(in crate::live) fn parse_page(
    api_version: &str,
    entries: &[Box<RawValue>],
    wanted: Option<&BTreeSet<RegistryId>>,
) -> ParsedPage {
    let mut page = ParsedPage::default();
    page.registries.reserve(entries.len());
    for text in entries {
        match parse::entry(text) {
            Ok((Some(id), body)) => {
                if wanted.is_none_or(|wanted| wanted.contains(&id)) {
                    let registry = parse::registry_of_tree(api_version, body).ok();
                    page.registries.push((id, registry));
                }
            }
            Ok((None, body)) => page
                .without_id
                .extend(parse::registry_of_tree(api_version, body).err()),
            Err(error) => page.without_id.push(error),
        }
    }
    page
}
