//! A registry in the text of its file, beside what the whole spec means.

use std::sync::Arc;

use super::error::{EditError, EditErrorKind};
use super::new_item::{ItemStyle, NewItem};
use super::own_list::{OwnList, rule_of};
use super::rule_edit::{ListEntry, info_pairs};
use super::source_tree::SourceNode;
use crate::model::{Rule, RuleTarget, Setting};
use crate::spec::types::{ListedRule, RegistrySpec, Source, Spec};

/// A registry in the text of its file.
#[derive(Clone, Copy)]
pub(super) struct RegistryText<'a> {
    pub text: &'a str,
    /// The style of what is written where no entry shows one.
    pub style: ItemStyle,
    pub tree: &'a SourceNode,
    /// The mapping of the registry.
    pub mapping: &'a SourceNode,
    pub spec: &'a Spec,
    pub registry: &'a RegistrySpec,
    /// The place of the registry.
    pub place: &'a Source,
}

impl<'a> RegistryText<'a> {
    /// Returns the rules of an item, if the entries name it or all of its rules.
    pub(super) fn meant(
        &self,
        setting: Setting,
        item: &Rule,
        entries: &[&ListEntry],
    ) -> Option<Vec<Rule>> {
        let RuleTarget::Unparsed(name) = item.target() else {
            let mut all = entries.iter().flat_map(|entry| entry.rules(&self.spec.names));
            return all.any(|rule| rule == *item).then(|| vec![item.clone()]);
        };
        let mut rules = self.spec.names.rules_named(name);
        rules.retain(|rule| rule.fits(setting));
        let is_named = entries.contains(&&ListEntry::Network(name.clone()));
        let asked: Vec<Rule> = entries
            .iter()
            .flat_map(|entry| entry.rules(&self.spec.names))
            .collect();
        let is_whole = !rules.is_empty() && rules.iter().all(|rule| asked.contains(rule));
        (is_named || is_whole).then_some(rules)
    }

    /// Returns the rule of an entry as the registry lists it. A network counts if an item names it.
    pub(super) fn listed(&self, setting: Setting, entry: &ListEntry) -> Option<ListedRule> {
        let wanted = self.registry.settings.rules(setting).unwrap_or_default();
        let mut all = wanted.iter().chain(&self.registry.expired);
        match entry {
            ListEntry::Network(name) => all
                .find(|listed| listed.name.as_ref() == Some(name))
                .cloned()
                .or_else(|| self.repeated(name)),
            ListEntry::Range(_) | ListEntry::Subnet(_) => {
                let rules = entry.rules(&self.spec.names);
                all.find(|listed| rules.contains(&listed.rule)).cloned()
            }
        }
    }

    /// Returns a network that an item names, although other items list all of its ranges.
    fn repeated(&self, name: &Arc<str>) -> Option<ListedRule> {
        let list = OwnList::find(self.mapping, Setting::IpRules.facts().spec_key)?;
        let named = Rule::parse(name);
        list.items
            .iter()
            .any(|item| rule_of(self.tree, item).as_ref() == Some(&named))
            .then(|| ListedRule {
                name: Some(name.clone()),
                ..named.into()
            })
    }

    /// Returns a wider rule that admits the clients of an entry.
    pub(super) fn covering(&self, setting: Setting, entry: &ListEntry) -> Option<ListedRule> {
        let rules = entry.rules(&self.spec.names);
        let wanted = self.registry.settings.rules(setting)?;
        let mut wanted = wanted.iter();
        wanted
            .find(|listed| rules.iter().any(|rule| listed.rule.covers(rule)))
            .cloned()
    }

