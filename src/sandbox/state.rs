//! The state on disk: subscriptions and resources, in the shape that GET answers.

use std::collections::BTreeSet;
use std::io::{ErrorKind, Write};
use std::marker::PhantomData;
use std::path::{Path, PathBuf};

use serde::de::value::MapAccessDeserializer;
use serde::de::{MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;

use super::{defaults, shape};
use crate::model::{RegistryId, ResourceId, SubnetId, strict_json};

/// The tenant of subscriptions that name none.
const DEFAULT_TENANT: &str = "11111111-1111-4111-8111-111111111111";

/// The subscription of a sandbox that was given none.
const DEFAULT_SUBSCRIPTION: &str = "00000000-0000-0000-0000-000000000001";

/// What the sandbox holds.
///
/// JSON: `{"subscriptions": [{"id", "tenant", "registered": [namespace]}], "resources": [resource]}`, where a
/// resource is what GET answers, or what `az acr show` and `az network vnet show` print.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct State {
    #[serde(default, deserialize_with = "objects")]
    pub subscriptions: Vec<Subscription>,
    #[serde(default, deserialize_with = "checked_resources")]
    pub resources: Vec<Value>,
}

/// A subscription and the resource providers that are registered in it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Subscription {
    pub id: String,
    #[serde(default = "default_tenant")]
    pub tenant: String,
    #[serde(default = "default_namespaces")]
    pub registered: Vec<String>,
}

/// Why a state file could not be read or written. It is never overwritten then.
#[derive(Debug, thiserror::Error, miette::Diagnostic)]
pub enum StateError {
    #[error("state file `{}` could not be read: {source}", path.display())]
    #[diagnostic(help("give a path that can be read, or one that does not exist to have it made"))]
    Read { path: PathBuf, source: std::io::Error },
    #[error("state file `{}` is not a sandbox state: line {line}, column {column}: {reason}", path.display())]
    #[diagnostic(help(
        "the shape is {{\"subscriptions\": [{{\"id\", \"tenant\", \"registered\"}}], \"resources\": [...]}}; correct the file, or name one that does not exist to have it made"
    ))]
    Invalid {
        path: PathBuf,
        line: usize,
        column: usize,
        reason: String,
    },
    #[error("state file `{}` could not be written: {source}", path.display())]
    #[diagnostic(help("its folder must exist and be writable"))]
    Write { path: PathBuf, source: std::io::Error },
}

impl State {
    /// No subscription, no resource.
    pub fn empty() -> Self {
        Self::default()
    }

    /// Adds a registry as Azure makes it: Premium, open, no rules. One that is there stays as it is.
    #[must_use]
    pub fn with_registry(mut self, id: &RegistryId) -> Self {
        self.add_subscriptions([id.subscription()].into_iter());
        let mut ids = self.resources.iter().map(super::body::id);
        if !ids.any(|known| super::body::same_id(known, id.key())) {
            self.resources.push(defaults::registry(id));
        }
        self
    }

    /// Adds a subnet without service endpoints, and its virtual network. One that is there stays as it is.
    #[must_use]
    pub fn with_subnet(self, id: &SubnetId) -> Self {
        self.with_all([], [id])
    }

    /// Adds registries and subnets, each as the two above do, in one go: the time grows with
    /// their number, not with its square.
    #[must_use]
    pub fn with_all<'a>(
        mut self,
        registries: impl IntoIterator<Item = &'a RegistryId>,
        subnets: impl IntoIterator<Item = &'a SubnetId>,
    ) -> Self {
        let registries: Vec<&RegistryId> = registries.into_iter().collect();
        let subnets: Vec<&SubnetId> = subnets.into_iter().collect();
        let of_registries = registries.iter().map(|id| id.subscription());
        self.add_subscriptions(of_registries.chain(subnets.iter().map(|id| id.subscription())));
        let key = |resource: &Value| super::body::id(resource).to_ascii_lowercase();
        let mut known: BTreeSet<String> = self.resources.iter().map(key).collect();
        for id in registries {
            if known.insert(id.key().to_owned()) {
                self.resources.push(defaults::registry(id));
            }
        }
        self.resources = shape::with_subnets(std::mem::take(&mut self.resources), &subnets);
        self
    }

    /// With one subscription, both providers registered, where there is none: clients want to sign in to one.
    #[must_use]
    pub(super) fn or_default_subscription(mut self) -> Self {
        if self.subscriptions.is_empty() && self.resources.is_empty() {
            self.add_subscriptions([DEFAULT_SUBSCRIPTION].into_iter());
        }
        self
    }

    /// The same with the service endpoint turned on, as somebody else may have done.
    #[must_use]
    pub fn with_endpoint(self, id: &SubnetId) -> Self {
        let mut state = self.with_subnet(id);
        let networks = state
            .resources
            .iter_mut()
            .filter_map(|r| r["properties"]["subnets"].as_array_mut());
        let subnet = networks.flatten().find(|subnet| {
            subnet["id"]
                .as_str()
                .is_some_and(|text| text.eq_ignore_ascii_case(id.as_str()))
        });
        if let Some(subnet) = subnet {
            subnet["properties"]["serviceEndpoints"] = serde_json::json!([
                { "provisioningState": "Succeeded", "service": "Microsoft.ContainerRegistry", "locations": ["*"] }
            ]);
        }
        state
    }

    /// Reads a state file.
    pub fn load(path: &Path) -> Result<Self, StateError> {
        let bytes = std::fs::read(path).map_err(|source| StateError::Read {
            path: path.to_owned(),
            source,
        })?;
        let read = strict_json(&bytes).and_then(|_| serde_json::from_slice(&bytes));
        let Object(state): Object<Self> = read.map_err(|error| invalid(path, &error))?;
        Ok(state.completed())
    }

    /// Reads a state file, or `None` where there is no file.
    pub(super) fn load_if_there(path: &Path) -> Result<Option<Self>, StateError> {
        match Self::load(path) {
            Err(StateError::Read { source, .. }) if source.kind() == ErrorKind::NotFound => Ok(None),
            loaded => loaded.map(Some),
        }
    }

    /// Writes the state so that the file is either the old or the new one, never a part of it.
    pub fn save(&self, path: &Path) -> Result<(), StateError> {
        save(self, path)
    }

    /// Puts standalone subnets into their networks and adds subscriptions that only resources name.
    pub(super) fn completed(mut self) -> Self {
        self.resources = shape::fold_subnets(std::mem::take(&mut self.resources));
        let subscriptions: Vec<String> = self
            .resources
            .iter()
            .filter_map(|resource| ResourceId::parse(super::body::id(resource)).ok())
            .map(|id| id.subscription().to_owned())
            .collect();
        self.add_subscriptions(subscriptions.iter().map(String::as_str));
        self
    }

    /// Adds those that are not there.
    fn add_subscriptions<'a>(&mut self, ids: impl Iterator<Item = &'a str>) {
        let lower = |known: &Subscription| known.id.to_ascii_lowercase();
        let mut known: BTreeSet<String> = self.subscriptions.iter().map(lower).collect();
        for id in ids {
            if known.insert(id.to_ascii_lowercase()) {
                self.subscriptions.push(Subscription {
                    id: id.to_owned(),
                    tenant: default_tenant(),
                    registered: default_namespaces(),
                });
            }
        }
    }
}

