//! Kinds of change that a run refuses, whatever the spec says.

use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Case;
use crate::plan::access::is_bypass;
use crate::plan::{Effect, Refusal, Setting};

/// A kind of change that `--fail-on` refuses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum FailOn {
    /// Somebody gains access.
    Widens,
    /// Somebody loses access.
    Narrows,
    /// `defaultAction` changes.
    DefaultAction,
    /// `publicNetworkAccess` changes.
    PublicAccess,
    /// `dataEndpointEnabled` changes, and with it host names for every client.
    DataEndpoint,
}

impl FailOn {
    /// Every kind, for help texts.
    pub const ALL: [Self; 5] = [
        Self::Widens,
        Self::Narrows,
        Self::DefaultAction,
        Self::PublicAccess,
        Self::DataEndpoint,
    ];

    /// The name that `--fail-on` takes; also the refusal's code.
    pub fn name(self) -> &'static str {
        match self {
            Self::Widens => "widens",
            Self::Narrows => "narrows",
            Self::DefaultAction => "default-action",
            Self::PublicAccess => "public-access",
            Self::DataEndpoint => "data-endpoint",
        }
    }

    /// What of the change is of this kind, in words.
    fn found(self, case: &Case<'_>) -> Option<String> {
        let changes = |path: Setting| case.change(path).map(|_| format!("`{}` changes", path.path()));
        match self {
            Self::Widens => gains(case),
            Self::Narrows => losses(case),
            Self::DefaultAction => changes(Setting::DefaultAction),
            Self::PublicAccess => changes(Setting::PublicNetworkAccess),
            Self::DataEndpoint => changes(Setting::DataEndpointEnabled),
        }
    }
}

pub(crate) fn refusals(case: &Case<'_>, kinds: &BTreeSet<FailOn>) -> Vec<Refusal> {
    let found = kinds.iter().filter_map(|kind| Some((kind, kind.found(case)?)));
    found.map(|(kind, found)| refused(*kind, found)).collect()
}

fn refused(kind: FailOn, found: String) -> Refusal {
    Refusal {
        code: kind.name().into(),
        message: format!("{found}, and `--fail-on {}` refuses that", kind.name()),
        measured: Some(found),
        limit: Some("none of it".to_owned()),
        override_flag: Some(format!("leave out --fail-on {}", kind.name())),
        help: None,
    }
}

fn gains(case: &Case<'_>) -> Option<String> {
    let access = case.access;
    matches!(access.effect, Effect::Widens | Effect::Both).then(|| {
        let subnets = access.subnets_opened.len();
        let who = who(access.opened, subnets, access.unreadable_opened, case, true);
        format!("access widens: {who}")
    })
}

fn losses(case: &Case<'_>) -> Option<String> {
    let access = case.access;
    matches!(access.effect, Effect::Narrows | Effect::Both).then(|| {
        let subnets = access.subnets_closed.len();
        let who = who(access.closed, subnets, access.unreadable_closed, case, false);
        format!("access narrows: {who}")
    })
}

/// Addresses, subnets, whoever a rule that cannot be read admits, and ways past the rules.
fn who(addresses: u64, subnets: usize, unreadable: usize, case: &Case<'_>, gain: bool) -> String {
    let mut parts = Vec::new();
    match addresses {
        0 => {}
        1 => parts.push("1 address".to_owned()),
        many => parts.push(format!("{many} addresses")),
    }
    match subnets {
        0 => {}
        1 => parts.push("1 subnet".to_owned()),
        many => parts.push(format!("{many} subnets")),
    }
    match unreadable {
        0 => {}
        1 => parts.push("whoever 1 unreadable rule admits".to_owned()),
        many => parts.push(format!("whoever {many} unreadable rules admit")),
    }
    let ways = case.plan.changes.iter().filter(|change| is_bypass(change, gain));
    parts.extend(ways.map(|change| {
        let value = change.after.clone().unwrap_or_default();
        let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        format!("`{}` becomes `{value}`", change.path.path())
    }));
    parts.join(", ")
}
