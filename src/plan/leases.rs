//! What a spec wants and a lease holds. The run takes it over, so that it stays when the lease is closed.
//!
//! The tag of the lease names what was taken over (`kept=`) until the lease is closed: its job has the whole lease in mind,
//! and reads the tag before it closes. The tags and the rules travel in one PATCH, which also carries a rule that is there
//! already. So a close at the same moment cannot take the rule out unseen: the later of the two writes has the rule and the
//! tag that spares it, or the read after this PATCH shows that the rule is gone, and it is written again.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use crate::live::LiveRegistry;
use crate::live::held::Held;
use crate::live::lease::{Lease, Taken, leases_of};
use crate::model::{Cidr, DefaultAction, PublicNetworkAccess, Rule, Setting};
use crate::spec::RegistrySpec;

/// The tags of the leases that lose what is taken over, as they were read and as they are written.
#[derive(Clone, Debug, PartialEq)]
pub struct LeasesChange {
    pub before: Map<String, Value>,
    pub after: Map<String, Value>,
}

/// The part that is taken over from one lease.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TakenOver {
    pub lease: String,
    pub addresses: Vec<Cidr>,
    /// True if public access stays enabled.
    pub public_access: bool,
    /// The default action that stays when public access is disabled again.
    pub default_action: Option<DefaultAction>,
}

impl TakenOver {
    /// Returns the number of things that are taken over.
    pub(crate) fn count(&self) -> usize {
        self.addresses.len()
            + usize::from(self.public_access)
            + usize::from(self.default_action.is_some())
    }
}

/// Returns what the leases of a registry hold and the spec does not want.
pub(crate) fn held(spec: &RegistrySpec, live: &LiveRegistry) -> Held {
    if !spec.knows_leases {
        return Held::default();
    }
    let taken = wanted(spec);
    let mut leases = leases_of(live);
    for lease in &mut leases {
        *lease = lease.without(&taken);
    }
    Held::by(&leases)
}

/// Returns the wishes of a spec that leases may hold.
pub(super) fn wanted(spec: &RegistrySpec) -> Taken {
    let mut taken = Taken::default();
    for listed in spec.settings.rules(Setting::IpRules).unwrap_or_default() {
        taken.addresses.extend(listed.rule.cidr());
    }
    if let Some(public) = spec.settings.get(Setting::PublicNetworkAccess) {
        taken.public_access = public.value.word() == Some(PublicNetworkAccess::Enabled.as_str());
    }
    if let Some(action) = spec.settings.get(Setting::DefaultAction) {
        taken.default_action = Some(DefaultAction::of(action.value.word()));
    }
    taken
}

impl LeasesChange {
    /// Returns what the spec takes over; `None` if the leases hold nothing that it wants.
    pub(crate) fn of(spec: &RegistrySpec, live: &LiveRegistry) -> Option<Self> {
        if !spec.knows_leases {
            return None;
        }
        let taken = wanted(spec);
        let (mut before, mut after) = (Map::new(), Map::new());
        for lease in leases_of(live) {
            let left = lease.without(&taken);
            if left != lease {
                before.insert(lease.key(), lease.value().into());
                after.insert(lease.key(), left.value().into());
            }
        }
        (!after.is_empty()).then_some(Self { before, after })
    }

    /// Returns the number of leases that change.
    pub(crate) fn count(&self) -> usize {
        self.after.len()
    }

    /// Returns what is taken over from each lease.
    pub fn parts(&self) -> Vec<TakenOver> {
        let mut parts = Vec::new();
        for (before, after) in self.leases() {
            let is_new_action = after.was_disabled != before.was_disabled;
            parts.push(TakenOver {
                lease: after.name.to_string(),
                addresses: after
                    .kept
                    .addresses
                    .difference(&before.kept.addresses)
                    .copied()
                    .collect(),
                public_access: after.kept.public_access && !before.kept.public_access,
                default_action: after.was_disabled.filter(|_| is_new_action),
            });
        }
        parts
    }

    /// Returns true if a rule is taken over.
    pub(crate) fn takes_rules(&self) -> bool {
        !self.taken().addresses.is_empty()
    }

    /// Returns true if this rule is taken over.
    pub(crate) fn takes_rule(&self, rule: &Rule) -> bool {
        rule.cidr()
            .is_some_and(|cidr| self.taken().addresses.contains(&cidr))
    }

