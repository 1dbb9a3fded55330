//! Named networks and named subnets, as a file defines them.

use std::cell::Cell;
use std::collections::BTreeSet;
use std::sync::Arc;

use jiff::civil::Date;

use super::values::{bad_range, looks_like_address, parse_day, parse_subnet};
use crate::model::{Cidr, SubnetId};
use crate::spec::diagnostic_code::DiagnosticCode;
use crate::spec::loading::Loading;
use crate::spec::raw::deserialize::Spanned;
use crate::spec::raw::{RawNetwork, RawSubnet};
use crate::spec::types::{KnownNetwork, RuleInfo};
use crate::spec::yaml::node::short;
use crate::spec::yaml::place::At;

/// A named address set.
#[derive(Debug)]
pub(crate) struct NamedNetwork {
    pub name: Spanned<Arc<str>>,
    pub ranges: Vec<Spanned<Cidr>>,
    pub info: PlacedInfo,
    /// True once an entry refers to the network.
    pub used: Cell<bool>,
}

/// A named subnet.
#[derive(Debug)]
pub(crate) struct NamedSubnet {
    pub name: Spanned<Arc<str>>,
    pub id: Spanned<SubnetId>,
    /// Entries of `egress`, as they are written. `None` if the key is not given.
    pub egress: Option<Vec<Spanned<String>>>,
    /// True once an entry refers to the subnet.
    pub used: Cell<bool>,
}

/// A [`RuleInfo`] and the place of its `expires`.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct PlacedInfo {
    /// Shared by every rule that it describes. `None` if no key is given.
    pub info: Option<Arc<RuleInfo>>,
    pub expires_at: Option<At>,
}

impl NamedNetwork {
    /// Reads a definition. Reports invalid ranges and leaves them out.
    pub(crate) fn define(
        loading: &mut Loading,
        name: &Spanned<String>,
        raw: &Spanned<RawNetwork>,
    ) -> Self {
        let (cidrs, info) = match &raw.value {
            RawNetwork::Ranges(cidrs) => (cidrs, PlacedInfo::default()),
            RawNetwork::Detailed(raw) => {
                let words = [&raw.owner, &raw.reason, &raw.ticket];
                (&raw.cidrs, PlacedInfo::read(loading, words, raw.expires.as_ref()))
            }
        };
        let mut ranges = Vec::with_capacity(cidrs.len());
        for text in cidrs {
            match text.value.parse() {
                Ok(value) => ranges.push(Spanned { at: text.at, value }),
                Err(error) => bad_range(loading, text.at, &error),
            }
        }
        Self {
            name: shared(name),
            ranges,
            info,
            used: Cell::new(false),
        }
    }

    /// Returns true if both networks have the same ranges and the same information.
    pub(crate) fn same(&self, other: &Self) -> bool {
        self.info.info == other.info.info && self.range_set() == other.range_set()
    }

    /// Returns the network without its places.
    pub(crate) fn known(&self) -> KnownNetwork {
        KnownNetwork {
            name: self.name.value.clone(),
            ranges: self.ranges.iter().map(|range| range.value).collect(),
            info: self.info.info.clone(),
        }
    }

    fn range_set(&self) -> BTreeSet<Cidr> {
        self.ranges.iter().map(|range| range.value).collect()
    }
}

impl NamedSubnet {
    /// Reads a definition. Reports an invalid id and returns `None`.
    pub(crate) fn define(
        loading: &mut Loading,
        name: &Spanned<String>,
        raw: &Spanned<RawSubnet>,
    ) -> Option<Self> {
        let (written, egress) = match &raw.value {
            RawSubnet::Id(value) => {
                let value = value.clone();
                (Spanned { at: raw.at, value }, None)
            }
            RawSubnet::Detailed(raw) => (raw.id.clone(), raw.egress.clone()),
        };
        Some(Self {
            name: shared(name),
            id: parse_subnet(loading, &written)?,
            egress,
            used: Cell::new(false),
        })
    }

    /// Returns true if both subnets have the same id and the same entries of `egress`.
    pub(crate) fn same(&self, other: &Self) -> bool {
        self.id.value == other.id.value && self.written_egress() == other.written_egress()
    }

    fn written_egress(&self) -> Option<BTreeSet<&str>> {
        let entries = self.egress.as_ref()?;
        Some(entries.iter().map(|entry| entry.value.as_str()).collect())
    }
}

/// Returns a text that says something. An empty one or one of blanks counts as missing.
fn said(text: &Option<String>) -> Option<Arc<str>> {
    let text = text.as_deref()?;
    (!text.trim().is_empty()).then(|| Arc::from(text))
}

impl PlacedInfo {
    /// Reads `owner`, `reason` and `ticket`, in this order, and `expires`.
    pub(crate) fn read(
        loading: &mut Loading,
        words: [&Option<String>; 3],
        expires: Option<&Spanned<String>>,
    ) -> Self {
        let [owner, reason, ticket] = words.map(said);
        let info = RuleInfo {
            owner,
            reason,
            ticket,
            expires: expires.and_then(|text| parse_day(loading, text)),
        };
        // Rules share the information, because a network can have many ranges.
        let known = info != RuleInfo::default();
        Self {
            info: known.then(|| Arc::new(info)),
            expires_at: expires.map(|text| text.at),
        }
    }

    /// Returns true from the day in `expires` on.
    pub(crate) fn expired(&self, today: Date) -> bool {
        self.expires().is_some_and(|day| today >= day)
    }

    /// Returns the day from which on the rule is no longer wanted.
    pub(crate) fn expires(&self) -> Option<Date> {
        self.info.as_ref()?.expires
    }
}

fn shared(name: &Spanned<String>) -> Spanned<Arc<str>> {
    Spanned {
        at: name.at,
        value: name.value.as_str().into(),
    }
}

/// Reports a name that could be read as an address or a resource id.
pub(crate) fn check_name(loading: &mut Loading, name: &Spanned<String>) {
    let text = &name.value;
    if text.is_empty() || text.trim() != text || looks_like_address(text) {
        let message = format!(
            "invalid name `{}`: it could be taken for an address or an id",
            short(text)
        );
        let help = "use letters, digits, `-` and `_`, such as `offices`";
        loading.report(name.at, DiagnosticCode::BadName, message, help);
    }
}
