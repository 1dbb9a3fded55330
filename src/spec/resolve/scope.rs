//! Which names a file sees, and what a text stands for there.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;
use std::sync::Arc;

use super::names::{NamedNetwork, NamedSubnet};
use super::values::{bad_range, looks_like_address, parse_subnet};
use crate::model::{Cidr, CidrError, SubnetId};
use crate::spec::diagnostic::{Diagnostic, Severity};
use crate::spec::loading::Loading;
use crate::spec::raw::deserialize::Spanned;
use crate::spec::raw::{RawGuardrails, RawRegistry};
use crate::spec::suggest::{self, MOST_KNOWN};
use crate::spec::types::Guardrails;
use crate::spec::yaml::node::{At, short};

/// What a file sees: its own content, and that of the files it includes.
#[derive(Clone, Debug, Default)]
pub(crate) struct FileScope {
    pub networks: BTreeMap<Arc<str>, Rc<NamedNetwork>>,
    pub subnets: BTreeMap<Arc<str>, Rc<NamedSubnet>>,
    pub defaults: RawRegistry,
    pub guardrails: RawGuardrails,
    /// `guardrails`, read.
    pub limits: Guardrails,
    /// Names that are defined, but wrongly: that was said, so their uses are not reported.
    pub broken: BTreeSet<String>,
    /// A file that belongs to it could not be read: any name may be in there.
    pub incomplete: bool,
}

/// What a text in `expect` or `ignore` stands for.
pub(crate) enum ResolvedEntry {
    Ranges(Vec<Cidr>),
    Subnet(SubnetId),
}

impl FileScope {
    /// Adds what an included file sees; what is here already wins.
    pub(crate) fn include(&mut self, other: &Self, loading: &mut Loading) {
        for (name, network) in &other.networks {
            match self.networks.get(name) {
                Some(own) if !own.same(network) => {
                    conflict(loading, "network", own.name.at, network.name.at, name)
                }
                Some(_) => {}
                None => {
                    self.networks.insert(name.clone(), network.clone());
                }
            }
        }
        for (name, subnet) in &other.subnets {
            match self.subnets.get(name) {
                Some(own) if own.id.value != subnet.id.value => {
                    conflict(loading, "subnet", own.name.at, subnet.name.at, name);
                }
                Some(_) => {}
                None => {
                    self.subnets.insert(name.clone(), subnet.clone());
                }
            }
        }
        self.defaults = std::mem::take(&mut self.defaults).or(&other.defaults);
        self.guardrails = std::mem::take(&mut self.guardrails).or(&other.guardrails);
        self.broken.extend(other.broken.iter().cloned());
        self.incomplete |= other.incomplete;
    }

    pub(crate) fn network(&self, name: &str) -> Option<&Rc<NamedNetwork>> {
        self.networks.get(name).inspect(|network| network.used.set(true))
    }

    pub(crate) fn subnet(&self, name: &str) -> Option<&Rc<NamedSubnet>> {
        self.subnets.get(name).inspect(|subnet| subnet.used.set(true))
    }

    /// Whether a name that is not known may be one that an earlier error took away.
    fn may_know(&self, name: &str) -> bool {
        self.incomplete || self.broken.contains(name)
    }

    /// Reports a text of `ipRules` that is neither a network nor a range.
    pub(crate) fn report_range(&self, loading: &mut Loading, at: At, text: &str, error: &CidrError) {
        if self.may_know(text) {
            return;
        }
        if looks_like_address(text) || !matches!(error, CidrError::Syntax { .. }) {
            return bad_range(loading, at, error);
        }
        if self.subnets.contains_key(text) {
            let message = format!("`{text}` is a subnet, not a network");
            return loading.error(at, "unknown-name", message, "list it under `subnets`");
        }
        let known: Vec<&str> = self.networks.keys().take(MOST_KNOWN).map(AsRef::as_ref).collect();
        unknown_name(loading, at, text, "network", &known);
    }

