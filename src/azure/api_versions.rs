//! Which api-version to use: the newest that shows subnet rules and that this cloud offers.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};

use super::error::body::Fault;

/// Versions of `registries` whose answers show subnet rules, best first. 2021-08-01-preview is proven live (recorded:
/// azure-cli test_acr_network_rule, 2022-06 and 2023-12); no stable version after 2019-05-01 shows them; 2017-10-01
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

/// The newest stable version (Azure SDK models, 2026): a PUT replaces the whole subnet, and an older version may
/// neither show nor keep what came later. Then the one that azure-cli 2.91 uses.
const SUBNETS: [&str; 2] = ["2026-03-01", "2024-07-01"];

/// Of `providers` (docs: ARM REST, Providers).
pub(crate) const PROVIDERS: &str = "2021-04-01";

/// Has no `networkRuleSet` at all.
const WITHOUT_RULES: &str = "2017-03-01";

/// The versions of one resource type, and the one that worked. ARM's refusal of a version is learned once: the
/// first reader finds the version while the others wait for it.
#[derive(Debug)]
pub(crate) struct Versions {
    preferred: &'static [&'static str],
    settled: Mutex<Option<Arc<str>>>,
    /// Held while the first reader is looking; true once one has looked, be it in vain: a cloud that cannot be reached
    /// must not make a thousand readers fail one after the other.
    looked: tokio::sync::Mutex<bool>,
}

impl Versions {
    pub(crate) fn registries() -> Self {
        Self::of(&REGISTRIES)
    }

    pub(crate) fn subnets() -> Self {
        Self::of(&SUBNETS)
    }

    fn of(preferred: &'static [&'static str]) -> Self {
        Self {
            preferred,
            settled: Mutex::new(None),
            looked: tokio::sync::Mutex::new(false),
        }
    }

    /// Waits while the first reader is looking. The first reader gets a guard, to hold until it has looked.
    pub(crate) async fn turn(&self) -> Option<tokio::sync::MutexGuard<'_, bool>> {
        let mut looked = self.looked.lock().await;
        let first = !std::mem::replace(&mut *looked, true);
        first.then_some(looked)
    }

    /// The version that worked.
    fn settled(&self) -> Option<Arc<str>> {
        self.settled
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// Remembers a version that worked.
    pub(crate) fn settle(&self, version: &str) {
        *self.settled.lock().unwrap_or_else(PoisonError::into_inner) = Some(version.into());
    }

    /// The one to try first.
    pub(crate) fn first(&self) -> String {
        self.settled()
            .map_or_else(|| self.preferred[0].to_owned(), |version| version.to_string())
    }

    /// The one to try after ARM refused some; `None` when none is left.
    pub(crate) fn next(&self, fault: &Fault, tried: &BTreeSet<String>) -> Option<String> {
        let offered = offered(fault);
        let untried = |version: &&str| !tried.contains(*version);
        let mut preferred = self.preferred.iter().copied().filter(untried);
        if offered.is_empty() {
            return preferred.next().map(str::to_owned);
        }
        let best = preferred.find(|version| offered.contains(*version));
        let mut others: Vec<&str> = offered.iter().map(String::as_str).filter(untried).collect();
        others.retain(|version| *version != WITHOUT_RULES);
        others.sort_by_key(|version| (!version.contains("-preview"), *version));
        best.or(others.pop()).map(str::to_owned)
    }
}

/// Whether ARM refused the api-version of a request.
pub(crate) fn refuses_version(status: u16, fault: &Fault) -> bool {
    status == 400
        && (fault.has_code("NoRegisteredProviderFound") || fault.has_code("InvalidApiVersionParameter"))
}

/// The versions that the refusal lists, between the quotes after one of ARM's two phrases.
fn offered(fault: &Fault) -> BTreeSet<String> {
    ["supported api-versions are '", "supported versions are '"]
        .into_iter()
        .filter_map(|phrase| super::error::advice::quoted(&fault.message, phrase))
        .flat_map(|list| list.split(','))
        .map(str::trim)
        .filter(|version| is_version(version))
        .map(str::to_owned)
        .collect()
}

/// Whether `text` is a date, with or without a suffix such as `-preview`. It goes into a URL, so nothing else may.
fn is_version(text: &str) -> bool {
    text.len() >= 10
        && text.bytes().enumerate().all(|(at, byte)| match at {
            4 | 7 => byte == b'-',
            0..=9 => byte.is_ascii_digit(),
            _ => byte == b'-' || byte.is_ascii_alphanumeric(),
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The texts of Azure's two refusals (docs: ARM troubleshooting, invalid api-version).
    fn refusal(code: &str, list: &str) -> Fault {
        let message = match code {
            "NoRegisteredProviderFound" => format!(
                "No registered resource provider found for location 'uksouth' and API version '2026-09-01-preview' for type 'registries'. The supported api-versions are '{list}'. The supported locations are 'eastus, uksouth'."
            ),
            _ => format!(
                "The api-version '2026-09-01-preview' is invalid. The supported versions are '{list}'."
            ),
        };
        Fault::bare(code, message)
    }

    #[test]
    fn falls_back_to_the_best_version_that_is_offered() {
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
    fn without_a_list_the_next_preferred_version_is_tried() {
        let tried = BTreeSet::from(["2026-09-01-preview".to_owned()]);
        let fault = Fault::bare("NoRegisteredProviderFound", "no list here");
        assert_eq!(
            Versions::registries().next(&fault, &tried).as_deref(),
            Some("2026-03-01-preview")
        );
    }

    #[test]
    fn a_list_cannot_smuggle_anything_into_the_url() {
        let fault = refusal(
            "NoRegisteredProviderFound",
            "2021-08-01-preview&x=y, ../.., 2019-13, 2019-05-01#f",
        );
        assert!(offered(&fault).is_empty());
    }

    #[test]
    fn only_the_two_codes_at_400_refuse_a_version() {
        let fault = |code| Fault::bare(code, "");
        assert!(refuses_version(400, &fault("NoRegisteredProviderFound")));
        assert!(refuses_version(400, &fault("invalidapiversionparameter")));
        assert!(!refuses_version(404, &fault("NoRegisteredProviderFound")));
        assert!(!refuses_version(400, &fault("BadRequest")));
    }

    #[test]
    fn subnets_fall_back_to_the_newest_stable_version() {
        let tried = BTreeSet::from(["2026-03-01".to_owned()]);
        let fault = refusal(
            "NoRegisteredProviderFound",
            "2020-06-01, 2023-09-01, 2023-11-01-preview",
        );
        assert_eq!(
            Versions::subnets().next(&fault, &tried).as_deref(),
            Some("2023-09-01")
        );
    }

    #[tokio::test]
    async fn the_first_reader_looks_and_all_others_go_together() {
        let versions = Versions::registries();
        let first = versions.turn().await;
        assert!(first.is_some());
        drop(first);
        assert!(versions.turn().await.is_none() && versions.turn().await.is_none());
    }

    #[test]
    fn a_version_that_worked_is_tried_first() {
        let versions = Versions::registries();
        assert_eq!(versions.first(), "2026-09-01-preview");
        versions.settle("2021-08-01-preview");
        assert_eq!(versions.first(), "2021-08-01-preview");
    }
}
