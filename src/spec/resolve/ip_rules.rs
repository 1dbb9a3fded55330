//! `ipRules`: each range once, expired ones set apart.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::names::Facts;
use super::scope::Scope;
use super::values::bad_range;
use crate::model::Cidr;
use crate::spec::context::Context;
use crate::spec::diagnostic::Diagnostic;
use crate::spec::raw::RawIpRule;
use crate::spec::raw::deserialize::Spanned;
use crate::spec::types::WantedIp;
use crate::spec::yaml::node::At;

/// A wanted range and where it is written.
#[derive(Clone, Debug)]
pub(crate) struct Rule {
    pub at: At,
    pub cidr: Cidr,
}

/// What `ipRules` comes to.
#[derive(Debug, Default)]
pub(crate) struct Rules {
    pub wanted: Vec<WantedIp>,
    /// Places of `wanted`, in its order.
    pub rules: Vec<Rule>,
    pub expired: Vec<WantedIp>,
}

/// Reads `ipRules`: what is wanted, each range once, and what is not wanted any more.
pub(crate) fn ip_rules(ctx: &mut Context, scope: &Scope, entries: &[Spanned<RawIpRule>]) -> Rules {
    let mut list = RuleList::default();
    for entry in entries {
        match &entry.value {
            RawIpRule::Text(text) => {
                let text = Spanned {
                    at: entry.at,
                    value: text.clone(),
                };
                list.named_or_range(ctx, scope, &text);
            }
            RawIpRule::Detailed(raw) => {
                let facts =
                    Facts::read(ctx, [&raw.owner, &raw.reason, &raw.ticket], raw.expires.as_ref());
                match raw.cidr.value.parse() {
                    Ok(cidr) => list.add(ctx, raw.cidr.at, cidr, None, &facts),
                    Err(error) => bad_range(ctx, raw.cidr.at, &error),
                }
            }
        }
    }
    list.finish()
}

#[derive(Default)]
struct RuleList {
    found: Rules,
    seen: BTreeMap<Cidr, At>,
}

impl RuleList {
    fn named_or_range(&mut self, ctx: &mut Context, scope: &Scope, text: &Spanned<String>) {
        if let Some(network) = scope.network(&text.value) {
            if !ctx.spend(text.at, network.ranges.len()) {
                return;
            }
            for range in &network.ranges {
                self.add(
                    ctx,
                    range.at,
                    range.value,
                    Some(&network.name.value),
                    &network.facts,
                );
            }
            return;
        }
        match text.value.parse() {
            Ok(cidr) => self.add(ctx, text.at, cidr, None, &Facts::default()),
            Err(error) => scope.no_range(ctx, text, &error),
        }
    }

    fn add(&mut self, ctx: &mut Context, at: At, cidr: Cidr, network: Option<&Arc<str>>, facts: &Facts) {
        let wanted = WantedIp {
            cidr,
            source: Some(ctx.files.source(at)),
            network: network.cloned(),
            about: facts.about.clone(),
        };
        if facts.expired(ctx.today) {
            warn_expired(ctx, facts, at);
            self.found.expired.push(wanted);
        } else if let Some(first) = self.seen.insert(cidr, at) {
            self.seen.insert(cidr, first);
            warn_duplicate(ctx, cidr, at, first);
        } else {
            self.found.rules.push(Rule { at, cidr });
            self.found.wanted.push(wanted);
        }
    }

    /// A range that is wanted through another entry has not expired.
    fn finish(mut self) -> Rules {
        let mut gone = BTreeSet::new();
        self.found
            .expired
            .retain(|rule| !self.seen.contains_key(&rule.cidr) && gone.insert(rule.cidr));
        self.found
    }
}

fn warn_expired(ctx: &mut Context, facts: &Facts, at: At) {
    let Some(day) = facts.expires() else { return };
    let message = format!("expired on {day}: the rule is not wanted any more and goes");
    let help = "remove the entry, or move the day";
    ctx.warn(facts.expires_at.unwrap_or(at), "expired", message, help);
}

fn warn_duplicate(ctx: &mut Context, cidr: Cidr, at: At, first: At) {
    let found = Diagnostic::warning("duplicate-rule", format!("`{cidr}` is listed twice"));
    ctx.both(
        found.help("remove one of the two"),
        at,
        first,
        "listed here first",
    );
}
