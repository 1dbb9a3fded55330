//! Named networks and subnets, and which names a file sees.

use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;
use std::sync::Arc;

use jiff::civil::Date;

use super::context::Context;
use super::de::Spanned;
use super::diagnostic::Diagnostic;
use super::node::{At, short};
use super::raw::{RawGuardrails, RawNetwork, RawRegistry};
use super::suggest;
use super::types::About;
use crate::model::{Cidr, CidrError, SubnetId};

/// A named address set.
#[derive(Debug)]
pub(super) struct Network {
    pub name: Spanned<Arc<str>>,
    pub ranges: Vec<Spanned<Cidr>>,
    pub facts: Facts,
    /// Whether anything refers to it.
    pub used: Cell<bool>,
}

/// What is known about a rule, and where its last day is written.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Facts {
    pub about: About,
    pub expires_at: Option<At>,
}

/// A named subnet.
#[derive(Debug)]
pub(super) struct Subnet {
    pub name: Spanned<Arc<str>>,
    pub id: Spanned<SubnetId>,
    pub used: Cell<bool>,
}

/// What a file sees: its own content, and that of the files it includes.
#[derive(Clone, Debug, Default)]
pub(super) struct Scope {
    pub networks: BTreeMap<Arc<str>, Rc<Network>>,
    pub subnets: BTreeMap<Arc<str>, Rc<Subnet>>,
    pub defaults: RawRegistry,
    pub guardrails: RawGuardrails,
    /// Names that are defined, but wrongly: that was said, so their uses are not reported.
    pub broken: BTreeSet<String>,
    /// A file that belongs to it could not be read: any name may be in there.
    pub incomplete: bool,
}

/// What a text in `expect` or `ignore` stands for.
pub(super) enum Target {
    Ranges(Vec<Cidr>),
    Subnet(SubnetId),
}

