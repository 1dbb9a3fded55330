//! Named networks and subnets, and which names a file sees.

use std::cell::Cell;
use std::collections::BTreeSet;
use std::sync::Arc;

use jiff::civil::Date;

use super::values::{bad_range, looks_like_address, parse_day, parse_subnet};
use crate::model::{Cidr, SubnetId};
use crate::spec::context::Context;
use crate::spec::raw::RawNetwork;
use crate::spec::raw::deserialize::Spanned;
use crate::spec::types::About;
use crate::spec::yaml::node::{At, short};

/// A named address set.
#[derive(Debug)]
pub(crate) struct Network {
    pub name: Spanned<Arc<str>>,
    pub ranges: Vec<Spanned<Cidr>>,
    pub facts: Facts,
    /// Whether anything refers to it.
    pub used: Cell<bool>,
}

/// What is known about a rule, and where its last day is written.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Facts {
    /// Shared by every rule that it is about; `None` where nothing is known.
    pub about: Option<Arc<About>>,
    pub expires_at: Option<At>,
}

/// A named subnet.
#[derive(Debug)]
pub(crate) struct Subnet {
    pub name: Spanned<Arc<str>>,
    pub id: Spanned<SubnetId>,
    pub used: Cell<bool>,
}

impl Network {
    /// Reads a definition. Ranges that are none are said and left out.
    pub(crate) fn define(ctx: &mut Context, name: &Spanned<String>, raw: &Spanned<RawNetwork>) -> Self {
        let (cidrs, facts) = match &raw.value {
            RawNetwork::Ranges(cidrs) => (cidrs, Facts::default()),
            RawNetwork::Detailed(raw) => {
                let words = [&raw.owner, &raw.reason, &raw.ticket];
                (&raw.cidrs, Facts::read(ctx, words, raw.expires.as_ref()))
            }
        };
        let ranges = cidrs.iter().filter_map(|text| match text.value.parse() {
            Ok(value) => Some(Spanned { at: text.at, value }),
            Err(error) => {
                bad_range(ctx, text.at, &error);
                None
            }
        });
        let ranges = ranges.collect();
        Self {
            name: shared(name),
            ranges,
            facts,
            used: Cell::new(false),
        }
    }

    pub(crate) fn same(&self, other: &Self) -> bool {
        let ranges = |network: &Self| {
            network
                .ranges
                .iter()
                .map(|range| range.value)
                .collect::<BTreeSet<_>>()
        };
        self.facts.about == other.facts.about && ranges(self) == ranges(other)
    }
}

impl Subnet {
    /// Reads a definition.
    pub(crate) fn define(
        ctx: &mut Context,
        name: &Spanned<String>,
        raw: &Spanned<String>,
    ) -> Option<Self> {
        parse_subnet(ctx, raw).map(|id| Self {
            name: shared(name),
            id,
            used: Cell::new(false),
        })
    }
}

impl Facts {
    /// Takes over what is known about a rule: owner, reason, ticket, and the day from which it is not wanted.
    pub(crate) fn read(
        ctx: &mut Context,
        words: [&Option<String>; 3],
        expires: Option<&Spanned<String>>,
    ) -> Self {
        let [owner, reason, ticket] = words.map(|word| word.as_deref().map(Arc::from));
        let day = expires.and_then(|text| parse_day(ctx, text));
        let about = About {
            owner,
            reason,
            ticket,
            expires: day,
        };
        Self {
            about: (about != About::default()).then(|| Arc::new(about)),
            expires_at: expires.map(|text| text.at),
        }
    }

    /// Whether the day has come.
    pub(crate) fn expired(&self, today: Date) -> bool {
        self.expires().is_some_and(|day| today >= day)
    }

    /// The day from which on the rule is not wanted any more.
    pub(crate) fn expires(&self) -> Option<Date> {
        self.about.as_ref().and_then(|about| about.expires)
    }
}

fn shared(name: &Spanned<String>) -> Spanned<Arc<str>> {
    Spanned {
        at: name.at,
        value: name.value.as_str().into(),
    }
}

/// Checks that a name can be told from an address and an id.
pub(crate) fn check_name(ctx: &mut Context, name: &Spanned<String>) {
    let text = &name.value;
    if text.is_empty() || text.trim() != text || looks_like_address(text) {
        let message = format!(
            "`{}` cannot be a name: it could be taken for an address or an id",
            short(text)
        );
        ctx.error(
            name.at,
            "bad-name",
            message,
            "use letters, digits, `-` and `_`, such as `offices`",
        );
    }
}
