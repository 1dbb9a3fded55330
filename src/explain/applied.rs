//! A live registry as its spec leaves it.

use super::answer::answer;
use super::facts::Facts;
use super::types::Explanation;
use crate::live::{LiveSubnet, Reading};
use crate::model::{Client, Setting};
use crate::plan::{Answer, Policy, plan_registry};
use crate::spec::{RegistrySpec, SubnetEgress};

/// A registry once its spec is applied.
#[derive(Clone, Debug)]
pub struct Applied {
    facts: Facts,
    /// The paths of the spec, and the flags that lead to the same service, as words of a command.
    paths: String,
    /// True if Azure or the calendar refuses the change. A guard needs the whole run.
    is_refused: bool,
}

impl Applied {
    /// Plans the registry as it was read.
    pub fn new(wanted: &RegistrySpec, reading: &Reading, egress: &SubnetEgress, paths: String) -> Self {
        let plan = plan_registry(wanted, reading, &Policy::default());
        let mut after = reading.clone();
        after.registry.settings = plan.settings_after();
        // The service takes a new rule only for a subnet whose endpoint is on (`NetworkRuleValidationError`).
        for listed in plan.changes.added(Setting::VirtualNetworkRules) {
            if let Some(id) = listed.rule.subnet()
                && let Some(LiveSubnet::Present(subnet)) = after.subnets.get_mut(id)
            {
                subnet.has_endpoint = true;
            }
        }
        let mut refusals = plan.refusals.iter();
        Self {
            facts: Facts::live(&after).with_egress(egress),
            paths,
            is_refused: refusals.any(|refusal| refusal.override_flag.is_none()),
        }
    }

    /// Replaces the remedies of the clients that the spec admits already: it need not change.
    #[must_use]
    pub fn remedies_in(&self, mut explanation: Explanation) -> Explanation {
        for client in &mut explanation.clients {
            if client.answer != Answer::Allowed
                && let Some(remedy) = self.remedy(&client.asked)
            {
                client.remedies = vec![remedy];
            }
        }
        explanation
    }

    /// Returns the command that lets the client in, if the spec does.
    fn remedy(&self, client: &Client) -> Option<String> {
        if answer(&self.facts, client) != Answer::Allowed {
            return None;
        }
        let paths = &self.paths;
        Some(if self.is_refused {
            format!("the spec admits this client, but its plan is refused: run `ringfence plan {paths}`")
        } else {
            format!("run `ringfence apply {paths}`: the spec admits this client")
        })
    }
}
