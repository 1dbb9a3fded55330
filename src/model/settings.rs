//! The values of one registry's settings, in one form for everyone: as read, as wanted, in a plan and in a snapshot.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{Error as _, IgnoredAny, MapAccess, Visitor};
use serde::ser::SerializeMap;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::{Value, json};

use super::Rule;
use super::setting::{Setting, SettingKind};

/// The value of one setting. `R` is a rule: [`Rule`] as read, or a rule with the place in the spec that wants it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SettingValue<R = Rule> {
    /// A word of an enumeration as it was read; an unknown one is kept.
    Word(Cow<'static, str>),
    Flag(bool),
    /// A list. Copies of the settings share it, because most of them never change it.
    Rules(Arc<Vec<R>>),
}

/// The settings of one registry. A setting that is missing was not shown, or is not wanted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Settings {
    values: BTreeMap<Setting, SettingValue>,
}

impl<R> SettingValue<R> {
    /// Returns the word of an enumeration.
    pub fn word(&self) -> Option<&str> {
        match self {
            Self::Word(word) => Some(word),
            Self::Flag(_) | Self::Rules(_) => None,
        }
    }

    /// Returns the value with each rule in another form.
    pub fn with_rules<T>(&self, form: fn(&R) -> T) -> SettingValue<T> {
        match self {
            Self::Word(word) => SettingValue::Word(word.clone()),
            Self::Flag(flag) => SettingValue::Flag(*flag),
            Self::Rules(rules) => SettingValue::Rules(Arc::new(rules.iter().map(form).collect())),
        }
    }

    /// Returns the flag.
    pub fn flag(&self) -> Option<bool> {
        match self {
            Self::Flag(flag) => Some(*flag),
            Self::Word(_) | Self::Rules(_) => None,
        }
    }

    /// Returns the rules of a list.
    pub fn rules(&self) -> Option<&[R]> {
        match self {
            Self::Rules(rules) => Some(rules),
            Self::Word(_) | Self::Flag(_) => None,
        }
    }
}

impl SettingValue {
    /// Returns the value as JSON; rules are texts as they were read.
    pub fn to_json(&self) -> Value {
        match self {
            Self::Word(word) => json!(word),
            Self::Flag(flag) => json!(flag),
            Self::Rules(rules) => json!(**rules),
        }
    }

    /// Returns true if both mean the same: words without regard to case, lists as sets.
    pub fn means(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Word(a), Self::Word(b)) => a.eq_ignore_ascii_case(b),
            // Neither the order nor the spelling of a list matters.
            (Self::Rules(a), Self::Rules(b)) => {
                a.iter().collect::<BTreeSet<_>>() == b.iter().collect::<BTreeSet<_>>()
            }
            (a, b) => a == b,
        }
    }
}

impl Settings {
    /// Returns the value as read.
    pub fn get(&self, setting: Setting) -> Option<&SettingValue> {
        self.values.get(&setting)
    }