/// Writes next to the target, syncs, and renames.
pub(super) fn save(state: &impl Serialize, path: &Path) -> Result<(), StateError> {
    write(state, path).map_err(|source| StateError::Write {
        path: path.to_owned(),
        source,
    })
}

fn write(state: &impl Serialize, path: &Path) -> std::io::Result<()> {
    let path = resolve(path)?;
    let mut file = tempfile::NamedTempFile::new_in(folder(&path))?;
    let mut buffer = std::io::BufWriter::new(file.as_file_mut());
    serde_json::to_writer_pretty(&mut buffer, state)?;
    buffer.write_all(b"\n")?;
    buffer.flush()?;
    drop(buffer);
    file.as_file().sync_all()?;
    file.persist(path)?;
    Ok(())
}

/// Where writing to `path` ends up: links are followed, also to a file that is not there yet.
fn resolve(path: &Path) -> std::io::Result<PathBuf> {
    match std::fs::canonicalize(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => match std::fs::read_link(path) {
            Ok(link) => resolve(&folder(path).join(link)),
            Err(_) => Ok(std::fs::canonicalize(folder(path))?.join(path.file_name().ok_or(error)?)),
        },
        found => found,
    }
}

fn folder(file: &Path) -> &Path {
    let parent = file.parent().filter(|folder| !folder.as_os_str().is_empty());
    parent.unwrap_or(Path::new("."))
}

/// The place is a field of its own, so it is taken out of the text.
fn invalid(path: &Path, error: &serde_json::Error) -> StateError {
    let (line, column) = (error.line(), error.column());
    let text = error.to_string();
    let reason = text
        .strip_suffix(&format!(" at line {line} column {column}"))
        .unwrap_or(&text);
    StateError::Invalid {
        path: path.to_owned(),
        line,
        column,
        reason: reason.to_owned(),
    }
}

pub(super) fn default_tenant() -> String {
    DEFAULT_TENANT.to_owned()
}

fn default_namespaces() -> Vec<String> {
    vec![
        "Microsoft.ContainerRegistry".to_owned(),
        "Microsoft.Network".to_owned(),
    ]
}

/// A `T` from an object only: serde would also take a list of its fields.
struct Object<T>(T);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Object<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(ObjectVisitor(PhantomData)).map(Self)
    }
}

struct ObjectVisitor<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for ObjectVisitor<T> {
    type Value = T;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<T, A::Error> {
        T::deserialize(MapAccessDeserializer::new(map))
    }
}

fn objects<'de, D: Deserializer<'de>, T: Deserialize<'de>>(deserializer: D) -> Result<Vec<T>, D::Error> {
    let objects = Vec::<Object<T>>::deserialize(deserializer)?;
    Ok(objects.into_iter().map(|Object(inner)| inner).collect())
}

/// A resource that is checked while its place in the file is still known.
struct Checked(Value);

impl<'de> Deserialize<'de> for Checked {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let resource = Value::deserialize(deserializer)?;
        shape::normalise(resource)
            .map(Self)
            .map_err(serde::de::Error::custom)
    }
}

fn checked_resources<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Value>, D::Error> {
    let resources = Vec::<Checked>::deserialize(deserializer)?;
    let mut keys = BTreeSet::new();
    for Checked(resource) in &resources {
        let id = super::body::id(resource);
        if !keys.insert(id.to_ascii_lowercase()) {
            return Err(serde::de::Error::custom(format!(
                "two resources have the id `{id}`"
            )));
        }
    }
    Ok(resources.into_iter().map(|Checked(resource)| resource).collect())
}
