//! The goal of a job, and the next write towards it on a state of the registry.

use std::collections::BTreeSet;
use std::time::Duration;

use jiff::Timestamp;
use serde_json::{Map, Value};

use super::need::{check_others, end_after};
use super::refusal::LeaseRefusal;
use super::write::LeaseWrite;
use crate::live::lease::{Lease, leases_of};
use crate::live::{LiveRegistry, Reading};
use crate::model::{Access, Cidr, Client, DefaultAction, PublicNetworkAccess, Rule, Setting, decide};
use crate::plan::{Guard, Policy, plan_registry};
use crate::spec::{ListedRule, Origin, Ownership, RegistrySpec};

/// The goal of a job.
#[derive(Clone, Debug)]
pub enum Goal {
    /// The lease and its rules are there.
    Open(Lease),
    /// None of the leases is there, nor a rule that only they hold.
    Close(Vec<Lease>),
}

impl Goal {
    /// Lets a lease that the registry does not show last this long from now on: its write may have waited for that of somebody
    /// else.
    pub fn begin(&mut self, live: &LiveRegistry, lasts: Duration, now: Timestamp) {
        if let Self::Open(lease) = self
            && !leases_of(live).contains(lease)
        {
            lease.until = end_after(now, lasts);
        }
    }

    /// Returns the next write towards the goal, or `None` if it is reached. It depends on nothing but this state, so a
    /// write that a rival took back is made again.
    ///
    /// # Errors
    /// The write is refused.
    pub fn next(&self, live: &LiveRegistry, now: Timestamp) -> Result<Option<LeaseWrite>, LeaseRefusal> {
        // A rule that came in beside the write would admit others for as long as the job runs.
        if let Self::Open(lease) = self
            && lease.was_disabled.is_some()
        {
            check_others(live)?;
        }
        let (spec, tags) = match self {
            Self::Open(lease) => (opened(live, lease, now), with_lease(live, lease)),
            Self::Close(leases) => (closed(live, leases, now), without_leases(live, leases, now)),
        };
        let plan = plan_registry(&spec, &Reading::of(live.clone()), &Self::policy());
        if !plan.refusals.is_empty() {
            return Err(LeaseRefusal::Plan(plan.refusals));
        }
        let changes_tags = tags != live.tags;
        if plan.is_empty() && !changes_tags {
            return Ok(None);
        }
        Ok(Some(LeaseWrite { plan, tags }))
    }

    /// Returns the policy of the plan. What was opened for a while is closed whatever the guards say: the state before it
    /// was somebody's decision.
    fn policy() -> Policy {
        Policy {
            overrides: BTreeSet::from([Guard::Removals, Guard::LastRule]),
            ..Policy::default()
        }
    }
}

/// Returns a spec that shares the rules of this registry with everybody else.
fn shared(live: &LiveRegistry) -> RegistrySpec {
    let mut spec = RegistrySpec::unmanaged(live.id.clone());
    spec.origin = Origin::Flags;
    spec.ownership = Ownership::Additive;
    spec
}

/// Returns the spec of the registry with the rules of a lease, and without those of an ended lease that it replaces. Public
/// access is enabled in the same write as `Deny`.
fn opened(live: &LiveRegistry, lease: &Lease, now: Timestamp) -> RegistrySpec {
    let mut spec = shared(live);
    let mut needed = addresses(&others(live, std::slice::from_ref(lease), now));
    needed.extend(&lease.addresses);
    let there = leases_of(live);
    let replaced = there.iter().filter(|there| there.name == lease.name);
    for ended in replaced.filter(|there| there.is_expired(now)) {
        for address in ended.addresses.difference(&needed) {
            spec.remove.insert(Rule::from(*address));
        }
    }
    let rules: Vec<ListedRule> = lease
        .addresses
        .iter()
        .map(|address| Rule::from(*address).into())
        .collect();
    spec.settings.want_unsourced(Setting::IpRules, rules);
    if lease.was_disabled.is_some() {
        spec.settings
            .want_unsourced(Setting::PublicNetworkAccess, PublicNetworkAccess::Enabled);
        spec.settings
            .want_unsourced(Setting::DefaultAction, DefaultAction::Deny);
    }
    spec
}

