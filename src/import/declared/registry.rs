//! A registry that a file declares.

use super::node::{Node, NodeValue};
use crate::import::importable::Importable;
use crate::import::notes::SeenNote;
use crate::model::{
    ErrorCode, Failure, RegistryId, Rule, Setting, SettingKind, SettingValue, valid_registry_name,
};

/// A registry as a file declares it, in ARM's shape.
#[derive(Clone, Debug)]
pub(crate) struct DeclaredRegistry {
    /// The place and the name that the file gives to the resource.
    pub(crate) place: String,
    pub(crate) identity: Identity,
    pub(crate) sku: Option<Node>,
    /// The object `properties` of ARM.
    pub(crate) properties: Node,
    /// What Terraform says of its arguments that a spec can want.
    pub(crate) notes: Vec<SeenNote>,
}

/// The parts that identify a declared registry.
#[derive(Clone, Debug)]
pub(crate) enum Identity {
    /// The id as a whole.
    Id(Node),
    /// The id of the resource group, and the name.
    Below { parent: Node, name: Node },
    /// The name, and what the file tells about the subscription and the resource group.
    Named {
        subscription: SaidSubscription,
        group: Option<Node>,
        name: Option<Node>,
    },
    /// The file declares none or several, for this reason.
    Unknown(String),
}

/// What a file says about the subscription of a registry.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) enum SaidSubscription {
    /// Nothing: a flag completes it.
    #[default]
    Nothing,
    /// An expression of the default provider: a flag gives its value.
    Open(Node),
    /// An id, or an expression in whose place no flag counts: the file names another place than the default.
    Named(Node),
}

impl From<Option<Node>> for SaidSubscription {
    fn from(node: Option<Node>) -> Self {
        match node {
            Some(node) => Self::Named(node),
            None => Self::Nothing,
        }
    }
}

/// The place that the resources of a file go to, as far as the file does not say it.
#[derive(Clone, Debug, Default)]
pub struct Deployment {
    pub subscription: Option<String>,
    pub resource_group: Option<String>,
}

impl DeclaredRegistry {
    /// Takes what a spec can want.
    pub(crate) fn importable(&self, deployment: &Deployment) -> Result<Importable, Failure> {
        let id = self.id(deployment)?;
        let sku = self.sku.as_ref().and_then(Node::text).unwrap_or_default();
        let below_premium = ["Basic", "Standard"]
            .iter()
            .any(|tier| tier.eq_ignore_ascii_case(sku));
        let mut importable = Importable::new(id, !below_premium);
        for setting in Setting::ALL {
            let Some(node) = self.properties.at(setting.path()) else {
                continue;
            };
            match value(*setting, node) {
                Ok(value) => importable.take(*setting, &value),
                Err(complaint) => {
                    importable.leave_out(*setting, &complaint);
                }
            }
        }
        for SeenNote { code, message } in &self.notes {
            importable.note(*code, message.clone());
        }
        Ok(importable)
    }

    fn id(&self, deployment: &Deployment) -> Result<RegistryId, Failure> {
        match &self.identity {
            Identity::Id(id) => parsed(known(id)?.to_owned()),
            Identity::Below { parent, name } => {
                let provider = "providers/Microsoft.ContainerRegistry/registries";
                parsed(format!("{}/{provider}/{}", known(parent)?, known(name)?))
            }
            Identity::Named {
                subscription,
                group,
                name,
            } => named(subscription, group.as_ref(), name.as_ref(), deployment),
            Identity::Unknown(reason) => Err(failure(reason)),
        }
    }
}

/// The next step for a registry whose file says that it is in another subscription, but not in which.
const ELSEWHERE: &str = "--subscription does not count here, because the file names the place itself: write the id of the \
                         subscription into the file, or import the registry by its id";

/// Completes a name to an id. What the file says counts more than what the flags say.
fn named(
    subscription: &SaidSubscription,
    group: Option<&Node>,
    name: Option<&Node>,
    deployment: &Deployment,
) -> Result<RegistryId, Failure> {
    let name = known(name.ok_or_else(|| failure("it has no name"))?)?;
    let group = match (group, &deployment.resource_group) {
        (Some(group), _) => known(group)?,
        (None, Some(group)) => group,
        (None, None) => {
            return Err(
                failure("the file does not say its resource group").with_help("add --resource-group RG")
            );
        }
    };
    let subscription = match (subscription, &deployment.subscription) {
        (SaidSubscription::Named(node), _) => {
            known(node).map_err(|failure| failure.with_help(ELSEWHERE))?
        }
        (_, Some(given)) => given,
        (SaidSubscription::Open(node), None) => {
            return Err(failure(node.complaint()).with_help("add --subscription ID, the value of it"));
        }
        (SaidSubscription::Nothing, None) => {
            return Err(
                failure("the file does not say its subscription").with_help("add --subscription ID")
            );
        }
    };
    match RegistryId::new(subscription, group, name) {
        Ok(id) => checked(id),
        Err(error) => Err(failure(error.to_string())),
    }
}

fn parsed(id: String) -> Result<RegistryId, Failure> {
    match RegistryId::parse(&id) {
        Ok(id) => checked(id),
        Err(error) => Err(failure(error.to_string())),
    }
}

fn checked(id: RegistryId) -> Result<RegistryId, Failure> {
    match valid_registry_name(id.name()) {
        true => Ok(id),
        false => Err(failure(format!("`{}` is not the name of a registry", id.name()))),
    }
}

fn known(node: &Node) -> Result<&str, Failure> {
    node.text().ok_or_else(|| failure(node.complaint()))
}

fn failure(message: impl Into<String>) -> Failure {
    Failure::new(ErrorCode::Unresolved, message)
}

/// Reads the value of a setting in ARM's shape. The error says what is in its place.
fn value(setting: Setting, node: &Node) -> Result<SettingValue, String> {
    match setting.facts().kind {
        SettingKind::Word { .. } => {
            let word = node.text().ok_or_else(|| node.complaint())?;
            Ok(SettingValue::Word(word.to_owned().into()))
        }
        SettingKind::Flag => Ok(SettingValue::Flag(node.flag().ok_or_else(|| node.complaint())?)),
        SettingKind::Rules { keys, .. } => {
            let mut rules = Vec::new();
            for entry in node.entries().ok_or_else(|| node.complaint())? {
                rules.push(rule(keys, entry)?);
            }
            Ok(SettingValue::from(rules))
        }
    }
}

/// Reads a rule by the first of its keys. A list with an entry that is not known is not known: without the entry, its rule
/// would be removed.
fn rule(keys: &[&str], entry: &Node) -> Result<Rule, String> {
    // Azure's rules have an action, and a spec lists what is allowed.
    if let Some(action) = entry.get("action") {
        let word = action.text().ok_or_else(|| action.complaint())?;
        if !word.eq_ignore_ascii_case("Allow") {
            let place = &action.place;
            return Err(format!(
                "{place} has the action `{word}`, and a spec lists allow rules only"
            ));
        }
    }
    for key in keys {
        if let Some(text) = entry.get(key) {
            return text.text().map(Rule::parse).ok_or_else(|| text.complaint());
        }
    }
    Err(entry.complaint())
}

/// Returns a map of ARM's shape without the entries that are missing.
pub(crate) fn map(place: &str, entries: Vec<(&str, Option<Node>)>) -> Node {
    let mut known = Vec::new();
    for (key, node) in entries {
        if let Some(node) = node {
            known.push((key.to_owned(), node));
        }
    }
    Node::new(place, NodeValue::Map(known))
}
