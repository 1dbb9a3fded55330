//! The changes of a plan, and their JSON form: one list of rows.

use std::borrow::Cow;
use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;

use super::types::row_path::RowPath;
use crate::model::{Setting, SettingValue, SubnetId};
use crate::spec::{KnownNames, ListedRule, Source};

/// Everything that differs from the spec on one registry and its subnets.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Changes {
    /// Changes of the registry itself, sorted by setting.
    pub settings: Vec<Change>,
    /// Service endpoints that are missing on wanted subnets.
    pub endpoints: Option<EndpointsChange>,
}

/// One managed setting that differs from the spec.
#[derive(Clone, Debug, PartialEq)]
pub struct Change {
    pub path: Setting,
    pub action: Action,
    /// The rules that a list gains, sorted.
    pub add: Vec<ListedRule>,
    /// The rules that a list loses, sorted and as they were read.
    pub remove: Vec<ListedRule>,
    /// The single value as ARM has it; `null` where the answer has no such field. `None` for a list.
    pub before: Option<Value>,
    /// The single value that the spec wants. `None` for a list.
    pub after: Option<Value>,
    /// The key in the spec that asks for it.
    pub source: Option<Source>,
}

/// The rules and single values of a change, counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ChangeCount {
    /// Rules that go in.
    pub add: usize,
    /// Single values that change.
    pub change: usize,
    /// Rules that go out.
    pub remove: usize,
}

/// Subnets whose `serviceEndpoints` do not list `Microsoft.ContainerRegistry` yet.
#[derive(Clone, Debug, PartialEq)]
pub struct EndpointsChange {
    /// The rules of those subnets, sorted by id.
    pub add: Vec<ListedRule>,
    /// The key in the spec that asks for it.
    pub source: Option<Source>,
}

/// A change of any kind, for reports that list all kinds.
#[derive(Clone, Debug, PartialEq)]
pub enum AnyChange {
    Setting(Change),
    Endpoints(EndpointsChange),
}

/// The kind of a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Action {
    /// A list only gains rules.
    Add,
    /// A single value changes, or a list gains and loses rules.
    Change,
    /// A list only loses rules.
    Remove,
}

impl Changes {
    /// Returns true if nothing differs.
    pub fn is_empty(&self) -> bool {
        self.settings.is_empty() && self.endpoints.is_none()
    }

    /// Returns the changes that the PATCH of the registry carries.
    pub(crate) fn patched(&self) -> impl Iterator<Item = AnyChange> {
        self.settings.iter().cloned().map(AnyChange::Setting)
    }

    /// Returns the change to one setting.
    pub fn get(&self, setting: Setting) -> Option<&Change> {
        self.settings.iter().find(|change| change.path == setting)
    }

    /// Returns the rules that a list gains; empty where the list does not change.
    pub fn added(&self, list: Setting) -> &[ListedRule] {
        match self.get(list) {
            Some(change) => &change.add,
            None => &[],
        }
    }

    /// Returns the rules that a list loses; empty where the list does not change.
    pub fn removed(&self, list: Setting) -> &[ListedRule] {
        match self.get(list) {
            Some(change) => &change.remove,
            None => &[],
        }
    }

    /// Returns the same changes without the new rules of these subnets; `None` if no other change is left.
    pub(crate) fn without_new(&self, subnets: &BTreeSet<SubnetId>) -> Option<Self> {
        let mut left = self.clone();
        for change in &mut left.settings {
            change.add.retain(|listed| {
                let subnet = listed.rule.subnet();
                subnet.is_none_or(|id| !subnets.contains(id))
            });
        }
        left.settings.retain(|change| {
            !change.path.is_list() || !change.add.is_empty() || !change.remove.is_empty()
        });
        (left != *self && !left.settings.is_empty()).then_some(left)
    }

    /// Names the rules that go out, where a file has a name for them. A rule that has expired has its name already.
    pub(crate) fn name_removed(&mut self, names: &KnownNames) {
        for change in &mut self.settings {
            for listed in &mut change.remove {
                if listed.source.is_none() && listed.info.is_none() {
                    *listed = names.describe(&listed.rule);
                }
            }
        }
    }

    /// Returns true if the service endpoint of this subnet is turned on.
    pub(crate) fn turns_on(&self, id: &SubnetId) -> bool {
        let Some(endpoints) = &self.endpoints else {
            return false;
        };
        endpoints
            .add
            .iter()
            .any(|listed| listed.rule.subnet() == Some(id))
    }

    /// Returns every change as a value of its own, in the order of the JSON form.
    pub fn all(&self) -> impl Iterator<Item = AnyChange> {
        let settings = self.settings.iter().cloned().map(AnyChange::Setting);
        settings.chain(self.endpoints.clone().map(AnyChange::Endpoints))
    }
}

impl Change {
    /// Counts its rules, or itself if it is a single value. Plans and reports count in this unit.
    pub fn count(&self) -> ChangeCount {
        ChangeCount {
            add: self.add.len(),
            change: usize::from(!self.path.is_list()),
            remove: self.remove.len(),
        }
    }

    /// Returns the wanted word of an enumeration.
    pub fn word(&self) -> Option<&str> {
        self.after.as_ref()?.as_str()
    }

