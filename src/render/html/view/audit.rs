//! The view of an audit.

use std::collections::BTreeMap;

use super::{Card, Level, PageView, SideWords, complete};
use crate::audit::{Audit, AuditState, AuditedRegistry};
use crate::model::{Access, RegistryId};
use crate::plan::AccessPicture;
use crate::render::text::{self, against_spec};
use crate::render::{Entry, safe};

/// What the exit codes of `audit` mean.
const EXITS: &str = "0: in sync, and no finding at or over `--fail-on`. 2: drift, or such a finding. 1: something could not \
                     be compared.";

const SIDES: SideWords = SideWords {
    names: ["live", "spec"],
    gain: "Shut out against the spec",
    may_gain: "May be shut out against the spec",
    lose: "Get in against the spec",
    may_lose: "May get in against the spec",
};
const SINCE: SideWords = SideWords {
    names: ["live", "before"],
    gain: "Have lost access",
    may_gain: "May have lost access",
    lose: "Have gained access",
    may_lose: "May have gained access",
};

/// Returns what a page says about an audit.
pub(in crate::render::html) fn view(
    audit: &Audit,
    entries: Vec<Entry>,
    summary: String,
) -> PageView<'_> {
    let mut writers: BTreeMap<&RegistryId, _> = BTreeMap::new();
    for finding in &audit.findings {
        if let Some(last) = &finding.last_modified {
            writers.insert(&finding.registry, last);
        }
    }
    let mut cards = Vec::new();
    for registry in &audit.registries {
        let mut card = card(registry, &audit.since);
        let last = writers.get(&registry.id);
        card.remarks.extend(
            last.map(|last| text::changed_last(&last.at, &last.by, &last.by_type, &audit.created)),
        );
        cards.push(card);
    }
    cards.extend(audit.failures.iter().map(Card::unread));
    let since = !audit.since.is_empty();
    let next = audit.next.as_deref();
    let (cards, beside) = complete(cards, entries);
    PageView {
        command: "audit",
        created: &audit.created,
        compared: if since { &audit.since } else { &audit.specs },
        summary,
        next: next
            .map(|command| ("See what an apply would change", command))
            .into_iter()
            .collect(),
        exits: EXITS,
        sides: if since { &SINCE } else { &SIDES },
        cards,
        beside,
    }
}

fn card<'a>(registry: &'a AuditedRegistry, since: &[String]) -> Card<'a> {
    let level = match registry.state {
        AuditState::InSync | AuditState::NoSpec => Level::Fine,
        AuditState::Drifted => Level::Warning,
        AuditState::BreaksExpectation | AuditState::NotCompared => Level::Error,
    };
    Card {
        level,
        state: text::state_of_audit(registry.state, since),
        mode: safe(&registry.mode).into_owned(),
        effects: against_spec(&registry.access),
        ..Card::new(&registry.id, registry.source.as_ref())
    }
    .with_picture(registry.picture.clone(), live)
}

fn live(picture: &AccessPicture) -> &Access {
    &picture.before
}
