//! The access that a spec asks for, without a look at the registry. What the spec leaves open is not known.

use crate::model::{Access, AddressSet, DefaultAction, Setting, Settings};
use crate::spec::{Ownership, RegistrySpec};

/// The access that a spec asks for.
pub(crate) struct WantedAccess {
    /// The access under the wanted settings, with `Deny` if the spec leaves the default action open.
    pub(crate) access: Access,
    /// `None` if the spec leaves it open.
    pub(crate) default_action: Option<DefaultAction>,
    /// The addresses that IP rules may admit which the spec does not list.
    pub(crate) more_addresses: AddressSet,
}

impl WantedAccess {
    /// Reads the access from the managed settings, from `ignore` and from the owner of the lists.
    pub(crate) fn of(spec: &RegistrySpec) -> Self {
        let mut settings = Settings::default();
        for setting in spec.settings.managed() {
            if let Some(wanted) = spec.settings.get(setting) {
                settings.set(setting, wanted.value.with_rules(|listed| listed.rule.clone()));
            }
        }
        let default_action = spec.settings.word(Setting::DefaultAction);
        let mut access = Access::of(&settings);
        access.default_action = DefaultAction::of(default_action.or(Some("Deny")));
        access.subnets_hidden |= may_keep_subnet_rules(spec);
        let more_addresses = addresses_of_kept_rules(spec);
        access.ips_hidden = !more_addresses.is_empty();
        for (id, egress) in &*spec.egress {
            access.egress.insert(id.clone(), egress.iter().copied().collect());
        }
        Self {
            access,
            default_action: default_action.map(|word| DefaultAction::of(Some(word))),
            more_addresses,
        }
    }
}

/// Returns true if an IP rule for one of the addresses `more` can admit clients with this egress.
pub(crate) fn may_be_admitted(more: &AddressSet, egress: Option<&AddressSet>) -> bool {
    match egress {
        Some(egress) => egress.difference(more) != *egress,
        None => !more.is_empty(),
    }
}

/// Returns true if subnet rules may stay that the spec does not list.
fn may_keep_subnet_rules(spec: &RegistrySpec) -> bool {
    // The text of a rule does not say which list it is in.
    let mut ignored = spec.ignore.iter();
    spec.ownership == Ownership::Additive || ignored.any(|rule| rule.cidr().is_none() && !rule.is_ipv6())
}

/// Returns the addresses of IP rules that may stay although the spec does not list them.
fn addresses_of_kept_rules(spec: &RegistrySpec) -> AddressSet {
    let mut ignored = Vec::new();
    // Nothing is known of the clients of an ignored text.
    let mut any = spec.ownership == Ownership::Additive || !spec.settings.manages(Setting::IpRules);
    for rule in &spec.ignore {
        match rule.cidr() {
            Some(range) => ignored.push(range),
            None => any |= rule.subnet().is_none() && !rule.is_ipv6(),
        }
    }
    if any {
        AddressSet::all()
    } else {
        ignored.into_iter().collect()
    }
}
