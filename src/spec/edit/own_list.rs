//! The place where a file lists the rules of a registry.

use std::collections::BTreeSet;

use super::lines::offset_of;
use super::new_item::{ItemStyle, NewItem, RANGE_KEY};
use super::source_tree::{SourceContent, SourceNode, source_tree};
use super::{block_list, flow_list};
use crate::model::{Rule, Setting};
use crate::spec::correction::Correction;
use crate::spec::types::Source;

/// A list that is written in the mapping of a registry.
#[derive(Clone, Copy)]
pub(super) struct OwnList<'t> {
    key: &'t SourceNode,
    list: &'t SourceNode,
    pub items: &'t [SourceNode],
    is_flow: bool,
}

/// Returns the mapping at a place of `registries`. Returns `None` if it is not written there.
pub(super) fn registry_at<'t>(
    text: &str,
    tree: &'t SourceNode,
    place: &Source,
) -> Option<&'t SourceNode> {
    let offset = offset_of(text, place.line, place.column)?;
    let (_, registries) = tree.entry("registries")?;
    let mut items = registries.items()?.iter();
    items.find(|item| item.bytes.start == offset && item.entries().is_some())
}

/// Returns true if an alias repeats a list of the registry at this place, or a part of one.
pub fn is_repeated(text: &str, place: &Source) -> bool {
    let tree = source_tree(text);
    let mapping = tree.as_ref().and_then(|tree| registry_at(text, tree, place));
    let (Some(tree), Some(mapping)) = (&tree, mapping) else {
        return false;
    };
    let (mut own, mut all, mut repeated) = (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
    tree.collect_marks(&mut all, &mut repeated);
    for setting in [Setting::IpRules, Setting::VirtualNetworkRules] {
        if let Some(list) = OwnList::find(mapping, setting.facts().spec_key) {
            list.list.collect_marks(&mut own, &mut BTreeSet::new());
        }
    }
    !own.is_disjoint(&repeated)
}

impl<'t> OwnList<'t> {
    /// Returns the list under a key of a mapping, if it is written there.
    pub(super) fn find(mapping: &'t SourceNode, key: &str) -> Option<Self> {
        let (key, list) = mapping.entry(key)?;
        match &list.content {
            SourceContent::List { is_flow, items } => Some(Self {
                key,
                list,
                items,
                is_flow: *is_flow,
            }),
            _ => None,
        }
    }

    /// Returns the corrections that add entries.
    pub(super) fn append(self, text: &str, new: &[NewItem], style: ItemStyle) -> Vec<Correction> {
        match self.items.last() {
            Some(last) if !self.is_flow => {
                vec![block_list::append(text, self.items, last, new, style)]
            }
            _ => flow_list::append(text, self.list, self.items, new, style),
        }
    }

    /// Returns the corrections that take entries out, given by their index.
    pub(super) fn remove(self, text: &str, gone: &BTreeSet<usize>) -> Vec<Correction> {
        if self.is_flow {
            return flow_list::remove(text, self.list, self.items, gone);
        }
        let after_key = self.after_key(text);
        block_list::remove(text, self.items, gone, after_key)
    }

    /// Returns the place of a value on the line of the key: behind the colon, the anchor and the tag.
    fn after_key(self, text: &str) -> usize {
        if !self.list.marks.is_empty() {
            return self.list.marks.end;
        }
        let end = self.key.bytes.end;
        match text[end..self.list.bytes.start].find(':') {
            Some(colon) => end + colon + 1,
            None => end,
        }
    }
}

/// Returns the rule that an item stands for; a name is an unparsed one. An item can be an alias, or a mapping with a range.
pub(super) fn rule_of(tree: &SourceNode, item: &SourceNode) -> Option<Rule> {
    let item = written(tree, item)?;
    let text = match item.entry(RANGE_KEY) {
        Some((_, range)) => written(tree, range)?.text()?,
        None => item.text()?,
    };
    Some(Rule::parse(text))
}

/// Returns the value that a node stands for.
fn written<'t>(tree: &'t SourceNode, node: &'t SourceNode) -> Option<&'t SourceNode> {
    match node.content {
        SourceContent::Alias(anchor) => tree.anchored(anchor),
        _ => Some(node),
    }
}
