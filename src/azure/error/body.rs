//! Error bodies: the envelopes of ACR, of ARM's front door and of Microsoft.Network, read without regard to case.

use serde_json::{Map, Value};

/// Error that a service described in an answer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ErrorBody {
    /// The service's code, such as `AuthorizationFailed`.
    pub code: String,
    pub message: String,
    /// `details[]`, nested ones included, outermost first.
    pub details: Vec<ErrorDetail>,
    /// Policy assignments that denied the request, from `additionalInfo[]` of type `PolicyViolation`.
    pub policies: Vec<String>,
}

/// One element of `details[]`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ErrorDetail {
    pub code: String,
    pub message: String,
    pub target: Option<String>,
}

/// No recorded body nests deeper than three. A hostile one must not exhaust the stack.
const MAX_DEPTH: usize = 8;

/// A reader gains nothing from more details.
const MAX_DETAILS: usize = 20;

/// In characters. The longest known message has about 1,000.
const MAX_TEXT: usize = 4096;

impl ErrorBody {
    /// Reads an error body: `{"error": {..}}`, `{"Error": {..}}` (kubernetes-sigs/cloud-provider-azure#792), or
    /// the error itself. Returns `None` if nothing in it names an error.
    pub fn parse(body: &Value) -> Option<Self> {
        let object = body.as_object()?;
        let error = object_at(object, "error").unwrap_or(object);
        let mut parsed = Self {
            code: text(error, "code"),
            message: text(error, "message"),
            ..Self::default()
        };
        // Details may be nested; all of them end up in one list.
        parsed.collect(error, 0);
        // Any other JSON object gets here as well, such as a page of a list.
        if parsed.code.is_empty() && parsed.message.is_empty() {
            return None;
        }
        Some(parsed)
    }

    /// Makes a body for an answer that carries none.
    pub(crate) fn bare(code: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            code: code.into(),
            message: message.into(),
            ..Self::default()
        }
    }

    /// Returns true if the code, or that of a detail, is `code`.
    pub fn has_code(&self, code: &str) -> bool {
        self.codes().any(|found| found.eq_ignore_ascii_case(code))
    }

    /// Returns true if the code, or that of a detail, starts with `prefix`.
    pub(crate) fn has_code_prefix(&self, prefix: &str) -> bool {
        self.codes().any(|code| {
            let start = code.get(..prefix.len());
            start.is_some_and(|start| start.eq_ignore_ascii_case(prefix))
        })
    }

    /// Lists the code and those of the details.
    fn codes(&self) -> impl Iterator<Item = &String> {
        let details = self.details.iter().map(|detail| &detail.code);
        std::iter::once(&self.code).chain(details)
    }

    /// Returns the message, followed by what the details and policies add to it.
    pub fn full_message(&self) -> String {
        let mut all = self.message.clone();
        for detail in &self.details {
            // A detail may only repeat the message.
            if detail.message.is_empty() || all.contains(&detail.message) {
                continue;
            }
            all.push_str("; ");
            if let Some(target) = &detail.target {
                all.push_str(&format!("`{target}`: "));
            }
            all.push_str(&detail.message);
        }
        if !self.policies.is_empty() {
            let policies = self.policies.join(", ");
            all.push_str(&format!("; denied by policy assignment {policies}"));
        }
        all
    }

    /// Adds the details and policies of `error`, depth first.
    fn collect(&mut self, error: &Map<String, Value>, depth: usize) {
        if depth == MAX_DEPTH {
            return;
        }
        // Policies can be attached at any level.
        for info in objects(error, "additionalInfo").take(MAX_DETAILS) {
            self.policies.extend(policy(info));
        }
        for detail in objects(error, "details") {
            if self.details.len() >= MAX_DETAILS {
                return;
            }
            // Some services wrap each detail in an envelope of its own.
            let inner = object_at(detail, "error").unwrap_or(detail);
            let target = text(inner, "target");
            self.details.push(ErrorDetail {
                code: text(inner, "code"),
                message: text(inner, "message"),
                target: if target.is_empty() { None } else { Some(target) },
            });
            self.collect(inner, depth + 1);
        }
        if let Some(inner) = object_at(error, "innererror") {
            self.collect(inner, depth + 1);
        }
    }
}

