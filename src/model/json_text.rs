//! JSON that is kept as text.

use std::fmt;
use std::sync::Arc;

use serde_json::Value;

/// JSON as the text that it came in. A fleet keeps ten thousand bodies, of which a run looks into few, and the values of a
/// body take about ten times the memory of its text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JsonText(Arc<str>);

impl JsonText {
    /// Returns the values, order and unknown keys included.
    pub fn value(&self) -> Value {
        // It was written from values, so it can be read.
        serde_json::from_str(&self.0).unwrap_or_default()
    }
}

impl From<&Value> for JsonText {
    fn from(value: &Value) -> Self {
        Self(value.to_string().into())
    }
}

impl fmt::Display for JsonText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn values_come_back_with_their_order_and_numbers() {
        let value = json!({"z": 1.10, "a": [null, {"b": "\u{1b}"}], "": true});
        let text = JsonText::from(&value);
        assert_eq!(text.value(), value);
        assert_eq!(text.value().to_string(), text.to_string());
    }
}
