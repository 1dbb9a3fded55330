//! The registry's answer beside its settings: does a rule cover the address that it saw, and which is the nearest?

use std::net::Ipv4Addr;

use super::evidence::Evidence;
use crate::doctor::facts::{Observations, RegistryView};
use crate::explain::{AskedClient, ClientExplanation, explain};
use crate::model::{Cidr, Client, FailureKind, PublicNetworkAccess, Setting};

/// Explains what the settings say of an address. Returns `None` if the registry could not be read.
pub(in crate::doctor) fn explained(facts: &Observations, address: Cidr) -> Option<ClientExplanation> {
    let reading = facts.reading()?;
    let asked = AskedClient {
        written: address.to_string(),
        client: Client::Address(address),
    };
    let known = crate::explain::Facts::live(reading);
    explain(&known, &[asked]).clients.pop()
}

/// Says why the settings of the registry are not known.
fn unread_in_words(facts: &Observations) -> String {
    let RegistryView::Unread(failure) = &facts.registry else {
        return "not read".to_owned();
    };
    match failure.kind {
        FailureKind::SignIn | FailureKind::Forbidden | FailureKind::NotFound => {
            "not readable with this account".to_owned()
        }
        _ => format!("not read: {}", failure.code),
    }
}

/// Adds what the settings say of the address that the registry saw.
pub(super) fn with_cross_check(facts: &Observations, address: Cidr, mut found: Evidence) -> Evidence {
    found.address = Some(Ipv4Addr::from(address.first()).into());
    let mut found = found.fact("address that the registry saw", address);
    let Some(explained) = explained(facts, address) else {
        return found.fact("rules of the registry", unread_in_words(facts));
    };
    for reason in &explained.reasons {
        found = found.fact("settings", &reason.finding);
    }
    if let Some(nearest) = &explained.nearest {
        found = found.fact(
            "nearest rule",
            format!("{} (distance {})", nearest.rule.rule, nearest.distance),
        );
    }
    for remedy in explained.remedies {
        found = found.remedy(remedy);
    }
    found
}

/// Returns true if the settings disable public network access.
pub(super) fn public_access_disabled(facts: &Observations) -> bool {
    let Some(reading) = facts.reading() else {
        return false;
    };
    let word = reading.registry.settings.word(Setting::PublicNetworkAccess);
    reading.registry.is_premium()
        && word.map(PublicNetworkAccess::of) == Some(PublicNetworkAccess::Disabled)
}