    /// Returns the list that the registry has for itself. `None` if the setting is unmanaged. An error shows the list with
    /// the new items and without the rules that are gone.
    pub(super) fn own_list(
        &self,
        setting: Setting,
        new: &[NewItem],
        gone: &[Rule],
    ) -> Result<Option<OwnList<'a>>, Box<EditError>> {
        let Some(wanted) = self.registry.settings.get(setting) else {
            return Ok(None);
        };
        let key = setting.facts().spec_key;
        let mut others = Vec::new();
        for other in &self.spec.registries {
            let has = other.settings.get(setting);
            if other.id != self.registry.id && has.is_some_and(|has| has.source == wanted.source) {
                others.push(other.id.name().to_owned());
            }
        }
        let place = self.place_of(wanted.source.as_ref());
        match OwnList::find(self.mapping, key) {
            Some(list) if others.is_empty() => Ok(Some(list)),
            // Those that repeat the list keep what they want by a list of their own.
            Some(_) => {
                let line = list_line(key, &self.items_now(setting, &[]));
                Err(self.error(EditErrorKind::RepeatedBy { key, place, others }, line))
            }
            None => {
                let mut items = self.items_now(setting, gone);
                items.extend_from_slice(new);
                Err(self.error(
                    EditErrorKind::Shared { key, place, others },
                    list_line(key, &items),
                ))
            }
        }
    }

    /// Returns the entries of a list without these rules. A network that has one of them is spelled out.
    fn items_now(&self, setting: Setting, gone: &[Rule]) -> Vec<NewItem> {
        let mut items: Vec<NewItem> = Vec::new();
        for listed in self.registry.settings.rules(setting).unwrap_or_default() {
            if gone.contains(&listed.rule) {
                continue;
            }
            let item = match &listed.name {
                Some(name) if !self.has_any(name, gone) && self.knows(setting, name) => NewItem {
                    text: name.to_string(),
                    info: Vec::new(),
                },
                _ => NewItem {
                    text: listed.rule.to_string(),
                    info: listed.info.as_deref().map(info_pairs).unwrap_or_default(),
                },
            };
            if !items.contains(&item) {
                items.push(item);
            }
        }
        items
    }

    /// Returns true if a name of the spec stands for one of these rules.
    fn has_any(&self, name: &str, rules: &[Rule]) -> bool {
        let mut named = self.spec.names.rules_named(name).into_iter();
        named.any(|rule| rules.contains(&rule))
    }

    /// Returns the error for a rule that is a part of a network. `gone` are all rules that are to go.
    pub(super) fn in_network(
        &self,
        entry: &ListEntry,
        listed: &ListedRule,
        gone: &[Rule],
    ) -> Box<EditError> {
        let (rule, place) = (entry.to_string(), self.place_of(listed.source.as_ref()));
        let Some(network) = &listed.name else {
            return self.error(EditErrorKind::OtherMeaning { place }, rule);
        };
        let mut others = Vec::new();
        for other in &self.spec.registries {
            let rules = other.settings.rules(Setting::IpRules).unwrap_or_default();
            if other.id != self.registry.id && rules.iter().any(|has| has.source == listed.source) {
                others.push(other.id.name().to_owned());
            }
        }
        let rest = self.items_now(Setting::IpRules, gone);
        let line = list_line(Setting::IpRules.facts().spec_key, &rest);
        let network = network.to_string();
        let kind = EditErrorKind::InNetwork {
            rule,
            network,
            place,
            others,
        };
        self.error(kind, line)
    }

    /// Returns the text of a new entry. A subnet gets its name, if the file knows it.
    pub(super) fn name_of(&self, entry: &ListEntry) -> String {
        let ListEntry::Subnet(id) = entry else {
            return entry.to_string();
        };
        let Some(name) = self.spec.names.subnet_name(id) else {
            return id.to_string();
        };
        match self.knows(Setting::VirtualNetworkRules, name) {
            true => name.to_string(),
            false => id.to_string(),
        }
    }

    /// Returns true if the registry can use this name. With several files, it can be that of another one.
    fn knows(&self, setting: Setting, name: &str) -> bool {
        let key = match setting {
            Setting::VirtualNetworkRules => "subnets",
            _ => "networks",
        };
        let own = self.tree.entry(key).and_then(|(_, names)| names.entry(name));
        let list = OwnList::find(self.mapping, setting.facts().spec_key);
        let mut listed = list.map(|list| list.items).unwrap_or_default().iter();
        own.is_some() || self.spec.files.len() == 1 || listed.any(|item| item.text() == Some(name))
    }

    pub(super) fn error(&self, kind: EditErrorKind, by_hand: String) -> Box<EditError> {
        Box::new(EditError {
            registry: self.registry.id.name().to_owned(),
            kind,
            by_hand,
        })
    }

    /// Returns the place of a value, or else that of the registry.
    pub(super) fn place_of(&self, source: Option<&Source>) -> Source {
        source.unwrap_or(self.place).clone()
    }
}

/// Returns a key with a list on one line, for a message.
pub(super) fn list_line(key: &str, items: &[NewItem]) -> String {
    styled_list_line(key, items, ItemStyle::default())
}

/// Returns a key with a list on one line, in this style.
pub(super) fn styled_list_line(key: &str, items: &[NewItem], style: ItemStyle) -> String {
    let mut words = Vec::new();
    for item in items {
        words.push(item.flow(style));
    }
    format!("{}: [{}]", style.key(key), words.join(", "))
}