    /// Reads an entry of `subnets:` in a registry.
    pub(crate) fn subnet_id(
        &self,
        loading: &mut Loading,
        text: &Spanned<String>,
    ) -> Option<(Spanned<SubnetId>, Option<Arc<str>>)> {
        if let Some(subnet) = self.subnet(&text.value) {
            return Some((subnet.id.clone(), Some(subnet.name.value.clone())));
        }
        if text.value.starts_with('/') {
            return parse_subnet(loading, text).map(|id| (id, None));
        }
        if self.may_know(&text.value) {
            return None;
        }
        if self.networks.contains_key(text.value.as_str()) || text.value.parse::<Cidr>().is_ok() {
            let message = format!("`{}` is a network, not a subnet", text.value);
            loading.error(text.at, "unknown-name", message, "list it under `ipRules`");
        } else {
            let known: Vec<&str> = self.subnets.keys().take(MOST_KNOWN).map(AsRef::as_ref).collect();
            unknown_name(loading, text.at, &text.value, "subnet", &known);
        }
        None
    }

    /// Reads an entry of `expect` or `ignore`.
    pub(crate) fn target(&self, loading: &mut Loading, text: &Spanned<String>) -> Option<ResolvedEntry> {
        match (self.network(&text.value), self.subnet(&text.value)) {
            (Some(network), Some(subnet)) => {
                let message = format!("`{}` names a network and a subnet", text.value);
                let found =
                    Diagnostic::error("ambiguous-name", message).help("give one of them another name");
                let found = found.also(loading.files.place(network.name.at), "the network");
                loading.both(found, text.at, subnet.name.at, "the subnet");
                None
            }
            (Some(network), None) if !loading.spend(text.at, network.ranges.len()) => None,
            (Some(network), None) => Some(ResolvedEntry::Ranges(
                network.ranges.iter().map(|range| range.value).collect(),
            )),
            (None, Some(subnet)) => Some(ResolvedEntry::Subnet(subnet.id.value.clone())),
            (None, None) => self.anonymous(loading, text),
        }
    }

    fn anonymous(&self, loading: &mut Loading, text: &Spanned<String>) -> Option<ResolvedEntry> {
        if text.value.starts_with('/') {
            return parse_subnet(loading, text).map(|id| ResolvedEntry::Subnet(id.value));
        }
        match text.value.parse() {
            Ok(range) => return Some(ResolvedEntry::Ranges(vec![range])),
            Err(_) if self.may_know(&text.value) => {}
            Err(error)
                if looks_like_address(&text.value) || !matches!(error, CidrError::Syntax { .. }) =>
            {
                bad_range(loading, text.at, &error);
            }
            Err(_) => {
                let known: Vec<&str> = self
                    .networks
                    .keys()
                    .chain(self.subnets.keys())
                    .take(MOST_KNOWN)
                    .map(AsRef::as_ref)
                    .collect();
                unknown_name(loading, text.at, &text.value, "network or subnet", &known);
            }
        }
        None
    }
}

fn conflict(loading: &mut Loading, kind: &str, own: At, other: At, name: &str) {
    let message = format!("the {kind} `{name}` is defined twice, with different content");
    let found =
        Diagnostic::error("name-conflict", message).help("give one of them another name, or remove it");
    loading.both(found, own, other, "the other definition");
}

fn unknown_name(loading: &mut Loading, at: At, text: &str, kind: &str, known: &[&str]) {
    if loading.diagnostics.full(Severity::Error) {
        return loading.diagnostics.count(Severity::Error, 1);
    }
    let message = format!("there is no {kind} named `{}`", short(text));
    let help = if known.is_empty() {
        "define it under `networks` or `subnets`, in this file or in one that it includes".to_owned()
    } else {
        suggest::among(text, known)
    };
    loading.error(at, "unknown-name", message, help);
}
