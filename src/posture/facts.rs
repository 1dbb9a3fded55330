//! What the rules know beside the registry: the time, and the other registries of the run.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use jiff::{Span, Timestamp};

use crate::live::Live;
use crate::model::{RegistryId, Setting, Settings, SubnetId};
use crate::plan::Plan;
use crate::spec::Spec;

/// The time at which registries are judged.
#[derive(Clone, Copy, Debug)]
pub struct Moment {
    /// The day that decides which entries have expired.
    pub today: Date,
    /// The time that decides which leases are over.
    pub now: Timestamp,
    /// The last day on which an entry that expires counts as expiring soon.
    pub soon: Date,
}

impl Moment {
    /// Days ahead in which an entry expires soon, where nothing else is asked for.
    pub const DAYS_AHEAD: u16 = 14;

    /// Returns the moment for a day and the days ahead of it that count as soon.
    pub fn new(today: Date, now: Timestamp, days_ahead: u16) -> Self {
        let soon = today.saturating_add(Span::new().days(days_ahead));
        Self { today, now, soon }
    }
}

/// Facts about all registries of a run.
#[derive(Clone, Debug, Default)]
pub struct RunFacts {
    /// Subnets that a rule of any registry admits, live or wanted.
    pub(super) admitted: BTreeSet<SubnetId>,
    /// True if a spec was given that could name a registry.
    pub(super) has_spec: bool,
    /// The file of the spec, if it is the only one.
    pub(super) spec_file: Option<String>,
    /// Flags that lead a command to the service of the run, each after a space.
    pub(super) service_flags: String,
    /// The registries in drift, as an apply of the spec leaves them.
    pub(super) settled: BTreeMap<RegistryId, Settled>,
}

/// What an apply of the spec makes of a registry.
#[derive(Clone, Debug)]
pub(super) struct Settled {
    pub(super) settings: Settings,
    /// Subnets whose service endpoint it turns on.
    pub(super) switched: BTreeSet<SubnetId>,
}

impl RunFacts {
    /// Collects the facts of a run.
    pub fn of(spec: &Spec, live: &Live) -> Self {
        let mut admitted = BTreeSet::new();
        for wanted in &spec.registries {
            let listed = wanted.settings.rules(Setting::VirtualNetworkRules);
            admitted.extend(
                listed
                    .unwrap_or_default()
                    .iter()
                    .filter_map(|it| it.rule.subnet()),
            );
        }
        for reading in live.registries.values().flatten() {
            let rules = reading.registry.settings.rules(Setting::VirtualNetworkRules);
            admitted.extend(rules.unwrap_or_default().iter().filter_map(|rule| rule.subnet()));
        }
        Self {
            admitted: admitted.into_iter().cloned().collect(),
            has_spec: !spec.files.is_empty() || !spec.registries.is_empty(),
            spec_file: match &spec.files[..] {
                [file] if file != "-" => Some(file.clone()),
                _ => None,
            },
            service_flags: String::new(),
            settled: BTreeMap::new(),
        }
    }

    /// Adds what an apply of this plan would change. A finding that it ends has no other next step.
    #[must_use]
    pub fn with_plan(mut self, plan: &Plan) -> Self {
        for registry in &plan.registries {
            if registry.changes.is_empty() {
                continue;
            }
            let endpoints = registry.changes.endpoints.iter();
            let added = endpoints.flat_map(|endpoints| &endpoints.add);
            let settled = Settled {
                settings: registry.settings_after(),
                switched: added.filter_map(|listed| listed.rule.subnet().cloned()).collect(),
            };
            self.settled.insert(registry.id.clone(), settled);
        }
        self
    }

    /// Sets the flags that lead a command to the service of the run.
    #[must_use]
    pub fn with_service_flags(self, service_flags: String) -> Self {
        Self {
            service_flags,
            ..self
        }
    }
}
