//! Choice of the api-version: the newest that shows subnet rules and that this cloud offers.

use std::collections::BTreeSet;
use std::mem;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::MutexGuard;

use super::error::body::ErrorBody;

/// Versions of `registries` whose answers show subnet rules, best first. 2021-08-01-preview is proven live (recorded:
/// azure-cli test_acr_network_rule, 2022-06 and 2023-12). No stable version after 2019-05-01 shows them. 2017-10-01
/// ignored writes of them (Azure/azure-sdk-for-go#5181).
const REGISTRIES: [&str; 7] = [
    "2026-09-01-preview",
    "2026-03-01-preview",
    "2021-08-01-preview",
    "2021-12-01-preview",
    "2020-11-01-preview",
    "2019-12-01-preview",
    "2019-05-01",
];

/// Versions of the network provider: the newest stable one (Azure SDK models, 2026), then the one that azure-cli 2.91 uses. A PUT
/// replaces a whole subnet, and an older version may neither show nor keep what came later.
const NETWORK: [&str; 2] = ["2026-03-01", "2024-07-01"];

/// Version of `providers` (docs: ARM REST, Providers).
pub(crate) const PROVIDERS: &str = "2021-04-01";

/// Version of Resource Graph (docs: Azure Resource Graph REST, resources).
pub(crate) const RESOURCE_GRAPH: &str = "2024-04-01";

/// Version of `registries` that has no `networkRuleSet` at all.
const WITHOUT_RULES: &str = "2017-03-01";

/// Versions of one resource type, and the one that worked. ARM's refusal of a version is learned once: the first reader
/// finds the version while the others wait for it.
#[derive(Debug)]
pub(crate) struct Versions {
    preferred: &'static [&'static str],
    settled: Mutex<Option<Arc<str>>>,
    /// Held while the first reader is looking. True once one has looked, even in vain: a cloud that cannot be reached
    /// must not make a thousand readers fail one after the other.
    looked: tokio::sync::Mutex<bool>,
}

impl Versions {
    pub(crate) fn registries() -> Self {
        Self::of(&REGISTRIES)
    }

    pub(crate) fn network() -> Self {
        Self::of(&NETWORK)
    }

    fn of(preferred: &'static [&'static str]) -> Self {
        Self {
            preferred,
            settled: Mutex::new(None),
            looked: tokio::sync::Mutex::new(false),
        }
    }

    /// Waits while the first reader is looking. The first reader gets a guard to hold until it has looked.
    pub(crate) async fn turn(&self) -> Option<MutexGuard<'_, bool>> {
        let mut looked = self.looked.lock().await;
        // The first one in finds false.
        let others_looked = mem::replace(&mut *looked, true);
        if others_looked { None } else { Some(looked) }
    }

    /// Returns the version that worked.
    fn settled(&self) -> Option<Arc<str>> {
        let settled = self.settled.lock().unwrap_or_else(PoisonError::into_inner);
        settled.clone()
    }

    /// Remembers a version that worked.
    pub(crate) fn settle(&self, version: &str) {
        let mut settled = self.settled.lock().unwrap_or_else(PoisonError::into_inner);
        *settled = Some(version.into());
    }

    /// Returns the version to try first.
    pub(crate) fn first(&self) -> String {
        match self.settled() {
            Some(version) => version.to_string(),
            None => self.preferred[0].to_owned(),
        }
    }

    /// Returns the version to try after ARM refused those in `tried`, or `None` if none is left.
    pub(crate) fn next(&self, refusal: &ErrorBody, tried: &BTreeSet<String>) -> Option<String> {
        let offered = offered(refusal);
        // The best of our own list that ARM offers. A refusal without a list offers everything.
        for version in self.preferred {
            let is_offered = offered.is_empty() || offered.contains(*version);
            if is_offered && !tried.contains(*version) {
                return Some((*version).to_owned());
            }
        }
        // Else the newest stable version on offer, and a preview if there is no stable one.
        let mut others: Vec<&String> = offered.difference(tried).collect();
        others.retain(|version| *version != WITHOUT_RULES);
        others.sort_by_key(|version| (!version.contains("-preview"), *version));
        Some(others.pop()?.clone())
    }
}

/// Returns true if ARM refused the api-version of a request.
pub(crate) fn refuses_version(status: u16, error: &ErrorBody) -> bool {
    status == 400
        && (error.has_code("NoRegisteredProviderFound") || error.has_code("InvalidApiVersionParameter"))
}

