//! Blocks of a configuration, each with what override files say about it.

use std::collections::BTreeMap;

use hcl_edit::expr::Expression;
use hcl_edit::structure::Block;

use super::hcl_file::ParsedFile;

/// A resource, a data source or a provider.
pub(super) struct MergedBlock<'a> {
    /// Such as `azurerm_resource_group.rg`, `data.azurerm_subnet.build` or `provider.azurerm.other`.
    pub(super) address: String,
    /// The block, and those that override it. The last one with an argument counts.
    pub(super) parts: Vec<(&'a ParsedFile<'a>, &'a Block)>,
}

impl<'a> MergedBlock<'a> {
    /// Returns the expression of an argument, with its file.
    pub(super) fn argument(&self, name: &str) -> Option<(&'a ParsedFile<'a>, &'a Expression)> {
        for (file, block) in self.parts.iter().rev() {
            if let Some(attribute) = block.body.get_attribute(name) {
                return Some((file, &attribute.value));
            }
        }
        None
    }

    /// Returns the type of a resource, if the block is one.
    pub(super) fn resource_kind(&self) -> Option<&'a str> {
        let (_, block) = self.parts[0];
        block.has_ident("resource").then(|| block.labels[0].as_str())
    }

    /// Returns the name of the provider that the block's type belongs to.
    pub(super) fn default_provider(&self) -> &'a str {
        let (_, block) = self.parts[0];
        let kind = block.labels[0].as_str();
        kind.split_once('_').map_or(kind, |(provider, _)| provider)
    }

    /// Returns the place where the block begins.
    pub(super) fn place(&self) -> String {
        let (file, block) = self.parts[0];
        file.place(block)
    }

    /// Returns the argument that makes none or several of a resource.
    pub(super) fn repetition(&self) -> Option<&'static str> {
        ["count", "for_each"]
            .into_iter()
            .find(|keyword| self.argument(keyword).is_some())
    }
}

/// Returns the blocks of the files of a folder. Files that override others come last in `files`.
pub(super) fn merged_blocks<'a>(files: &'a [ParsedFile<'a>]) -> Vec<MergedBlock<'a>> {
    let mut all: Vec<MergedBlock<'a>> = Vec::new();
    let mut known = BTreeMap::new();
    for file in files {
        for block in file.body.blocks() {
            let Some(address) = address(block) else { continue };
            if let (true, Some(at)) = (file.overrides(), known.get(&address)) {
                let merged: &mut MergedBlock<'a> = &mut all[*at];
                merged.parts.push((file, block));
                continue;
            }
            known.insert(address.clone(), all.len());
            all.push(MergedBlock {
                address,
                parts: vec![(file, block)],
            });
        }
    }
    all
}

/// Returns the address of a resource, a data source or a provider.
fn address(block: &Block) -> Option<String> {
    match (block.ident.as_str(), &block.labels[..]) {
        ("resource", [kind, name]) => Some(format!("{}.{}", kind.as_str(), name.as_str())),
        ("data", [kind, name]) => Some(format!("data.{}.{}", kind.as_str(), name.as_str())),
        ("provider", [name]) => {
            let alias = block.body.get_attribute("alias");
            let alias = alias.and_then(|alias| alias.value.as_str());
            let parts = ["provider", name.as_str()].into_iter().chain(alias);
            Some(parts.collect::<Vec<_>>().join("."))
        }
        _ => None,
    }
}
