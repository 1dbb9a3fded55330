//! The subject of the rules: one registry.

use std::collections::BTreeSet;

use super::facts::{Moment, RunFacts};
use crate::live::{LiveRegistry, LiveSubnet, Reading};
use crate::model::{
    Access, Admitted, Client, FailureKind, Gate, OtherClient, RegistryId, Rule, Setting, SettingValue,
    Settings, SubnetId, decide,
};
use crate::plan::access_as_read;
use crate::spec::{ListedRule, RegistrySpec, ServiceEndpoints, Source};

/// One registry: as it was read, with or without its spec, or its spec alone.
pub struct Subject<'a> {
    pub id: &'a RegistryId,
    pub spec: Option<&'a RegistrySpec>,
    pub reading: Option<&'a Reading>,
    /// The live settings, or those that the spec manages.
    pub settings: Settings,
    /// The access that the settings give; `None` if the spec leaves open what decides.
    pub access: Option<Access>,
    pub run: &'a RunFacts,
    pub moment: &'a Moment,
}

impl<'a> Subject<'a> {
    /// Returns a registry as it was read.
    pub fn live(
        reading: &'a Reading,
        spec: Option<&'a RegistrySpec>,
        run: &'a RunFacts,
        moment: &'a Moment,
    ) -> Self {
        Self {
            id: &reading.registry.id,
            spec,
            reading: Some(reading),
            settings: reading.registry.settings.clone(),
            access: Some(access_as_read(reading)),
            run,
            moment,
        }
    }

    /// Returns a registry as a spec wants it, whatever is live.
    pub fn wanted(spec: &'a RegistrySpec, run: &'a RunFacts, moment: &'a Moment) -> Self {
        let mut settings = Settings::default();
        for setting in spec.settings.managed() {
            let wanted = spec.settings.get(setting);
            let value = wanted.map(|wanted| wanted.value.with_rules(|listed| listed.rule.clone()));
            settings.set(setting, value);
        }
        Self {
            id: &spec.id,
            spec: Some(spec),
            reading: None,
            access: wanted_access(&settings),
            settings,
            run,
            moment,
        }
    }

    /// Returns the registry as an apply of its spec leaves it. Returns `None` if nothing would change.
    pub(super) fn settled(&self) -> Option<Reading> {
        let settled = self.run.settled.get(self.id)?;
        let mut reading = self.reading?.clone();
        reading.registry.settings = settled.settings.clone();
        for (id, subnet) in &mut reading.subnets {
            if let LiveSubnet::Present(subnet) = subnet {
                subnet.has_endpoint |= settled.switched.contains(id);
            }
        }
        Some(reading)
    }

