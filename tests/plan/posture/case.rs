//! Cases: a registry, a spec, or both, judged on a fixed day.

use std::collections::BTreeMap;

use ringfence::live::{Live, LiveSubnet, Reading, parse};
use ringfence::model::RegistryId;
use ringfence::plan::{Policy, diff};
use ringfence::posture::{Moment, PostureFinding, RunFacts, Subject, judge};
use ringfence::spec::{RegistrySpec, Spec};
use serde_json::{Value, json};

use crate::azure_bodies::{premium_registry, subnet_body};
use crate::diff::{hub, wanted};
use crate::readings::reading;

/// A subject, and the spec of the run if that is another one.
pub(super) struct Case {
    pub(super) spec: Option<RegistrySpec>,
    pub(super) reading: Option<Reading>,
    others: Vec<RegistrySpec>,
}

/// The day and the time of all cases.
pub(super) fn moment() -> Moment {
    let now = "2026-11-21T12:00:00Z".parse().unwrap();
    Moment::new("2026-11-21".parse().unwrap(), now, Moment::DAYS_AHEAD)
}

impl Case {
    pub(super) fn judged(&self) -> Vec<PostureFinding> {
        let spec = Spec {
            registries: self.spec.iter().chain(&self.others).cloned().collect(),
            ..Spec::default()
        };
        let mut live = Live::default();
        if let Some(reading) = &self.reading {
            live.registries
                .insert(reading.registry.id.clone(), Ok(reading.clone()));
        }
        let plan = diff(&spec, &live, &Policy::default());
        let (run, moment) = (RunFacts::of(&spec, &live).with_plan(&plan), moment());
        let subject = match (&self.reading, &self.spec) {
            (Some(reading), wanted) => Subject::live(reading, wanted.as_ref(), &run, &moment),
            (None, Some(wanted)) => Subject::wanted(wanted, &run, &moment),
            (None, None) => return Vec::new(),
        };
        judge(&subject)
    }

    /// The same in a run whose spec names another registry.
    pub(super) fn beside(mut self, lines: &str) -> Self {
        let mut other = wanted(lines);
        other.id = RegistryId::parse(&format!("{}2", other.id)).unwrap();
        self.others.push(other);
        self
    }

    /// The same with these lines as the spec of the registry.
    pub(super) fn wanting(mut self, lines: &str) -> Self {
        self.spec = Some(wanted(lines));
        self
    }
}

/// A registry that was read.
pub(super) fn read(reading: Reading) -> Case {
    Case {
        spec: None,
        reading: Some(reading),
        others: Vec::new(),
    }
}

/// A registry with this body.
pub(super) fn body(body: &Value) -> Case {
    read(reading(body))
}

/// A spec alone.
pub(super) fn lines(lines: &str) -> Case {
    Case {
        spec: Some(wanted(lines)),
        reading: None,
        others: Vec::new(),
    }
}

/// A Premium registry with these properties in the place of its own.
pub(super) fn premium(properties: Value) -> Value {
    let mut body = premium_registry("contoso");
    for (key, value) in properties.as_object().unwrap() {
        body["properties"][key] = value.clone();
    }
    body
}

/// A private endpoint connection in this state.
pub(super) fn connection(state: &str) -> Value {
    json!([{"properties": {"privateLinkServiceConnectionState": {"status": state}}}])
}

/// A reading with the subnet `build` read as this.
pub(super) fn with_subnet(reading: Reading, subnet: LiveSubnet) -> Reading {
    Reading {
        subnets: BTreeMap::from([(hub("build"), subnet)]),
        ..reading
    }
}

/// A subnet that is delegated to this service.
pub(super) fn delegated(service: &str) -> LiveSubnet {
    let mut body = subnet_body(&hub("build"));
    body["properties"]["delegations"] = json!([{"properties": {"serviceName": service}}]);
    LiveSubnet::Present(parse::subnet("2024-05-01", None, body).unwrap())
}
