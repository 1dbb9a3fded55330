//! Writers that share a registry's lists. Azure has no etag on registries, so two of them can overwrite each other;
//! what can be done is to merge, to look again, and to write again.

use std::collections::BTreeSet;
use std::time::Duration;

use super::Context;
use super::registry::{Broken, Sent, patch, unread};
use super::stale::moved;
use crate::live::{LiveRegistry, SubnetRules, read_registry};
use crate::plan::{RegistryPlan, canonical, gone, lacks};

/// How often rules are written again before giving up.
const ROUNDS: u32 = 8;

/// How the rounds ended.
pub(super) enum Settled {
    /// Written; what should still be there of the state before our last write, and what is there after everybody came
    /// to rest.
    Written {
        before: LiveRegistry,
        now: Box<LiveRegistry>,
    },
    /// Something else than the lists moved, so the plan does not hold any more.
    Moved {
        live: LiveRegistry,
        /// Whether it was written before that.
        written: bool,
    },
    Broken(Broken),
}

/// Adds our rules to what is there right before the write, reads back, and once more after a while: a rival who read
/// before our write and wrote after it has dropped our rules, and by then has done so. Rules of others that our own
/// write lost are written again with ours.
pub(super) async fn write(context: &Context<'_>, plan: &RegistryPlan) -> Settled {
    let mut last: Option<Round> = None;
    for round in 0..ROUNDS {
        if round > 0 {
            context.say(&format!("rules were dropped: writing again, round {}", round + 1));
            tokio::time::sleep(jitter(context.settle)).await;
        }
        let mut live = match read_registry(context.client, &plan.id).await {
            Ok(live) => live,
            Err(error) if round > 0 => return Settled::Broken(unread(error)),
            Err(error) => return Settled::Broken(error.into()),
        };
        if !moved(plan, &live).is_empty() {
            let written = round > 0;
            return Settled::Moved { live, written };
        }
        if let Some(last) = &last {
            last.give_back(&mut live);
        }
        match once(context, plan, live).await {
            Ok(round) if round.is_whole(plan) => {
                let Round { before, now, .. } = round;
                return Settled::Written { before, now };
            }
            Ok(round) => last = Some(round),
            Err(broken) => return Settled::Broken(broken),
        }
    }
    let Round { before, now, .. } =
        last.expect("every round that does not return remembers what it saw");
    Settled::Written { before, now }
}

/// One write and what came of it.
struct Round {
    /// What should still be there of the state before the write.
    before: LiveRegistry,
    now: Box<LiveRegistry>,
    /// Rules of others, in canonical form, that are gone although nobody wrote after us.
    lost: BTreeSet<String>,
}

impl Round {
    /// Whether our rules are there, and those of others that nobody else took out.
    fn is_whole(&self, plan: &RegistryPlan) -> bool {
        self.lost.is_empty() && !lacks(plan, &self.now)
    }

    /// Puts the rules that our write lost into what is about to be written.
    fn give_back(&self, live: &mut LiveRegistry) {
        let old = self.before.ip_rules.iter();
        let ips = missing(&self.lost, old, &live.ip_rules, |rule| &rule.value);
        live.ip_rules.extend(ips);
        if let (SubnetRules::Shown(old), SubnetRules::Shown(rules)) =
            (&self.before.subnet_rules, &mut live.subnet_rules)
        {
            let subnets = missing(&self.lost, old.iter(), rules, |rule| &rule.value);
            rules.extend(subnets);
        }
    }
}

/// The `old` rules that are `lost` and not there again.
fn missing<'a, R: Clone + 'a>(
    lost: &BTreeSet<String>,
    old: impl Iterator<Item = &'a R>,
    there: &[R],
    value: impl Fn(&R) -> &String,
) -> Vec<R> {
    let there: BTreeSet<String> = there.iter().map(|rule| canonical(value(rule))).collect();
    let rest = lost - &there;
    old.filter(|rule| rest.contains(&canonical(value(rule))))
        .cloned()
        .collect()
}