    /// Returns the single value that the spec wants.
    pub fn value(&self) -> Option<SettingValue> {
        match self.after.as_ref()? {
            Value::String(word) => Some(SettingValue::Word(word.clone().into())),
            Value::Bool(flag) => Some(SettingValue::Flag(*flag)),
            _ => None,
        }
    }
}

impl AnyChange {
    /// Returns the path of the row.
    pub fn path(&self) -> RowPath {
        match self {
            Self::Setting(change) => RowPath::Setting(change.path),
            Self::Endpoints(_) => RowPath::ServiceEndpoints,
        }
    }
}

impl Action {
    /// Returns what happens to a list; `None` where nothing does.
    pub(crate) fn of_list(add: &[ListedRule], remove: &[ListedRule]) -> Option<Self> {
        match (add.is_empty(), remove.is_empty()) {
            (true, true) => None,
            (false, true) => Some(Self::Add),
            (true, false) => Some(Self::Remove),
            (false, false) => Some(Self::Change),
        }
    }
}

/// The JSON form of a change.
#[derive(Serialize, Deserialize, JsonSchema)]
#[schemars(
    rename = "Change",
    description = "One managed setting that differs from what is wanted."
)]
struct ChangeRow<'a> {
    #[schemars(with = "Setting")]
    path: RowPath,
    action: Action,
    /// For lists: rules that go in, sorted.
    #[serde(default, skip_serializing_if = "<[_]>::is_empty")]
    add: Cow<'a, [ListedRule]>,
    /// For lists: rules that go out, sorted.
    #[serde(default, skip_serializing_if = "<[_]>::is_empty")]
    remove: Cow<'a, [ListedRule]>,
    /// For single values: as ARM has it; `null` where the answer has no such field.
    #[serde(
        default,
        deserialize_with = "even_null",
        skip_serializing_if = "Option::is_none"
    )]
    before: Option<Cow<'a, Value>>,
    /// For single values: as it is wanted.
    #[serde(
        default,
        deserialize_with = "even_null",
        skip_serializing_if = "Option::is_none"
    )]
    after: Option<Cow<'a, Value>>,
    /// The key in the spec that asks for it.
    #[serde(skip_serializing_if = "Option::is_none")]
    source: Option<Cow<'a, Source>>,
}

/// Reads `null` as a value of its own: it says that the answer has no such field.
fn even_null<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<Cow<'static, Value>>, D::Error> {
    let value = Value::deserialize(deserializer)?;
    Ok(Some(Cow::Owned(value)))
}

impl<'a> From<&'a Change> for ChangeRow<'a> {
    fn from(change: &'a Change) -> Self {
        Self {
            path: RowPath::Setting(change.path),
            action: change.action,
            add: Cow::Borrowed(&change.add),
            remove: Cow::Borrowed(&change.remove),
            before: change.before.as_ref().map(Cow::Borrowed),
            after: change.after.as_ref().map(Cow::Borrowed),
            source: change.source.as_ref().map(Cow::Borrowed),
        }
    }
}

impl<'a> From<&'a EndpointsChange> for ChangeRow<'a> {
    fn from(change: &'a EndpointsChange) -> Self {
        Self {
            path: RowPath::ServiceEndpoints,
            action: Action::Add,
            add: Cow::Borrowed(&change.add),
            remove: Cow::Borrowed(&[]),
            before: None,
            after: None,
            source: change.source.as_ref().map(Cow::Borrowed),
        }
    }
}

impl Serialize for Changes {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let settings = self.settings.iter().map(ChangeRow::from);
        let rows = settings.chain(self.endpoints.as_ref().map(ChangeRow::from));
        serializer.collect_seq(rows)
    }
}

impl Serialize for AnyChange {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Setting(change) => ChangeRow::from(change).serialize(serializer),
            Self::Endpoints(change) => ChangeRow::from(change).serialize(serializer),
        }
    }
}

/// Reads the rows. What a row says beyond its kind is dropped; a saved plan is compared with its document, which finds
/// that.
impl<'de> Deserialize<'de> for Changes {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut changes = Self::default();
        // Rows of all kinds share one list; their path tells them apart.
        for row in Vec::<ChangeRow<'static>>::deserialize(deserializer)? {
            let add = row.add.into_owned();
            let source = row.source.map(Cow::into_owned);
            match row.path {
                RowPath::ServiceEndpoints => changes.endpoints = Some(EndpointsChange { add, source }),
                // No plan changes the tags of leases.
                RowPath::Leases => return Err(serde::de::Error::custom("`tags` is not a change")),
                RowPath::Setting(path) => changes.settings.push(Change {
                    path,
                    action: row.action,
                    add,
                    remove: row.remove.into_owned(),
                    before: row.before.map(Cow::into_owned),
                    after: row.after.map(Cow::into_owned),
                    source,
                }),
            }
        }
        Ok(changes)
    }
}

impl JsonSchema for Changes {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Changes".into()
    }

    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        <Vec<ChangeRow<'static>>>::json_schema(generator)
    }
}

impl JsonSchema for AnyChange {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "AnyChange".into()
    }

    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        generator.subschema_for::<ChangeRow<'static>>()
    }
}
