//! A lease in the way of a plan.

use std::collections::BTreeSet;

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::refusal::Refusal;
use crate::live::lease::{Lease, LeaseName};
use crate::model::{Cidr, DefaultAction, RegistryId, shell_word};
use crate::plan::RefusalCode;

/// Code of the refusal.
pub(crate) const HELD_BY_LEASE: &str = "held-by-lease";

/// A lease that holds what a plan wants, or that needs what a plan takes out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct LeaseConflict {
    #[schemars(with = "String")]
    pub lease: LeaseName,
    #[schemars(with = "String")]
    pub until: Timestamp,
    /// True if the time of the lease is over.
    pub ended: bool,
    /// What the plan wants and the lease holds: it goes when the lease is closed.
    pub holds: LeasePart,
    /// What the plan takes out although the lease runs.
    pub needs: LeasePart,
    /// The command that closes the lease.
    pub close: String,
}

/// A part of what a lease has opened.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct LeasePart {
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    #[schemars(with = "Vec<String>")]
    pub addresses: BTreeSet<Cidr>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub public_access: bool,
    /// The wanted default action. Another one comes back when public access is disabled again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub default_action: Option<DefaultAction>,
}

impl LeasePart {
    /// Returns true if there is nothing in it.
    pub(crate) fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    fn count(&self) -> usize {
        self.addresses.len()
            + usize::from(self.public_access)
            + usize::from(self.default_action.is_some())
    }

    /// Names the parts: `` `198.51.100.7`, public access``.
    fn in_words(&self) -> String {
        let mut names: Vec<String> = self
            .addresses
            .iter()
            .map(|address| format!("`{address}`"))
            .collect();
        if self.public_access {
            names.push("public access".to_owned());
        }
        if let Some(action) = self.default_action {
            let back = match action {
                DefaultAction::Allow => DefaultAction::Deny,
                DefaultAction::Deny => DefaultAction::Allow,
            };
            names.push(format!("the default action (`{}` comes back)", back.as_str()));
        }
        names.join(", ")
    }
}

impl LeaseConflict {
    /// Makes the conflict of a lease. `flags` lead to the same service, each after a space.
    pub(crate) fn of(
        lease: &Lease,
        ended: bool,
        parts: (LeasePart, LeasePart),
        registry: &RegistryId,
        flags: &str,
    ) -> Self {
        let close = match ended {
            true => format!(
                "ringfence close {} --expired{flags}",
                shell_word(registry.as_str())
            ),
            false => lease.close_command(registry, flags),
        };
        let (holds, needs) = parts;
        Self {
            lease: lease.name.clone(),
            until: lease.until,
            ended,
            holds,
            needs,
            close,
        }
    }

    /// Says what is in the way.
    pub fn message(&self) -> String {
        let Self { lease, until, .. } = self;
        let mut parts = Vec::new();
        if !self.holds.is_empty() {
            let time = if self.ended { "and ended at" } else { "until" };
            let goes = if self.holds.count() == 1 {
                "it goes"
            } else {
                "they go"
            };
            parts.push(format!(
                "holds {} {time} {until}: {goes} when the lease is closed",
                self.holds.in_words()
            ));
        }
        if !self.needs.is_empty() {
            let it = if self.needs.count() == 1 { "it" } else { "them" };
            parts.push(format!(
                "needs {} until {until}, and the plan takes {it} away",
                self.needs.in_words()
            ));
        }
        format!("the lease `{lease}` {}", parts.join("; it "))
    }

    /// Returns the next step.
    pub fn help(&self) -> String {
        let close = &self.close;
        match self.ended {
            true => format!("close what its job has left: {close}; then run the same command again"),
            false => format!("let its job end, or close it: {close}; then run the same command again"),
        }
    }

    /// Returns the refusal of the registry. Closing the lease is the way on, so no flag overrides it.
    pub(crate) fn refusal(&self) -> Refusal {
        Refusal {
            code: RefusalCode::other(HELD_BY_LEASE),
            message: self.message(),
            measured: None,
            limit: None,
            override_flag: None,
            help: Some(self.help()),
        }
    }
}