/// Returns the versions that a refusal lists. ARM has no field for the list.
fn offered(refusal: &ErrorBody) -> BTreeSet<String> {
    let mut offered = BTreeSet::new();
    for version in refusal.offered_versions() {
        if is_version(version) {
            offered.insert(version.to_owned());
        }
    }
    offered
}

/// Returns true if `text` is a date, with or without a suffix such as `-preview`. It goes into a URL, so nothing else
/// may pass.
fn is_version(text: &str) -> bool {
    let fits = text.bytes().enumerate().all(|(at, byte)| match at {
        4 | 7 => byte == b'-',
        0..=9 => byte.is_ascii_digit(),
        _ => byte == b'-' || byte.is_ascii_alphanumeric(),
    });
    fits && text.len() >= 10
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Makes one of Azure's two refusals (docs: ARM troubleshooting, invalid api-version).
    fn refusal(code: &str, list: &str) -> ErrorBody {
        let message = match code {
            "NoRegisteredProviderFound" => format!(
                "No registered resource provider found for location 'uksouth' and API version '2026-09-01-preview' for type 'registries'. The supported api-versions are '{list}'. The supported locations are 'eastus, uksouth'."
            ),
            _ => format!(
                "The api-version '2026-09-01-preview' is invalid. The supported versions are '{list}'."
            ),
        };
        ErrorBody::bare(code, message)
    }

    #[test]
    fn next_version_is_the_best_on_offer() {
        let tried = BTreeSet::from(["2026-09-01-preview".to_owned()]);
        let cases = [
            (
                "2017-10-01, 2019-05-01, 2021-08-01-preview, 2025-11-01",
                Some("2021-08-01-preview"),
            ),
            (
                "2026-03-01-preview,2021-08-01-preview",
                Some("2026-03-01-preview"),
            ),
            ("2019-05-01, 2025-11-01", Some("2019-05-01")),
            // none shows subnet rules: the newest stable one, read as blind
            ("2023-07-01, 2025-11-01, 2026-01-01-preview", Some("2025-11-01")),
            (
                "2025-05-01-preview, 2025-03-01-preview",
                Some("2025-05-01-preview"),
            ),
            ("2017-03-01", None),
            ("2026-09-01-preview", None),
        ];
        for code in ["NoRegisteredProviderFound", "InvalidApiVersionParameter"] {
            for (list, expected) in cases {
                let next = Versions::registries().next(&refusal(code, list), &tried);
                assert_eq!(next.as_deref(), expected, "{code} {list}");
            }
        }
    }

    #[test]
    fn refusal_without_a_list_tries_the_next_preferred_version() {
        let tried = BTreeSet::from(["2026-09-01-preview".to_owned()]);
        let refusal = ErrorBody::bare("NoRegisteredProviderFound", "no list here");
        assert_eq!(
            Versions::registries().next(&refusal, &tried).as_deref(),
            Some("2026-03-01-preview")
        );
    }

    #[test]
    fn only_versions_get_from_a_list_into_the_url() {
        let refusal = refusal(
            "NoRegisteredProviderFound",
            "2021-08-01-preview&x=y, ../.., 2019-13, 2019-05-01#f",
        );
        assert!(offered(&refusal).is_empty());
    }

    #[test]
    fn only_two_codes_at_400_refuse_a_version() {
        let error = |code| ErrorBody::bare(code, "");
        assert!(refuses_version(400, &error("NoRegisteredProviderFound")));
        assert!(refuses_version(400, &error("invalidapiversionparameter")));
        assert!(!refuses_version(404, &error("NoRegisteredProviderFound")));
        assert!(!refuses_version(400, &error("BadRequest")));
    }

    #[test]
    fn subnets_fall_back_to_the_newest_stable_version() {
        let tried = BTreeSet::from(["2026-03-01".to_owned()]);
        let refusal = refusal(
            "NoRegisteredProviderFound",
            "2020-06-01, 2023-09-01, 2023-11-01-preview",
        );
        assert_eq!(
            Versions::network().next(&refusal, &tried).as_deref(),
            Some("2023-09-01")
        );
    }

    #[tokio::test]
    async fn first_reader_looks_and_others_go_together() {
        let versions = Versions::registries();
        let first = versions.turn().await;
        assert!(first.is_some());
        drop(first);
        assert!(versions.turn().await.is_none() && versions.turn().await.is_none());
    }

    #[test]
    fn version_that_worked_is_tried_first() {
        let versions = Versions::registries();
        assert_eq!(versions.first(), "2026-09-01-preview");
        versions.settle("2021-08-01-preview");
        assert_eq!(versions.first(), "2021-08-01-preview");
    }
}