    /// Returns the value, or the default that an answer without it stands for.
    pub fn value(&self, setting: Setting) -> Option<Cow<'_, SettingValue>> {
        if let Some(value) = self.values.get(&setting) {
            return Some(Cow::Borrowed(value));
        }
        let word = setting.facts().default?;
        Some(Cow::Owned(SettingValue::Word(word.into())))
    }

    /// Returns the word of an enumeration as read.
    pub fn word(&self, setting: Setting) -> Option<&str> {
        self.get(setting)?.word()
    }

    /// Returns the flag as read.
    pub fn flag(&self, setting: Setting) -> Option<bool> {
        self.get(setting)?.flag()
    }

    /// Returns the rules of a list; `None` where the api-version hides them.
    pub fn rules(&self, setting: Setting) -> Option<&[Rule]> {
        self.get(setting)?.rules()
    }

    /// Returns the rules of a list to change them; `None` where the api-version hides them.
    pub fn rules_mut(&mut self, setting: Setting) -> Option<&mut Vec<Rule>> {
        match self.values.get_mut(&setting)? {
            SettingValue::Rules(rules) => Some(Arc::make_mut(rules)),
            SettingValue::Word(_) | SettingValue::Flag(_) => None,
        }
    }

    /// Returns the rules of a list to keep them without a copy.
    pub(super) fn shared_rules(&self, setting: Setting) -> Option<&Arc<Vec<Rule>>> {
        match self.get(setting)? {
            SettingValue::Rules(rules) => Some(rules),
            SettingValue::Word(_) | SettingValue::Flag(_) => None,
        }
    }

    /// Returns the rules of every list that is shown.
    pub fn all_rules(&self) -> impl Iterator<Item = &Rule> {
        self.values.values().filter_map(SettingValue::rules).flatten()
    }

    /// Gives a setting a value; `None` removes it.
    pub fn set(&mut self, setting: Setting, value: impl Into<Option<SettingValue>>) {
        match value.into() {
            Some(value) => self.values.insert(setting, value),
            None => self.values.remove(&setting),
        };
    }

    /// Returns true if a setting means the same here and in `other`, or is shown by neither.
    pub fn agree(&self, other: &Self, setting: Setting) -> bool {
        match (self.value(setting), other.value(setting)) {
            (Some(here), Some(there)) => here.means(&there),
            (None, None) => true,
            _ => false,
        }
    }
}

impl FromIterator<(Setting, SettingValue)> for Settings {
    fn from_iter<I: IntoIterator<Item = (Setting, SettingValue)>>(values: I) -> Self {
        Self {
            values: values.into_iter().collect(),
        }
    }
}

impl<R> From<&'static str> for SettingValue<R> {
    fn from(word: &'static str) -> Self {
        Self::Word(word.into())
    }
}
impl<R> From<bool> for SettingValue<R> {
    fn from(flag: bool) -> Self {
        Self::Flag(flag)
    }
}
impl<R> From<Vec<R>> for SettingValue<R> {
    fn from(rules: Vec<R>) -> Self {
        Self::Rules(Arc::new(rules))
    }
}
/// Writes every setting under ARM's own key; `null` where it was not shown, unless the table leaves it out.
impl Serialize for Settings {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        for setting in Setting::ALL {
            // A setting that was not shown is `null`, so that the document has every key.
            match self.get(*setting) {
                None if setting.facts().left_out_if_hidden => {}
                None => map.serialize_entry(setting.key(), &())?,
                Some(SettingValue::Word(word)) => map.serialize_entry(setting.key(), word)?,
                Some(SettingValue::Flag(flag)) => map.serialize_entry(setting.key(), flag)?,
                Some(SettingValue::Rules(rules)) => map.serialize_entry(setting.key(), &**rules)?,
            }
        }
        map.end()
    }
}

/// Reads the keys of settings and skips all others, which belong to the document around them.
impl<'de> Deserialize<'de> for Settings {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(SettingsVisitor)
    }
}

struct SettingsVisitor;

impl<'de> Visitor<'de> for SettingsVisitor {
    type Value = Settings;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the settings of a registry")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Settings, A::Error> {
        let mut settings = Settings::default();
        while let Some(key) = map.next_key::<String>()? {
            // Read the key by the table, and skip the keys of the document around.
            let Some(setting) = Setting::ALL.iter().find(|setting| setting.key() == key) else {
                map.next_value::<IgnoredAny>()?;
                continue;
            };
            let value = match setting.facts().kind {
                SettingKind::Word { .. } => map
                    .next_value::<Option<String>>()?
                    .map(|word| SettingValue::Word(word.into())),
                SettingKind::Flag => map.next_value::<Option<bool>>()?.map(SettingValue::Flag),
                SettingKind::Rules { .. } => {
                    map.next_value::<Option<Vec<Rule>>>()?.map(SettingValue::from)
                }
            };
            settings.set(*setting, value);
        }
        // A list that every api-version shows cannot be missing from a document.
        for setting in Setting::lists() {
            if !may_be_hidden(setting) && settings.get(setting).is_none() {
                return Err(A::Error::missing_field(setting.key()));
            }
        }
        Ok(settings)
    }
}

