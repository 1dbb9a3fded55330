//! A JSON value that knows its place, so that an error can name it.

use super::json_tree::JsonTree;

/// Error for an answer of another shape than ARM documents.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{path}` is {found}, expected {expected}")]
pub struct UnexpectedJson {
    /// Place in the JSON, such as `properties.networkRuleSet.ipRules[2].value`.
    pub path: String,
    pub expected: &'static str,
    pub found: &'static str,
}

/// A value and its place.
#[derive(Clone)]
pub(in crate::live) struct JsonNode<'a> {
    /// `None` if places are not kept.
    path: Option<String>,
    /// `None` if the key is missing or `null`. ARM means the same by both.
    value: Option<&'a JsonTree<'a>>,
}

impl<'a> JsonNode<'a> {
    pub(in crate::live) fn root(value: &'a JsonTree<'a>) -> Self {
        Self {
            path: Some(String::new()),
            value: Some(value),
        }
    }

    /// Returns a node that does not keep places, so its errors have none. A fleet has a million values, of which none is wrong.
    pub(in crate::live) fn without_places(value: &'a JsonTree<'a>) -> Self {
        Self {
            path: None,
            value: Some(value),
        }
    }

    /// Returns the value of `key`, which may be missing. Fails if this is not an object.
    pub(in crate::live) fn at(&self, key: &str) -> Result<Self, UnexpectedJson> {
        // A missing object has missing keys, so a caller may walk on.
        let value = match self.value {
            None => None,
            Some(object @ JsonTree::Object(_)) => object.get(key).filter(|value| !value.is_null()),
            Some(_) => return Err(self.error("an object")),
        };
        let path = self.path.as_ref().map(|path| {
            let dot = if path.is_empty() { "" } else { "." };
            format!("{path}{dot}{key}")
        });
        Ok(Self { path, value })
    }

    pub(in crate::live) fn is_missing(&self) -> bool {
        self.value.is_none()
    }

    pub(in crate::live) fn text(&self) -> Result<Option<String>, UnexpectedJson> {
        match self.value {
            None => Ok(None),
            Some(JsonTree::Text(text)) => Ok(Some(text.to_string())),
            Some(_) => Err(self.error("a text")),
        }
    }

    /// Returns the text. Fails if it is missing.
    pub(in crate::live) fn needed_text(&self) -> Result<String, UnexpectedJson> {
        self.needed_str().map(str::to_owned)
    }

    /// Returns the text where it is. Fails if it is missing.
    pub(in crate::live) fn needed_str(&self) -> Result<&'a str, UnexpectedJson> {
        self.value
            .and_then(JsonTree::as_str)
            .ok_or_else(|| self.error("a text"))
    }

    pub(in crate::live) fn flag(&self) -> Result<Option<bool>, UnexpectedJson> {
        match self.value {
            None => Ok(None),
            Some(JsonTree::Bool(flag)) => Ok(Some(*flag)),
            Some(_) => Err(self.error("true or false")),
        }
    }

    /// Returns the number. Fails if it is missing or not a whole number.
    pub(in crate::live) fn number(&self) -> Result<u64, UnexpectedJson> {
        let number = match self.value {
            Some(JsonTree::Number(number)) => number.as_u64(),
            _ => None,
        };
        number.ok_or_else(|| self.error("a whole number"))
    }

    /// Returns the elements, or `None` if there is no list.
    pub(in crate::live) fn list(&self) -> Result<Option<Vec<Self>>, UnexpectedJson> {
        let list = match self.value {
            None => return Ok(None),
            Some(JsonTree::List(list)) => list,
            Some(_) => return Err(self.error("a list")),
        };
        let mut nodes = Vec::with_capacity(list.len());
        for (index, value) in list.iter().enumerate() {
            nodes.push(Self {
                path: self.path.as_ref().map(|path| format!("{path}[{index}]")),
                value: Some(value),
            });
        }
        Ok(Some(nodes))
    }

    /// Returns the elements, none if there is no list.
    pub(in crate::live) fn elements(&self) -> Result<Vec<Self>, UnexpectedJson> {
        Ok(self.list()?.unwrap_or_default())
    }

    /// Returns the keys of the object, none if it is missing.
    pub(in crate::live) fn keys(&self) -> Result<Vec<&'a str>, UnexpectedJson> {
        match self.value {
            None => Ok(Vec::new()),
            Some(JsonTree::Object(entries)) => Ok(entries.iter().map(|(key, _)| &**key).collect()),
            Some(_) => Err(self.error("an object")),
        }
    }

    /// Returns the value as it came, which may be missing.
    pub(in crate::live) fn value(&self) -> Option<&'a JsonTree<'a>> {
        self.value
    }

    /// Makes the error for this place.
    pub(in crate::live) fn error(&self, expected: &'static str) -> UnexpectedJson {
        UnexpectedJson {
            path: self.path.clone().unwrap_or_default(),
            expected,
            found: match self.value {
                None => "missing",
                Some(JsonTree::Null) => "null",
                Some(JsonTree::Bool(_)) => "true or false",
                Some(JsonTree::Number(_)) => "a number",
                Some(JsonTree::Text(_)) => "a text",
                Some(JsonTree::List(_)) => "a list",
                Some(JsonTree::Object(_)) => "an object",
            },
        }
    }
}
