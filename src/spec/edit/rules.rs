//! Rules added to a registry, and taken out of it, in the text of its spec.

use std::collections::BTreeSet;

use super::error::{EditError, EditErrorKind};
use super::lines::splice;
use super::map;
use super::new_item::{ItemStyle, NewItem};
use super::own_list::{OwnList, registry_at, rule_of};
use super::registry_text::{RegistryText, list_line, styled_list_line};
use super::report::{EditedEntry, EntryOutcome, TextEdit};
use super::rule_edit::{EditAction, ListEntry, RuleEdit, info_pairs, missing_info};
use super::source_tree::{SourceContent, source_tree};
use crate::model::{Rule, Setting};
use crate::spec::correction::Correction;
use crate::spec::types::{ListedRule, Ownership, RegistrySpec, RuleInfo, Source, Spec};

/// A change in the making.
struct RuleEditor<'a> {
    at: RegistryText<'a>,
    edited: TextEdit,
}

/// Changes the rules of a registry in the text of its file. The text has no byte order mark.
///
/// # Errors
/// The change cannot be made for this registry alone.
pub fn edit_rules(
    text: &str,
    spec: &Spec,
    registry: &RegistrySpec,
    place: &Source,
    edit: &RuleEdit,
) -> Result<TextEdit, Box<EditError>> {
    let tree = source_tree(text);
    let mapping = tree.as_ref().and_then(|tree| registry_at(text, tree, place));
    let (Some(tree), Some(mapping)) = (&tree, mapping) else {
        return Err(Box::new(EditError {
            registry: registry.id.name().to_owned(),
            kind: EditErrorKind::NotInList { place: place.clone() },
            by_hand: by_hand(edit, registry),
        }));
    };
    let mut editor = RuleEditor {
        at: RegistryText {
            text,
            style: ItemStyle::of_text(text),
            tree,
            mapping,
            spec,
            registry,
            place,
        },
        edited: TextEdit::default(),
    };
    for setting in [Setting::IpRules, Setting::VirtualNetworkRules] {
        let entries = edit.entries_of(setting);
        match &edit.action {
            EditAction::Add(info) => editor.add(setting, &entries, info)?,
            EditAction::Remove => editor.remove(setting, &entries)?,
        }
    }
    let mut edited = editor.edited;
    edited.corrections.sort_by_key(|correction| correction.offset);
    Ok(edited)
}

/// Returns an edit as the entries to write, for a message.
pub fn by_hand(edit: &RuleEdit, registry: &RegistrySpec) -> String {
    let mut words = Vec::new();
    for entry in &edit.entries {
        words.push(match &edit.action {
            EditAction::Add(info) => whole_entry(entry, listed_range(registry, entry), info),
            EditAction::Remove => entry.to_string(),
        });
    }
    words.join(", ")
}

/// Returns the rule of a range as the registry lists it.
fn listed_range<'r>(registry: &'r RegistrySpec, entry: &ListEntry) -> Option<&'r ListedRule> {
    let ListEntry::Range(range) = entry else {
        return None;
    };
    let wanted = registry.settings.rules(Setting::IpRules).unwrap_or_default();
    let mut all = wanted.iter().chain(&registry.expired);
    all.find(|listed| listed.rule.cidr() == Some(*range))
}

/// Returns an entry to write in the place of one that is listed. It keeps what is known about it, such as the day on which it
/// expires.
fn whole_entry(entry: &ListEntry, listed: Option<&ListedRule>, info: &RuleInfo) -> String {
    let known = listed
        .and_then(|listed| listed.info.as_deref())
        .cloned()
        .unwrap_or_default();
    let info = RuleInfo {
        owner: info.owner.clone().or(known.owner),
        reason: info.reason.clone().or(known.reason),
        ticket: info.ticket.clone().or(known.ticket),
        expires: info.expires.or(known.expires),
    };
    new_item(entry.to_string(), entry, &info).flow(ItemStyle::default())
}

fn new_item(text: String, entry: &ListEntry, info: &RuleInfo) -> NewItem {
    let info = match entry {
        ListEntry::Range(_) => info_pairs(info),
        ListEntry::Network(_) | ListEntry::Subnet(_) => Vec::new(),
    };
    NewItem { text, info }
}