    /// Returns true if public access is taken over.
    pub(crate) fn takes_public_access(&self) -> bool {
        self.taken().public_access
    }

    /// Returns what the leases held before.
    pub(crate) fn held_before(&self) -> Held {
        let leases: Vec<Lease> = self.leases().into_iter().map(|(before, _)| before).collect();
        Held::by(&leases)
    }

    /// Returns all tags of the registry with the tags of its leases, also those that are new since the plan was made.
    pub(crate) fn tags_on(&self, live: &LiveRegistry) -> Map<String, Value> {
        let taken = self.taken();
        let mut tags = live.tags.clone();
        for (key, value) in &mut tags {
            let lease = value.as_str().and_then(|value| Lease::read(key, value));
            if let Some(lease) = lease {
                let left = lease.without(&taken);
                // A tag that does not change stays as somebody has spelled it.
                if left != lease {
                    *value = left.value().into();
                }
            }
        }
        tags
    }

    /// Returns the leases that still hold what was to be taken over.
    pub(crate) fn still_held(&self, live: &LiveRegistry) -> Vec<String> {
        let taken = self.taken();
        let mut names = Vec::new();
        for lease in leases_of(live) {
            if lease.without(&taken) != lease {
                names.push(lease.name.to_string());
            }
        }
        names
    }

    /// Returns true if a rule that is taken over is gone, or a lease still holds it.
    pub(crate) fn is_undone(&self, live: &LiveRegistry) -> bool {
        !self.gone(live).is_empty() || !self.still_held(live).is_empty()
    }

    /// Puts rules back that went with their lease while it was taken over, and the tag of the lease, which tells its job.
    pub(crate) fn put_back(&self, live: &mut LiveRegistry) {
        let gone = self.gone(live);
        let Some(rules) = live.settings.rules_mut(Setting::IpRules) else {
            return;
        };
        if gone.is_empty() {
            return;
        }
        rules.extend(gone.into_iter().map(Rule::from));
        let mut tags = live.tags.clone();
        for (key, value) in &self.after {
            if !tags.keys().any(|other| other.eq_ignore_ascii_case(key)) {
                tags.insert(key.clone(), value.clone());
            }
        }
        live.tags = tags;
    }

    /// Returns what is wrong with a change that was read from a file. `rules` are the IP rules after the plan: what is taken
    /// over is among them.
    pub(crate) fn flaw(&self, rules: &[Rule]) -> Option<&'static str> {
        let leases = self.leases();
        let taken = self.taken();
        if leases.len() != self.after.len() || self.before.len() != self.after.len() || leases.is_empty()
        {
            return Some("a tag is not that of a lease");
        }
        for (before, after) in leases {
            if before == after || before.without(&taken) != after {
                return Some("a lease does not only lose what is taken over");
            }
        }
        let there: BTreeSet<Cidr> = rules.iter().filter_map(Rule::cidr).collect();
        let all_there = taken.addresses.is_subset(&there);
        (!all_there).then_some("a rule that is taken over is not there")
    }

    /// Returns the rules that are taken over and not there.
    fn gone(&self, live: &LiveRegistry) -> BTreeSet<Cidr> {
        let mut gone = self.taken().addresses;
        for rule in live.settings.rules(Setting::IpRules).unwrap_or_default() {
            if let Some(cidr) = rule.cidr() {
                gone.remove(&cidr);
            }
        }
        gone
    }

    /// Returns the leases before and after.
    fn leases(&self) -> Vec<(Lease, Lease)> {
        let mut leases = Vec::new();
        for (key, after) in &self.after {
            let before = self.before.get(key);
            if let (Some(before), Some(after)) = (read(key, before), read(key, Some(after))) {
                leases.push((before, after));
            }
        }
        leases
    }

    /// Returns all that is taken over.
    pub(super) fn taken(&self) -> Taken {
        let mut taken = Taken::default();
        for part in self.parts() {
            taken.addresses.extend(part.addresses);
            taken.public_access |= part.public_access;
            taken.default_action = taken.default_action.or(part.default_action);
        }
        taken
    }
}

fn read(key: &str, value: Option<&Value>) -> Option<Lease> {
    Lease::read(key, value?.as_str()?)
}