/// Returns the spec of the registry without what only these leases hold.
fn closed(live: &LiveRegistry, leases: &[Lease], now: Timestamp) -> RegistrySpec {
    let mut spec = shared(live);
    let others = others(live, leases, now);
    let held = addresses(&others);
    for address in leases.iter().flat_map(|lease| &lease.addresses) {
        if !held.contains(address) {
            spec.remove.insert(Rule::from(*address));
        }
    }
    if !spec.remove.is_empty() {
        spec.settings
            .want_unsourced(Setting::IpRules, Vec::<ListedRule>::new());
    }
    // Public access is disabled again with the last lease that enabled it, in the same write as the old default action.
    let was_disabled = leases.iter().find_map(|lease| lease.was_disabled);
    let still_needed = others.iter().any(|lease| lease.was_disabled.is_some());
    let access = Access::of(&live.settings);
    if let Some(action) = was_disabled
        && !still_needed
        && access.public_network_access == Some(PublicNetworkAccess::Enabled)
    {
        spec.settings
            .want_unsourced(Setting::PublicNetworkAccess, PublicNetworkAccess::Disabled);
        // An action that another writer has set in the meantime stays.
        if access.default_action == DefaultAction::Deny {
            spec.settings.want_unsourced(Setting::DefaultAction, action);
        }
    }
    spec
}

/// Returns the addresses of closed leases that still get in, by another lease or a rule.
pub fn still_admitted(live: &LiveRegistry, leases: &[Lease]) -> BTreeSet<Cidr> {
    let access = Access {
        restricts: live.is_premium(),
        ..Access::of(&live.settings)
    };
    let mut admitted = BTreeSet::new();
    for lease in leases {
        admitted.extend(&lease.addresses);
    }
    admitted.retain(|address| decide(&access, &Client::Address(*address)).allowed());
    admitted
}

/// Returns the default action before these leases, where the close did not bring it back: another writer has disabled public
/// access meanwhile, or has set another action.
pub fn not_brought_back(live: &LiveRegistry, leases: &[Lease]) -> Option<DefaultAction> {
    let before = leases.iter().find_map(|lease| lease.was_disabled)?;
    let access = Access::of(&live.settings);
    let is_private = access.public_network_access == Some(PublicNetworkAccess::Disabled);
    (is_private && access.default_action != before).then_some(before)
}

/// Returns the leases of other jobs that still run. A killed job holds nothing.
fn others(live: &LiveRegistry, leases: &[Lease], now: Timestamp) -> Vec<Lease> {
    let mut others = leases_of(live);
    others.retain(|lease| !is_one_of(lease, leases, now) && !lease.is_expired(now));
    others
}

/// Returns true if this lease of the registry is one of these. A lease that runs is not one of its name that has ended: its
/// job has opened again since.
fn is_one_of(there: &Lease, leases: &[Lease], now: Timestamp) -> bool {
    let mut named = leases.iter().filter(|lease| lease.name == there.name);
    named.any(|lease| there.is_expired(now) || !lease.is_expired(now))
}

/// Returns the addresses that any of these leases holds.
fn addresses(leases: &[Lease]) -> BTreeSet<Cidr> {
    leases.iter().flat_map(|lease| lease.addresses.clone()).collect()
}

fn with_lease(live: &LiveRegistry, lease: &Lease) -> Map<String, Value> {
    let mut tags = live.tags.clone();
    // An earlier tag of the same name may be spelled in another case.
    let other = tags.keys().find(|key| key.eq_ignore_ascii_case(&lease.key()));
    let key = other.cloned().unwrap_or_else(|| lease.key());
    tags.insert(key, lease.value().into());
    tags
}