/// Names keys for a message: `owner`, `reason`.
fn named_keys(pairs: &[(&'static str, String)]) -> String {
    let keys: Vec<String> = pairs.iter().map(|(key, _)| format!("`{key}`")).collect();
    keys.join(", ")
}

impl RuleEditor<'_> {
    fn add(
        &mut self,
        setting: Setting,
        entries: &[&ListEntry],
        info: &RuleInfo,
    ) -> Result<(), Box<EditError>> {
        let mut new = Vec::new();
        for entry in entries {
            match self.at.listed(setting, entry) {
                Some(listed) => self.update(entry, &listed, info)?,
                None => {
                    new.push(new_item(self.at.name_of(entry), entry, info));
                    self.note(entry, EntryOutcome::Added, None);
                }
            }
        }
        if new.is_empty() {
            return Ok(());
        }
        let corrections = match self.at.own_list(setting, &new, &[])? {
            Some(list) => list.append(self.at.text, &new, self.at.style),
            None => vec![self.new_list(setting, &new)?],
        };
        self.edited.corrections.extend(corrections);
        Ok(())
    }

    /// Returns the key with a list of these entries, for a registry that has none.
    fn new_list(&self, setting: Setting, new: &[NewItem]) -> Result<Correction, Box<EditError>> {
        let key = setting.facts().spec_key;
        let (place, by_hand) = (self.at.place.clone(), list_line(key, new));
        // An exact list would remove every live rule that is not in it.
        if self.at.registry.ownership == Ownership::Exact {
            return Err(self.at.error(EditErrorKind::Unmanaged { key, place }, by_hand));
        }
        let line = styled_list_line(key, new, self.at.style.inside(self.at.mapping));
        match map::insert(self.at.text, self.at.mapping, &line) {
            Some(correction) => Ok(correction),
            None => Err(self.at.error(EditErrorKind::OtherMeaning { place }, by_hand)),
        }
    }

    /// Adds information to a rule that is listed.
    fn update(
        &mut self,
        entry: &ListEntry,
        listed: &ListedRule,
        info: &RuleInfo,
    ) -> Result<(), Box<EditError>> {
        let missing = missing_info(listed.info.as_deref(), info);
        let has_expired = self.at.registry.expired.contains(listed);
        let asks_for_day = missing.iter().any(|(key, _)| *key == "expires");
        if let Some(day) = listed.expires()
            && has_expired
            && !asks_for_day
        {
            let kind = EditErrorKind::Expired {
                rule: entry.to_string(),
                place: self.at.place_of(listed.source.as_ref()),
                day,
                network: listed.name.as_ref().map(ToString::to_string),
            };
            return Err(self.at.error(kind, String::new()));
        }
        if missing.is_empty() || !matches!(entry, ListEntry::Range(_)) {
            self.note(entry, EntryOutcome::Listed, Some(listed));
            return Ok(());
        }
        match self.updated(&listed.rule, &missing) {
            Some(corrections) => self.edited.corrections.extend(corrections),
            None => {
                let (rule, place) = (entry.to_string(), self.at.place_of(listed.source.as_ref()));
                let network = listed.name.as_ref().map(ToString::to_string);
                let by_hand = match network {
                    Some(_) => named_keys(&missing),
                    None => whole_entry(entry, Some(listed), info),
                };
                let kind = EditErrorKind::ListedElsewhere { rule, place, network };
                return Err(self.at.error(kind, by_hand));
            }
        }
        self.note(entry, EntryOutcome::Updated, Some(listed));
        Ok(())
    }

    /// Returns the corrections that add keys to the entry of a rule, if the registry has one of its own.
    fn updated(&self, rule: &Rule, missing: &[(&'static str, String)]) -> Option<Vec<Correction>> {
        let list = OwnList::find(self.at.mapping, Setting::IpRules.facts().spec_key)?;
        let mut items = list.items.iter();
        let item = items.find(|item| rule_of(self.at.tree, item).as_ref() == Some(rule))?;
        match &item.content {
            SourceContent::Scalar { .. } if item.anchor == 0 => {
                let written = &self.at.text[item.bytes.clone()];
                let new = NewItem {
                    text: String::new(),
                    info: missing.to_vec(),
                };
                let style = self.at.style.of(self.at.text, list.items);
                let mapping = new.mapping(written, style);
                Some(vec![splice(self.at.text, item.bytes.clone(), mapping)])
            }
            SourceContent::Map { .. } => {
                let mut corrections = Vec::new();
                for (key, value) in missing {
                    corrections.push(map::set(self.at.text, item, (key, value), self.at.style)?);
                }
                Some(corrections)
            }
            _ => None,
        }
    }

    fn remove(&mut self, setting: Setting, entries: &[&ListEntry]) -> Result<(), Box<EditError>> {
        let mut found = Vec::new();
        for entry in entries {
            match self.at.listed(setting, entry) {
                Some(listed) => found.push((*entry, listed)),
                None => {
                    let by = self.at.covering(setting, entry);
                    self.note(entry, EntryOutcome::NotListed, by.as_ref());
                }
            }
        }
        if found.is_empty() {
            return Ok(());
        }
        let mut rules: Vec<Rule> = Vec::new();
        for (entry, _) in &found {
            rules.extend(entry.rules(&self.at.spec.names));
        }
        let Some(list) = self.at.own_list(setting, &[], &rules)? else {
            return Ok(());
        };
        let (mut gone, mut done) = (BTreeSet::new(), BTreeSet::new());
        for (index, item) in list.items.iter().enumerate() {
            if let Some(rule) = rule_of(self.at.tree, item)
                && let Some(rules) = self.at.meant(setting, &rule, entries)
            {
                gone.insert(index);
                done.extend(rules);
            }
        }
        for (entry, listed) in &found {
            if entry
                .rules(&self.at.spec.names)
                .iter()
                .any(|rule| !done.contains(rule))
            {
                return Err(self.at.in_network(entry, listed, &rules));
            }
            self.note(entry, EntryOutcome::Removed, Some(listed));
        }
        self.edited.corrections.extend(list.remove(self.at.text, &gone));
        Ok(())
    }

    fn note(&mut self, entry: &ListEntry, outcome: EntryOutcome, listed: Option<&ListedRule>) {
        let by = listed.map(|listed| match &listed.name {
            Some(name) => name.to_string(),
            None => listed.rule.to_string(),
        });
        self.edited.entries.push(EditedEntry {
            value: entry.to_string(),
            outcome,
            by: by.filter(|by| *by != entry.to_string()),
            source: listed.and_then(|listed| listed.source.clone()),
        });
    }
}
