//! Error bodies: the envelopes of ACR, of ARM's front door and of Microsoft.Network, read without regard to case.

use serde_json::{Map, Value};

/// What a service said went wrong.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Fault {
    /// The service's code, such as `AuthorizationFailed`.
    pub code: String,
    pub message: String,
    /// `details[]`, nested ones included, outermost first.
    pub details: Vec<Detail>,
    /// Policy assignments that denied the request, from `additionalInfo[]` of type `PolicyViolation`.
    pub policies: Vec<String>,
}

/// One element of `details[]`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Detail {
    pub code: String,
    pub message: String,
    pub target: Option<String>,
}

/// No recorded body nests deeper than three; a hostile one must not exhaust the stack.
const MAX_DEPTH: usize = 8;
/// More would not be read by anybody.
const MAX_DETAILS: usize = 20;
/// In characters. The longest known message has about 1,000.
const MAX_TEXT: usize = 4096;

impl Fault {
    /// Reads an error body: `{"error": {..}}`, `{"Error": {..}}` (kubernetes-sigs/cloud-provider-azure#792), or
    /// the error itself. `None` when nothing in it names an error.
    pub fn parse(body: &Value) -> Option<Self> {
        let object = body.as_object()?;
        let error = get(object, "error").and_then(Value::as_object).unwrap_or(object);
        let mut fault = Self {
            code: text(error, "code"),
            message: text(error, "message"),
            ..Self::default()
        };
        fault.collect(error, 0);
        (!fault.code.is_empty() || !fault.message.is_empty()).then_some(fault)
    }

    /// A fault for an answer that carries no error body.
    pub(crate) fn bare(code: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            code: code.into(),
            message: message.into(),
            ..Self::default()
        }
    }

    /// Whether the code, or that of a detail, is `code`.
    pub fn has_code(&self, code: &str) -> bool {
        std::iter::once(&self.code)
            .chain(self.details.iter().map(|detail| &detail.code))
            .any(|found| found.eq_ignore_ascii_case(code))
    }

    /// Whether the code, or that of a detail, starts with `prefix`.
    pub(crate) fn code_starts_with(&self, prefix: &str) -> bool {
        std::iter::once(&self.code)
            .chain(self.details.iter().map(|detail| &detail.code))
            .any(|found| {
                found
                    .get(..prefix.len())
                    .is_some_and(|start| start.eq_ignore_ascii_case(prefix))
            })
    }

    /// The message, then what the details add to it.
    pub fn full_message(&self) -> String {
        let mut all = self.message.clone();
        for detail in &self.details {
            if !detail.message.is_empty() && !all.contains(&detail.message) {
                let target = detail
                    .target
                    .as_ref()
                    .map_or_else(String::new, |target| format!("`{target}`: "));
                all.push_str(&format!("; {target}{}", detail.message));
            }
        }
        if !self.policies.is_empty() {
            all.push_str(&format!(
                "; denied by policy assignment {}",
                self.policies.join(", ")
            ));
        }
        all
    }

    /// Adds the details and policies of `error`, depth first.
    fn collect(&mut self, error: &Map<String, Value>, depth: usize) {
        if depth == MAX_DEPTH {
            return;
        }
        for info in objects(error, "additionalInfo").take(MAX_DETAILS) {
            self.policies.extend(policy(info));
        }
        for detail in objects(error, "details") {
            if self.details.len() >= MAX_DETAILS {
                return;
            }
            let inner = get(detail, "error").and_then(Value::as_object).unwrap_or(detail);
            self.details.push(Detail {
                code: text(inner, "code"),
                message: text(inner, "message"),
                target: Some(text(inner, "target")).filter(|target| !target.is_empty()),
            });
            self.collect(inner, depth + 1);
        }
        if let Some(inner) = get(error, "innererror").and_then(Value::as_object) {
            self.collect(inner, depth + 1);
        }
    }
}

/// The name of the policy assignment that an `additionalInfo` element of type `PolicyViolation` speaks of.
fn policy(info: &Map<String, Value>) -> Option<String> {
    if !text(info, "type").eq_ignore_ascii_case("PolicyViolation") {
        return None;
    }
    let info = get(info, "info")?.as_object()?;
    [
        "policyAssignmentDisplayName",
        "policyAssignmentName",
        "policyAssignmentId",
    ]
    .into_iter()
    .map(|key| text(info, key))
    .find(|name| !name.is_empty())
    .map(|name| format!("`{name}`"))
}

