//! Reads one resource and parses its body.

use serde_json::Value;

use crate::azure::{ArmClient, Surrounding};
use crate::live::parse;
use crate::live::parse::json_node::{JsonNode, UnexpectedJson};
use crate::live::parse::json_tree::JsonTree;
use crate::live::unreadable::unreadable;
use crate::model::{Failure, ResourceId};

/// Parser of a body.
pub(super) type Parse<T> = fn(&JsonNode<'_>) -> Result<T, UnexpectedJson>;

/// Reads a resource of the network provider.
pub(super) async fn network<T>(
    client: &ArmClient,
    id: &ResourceId,
    parse: Parse<T>,
) -> Result<T, Failure> {
    let body = client.network_resource(id).await?.body;
    parsed(id, &body, parse)
}

/// Reads a resource of another provider.
pub(super) async fn other<T>(
    client: &ArmClient,
    kind: Surrounding,
    id: &ResourceId,
    parse: Parse<T>,
) -> Result<T, Failure> {
    let body = client.surrounding(kind, id).await?;
    parsed(id, &body, parse)
}

/// Parses each entry of a list.
pub(super) fn entries<T>(list: &[Value], path: &str, parse: Parse<T>) -> Result<Vec<T>, Failure> {
    let mut found = Vec::with_capacity(list.len());
    for entry in list {
        let tree = JsonTree::from(entry);
        found.push(parse(&JsonNode::root(&tree)).map_err(|error| unreadable(path, &error))?);
    }
    Ok(found)
}

fn parsed<T>(id: &ResourceId, body: &Value, parse: Parse<T>) -> Result<T, Failure> {
    let tree = JsonTree::from(body);
    let parsed = parse::is_about(id, body).and_then(|()| parse(&JsonNode::root(&tree)));
    parsed.map_err(|error| unreadable(id.as_str(), &error))
}

/// Reads the id of a reference such as `{"id": …}`; `None` if there is none.
pub(super) fn reference(node: &JsonNode<'_>) -> Result<Option<ResourceId>, UnexpectedJson> {
    id_in(&node.at("id")?)
}

/// Reads an id; `None` if there is none.
pub(super) fn id_in(node: &JsonNode<'_>) -> Result<Option<ResourceId>, UnexpectedJson> {
    match node.text()? {
        None => Ok(None),
        Some(text) => match ResourceId::parse(&text) {
            Ok(id) => Ok(Some(id)),
            Err(_) => Err(node.error("a resource id")),
        },
    }
}

/// Reads a list of texts. A missing list has none.
pub(super) fn texts(node: &JsonNode<'_>) -> Result<Vec<String>, UnexpectedJson> {
    let mut texts = Vec::new();
    for element in node.elements()? {
        texts.push(element.needed_text()?);
    }
    Ok(texts)
}