fn may_be_hidden(setting: Setting) -> bool {
    !matches!(
        setting.facts().kind,
        SettingKind::Rules {
            may_be_hidden: false,
            ..
        }
    )
}

impl JsonSchema for Settings {
    fn schema_name() -> Cow<'static, str> {
        "Settings".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let mut properties = serde_json::Map::new();
        let mut required = Vec::new();
        for setting in Setting::ALL {
            let schema = match setting.facts().kind {
                SettingKind::Word { .. } => json!({ "type": ["string", "null"] }),
                SettingKind::Flag => json!({ "type": ["boolean", "null"] }),
                SettingKind::Rules {
                    may_be_hidden: false, ..
                } => {
                    json!({ "type": "array", "items": { "type": "string" } })
                }
                SettingKind::Rules { .. } => json!({
                    "type": ["array", "null"],
                    "items": { "type": "string" },
                    "description": "`null` where the api-version hides them.",
                }),
            };
            properties.insert(setting.key().to_owned(), schema);
            if !setting.facts().left_out_if_hidden {
                required.push(setting.key());
            }
        }
        json_schema!({ "type": "object", "properties": properties, "required": required })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rules(texts: &[&str]) -> SettingValue {
        let rules: Vec<Rule> = texts.iter().map(|text| Rule::parse(text)).collect();
        rules.into()
    }

    #[test]
    fn values_compare_by_meaning() {
        let rows: [(SettingValue, SettingValue, bool); 7] = [
            ("Enabled".into(), "enabled".into(), true),
            ("SecuredByPerimeter".into(), "Enabled".into(), false),
            (true.into(), true.into(), true),
            (true.into(), false.into(), false),
            (
                rules(&["192.0.2.7", "192.0.2.9"]),
                rules(&["192.0.2.9/32", "192.0.2.7"]),
                true,
            ),
            (rules(&["192.0.2.7"]), rules(&[]), false),
            (true.into(), "Enabled".into(), false),
        ];
        for (a, b, same) in rows {
            assert_eq!(a.means(&b), same, "{a:?} {b:?}");
            assert_eq!(b.means(&a), same, "{b:?} {a:?}");
        }
    }

    #[test]
    fn a_missing_default_action_is_allow_and_nothing_else_is_assumed() {
        let none = Settings::default();
        for setting in Setting::ALL {
            let value = none.value(*setting).map(Cow::into_owned);
            let want = (*setting == Setting::DefaultAction).then(|| SettingValue::from("Allow"));
            assert_eq!(value, want, "{}", setting.path());
        }
        let mut deny = none.clone();
        deny.set(Setting::DefaultAction, SettingValue::from("Deny"));
        assert!(!deny.agree(&none, Setting::DefaultAction));
        assert!(deny.agree(&none, Setting::PublicNetworkAccess));
    }

    #[test]
    fn json_holds_every_setting_and_reads_back() {
        let mut settings = Settings::default();
        settings.set(Setting::IpRules, rules(&["192.0.2.7/32", "odd"]));
        settings.set(Setting::DataEndpointEnabled, SettingValue::from(true));
        settings.set(
            Setting::PublicNetworkAccess,
            SettingValue::from("SecuredByPerimeter"),
        );
        let json = serde_json::to_value(&settings).unwrap();
        assert_eq!(json["ipRules"], json!(["192.0.2.7/32", "odd"]));
        assert_eq!(json["virtualNetworkRules"], Value::Null);
        for setting in Setting::ALL {
            let written = json.get(setting.key()).is_some();
            let left_out = setting.facts().left_out_if_hidden && settings.get(*setting).is_none();
            assert_eq!(written, !left_out, "{}", setting.path());
        }
        assert_eq!(
            serde_json::from_value::<Settings>(json.clone()).unwrap(),
            settings
        );
        for (key, value) in [("ipRules", Value::Null), ("dataEndpointEnabled", json!("yes"))] {
            let mut bad = json.clone();
            bad[key] = value;
            assert!(serde_json::from_value::<Settings>(bad).is_err(), "{key}");
        }
    }
}
