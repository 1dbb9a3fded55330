//! The names and defaults that a file sees.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;
use std::sync::Arc;

use super::names::{NamedNetwork, NamedSubnet};
use super::values::{bad_range, looks_like_address, parse_subnet};
use crate::model::{Cidr, CidrError, SubnetId};
use crate::spec::diagnostic::Diagnostic;
use crate::spec::diagnostic_code::{DiagnosticCode, Severity};
use crate::spec::loading::Loading;
use crate::spec::raw::deserialize::Spanned;
use crate::spec::raw::{RawGuardrails, RawRegistry};
use crate::spec::suggest::{self, MOST_KNOWN};
use crate::spec::types::{Guardrails, SubnetEgress};
use crate::spec::yaml::node::short;
use crate::spec::yaml::place::At;

/// The content of a file, merged with that of the files it includes.
#[derive(Clone, Debug, Default)]
pub(crate) struct FileScope {
    pub networks: BTreeMap<Arc<str>, Rc<NamedNetwork>>,
    pub subnets: BTreeMap<Arc<str>, Rc<NamedSubnet>>,
    /// The public addresses of subnets whose definition has them. Registries share the map.
    pub egress: Arc<SubnetEgress>,
    pub defaults: RawRegistry,
    pub guardrails: RawGuardrails,
    /// The limits read from `guardrails`.
    pub limits: Guardrails,
    /// Names whose definition is invalid. That was reported, so their uses are not.
    pub broken: BTreeSet<String>,
    /// True if a part of the content could not be read. It could define any name.
    pub incomplete: bool,
}

/// An entry of `expect` or `ignore`, with a name replaced by its content.
pub(crate) enum ResolvedEntry {
    Ranges(Vec<Cidr>),
    Subnet(SubnetId),
}

impl FileScope {
    /// Adds the scope of an included file. Content that is here already wins.
    pub(crate) fn include(&mut self, other: &Self, loading: &mut Loading) {
        for (name, network) in &other.networks {
            match self.networks.get(name) {
                None => {
                    self.networks.insert(name.clone(), network.clone());
                }
                Some(own) if own.same(network) => {}
                Some(own) => conflict(loading, "network", name, own.name.at, network.name.at),
            }
        }
        for (name, subnet) in &other.subnets {
            match self.subnets.get(name) {
                None => {
                    self.subnets.insert(name.clone(), subnet.clone());
                }
                Some(own) if own.same(subnet) => {}
                Some(own) => conflict(loading, "subnet", name, own.name.at, subnet.name.at),
            }
        }
        self.add_egress(&other.egress);
        // Defaults and guardrails are merged key by key.
        self.defaults = std::mem::take(&mut self.defaults).or(&other.defaults);
        self.guardrails = std::mem::take(&mut self.guardrails).or(&other.guardrails);
        self.broken.extend(other.broken.iter().cloned());
        self.incomplete |= other.incomplete;
    }

    /// Returns the network with this name, and marks it as used.
    pub(crate) fn network(&self, name: &str) -> Option<&NamedNetwork> {
        let network = self.networks.get(name)?;
        network.used.set(true);
        Some(network)
    }

    /// Returns the subnet with this name, and marks it as used.
    fn subnet(&self, name: &str) -> Option<&NamedSubnet> {
        let subnet = self.subnets.get(name)?;
        subnet.used.set(true);
        Some(subnet)
    }

    /// Returns true if an unknown name may only be unknown because of an earlier error.
    fn may_know(&self, name: &str) -> bool {
        self.incomplete || self.broken.contains(name)
    }

    /// Reports an entry of `ipRules` that is neither a network nor a range.
    pub(crate) fn report_range(&self, loading: &mut Loading, at: At, text: &str, error: &CidrError) {
        if self.may_know(text) {
            return;
        }
        // A mistyped address is more likely than an unknown name that looks like one.
        if is_address(text, error) {
            return bad_range(loading, at, error);
        }
        if self.subnets.contains_key(text) {
            let message = format!("`{text}` is a subnet, not a network");
            let help = "list it under `subnets`";
            return loading.report(at, DiagnosticCode::UnknownName, message, help);
        }
        let names: Vec<&str> = self.networks.keys().map(AsRef::as_ref).collect();
        if is_host_name(text) && suggest::nearest(text, &names[..names.len().min(MOST_KNOWN)]).is_none()
        {
            let message = format!(
                "`{}` is a host name: IP rules take IPv4 addresses only",
                short(text)
            );
            let help = "list the public addresses of the host as addresses or ranges";
            return loading.report(at, DiagnosticCode::BadAddress, message, help);
        }
        unknown_name(loading, at, text, "network", self.networks.keys());
    }