/// Writes, waits until other writers are done, and looks at what is there. It does not wait where our rules are gone
/// already.
async fn once(
    context: &Context<'_>,
    plan: &RegistryPlan,
    before: LiveRegistry,
) -> Result<Round, Broken> {
    let mut sent = patch(context, plan, &before).await?;
    if !lacks(plan, &sent.now) {
        context.say("waiting for other writers to come to rest");
        tokio::time::sleep(context.settle + jitter(context.settle)).await;
        sent.now = match read_registry(context.client, &plan.id).await {
            Ok(now) => Box::new(now),
            Err(error) => return Err(unread(error)),
        };
    }
    let before = without_what_others_took(plan, before, &sent);
    let lost = match sent.is_last() {
        Some(true) => gone(plan, &before, &sent.now),
        _ => BTreeSet::new(),
    };
    let now = sent.now;
    Ok(Round { before, now, lost })
}

/// The state before our write, as far as it should still be there: a rule that is gone after somebody else wrote is
/// their own doing.
pub(super) fn without_what_others_took(
    plan: &RegistryPlan,
    mut before: LiveRegistry,
    sent: &Sent,
) -> LiveRegistry {
    if sent.is_last() == Some(false) {
        let taken = gone(plan, &before, &sent.now);
        before
            .ip_rules
            .retain(|rule| !taken.contains(&canonical(&rule.value)));
        if let SubnetRules::Shown(rules) = &mut before.subnet_rules {
            rules.retain(|rule| !taken.contains(&canonical(&rule.value)));
        }
    }
    before
}

/// A random part of a time, so that rivals do not meet again in the next round.
fn jitter(most: Duration) -> Duration {
    let (random, _) = uuid::Uuid::new_v4().as_u64_pair();
    most.mul_f64((random >> 11) as f64 / (1u64 << 53) as f64)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::live::{Reading, view};
    use crate::plan::{Policy, plan_registry};
    use crate::spec::{Ownership, RegistrySpec, Sourced};

    fn live(at: &str, ips: &[&str]) -> LiveRegistry {
        let rules: Vec<Value> = ips
            .iter()
            .map(|ip| json!({"action": "Allow", "value": ip}))
            .collect();
        let body = json!({
            "id": "/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/rg/providers/Microsoft.ContainerRegistry/registries/contoso",
            "location": "westeurope",
            "sku": {"name": "Premium"},
            "properties": {
                "provisioningState": "Succeeded",
                "loginServer": "contoso.azurecr.io",
                "networkRuleSet": {"defaultAction": "Deny", "ipRules": rules, "virtualNetworkRules": []}
            },
            "systemData": {"lastModifiedBy": "somebody", "lastModifiedAt": at}
        });
        view::registry("2025-11-01", body).unwrap()
    }

    /// A plan that shares the list and adds nothing to it.
    fn sharing(live: &LiveRegistry) -> RegistryPlan {
        let spec = RegistrySpec {
            ip_rules: Some(Sourced::unsourced(Vec::new())),
            ownership: Ownership::Additive,
            ..RegistrySpec::unmanaged(live.id.clone())
        };
        let reading = Reading {
            registry: live.clone(),
            subnets: Default::default(),
            registrations: Default::default(),
            usages: None,
            service_endpoints_supported: true,
        };
        plan_registry(&spec, &reading, &Policy::default())
    }

    #[test]
    fn a_rule_that_is_gone_is_their_doing_only_where_somebody_wrote_after_us() {
        let before = live("1", &["198.51.100.1", "198.51.100.2"]);
        let plan = sharing(&before);
        for (wrote, now, stays, last) in [
            (Some("2"), "3", 1, Some(false)),
            (Some("2"), "2", 2, Some(true)),
            (None, "3", 2, None),
        ] {
            let sent = Sent {
                at: wrote.map(str::to_owned),
                now: Box::new(live(now, &["198.51.100.2"])),
            };
            assert_eq!(sent.is_last(), last);
            let expected = without_what_others_took(&plan, before.clone(), &sent);
            assert_eq!(expected.ip_rules.len(), stays, "{wrote:?} {now}");
        }
    }
}
