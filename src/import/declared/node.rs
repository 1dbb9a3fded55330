//! Values of a file, as far as the file alone tells them.

use serde_json::Value;

/// A value and its place.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Node {
    /// Such as `main.tf:12`, or a path in a JSON document.
    pub(crate) place: String,
    pub(crate) value: NodeValue,
}

/// A value that is known, or an expression.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum NodeValue {
    /// A text, a number, a flag or null.
    Scalar(Value),
    List(Vec<Node>),
    Map(Vec<(String, Node)>),
    /// An expression that the file alone does not resolve, as it is written.
    Unresolved(String),
}

impl Node {
    pub(crate) fn new(place: impl Into<String>, value: NodeValue) -> Self {
        Self {
            place: place.into(),
            value,
        }
    }

    /// Returns the value of a key. Null counts as missing.
    pub(crate) fn get(&self, key: &str) -> Option<&Self> {
        let NodeValue::Map(entries) = &self.value else {
            return None;
        };
        let (_, node) = entries.iter().find(|(name, _)| name.eq_ignore_ascii_case(key))?;
        (node.value != NodeValue::Scalar(Value::Null)).then_some(node)
    }

    /// Returns the node at a path of keys. An expression on the way is returned in its place.
    pub(crate) fn at(&self, path: &str) -> Option<&Self> {
        let mut node = self;
        for key in path.split('.') {
            if node.is_unresolved() {
                return Some(node);
            }
            node = node.get(key)?;
        }
        Some(node)
    }

    pub(crate) fn is_unresolved(&self) -> bool {
        matches!(self.value, NodeValue::Unresolved(_))
    }

    /// Returns the text of a string.
    pub(crate) fn text(&self) -> Option<&str> {
        match &self.value {
            NodeValue::Scalar(Value::String(text)) => Some(text),
            _ => None,
        }
    }

    /// Returns a flag. Terraform takes its words in quotes too.
    pub(crate) fn flag(&self) -> Option<bool> {
        match &self.value {
            NodeValue::Scalar(Value::Bool(flag)) => Some(*flag),
            NodeValue::Scalar(Value::String(text)) => text.parse().ok(),
            _ => None,
        }
    }

    /// Returns the entries of a list.
    pub(crate) fn entries(&self) -> Option<&[Self]> {
        match &self.value {
            NodeValue::List(entries) => Some(entries),
            _ => None,
        }
    }

    /// Returns the only entry of a list, or the value itself. A block of Terraform that may be there once is a list.
    pub(crate) fn single(&self) -> Option<&Self> {
        match &self.value {
            NodeValue::List(entries) => match &entries[..] {
                [entry] => Some(entry),
                _ => None,
            },
            _ => Some(self),
        }
    }

    /// Says why the value cannot be used, with its place.
    pub(crate) fn complaint(&self) -> String {
        match &self.value {
            NodeValue::Unresolved(text) => format!("{} has the expression `{text}`", self.place),
            _ => format!("{} has another kind of value than Azure takes", self.place),
        }
    }

    /// Makes nodes out of JSON. Each has its path as its place.
    pub(crate) fn of_json(place: &str, value: &Value) -> Self {
        let node = match value {
            Value::Array(entries) => {
                let mut list = Vec::new();
                for (number, entry) in entries.iter().enumerate() {
                    list.push(Self::of_json(&format!("{place}[{number}]"), entry));
                }
                NodeValue::List(list)
            }
            Value::Object(object) => {
                let mut map = Vec::new();
                for (key, entry) in object {
                    map.push((key.clone(), Self::of_json(&format!("{place}.{key}"), entry)));
                }
                NodeValue::Map(map)
            }
            scalar => NodeValue::Scalar(scalar.clone()),
        };
        Self::new(place, node)
    }
}