/// Returns the name of the policy assignment in an `additionalInfo` element of type `PolicyViolation`, in backticks.
fn policy(info: &Map<String, Value>) -> Option<String> {
    const NAMES: [&str; 3] = [
        "policyAssignmentDisplayName",
        "policyAssignmentName",
        "policyAssignmentId",
    ];
    if !text(info, "type").eq_ignore_ascii_case("PolicyViolation") {
        return None;
    }
    let info = object_at(info, "info")?;
    // The display name is the one that people know.
    let mut names = NAMES.iter().map(|key| text(info, key));
    let name = names.find(|name| !name.is_empty())?;
    Some(format!("`{name}`"))
}

/// Returns the value of `key`, whatever its case.
pub(crate) fn get<'a>(object: &'a Map<String, Value>, key: &str) -> Option<&'a Value> {
    if let Some(value) = object.get(key) {
        return Some(value);
    }
    let mut entries = object.iter();
    let (_, value) = entries.find(|(name, _)| name.eq_ignore_ascii_case(key))?;
    Some(value)
}

fn object_at<'a>(object: &'a Map<String, Value>, key: &str) -> Option<&'a Map<String, Value>> {
    get(object, key)?.as_object()
}

/// Returns the text at `key`, or the empty text. A number becomes its digits: some services send `"code": 403`.
fn text(object: &Map<String, Value>, key: &str) -> String {
    match get(object, key) {
        Some(Value::String(text)) => text.chars().take(MAX_TEXT).collect(),
        Some(Value::Number(number)) => number.to_string(),
        _ => String::new(),
    }
}

/// Lists the objects in the list at `key`.
fn objects<'a>(
    object: &'a Map<String, Value>,
    key: &str,
) -> impl Iterator<Item = &'a Map<String, Value>> {
    let list = get(object, key).and_then(Value::as_array);
    list.into_iter().flatten().filter_map(Value::as_object)
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
            let error = ErrorBody::parse(&serde_json::from_str(body).unwrap()).unwrap();
            assert_eq!(
                (error.code.as_str(), error.full_message().as_str()),
                (code, message)
            );
        }
    }

    #[test]
    fn body_without_an_error_is_none() {
        for body in [
            "null",
            "[]",
            "{}",
            r#"{"error":null}"#,
            r#"{"value":[]}"#,
            r#""x""#,
        ] {
            assert_eq!(
                ErrorBody::parse(&serde_json::from_str(body).unwrap()),
                None,
                "{body}"
            );
        }
    }

    #[test]
    fn deep_nesting_is_cut_off() {
        let mut body = serde_json::json!({"code": "leaf", "message": "leaf"});
        for _ in 0..100 {
            body = serde_json::json!({"code": "c", "message": "m", "details": [body]});
        }
        let error = ErrorBody::parse(&serde_json::json!({ "error": body })).unwrap();
        assert_eq!(error.details.len(), MAX_DEPTH);
    }

    #[test]
    fn an_error_of_any_size_stays_readable() {
        let detail = serde_json::json!({"code": "c", "message": "m".repeat(10_000)});
        let details = vec![detail; 100];
        let body = serde_json::json!({"error": {"code": "c", "message": "x", "details": details}});
        let error = ErrorBody::parse(&body).unwrap();
        assert_eq!(error.details.len(), MAX_DETAILS);
        assert!(error.full_message().len() < 2 * MAX_TEXT);
    }

    #[test]
    fn finds_a_code_in_the_details() {
        let error = ErrorBody::parse(&serde_json::json!({"error": {"code": "Failed", "message": "m",
            "details": [{"code": "AnotherOperationInProgress", "message": "busy"}]}}))
        .unwrap();
        assert!(error.has_code("anotheroperationinprogress"));
        assert!(error.has_code_prefix("Another"));
        assert!(!error.has_code("Other"));
    }
}
