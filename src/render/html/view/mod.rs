//! The page as values, before it is HTML.

pub(in crate::render::html) mod audit;
pub(in crate::render::html) mod changes;
pub(in crate::render::html) mod plan;
pub(in crate::render::html) mod report;

use std::collections::BTreeMap;

use crate::model::{Access, RegistryId};
use crate::plan::{AccessPicture, RegistryFailure};
use crate::render::html::anchor::Anchors;
use crate::render::{Entry, safe};
use crate::spec::{Severity, Source};
use changes::ChangeRow;

/// Everything that a page says.
pub(in crate::render::html) struct PageView<'a> {
    /// The command that made the document.
    pub(in crate::render::html) command: &'static str,
    /// RFC 3339, UTC.
    pub(in crate::render::html) created: &'a str,
    /// What live state was compared with.
    pub(in crate::render::html) compared: &'a [String],
    /// The line that sums the document up.
    pub(in crate::render::html) summary: String,
    /// Commands to run next, each with what it is for.
    pub(in crate::render::html) next: Vec<(&'static str, &'a str)>,
    /// What the exit codes of the command mean.
    pub(in crate::render::html) exits: &'static str,
    pub(in crate::render::html) sides: &'static SideWords,
    /// The worst first.
    pub(in crate::render::html) cards: Vec<Card<'a>>,
    /// Findings about no registry, such as a subscription that could not be read.
    pub(in crate::render::html) beside: Vec<Entry>,
}

/// The words for the two sides of a picture, and for clients that get another answer on the second one.
pub(in crate::render::html) struct SideWords {
    pub(in crate::render::html) names: [&'static str; 2],
    pub(in crate::render::html) gain: &'static str,
    pub(in crate::render::html) may_gain: &'static str,
    pub(in crate::render::html) lose: &'static str,
    pub(in crate::render::html) may_lose: &'static str,
}

/// One registry.
pub(in crate::render::html) struct Card<'a> {
    pub(in crate::render::html) id: &'a RegistryId,
    /// The name by which links find it.
    pub(in crate::render::html) anchor: String,
    pub(in crate::render::html) source: Option<&'a Source>,
    pub(in crate::render::html) level: Level,
    /// What is the case with it, in a word or two.
    pub(in crate::render::html) state: &'static str,
    /// The name of its access mode, or that it could not be read.
    pub(in crate::render::html) band: &'static str,
    /// The access mode in words, before and after.
    pub(in crate::render::html) mode: String,
    pub(in crate::render::html) picture: Option<AccessPicture>,
    /// Who gains and who loses access: a verb and the clients.
    pub(in crate::render::html) effects: Vec<(&'static str, String)>,
    pub(in crate::render::html) changes: Vec<ChangeRow>,
    /// Steps in their order, with what they cost a client.
    pub(in crate::render::html) steps: Vec<String>,
    pub(in crate::render::html) remarks: Vec<String>,
    pub(in crate::render::html) findings: Vec<Entry>,
}

/// The place of a registry among all, from the worst down.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::render::html) enum Level {
    Error,
    Warning,
    /// Something changes or has changed as it should.
    Change,
    Note,
    Fine,
}

/// The band of registries whose access mode is not known.
pub(in crate::render::html) const NOT_READ: &str = "not read";

impl Level {
    pub(in crate::render::html) const ALL: [Self; 5] =
        [Self::Error, Self::Warning, Self::Change, Self::Note, Self::Fine];

    /// Returns the word that people read.
    pub(in crate::render::html) fn word(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
            Self::Change => "change",
            Self::Note => "note",
            Self::Fine => "fine",
        }
    }
}

impl From<Severity> for Level {
    fn from(severity: Severity) -> Self {
        match severity {
            Severity::Error => Self::Error,
            Severity::Warning => Self::Warning,
            Severity::Note => Self::Note,
        }
    }
}

impl PageView<'_> {
    /// Returns true if a rule finds something that is not accepted.
    pub(in crate::render::html) fn has_findings(&self) -> bool {
        let cards = self.cards.iter().flat_map(|card| &card.findings);
        cards.chain(&self.beside).any(|entry| entry.accepted.is_none())
    }
}

impl<'a> Card<'a> {
    /// Starts the card of a registry about which nothing else is known.
    pub(in crate::render::html) fn new(id: &'a RegistryId, source: Option<&'a Source>) -> Self {
        Self {
            id,
            anchor: String::new(),
            source,
            level: Level::Fine,
            state: "",
            band: NOT_READ,
            mode: String::new(),
            picture: None,
            effects: Vec::new(),
            changes: Vec::new(),
            steps: Vec::new(),
            remarks: Vec::new(),
            findings: Vec::new(),
        }
    }

    /// Makes the card of a registry that could not be read. The finding about it has the details.
    pub(in crate::render::html) fn unread(failure: &'a RegistryFailure) -> Self {
        Self {
            level: Level::Error,
            state: NOT_READ,
            ..Self::new(&failure.id, failure.source.as_ref())
        }
    }

    /// Gives the card its picture; the band is the mode of one of its sides.
    pub(in crate::render::html) fn with_picture(
        mut self,
        picture: AccessPicture,
        side: fn(&AccessPicture) -> &Access,
    ) -> Self {
        self.band = side(&picture).mode().name();
        self.picture = Some(picture);
        self
    }
}

/// Returns the state that a picture ends with.
pub(in crate::render::html) fn last_side(picture: &AccessPicture) -> &Access {
    picture.after.as_ref().unwrap_or(&picture.before)
}

/// Returns the mode before and after: `open → closed`.
pub(in crate::render::html) fn modes(before: &str, after: &str) -> String {
    match before == after {
        true => safe(after).into_owned(),
        false => format!("{} → {}", safe(before), safe(after)),
    }
}

/// Gives each card its findings and its anchor, and sorts the cards: the worst first, then by id. Returns the findings about
/// no registry, too.
pub(in crate::render::html) fn complete(
    mut cards: Vec<Card<'_>>,
    entries: Vec<Entry>,
) -> (Vec<Card<'_>>, Vec<Entry>) {
    let mut by_registry: BTreeMap<Option<RegistryId>, Vec<Entry>> = BTreeMap::new();
    for entry in entries {
        by_registry.entry(entry.registry.clone()).or_default().push(entry);
    }
    let mut anchors = Anchors::default();
    for card in &mut cards {
        card.anchor = anchors.of_registry(card.id);
        card.findings = by_registry.remove(&Some(card.id.clone())).unwrap_or_default();
        for finding in &card.findings {
            if finding.accepted.is_none() {
                card.level = card.level.min(finding.severity.into());
            }
        }
    }
    cards.sort_by(|a, b| (a.level, a.id).cmp(&(b.level, b.id)));
    (cards, by_registry.into_values().flatten().collect())
}
