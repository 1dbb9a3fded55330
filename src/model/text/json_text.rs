//! JSON that is kept as text.

use std::fmt;
use std::ops::Deref;
use std::sync::{Arc, OnceLock};

use serde::Serialize;
use serde_json::Value;

/// JSON that is kept as text until its values are asked for. A fleet keeps ten thousand bodies, of which a run looks into few,
/// and the values of a body take about ten times the memory of its text.
#[derive(Clone, Debug, Default)]
pub struct JsonText {
    text: Arc<str>,
    values: OnceLock<Arc<Value>>,
}

impl JsonText {
    /// Writes a tree of JSON as text.
    pub(crate) fn written(tree: &impl Serialize) -> Self {
        let text = serde_json::to_string(tree).expect("the keys of JSON are texts");
        Self {
            text: text.into(),
            values: OnceLock::new(),
        }
    }
}

impl From<&Value> for JsonText {
    fn from(value: &Value) -> Self {
        Self::written(value)
    }
}

impl Deref for JsonText {
    type Target = Value;

    fn deref(&self) -> &Value {
        // The text was written from values, so it can be read.
        self.values
            .get_or_init(|| Arc::new(serde_json::from_str(&self.text).unwrap_or_default()))
    }
}

impl PartialEq for JsonText {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text || **self == **other
    }
}

impl fmt::Display for JsonText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn values_come_back_with_their_order_and_numbers() {
        let value: Value =
            serde_json::from_str(r#"{"z": 1.10, "a": [null, {"b": "\u001b"}], "": true}"#).unwrap();
        let text = JsonText::from(&value);
        assert_eq!(*text, value);
        assert_eq!(text["a"][1]["b"], "\u{1b}");
        assert_eq!(text.to_string(), value.to_string());
    }

    #[test]
    fn order_of_keys_is_no_difference() {
        let (left, right) = (json!({"a": 1, "b": 2}), json!({"b": 2, "a": 1}));
        assert_eq!(JsonText::from(&left), JsonText::from(&right));
        assert_ne!(JsonText::from(&left), JsonText::from(&json!({"a": 1})));
    }
}
