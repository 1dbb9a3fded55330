//! The part of a registry's state that a spec can want.

use std::collections::{BTreeMap, BTreeSet};

use super::notes::{SeenCode, SeenNote};
use crate::model::{Cidr, RegistryId, Rule, RuleTarget, Setting, SettingKind, SettingValue, SubnetId};

/// Longest text of an unparsed rule that goes into `ignore`.
const LONGEST_IGNORED: usize = 100;

/// One registry with the values that a spec can write.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Importable {
    pub(crate) id: RegistryId,
    /// Values that the registry has. One that is hidden, that no spec can want or that Azure cannot change here is missing.
    pub(crate) values: BTreeMap<Setting, ImportableValue>,
    /// Settings whose value the files do not tell, or that Azure cannot change here.
    pub(crate) left_out: BTreeSet<Setting>,
    /// False if Azure refuses the settings that need SKU Premium.
    pub(crate) premium: bool,
    /// Texts of rules that are neither ranges nor subnet ids.
    pub(crate) ignore: Vec<String>,
    pub(crate) notes: Vec<SeenNote>,
}

/// A value that a spec can want.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum ImportableValue {
    /// A known word.
    Word(&'static str),
    Flag(bool),
    Ranges(BTreeSet<Cidr>),
    Subnets(BTreeSet<SubnetId>),
}

impl Importable {
    /// Makes a registry without any value.
    pub(crate) fn new(id: RegistryId, premium: bool) -> Self {
        Self {
            id,
            values: BTreeMap::new(),
            left_out: BTreeSet::new(),
            premium,
            ignore: Vec::new(),
            notes: Vec::new(),
        }
    }

    /// Returns true if the spec may name the setting at this registry.
    pub(crate) fn writes(&self, setting: Setting) -> bool {
        self.values.contains_key(&setting) && self.can_name(setting)
    }

    fn can_name(&self, setting: Setting) -> bool {
        self.premium || !setting.facts().premium
    }

    /// Returns the ranges that the spec lists at this registry.
    pub(crate) fn written_ranges(&self) -> Option<&BTreeSet<Cidr>> {
        match self.values.get(&Setting::IpRules)? {
            ImportableValue::Ranges(ranges) if self.writes(Setting::IpRules) => Some(ranges),
            _ => None,
        }
    }

    /// Returns the subnets that the spec lists at this registry.
    pub(crate) fn written_subnets(&self) -> Option<&BTreeSet<SubnetId>> {
        let setting = Setting::VirtualNetworkRules;
        match self.values.get(&setting)? {
            ImportableValue::Subnets(subnets) if self.writes(setting) => Some(subnets),
            _ => None,
        }
    }

    /// Takes a value as it was read. What no spec can want becomes a note.
    pub(crate) fn take(&mut self, setting: Setting, value: &SettingValue) {
        let taken = match value {
            SettingValue::Flag(flag) => ImportableValue::Flag(*flag),
            SettingValue::Rules(rules) => self.taken_rules(setting, rules),
            SettingValue::Word(word) => match setting.known_word(word) {
                Some(word) => ImportableValue::Word(word),
                None => return self.note_unknown(setting, word),
            },
        };
        if self.can_name(setting) || is_default(setting, &taken) {
            self.values.insert(setting, taken);
            return;
        }
        // Without a value here, the setting cannot become a default that reaches this registry.
        self.left_out.insert(setting);
        let message = format!(
            "`{}` is not its default and is left out, because Azure changes it on Premium registries only",
            setting.spec_key()
        );
        self.note(SeenCode::Tier, message);
    }

    /// Adds a note about the registry.
    pub(crate) fn note(&mut self, code: SeenCode, message: String) {
        self.notes.push(SeenNote { code, message });
    }

    /// Leaves a setting out for this reason.
    pub(crate) fn leave_out(&mut self, setting: Setting, reason: &str) {
        self.values.remove(&setting);
        self.left_out.insert(setting);
        let key = setting.spec_key();
        self.note(SeenCode::Unresolved, format!("`{key}` is left out: {reason}"));
    }

    /// Adds another declaration of the same registry. A setting with two values is left out: the files do not tell which of
    /// them counts. So is one that any of the declarations leaves out.
    pub(crate) fn join(&mut self, other: Self) {
        self.left_out.extend(other.left_out);
        for (setting, value) in other.values {
            match self.values.get(&setting) {
                Some(known) if *known == value => {}
                Some(_) => self.leave_out(setting, "two resources give it different values"),
                None => {
                    self.values.insert(setting, value);
                }
            }
        }
        for setting in &self.left_out {
            self.values.remove(setting);
        }
        self.premium &= other.premium;
        self.ignore.extend(other.ignore);
        self.notes.extend(other.notes);
    }

    fn note_unknown(&mut self, setting: Setting, word: &str) {
        let message = format!(
            "`{}` is `{word}`, which no spec can want: it is left out",
            setting.path()
        );
        self.note(SeenCode::UnknownValue, message);
    }

    /// Takes the rules of a list, each once.
    fn taken_rules(&mut self, list: Setting, rules: &[Rule]) -> ImportableValue {
        let (mut ranges, mut subnets) = (BTreeSet::new(), BTreeSet::new());
        let mut seen = BTreeSet::new();
        for rule in rules {
            if !seen.insert(rule) {
                let message = format!("`{rule}` is there more than once: the spec lists it once");
                self.note(SeenCode::DuplicateRule, message);
                continue;
            }
            match rule.target() {
                RuleTarget::Ip(range) if rule.fits(list) => {
                    ranges.insert(*range);
                }
                RuleTarget::Subnet(id) if rule.fits(list) => {
                    subnets.insert((**id).clone());
                }
                _ => self.take_unparsed(rule),
            }
        }
        match list {
            Setting::VirtualNetworkRules => ImportableValue::Subnets(subnets),
            _ => ImportableValue::Ranges(ranges),
        }
    }

    /// Leaves a rule to others whose clients are not known. YAML has no NUL, and a long text would hide the rest of a spec.
    fn take_unparsed(&mut self, rule: &Rule) {
        let text = rule.as_str();
        let ignorable = matches!(rule.target(), RuleTarget::Unparsed(_))
            && text.chars().count() <= LONGEST_IGNORED
            && !text.contains('\0');
        let what = if ignorable {
            self.ignore.push(text.to_owned());
            "`ignore` leaves it alone"
        } else {
            "it stays, and the spec does not name it"
        };
        let message =
            format!("the rule `{rule}` is neither an IPv4 range nor a subnet of its list: {what}");
        self.note(SeenCode::UnparsedRule, message);
    }
}

/// Returns true for the value of a new registry (docs: ARM reference of `registries`). The first word of a row of the table is
/// the default.
fn is_default(setting: Setting, value: &ImportableValue) -> bool {
    match (value, &setting.facts().kind) {
        (ImportableValue::Word(word), SettingKind::Word { words, .. }) => *word == words[0],
        (ImportableValue::Word(_), _) => false,
        (ImportableValue::Flag(flag), _) => !flag,
        (ImportableValue::Ranges(ranges), _) => ranges.is_empty(),
        (ImportableValue::Subnets(subnets), _) => subnets.is_empty(),
    }
}