impl Scope {
    /// Adds what an included file sees; what is here already wins.
    pub(super) fn include(&mut self, other: &Self, ctx: &mut Context) {
        for (name, network) in &other.networks {
            match self.networks.get(name) {
                Some(own) if !own.same(network) => {
                    conflict(ctx, "network", own.name.at, network.name.at, name)
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
                    conflict(ctx, "subnet", own.name.at, subnet.name.at, name);
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

    pub(super) fn network(&self, name: &str) -> Option<&Rc<Network>> {
        self.networks.get(name).inspect(|network| network.used.set(true))
    }

    pub(super) fn subnet(&self, name: &str) -> Option<&Rc<Subnet>> {
        self.subnets.get(name).inspect(|subnet| subnet.used.set(true))
    }

    /// Whether a name that is not known may be one that an earlier error took away.
    fn may_know(&self, name: &str) -> bool {
        self.incomplete || self.broken.contains(name)
    }

    /// Says why `text` stands for no addresses.
    pub(super) fn no_range(&self, ctx: &mut Context, text: &Spanned<String>, error: &CidrError) {
        if self.may_know(&text.value) {
            return;
        }
        if looks_like_address(&text.value) || !matches!(error, CidrError::Syntax { .. }) {
            return bad_range(ctx, text.at, error);
        }
        if self.subnets.contains_key(text.value.as_str()) {
            let message = format!("`{}` is a subnet, not a network", text.value);
            return ctx.error(text.at, "unknown-name", message, "list it under `subnets`");
        }
        let known: Vec<&str> = self.networks.keys().map(AsRef::as_ref).collect();
        unknown_name(ctx, text, "network", &known);
    }

    /// Reads an entry of `subnets:` in a registry.
    pub(super) fn subnet_id(
        &self,
        ctx: &mut Context,
        text: &Spanned<String>,
    ) -> Option<(Spanned<SubnetId>, Option<Arc<str>>)> {
        if let Some(subnet) = self.subnet(&text.value) {
            return Some((subnet.id.clone(), Some(subnet.name.value.clone())));
        }
        if text.value.starts_with('/') {
            return parse_subnet(ctx, text).map(|id| (id, None));
        }
        if self.may_know(&text.value) {
            return None;
        }
        if self.networks.contains_key(text.value.as_str()) || text.value.parse::<Cidr>().is_ok() {
            let message = format!("`{}` is a network, not a subnet", text.value);
            ctx.error(text.at, "unknown-name", message, "list it under `ipRules`");
        } else {
            let known: Vec<&str> = self.subnets.keys().map(AsRef::as_ref).collect();
            unknown_name(ctx, text, "subnet", &known);
        }
        None
    }

    /// Reads an entry of `expect` or `ignore`.
    pub(super) fn target(&self, ctx: &mut Context, text: &Spanned<String>) -> Option<Target> {
        match (self.network(&text.value), self.subnet(&text.value)) {
            (Some(network), Some(subnet)) => {
                let message = format!("`{}` names a network and a subnet", text.value);
                let found =
                    Diagnostic::error("ambiguous-name", message).help("give one of them another name");
                let found = found.also(ctx.files.place(network.name.at), "the network");
                ctx.both(found, text.at, subnet.name.at, "the subnet");
                None
            }
            (Some(network), None) => Some(Target::Ranges(
                network.ranges.iter().map(|range| range.value).collect(),
            )),
            (None, Some(subnet)) => Some(Target::Subnet(subnet.id.value.clone())),
            (None, None) => self.anonymous(ctx, text),
        }
    }

    fn anonymous(&self, ctx: &mut Context, text: &Spanned<String>) -> Option<Target> {
        if text.value.starts_with('/') {
            return parse_subnet(ctx, text).map(|id| Target::Subnet(id.value));
        }
        match text.value.parse() {
            Ok(range) => return Some(Target::Ranges(vec![range])),
            Err(_) if self.may_know(&text.value) => {}
            Err(error)
                if looks_like_address(&text.value) || !matches!(error, CidrError::Syntax { .. }) =>
            {
                bad_range(ctx, text.at, &error);
            }
            Err(_) => {
                let known: Vec<&str> = self
                    .networks
                    .keys()
                    .chain(self.subnets.keys())
                    .map(AsRef::as_ref)
                    .collect();
                unknown_name(ctx, text, "network or subnet", &known);
            }
        }
        None
    }
}

impl Network {
    /// Reads a definition. Ranges that are none are said and left out.
    pub(super) fn define(ctx: &mut Context, name: &Spanned<String>, raw: &Spanned<RawNetwork>) -> Self {
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

    fn same(&self, other: &Self) -> bool {
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
    pub(super) fn define(
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
    pub(super) fn read(
        ctx: &mut Context,
        words: [&Option<String>; 3],
        expires: Option<&Spanned<String>>,
    ) -> Self {
        let [owner, reason, ticket] = words.map(|word| word.as_deref().map(Arc::from));
        let day = expires.and_then(|text| parse_day(ctx, text));
        Self {
            about: About {
                owner,
                reason,
                ticket,
                expires: day,
            },
            expires_at: expires.map(|text| text.at),
        }
    }

    /// Whether the day has come.
    pub(super) fn expired(&self, today: Date) -> bool {
        self.about.expires.is_some_and(|day| today >= day)
    }
}

fn shared(name: &Spanned<String>) -> Spanned<Arc<str>> {
    Spanned {
        at: name.at,
        value: name.value.as_str().into(),
    }
}

/// Checks that a name can be told from an address and an id.
pub(super) fn check_name(ctx: &mut Context, name: &Spanned<String>) {
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

/// Whether a text was meant as an address, a range or an id rather than as a name.
fn looks_like_address(text: &str) -> bool {
    let numeric = text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    text.contains(['/', ':'])
        || (numeric && text.contains('.'))
        || text.parse::<Cidr>().is_ok()
        || (text.starts_with(|c: char| c.is_ascii_digit()) && text.matches('.').count() == 3)
        || text.trim().parse::<Cidr>().is_ok()
}

/// Says why a text is no range.
pub(super) fn bad_range(ctx: &mut Context, at: At, error: &CidrError) {
    let (code, help) = match error {
        CidrError::HostBits { corrected, .. } => ("host-bits", format!("write `{corrected}`")),
        CidrError::Ipv6(_) => (
            "ipv6",
            "use the public IPv4 address that the registry sees".to_owned(),
        ),
        CidrError::Syntax { .. } => (
            "bad-address",
            "write an address such as `203.0.113.7`, or a range such as `203.0.113.0/24`".to_owned(),
        ),
    };
    ctx.error(at, code, short_error(error), help);
}

/// The error's words; a text of megabytes is not repeated whole.
fn short_error(error: &CidrError) -> String {
    const MOST: usize = 300;
    let message = error.to_string();
    if message.len() <= MOST {
        message
    } else {
        "this text is not an IPv4 address or CIDR range".to_owned()
    }
}

fn parse_subnet(ctx: &mut Context, text: &Spanned<String>) -> Option<Spanned<SubnetId>> {
    match SubnetId::parse(&text.value) {
        Ok(value) => Some(Spanned { at: text.at, value }),
        Err(error) => {
            let help = "copy it from `az network vnet subnet show --query id`";
            ctx.error(text.at, "bad-id", short_id_error(&text.value, &error), help);
            None
        }
    }
}

/// The error's words; a text of megabytes is not repeated whole.
pub(super) fn short_id_error(text: &str, error: &crate::model::ResourceIdError) -> String {
    const MOST: usize = 1000;
    if text.len() <= MOST {
        error.to_string()
    } else {
        "this text is too long for a resource id".to_owned()
    }
}

fn parse_day(ctx: &mut Context, text: &Spanned<String>) -> Option<Date> {
    let day = has_day_shape(&text.value)
        .then(|| text.value.parse::<Date>().ok())
        .flatten();
    if day.is_none() {
        let message = format!("`{}` is not a day", short(&text.value));
        ctx.error(
            text.at,
            "bad-date",
            message,
            "write `YYYY-MM-DD`, such as `2027-03-31`",
        );
    }
    day
}

/// Whether a text is `YYYY-MM-DD` in shape. ISO 8601 has more ways to write a day, which editors would refuse.
fn has_day_shape(text: &str) -> bool {
    let fits = |(index, byte): (usize, u8)| match index {
        4 | 7 => byte == b'-',
        _ => byte.is_ascii_digit(),
    };
    text.len() == "2027-03-31".len() && text.bytes().enumerate().all(fits)
}

fn unknown_name(ctx: &mut Context, text: &Spanned<String>, kind: &str, known: &[&str]) {
    let message = format!("there is no {kind} named `{}`", short(&text.value));
    let help = if known.is_empty() {
        "define it under `networks` or `subnets`, in this file or in one that it includes".to_owned()
    } else {
        suggest::among(&text.value, known)
    };
    ctx.error(text.at, "unknown-name", message, help);
}

fn conflict(ctx: &mut Context, kind: &str, own: At, other: At, name: &str) {
    let message = format!("the {kind} `{name}` is defined twice, with different content");
    let found =
        Diagnostic::error("name-conflict", message).help("give one of them another name, or remove it");
    ctx.both(found, own, other, "the other definition");
}