/// The value of `key`, whatever its case.
pub(crate) fn get<'a>(object: &'a Map<String, Value>, key: &str) -> Option<&'a Value> {
    object.get(key).or_else(|| {
        object
            .iter()
            .find_map(|(name, value)| name.eq_ignore_ascii_case(key).then_some(value))
    })
}

/// The text at `key`, or the empty text. A number is its digits: some services send `"code": 403`.
fn text(object: &Map<String, Value>, key: &str) -> String {
    match get(object, key) {
        Some(Value::String(text)) => text.chars().take(MAX_TEXT).collect(),
        Some(Value::Number(number)) => number.to_string(),
        _ => String::new(),
    }
}

/// The objects in the list at `key`.
fn objects<'a>(
    object: &'a Map<String, Value>,
    key: &str,
) -> impl Iterator<Item = &'a Map<String, Value>> {
    get(object, key)
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(Value::as_object)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_every_envelope() {
        let cases = [
            // ACR (recorded: azure-cli test_acr_with_dual_stack_endpoints, 2026-09)
            (
                r#"{"error":{"code":"BadRequest","message":"m"},"status":"Failed"}"#,
                "BadRequest",
                "m",
            ),
            // ARM with details (recorded: MissingSubscriptionRegistration, azure-cli)
            (
                r#"{"error":{"code":"MissingSubscriptionRegistration","message":"m","details":[{"code":"c","target":"X","message":"d"}]}}"#,
                "MissingSubscriptionRegistration",
                "m; `X`: d",
            ),
            // Microsoft.Network in PascalCase (kubernetes-sigs/cloud-provider-azure#792)
            (
                r#"{"Error":{"Code":"RetryableError","Message":"A retryable error occurred.","Details":[]}}"#,
                "RetryableError",
                "A retryable error occurred.",
            ),
            // no envelope
            (r#"{"code":"Conflict","message":"m"}"#, "Conflict", "m"),
            // nested details, each said once
            (
                r#"{"error":{"code":"a","message":"m","details":[{"code":"b","message":"m"},{"code":"c","message":"x","details":[{"code":"d","message":"y"}]}]}}"#,
                "a",
                "m; x; y",
            ),
            // policy names (docs: Azure Policy, RequestDisallowedByPolicy)
            (
                r#"{"error":{"code":"RequestDisallowedByPolicy","message":"no","additionalInfo":[{"type":"PolicyViolation","info":{"policyAssignmentName":"deny-open","policyAssignmentDisplayName":"No open registries"}}]}}"#,
                "RequestDisallowedByPolicy",
                "no; denied by policy assignment `No open registries`",
            ),
        ];
        for (body, code, message) in cases {
            let fault = Fault::parse(&serde_json::from_str(body).unwrap()).unwrap();
            assert_eq!(
                (fault.code.as_str(), fault.full_message().as_str()),
                (code, message)
            );
        }
    }

    #[test]
    fn a_body_that_names_no_error_is_no_fault() {
        for body in [
            "null",
            "[]",
            "{}",
            r#"{"error":null}"#,
            r#"{"value":[]}"#,
            r#""x""#,
        ] {
            assert_eq!(Fault::parse(&serde_json::from_str(body).unwrap()), None, "{body}");
        }
    }

    #[test]
    fn deep_nesting_is_cut_off() {
        let mut body = serde_json::json!({"code": "leaf", "message": "leaf"});
        for _ in 0..100 {
            body = serde_json::json!({"code": "c", "message": "m", "details": [body]});
        }
        let fault = Fault::parse(&serde_json::json!({ "error": body })).unwrap();
        assert_eq!(fault.details.len(), MAX_DEPTH);
    }

    #[test]
    fn an_error_of_any_size_stays_readable() {
        let detail = serde_json::json!({"code": "c", "message": "m".repeat(10_000)});
        let details = vec![detail; 100];
        let body = serde_json::json!({"error": {"code": "c", "message": "x", "details": details}});
        let fault = Fault::parse(&body).unwrap();
        assert_eq!(fault.details.len(), MAX_DETAILS);
        assert!(fault.full_message().len() < 2 * MAX_TEXT);
    }

    #[test]
    fn finds_a_code_in_the_details() {
        let fault = Fault::parse(&serde_json::json!({"error": {"code": "Failed", "message": "m",
            "details": [{"code": "AnotherOperationInProgress", "message": "busy"}]}}))
        .unwrap();
        assert!(fault.has_code("anotheroperationinprogress"));
        assert!(fault.code_starts_with("Another"));
        assert!(!fault.has_code("Other"));
    }
}