    /// Returns the registry as it was read.
    pub(super) fn registry(&self) -> Option<&'a LiveRegistry> {
        self.reading.map(|reading| &reading.registry)
    }

    /// Returns true if the registry has network rules. A spec alone is taken to be about a registry that has.
    pub(super) fn restricts(&self) -> bool {
        self.registry().is_none_or(LiveRegistry::is_premium)
    }

    /// Returns the access of a registry with network rules, where this decides about public clients.
    pub(super) fn access_behind(&self, gate: Gate) -> Option<&Access> {
        let access = self.access.as_ref()?;
        // Live state that is not shown is not judged; the audit says that it is hidden.
        let hidden = self.reading.is_some() && access.hides_public_access();
        (access.restricts && !hidden && access.gate() == gate).then_some(access)
    }

    /// Returns the access where the IP rules decide. A spec that leaves the default action open is taken with `Deny`: under
    /// `Allow`, no fewer clients get in.
    pub(super) fn access_by_rules(&self) -> Option<Access> {
        if let Some(access) = self.access_behind(Gate::Rules) {
            return Some(access.clone());
        }
        let is_open = self.reading.is_none() && self.access.is_none();
        is_open.then(|| {
            let mut settings = self.settings.clone();
            settings.set(Setting::DefaultAction, SettingValue::Word("Deny".into()));
            Access::of(&settings)
        })
    }

    /// Returns the access if some clients are shut out.
    pub(super) fn restricted_access(&self) -> Option<&Access> {
        self.access_behind(Gate::Rules)
            .or_else(|| self.access_behind(Gate::Disabled))
    }

    /// Returns the rules of a list, each once.
    pub(super) fn rules(&self, list: Setting) -> BTreeSet<&Rule> {
        self.settings.rules(list).unwrap_or_default().iter().collect()
    }

    /// Returns the IP rules that the spec answers for: those that it lists, or all where it does not manage the list. Nothing
    /// holds a rule of others in its place, so no listed rule can rest on it.
    pub(super) fn answered_rules(&self) -> Vec<&Rule> {
        let mut rules: Vec<&Rule> = self.rules(Setting::IpRules).into_iter().collect();
        if self.wants(Setting::IpRules) {
            rules.retain(|rule| self.listed(Setting::IpRules, rule).is_some());
        }
        rules
    }

    /// Returns true if the spec manages a setting.
    pub(super) fn wants(&self, setting: Setting) -> bool {
        self.spec.is_some_and(|spec| spec.settings.manages(setting))
    }

    /// Returns true if the registry can have subnet rules: Azure has none in some clouds, and none beside private endpoints.
    pub(super) fn takes_subnets(&self) -> bool {
        self.reading.is_none_or(|reading| {
            reading.service_endpoints_supported && reading.registry.private_endpoint_connections == 0
        })
    }

    /// Returns true if trusted services get in once the bypass is on.
    pub(super) fn takes_bypass(&self) -> bool {
        let Some(access) = self.restricted_access() else {
            return false;
        };
        let on = Access {
            trusted_services: Admitted::Yes,
            ..access.clone()
        };
        decide(&on, &Client::Other(OtherClient::TrustedServices)).admitted == Admitted::Yes
    }

    /// Returns the subnets of the subnet rules, each once.
    pub(super) fn subnets(&self) -> Vec<&SubnetId> {
        let rules = self.rules(Setting::VirtualNetworkRules);
        rules.into_iter().filter_map(Rule::subnet).collect()
    }

    /// Returns true if a subnet was looked for and does not exist.
    pub(super) fn is_gone(&self, id: &SubnetId) -> bool {
        let subnet = self.reading.and_then(|reading| reading.subnets.get(id));
        matches!(subnet, Some(LiveSubnet::Unreadable(failure)) if failure.kind == FailureKind::NotFound)
    }

    /// Returns true if the spec wants the subnet and its service endpoint. Drift reports what is missing of them then.
    pub(super) fn wants_endpoint(&self, id: &SubnetId) -> bool {
        let ensures = self
            .spec
            .is_some_and(|spec| spec.service_endpoints == ServiceEndpoints::Ensure);
        ensures
            && self
                .listed(Setting::VirtualNetworkRules, &Rule::from(id.clone()))
                .is_some()
    }

    /// Says which unknown value a setting has, and what it is taken for.
    pub(super) fn unknown_value(&self, setting: Setting) -> Option<String> {
        let value = self.settings.word(setting)?;
        let closed = setting.stand_in(value)?;
        let key = setting.spec_key();
        Some(format!(
            "`{key}` is `{value}`, which is not known here and is taken for `{closed}`"
        ))
    }

    /// Returns the known word of a setting.
    pub(super) fn word(&self, setting: Setting) -> Option<&'static str> {
        setting.known_word(self.settings.word(setting)?)
    }

    /// Returns true if the endpoints take IPv6 clients too.
    pub(super) fn is_dual_stack(&self) -> bool {
        self.word(Setting::EndpointProtocol) == Some("IPv4AndIPv6")
    }

    /// Returns the entry of the spec that lists a rule.
    pub(super) fn listed(&self, list: Setting, rule: &Rule) -> Option<&'a ListedRule> {
        let rules = self.spec?.settings.rules(list)?;
        rules.iter().find(|listed| listed.rule == *rule)
    }

    /// Returns the line of the spec that lists a rule. A rule that is only live has none.
    pub(super) fn place_of(&self, list: Setting, rule: &Rule) -> Option<Source> {
        let listed = self.listed(list, rule)?;
        let of_list = self.spec?.settings.get(list)?.source.as_ref();
        listed.source.as_ref().or(of_list).cloned()
    }

    /// Returns the line of the spec for a setting. A line that wants another value than the live one does not cause the
    /// finding: drift points at it.
    pub(super) fn place(&self, setting: Setting) -> Option<Source> {
        let wanted = self.spec?.settings.get(setting)?;
        let value = wanted.value.with_rules(|listed| listed.rule.clone());
        let is_live = match self.settings.rules(setting) {
            Some(rules) => {
                let wanted = value.rules().unwrap_or_default();
                rules.iter().collect::<BTreeSet<_>>() == wanted.iter().collect()
            }
            None => self.settings.get(setting) == Some(&value),
        };
        wanted.source.clone().filter(|_| is_live)
    }

    /// Names a rule, with the name that the spec has for it.
    pub(super) fn name(&self, list: Setting, rule: &Rule) -> String {
        let text = match rule.subnet() {
            Some(id) => format!("subnet `{}`", id.short()),
            None => format!("`{rule}`"),
        };
        let name = self.listed(list, rule).and_then(|listed| listed.name.as_ref());
        match name {
            Some(name) => format!("{text} ({name})"),
            None => text,
        }
    }
}

/// Returns the access that a spec wants. What it does not manage may have any value.
fn wanted_access(settings: &Settings) -> Option<Access> {
    let disabled = settings.word(Setting::PublicNetworkAccess) == Some("Disabled");
    if settings.get(Setting::DefaultAction).is_none() && !disabled {
        return None;
    }
    Some(Access {
        ips_hidden: settings.get(Setting::IpRules).is_none(),
        ..Access::of(settings)
    })
}