fn without_leases(live: &LiveRegistry, leases: &[Lease], now: Timestamp) -> Map<String, Value> {
    let mut closed = leases_of(live);
    closed.retain(|lease| is_one_of(lease, leases, now));
    let keys: BTreeSet<String> = closed.iter().map(Lease::key).collect();
    let mut tags = live.tags.clone();
    tags.retain(|key, _| !keys.contains(&key.to_ascii_lowercase()));
    tags
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::live::lease::tests::{lease, registry};
    use crate::live::parse;
    use crate::plan::Lists;
    use serde_json::json;

    const OWN: &str = "198.51.100.7";
    const OTHER: &str = "203.0.113.25";
    const NOW: &str = "2026-11-29T03:00:00Z";
    const LATER: &str = "2026-11-29T04:00:00Z";
    const EARLIER: &str = "2026-11-29T02:00:00Z";

    /// Makes the next write and returns the registry after it, as the service would show it.
    fn step(live: &LiveRegistry, goal: Goal) -> Option<LiveRegistry> {
        let write = goal.next(live, NOW.parse().unwrap()).unwrap()?;
        let body = write.body(live, Lists::Both);
        let mut after = (*live.body).clone();
        for list in Setting::lists() {
            after["properties"]["networkRuleSet"][list.key()] =
                elements(live.settings.rules(list).unwrap());
        }
        after["tags"] = body["tags"].clone();
        if let Some(properties) = body["properties"].as_object() {
            for (key, value) in properties {
                after["properties"][key] = value.clone();
            }
        }
        // No write may let everyone in.
        let now = parse::registry("2025-11-01", after).unwrap();
        let access = Access::of(&now.settings);
        let opens = access.public_network_access == Some(PublicNetworkAccess::Enabled)
            && access.default_action == DefaultAction::Allow;
        assert!(!opens, "{body}");
        Some(now)
    }

    /// Returns a list of rules as Azure shows it.
    fn elements(rules: &[Rule]) -> Value {
        let elements = rules.iter().map(|rule| json!({"action": "Allow", "value": rule}));
        elements.collect()
    }

    fn ips(live: &LiveRegistry) -> Vec<&str> {
        let rules = live.settings.rules(Setting::IpRules).unwrap();
        rules.iter().map(Rule::as_str).collect()
    }

    #[test]
    fn open_and_close_restore_the_state_before() {
        let rows: [(&str, &str, &[&str]); 3] = [
            ("Enabled", "Deny", &[OTHER]),
            ("Disabled", "Allow", &[]),
            ("Disabled", "Deny", &[]),
        ];
        for (public, action, others) in rows {
            let before = registry(public, action, others, &[]);
            let mut own = lease("own", LATER, &[OWN]);
            if public == "Disabled" {
                own.was_disabled = Some(DefaultAction::of(Some(action)));
            }
            let during = step(&before, Goal::Open(own.clone())).unwrap();
            assert_eq!(leases_of(&during), [own.clone()]);
            assert_eq!(ips(&during), [others, &[OWN]].concat());
            assert!(step(&during, Goal::Open(own.clone())).is_none());
            let after = step(&during, Goal::Close(vec![own.clone()])).unwrap();
            assert_eq!(after, before, "{public} {action}");
            assert!(step(&after, Goal::Close(vec![own])).is_none());
        }
    }

    #[test]
    fn last_of_two_jobs_at_one_address_closes() {
        let (a, b) = (lease("a", LATER, &[OWN]), lease("b", LATER, &[OWN]));
        let both = registry("Enabled", "Deny", &[OWN], &[a.clone(), b.clone()]);
        let one = step(&both, Goal::Close(vec![a.clone()])).unwrap();
        assert_eq!((ips(&one), leases_of(&one)), (vec![OWN], vec![b.clone()]));
        // A rival that wrote on an older read has put the first lease back.
        let back = registry("Enabled", "Deny", &[OWN], std::slice::from_ref(&a));
        let none = step(&back, Goal::Close(vec![a])).unwrap();
        assert!(ips(&none).is_empty() && leases_of(&none).is_empty());
        let none = step(&one, Goal::Close(vec![b])).unwrap();
        assert!(ips(&none).is_empty() && leases_of(&none).is_empty());
    }

    /// Only the tags change here, and a write of tags alone could part a rule of a rival from its lease.
    #[test]
    fn each_write_has_the_rules_and_the_tags_of_one_read() {
        let (a, b) = (lease("a", LATER, &[OWN]), lease("b", LATER, &[OWN]));
        let both = registry("Enabled", "Deny", &[OWN, OTHER], &[a.clone(), b]);
        let write = Goal::Close(vec![a]).next(&both, NOW.parse().unwrap());
        let body = write.unwrap().unwrap().body(&both, Lists::Both);
        let rules = elements(both.settings.rules(Setting::IpRules).unwrap());
        assert_eq!(body["properties"]["networkRuleSet"]["ipRules"], rules);
        assert!(body["tags"].get("ringfence-lease-b").is_some());
        assert!(body["tags"].get("ringfence-lease-a").is_none());
    }

    #[test]
    fn killed_job_holds_nothing() {
        let (dead, own) = (lease("dead", EARLIER, &[OWN]), lease("own", LATER, &[OWN]));
        let both = registry("Enabled", "Deny", &[OWN], &[dead.clone(), own.clone()]);
        let after = step(&both, Goal::Close(vec![own])).unwrap();
        assert_eq!((ips(&after), leases_of(&after)), (vec![], vec![dead]));
    }

    /// The registry was busy for longer than the job needs it.
    #[test]
    fn lease_lasts_from_its_write() {
        let live = registry("Enabled", "Deny", &[], &[]);
        let mut goal = Goal::Open(lease("job", EARLIER, &[OWN]));
        let hour = Duration::from_secs(3600);
        let (now, later): (Timestamp, Timestamp) = (
            "2026-11-29T03:00:00.5Z".parse().unwrap(),
            "2026-11-29T03:30:00Z".parse().unwrap(),
        );
        goal.begin(&live, hour, now);
        let after = step(&live, goal).unwrap();
        let written = leases_of(&after)[0].clone();
        assert_eq!(written.until.to_string(), "2026-11-29T04:00:00Z");
        // Once it is written, it stays as it is.
        let mut goal = Goal::Open(written);
        goal.begin(&after, hour, later);
        assert!(step(&after, goal).is_none());
    }

    /// The job opened again beside a `close --expired`.
    #[test]
    fn close_of_an_ended_lease_leaves_a_new_one_of_its_name() {
        let (dead, again) = (lease("job", EARLIER, &[OTHER]), lease("job", LATER, &[OWN]));
        let live = registry("Enabled", "Deny", &[OTHER, OWN], std::slice::from_ref(&again));
        let after = step(&live, Goal::Close(vec![dead.clone()])).unwrap();
        assert_eq!((ips(&after), leases_of(&after)), (vec![OWN], vec![again.clone()]));
        assert!(step(&after, Goal::Close(vec![dead])).is_none());
        // The job itself closes what it has.
        assert_eq!(leases_of(&step(&after, Goal::Close(vec![again])).unwrap()), []);
    }

    /// Its address may be somebody else's by now.
    #[test]
    fn lease_replaces_an_ended_one_of_its_name() {
        let (dead, own) = (lease("job", EARLIER, &[OTHER]), lease("job", LATER, &[OWN]));
        let left = registry(
            "Enabled",
            "Deny",
            &[OTHER, "192.0.2.9"],
            std::slice::from_ref(&dead),
        );
        let after = step(&left, Goal::Open(own.clone())).unwrap();
        assert_eq!(
            (ips(&after), leases_of(&after)),
            (vec!["192.0.2.9", OWN], vec![own.clone()])
        );
        assert!(step(&after, Goal::Open(own.clone())).is_none());
        // A job that runs keeps what it holds.
        let running = lease("running", LATER, &[OTHER]);
        let left = registry("Enabled", "Deny", &[OTHER], &[dead, running]);
        assert_eq!(ips(&step(&left, Goal::Open(own)).unwrap()), [OTHER, OWN]);
    }

    #[test]
    fn public_access_stays_until_the_last_lease_that_enabled_it() {
        let enabling = |name: &str, address: &str| Lease {
            was_disabled: Some(DefaultAction::Allow),
            ..lease(name, LATER, &[address])
        };
        let (a, b) = (enabling("a", OWN), enabling("b", OTHER));
        let both = registry("Enabled", "Deny", &[OWN, OTHER], &[a.clone(), b.clone()]);
        let one = step(&both, Goal::Close(vec![a])).unwrap();
        let access = Access::of(&one.settings);
        assert_eq!(access.public_network_access, Some(PublicNetworkAccess::Enabled));
        let none = step(&one, Goal::Close(vec![b])).unwrap();
        let access = Access::of(&none.settings);
        assert_eq!(access.public_network_access, Some(PublicNetworkAccess::Disabled));
        assert_eq!(access.default_action, DefaultAction::Allow);
    }

    /// A rule that came in beside the first write.
    #[test]
    fn foreign_rule_ends_a_lease_that_enabled_public_access() {
        let mut own = lease("own", LATER, &[OWN]);
        own.was_disabled = Some(DefaultAction::Deny);
        let live = registry("Enabled", "Deny", &[OTHER, OWN], std::slice::from_ref(&own));
        let refused = Goal::Open(own).next(&live, NOW.parse().unwrap());
        assert!(matches!(refused, Err(LeaseRefusal::OthersGetIn { .. })));
    }

    #[test]
    fn rule_that_is_wider_than_the_guardrails_is_refused() {
        let live = registry("Enabled", "Deny", &[OTHER], &[]);
        let wide = lease("own", LATER, &["128.0.0.0/1"]);
        let refused = Goal::Open(wide).next(&live, NOW.parse().unwrap());
        assert!(matches!(refused, Err(LeaseRefusal::Plan(_))));
    }
}