    /// Resolves an entry of `subnets` in a registry to its id, and the name that it came from.
    pub(crate) fn subnet_id(
        &self,
        loading: &mut Loading,
        text: &Spanned<String>,
    ) -> Option<(Spanned<SubnetId>, Option<Arc<str>>)> {
        let (at, written) = (text.at, text.value.as_str());
        if let Some(subnet) = self.subnet(written) {
            return Some((subnet.id.clone(), Some(subnet.name.value.clone())));
        }
        if is_id(written) {
            let id = parse_subnet(loading, text)?;
            return Some((id, None));
        }
        if self.may_know(written) {
            return None;
        }
        // A network under `subnets` gets a better message than an unknown name.
        if let Some(is_private) = self.private_network(written) {
            let message = format!("`{written}` is a network, not a subnet");
            // An IP rule for a private range admits no client, so that advice would not help.
            let help = if is_private {
                "name the subnet by its resource id: copy it from `az network vnet subnet show --query id`"
            } else {
                "list it under `ipRules`"
            };
            loading.report(at, DiagnosticCode::UnknownName, message, help);
        } else {
            unknown_name(loading, at, written, "subnet", self.subnets.keys());
        }
        None
    }

    /// Returns true if a text stands for special-use ranges only, and `None` if it does not stand for ranges.
    fn private_network(&self, text: &str) -> Option<bool> {
        if let Ok(range) = text.parse::<Cidr>() {
            return Some(range.special_use().is_some());
        }
        let ranges = &self.networks.get(text)?.ranges;
        Some(ranges.iter().all(|range| range.value.special_use().is_some()))
    }

    /// Resolves an entry of `expect` or `ignore`.
    pub(crate) fn entry(&self, loading: &mut Loading, text: &Spanned<String>) -> Option<ResolvedEntry> {
        match (self.network(&text.value), self.subnet(&text.value)) {
            (Some(network), Some(subnet)) => {
                ambiguous(loading, text, network.name.at, subnet.name.at);
                None
            }
            (Some(network), None) => {
                if !loading.spend(text.at, network.ranges.len()) {
                    return None;
                }
                let ranges = network.ranges.iter().map(|range| range.value);
                Some(ResolvedEntry::Ranges(ranges.collect()))
            }
            (None, Some(subnet)) => Some(ResolvedEntry::Subnet(subnet.id.value.clone())),
            (None, None) => self.unnamed(loading, text),
        }
    }

    /// Resolves an entry of `expect` or `ignore` that is not a name.
    fn unnamed(&self, loading: &mut Loading, text: &Spanned<String>) -> Option<ResolvedEntry> {
        let (at, written) = (text.at, text.value.as_str());
        if is_id(written) {
            let id = parse_subnet(loading, text)?;
            return Some(ResolvedEntry::Subnet(id.value));
        }
        match written.parse() {
            Ok(range) => return Some(ResolvedEntry::Ranges(vec![range])),
            Err(_) if self.may_know(written) => {}
            Err(error) if is_address(written, &error) => bad_range(loading, at, &error),
            Err(_) => {
                let known = self.networks.keys().chain(self.subnets.keys());
                unknown_name(loading, at, written, "network or subnet", known);
            }
        }
        None
    }
}

/// Returns true if a text that is not a range was meant as one, rather than as a name.
fn is_address(text: &str, error: &CidrError) -> bool {
    looks_like_address(text) || error.corrected().is_some() || matches!(error, CidrError::Ipv6(_))
}

/// Returns true for the shape of a host name: labels with dots between them, and letters at the end.
fn is_host_name(text: &str) -> bool {
    let Some((labels, last)) = text.rsplit_once('.') else {
        return false;
    };
    text.len() <= 253
        && !text.contains(|c: char| !c.is_ascii_alphanumeric() && !matches!(c, '-' | '.'))
        && !labels.is_empty()
        && last.len() > 1
        && last.chars().all(|c| c.is_ascii_alphabetic())
}

/// Returns true for a text that is meant as a resource id. A link to a page of the portal has one inside.
fn is_id(text: &str) -> bool {
    text.starts_with('/') || text.to_ascii_lowercase().contains("/subscriptions/")
}

fn conflict(loading: &mut Loading, kind: &str, name: &str, own: At, other: At) {
    let message = format!("the {kind} `{name}` is defined twice, with different content");
    let help = "rename or remove one of the two";
    let found = Diagnostic::new(DiagnosticCode::NameConflict, message, help);
    loading.report_with(found, own, other, "the other definition");
}

fn ambiguous(loading: &mut Loading, text: &Spanned<String>, network: At, subnet: At) {
    let message = format!("`{}` is the name of a network and of a subnet", text.value);
    let help = "rename one of the two";
    let found = Diagnostic::new(DiagnosticCode::AmbiguousName, message, help)
        .also(loading.files.place(network), "the network");
    loading.report_with(found, text.at, subnet, "the subnet");
}

fn unknown_name<'a>(
    loading: &mut Loading,
    at: At,
    text: &str,
    kind: &str,
    known: impl Iterator<Item = &'a Arc<str>>,
) {
    // Comparing a misspelled name with all known names takes time, so it is not done in vain.
    if loading.diagnostics.only_counts(Severity::Error) {
        return;
    }
    let known: Vec<&str> = known.take(MOST_KNOWN).map(AsRef::as_ref).collect();
    let help = if known.is_empty() {
        "define it under `networks` or `subnets`, in this file or in an included file".into()
    } else {
        // Another name admits other clients, so a person must choose it.
        suggest::help(text, &known).without_correction()
    };
    let message = format!("unknown {kind} `{}`", short(text));
    loading.report(at, DiagnosticCode::UnknownName, message, help);
}
