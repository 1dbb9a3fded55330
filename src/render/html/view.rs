//! The page as values, before it is HTML.

use std::collections::BTreeMap;

use super::anchor::Anchors;
use super::changes::ChangeRow;
use crate::model::{Access, RegistryId};
use crate::plan::{AccessPicture, RegistryFailure};
use crate::render::{Entry, safe};
use crate::spec::{Severity, Source};

/// Everything that a page says.
pub(super) struct PageView<'a> {
    /// The command that made the document.
    pub(super) command: &'static str,
    /// RFC 3339, UTC.
    pub(super) created: &'a str,
    /// What live state was compared with.
    pub(super) compared: &'a [String],
    /// The line that sums the document up.
    pub(super) summary: String,
    /// Commands to run next, each with what it is for.
    pub(super) next: Vec<(&'static str, &'a str)>,
    /// What the exit codes of the command mean.
    pub(super) exits: &'static str,
    pub(super) sides: &'static SideWords,
    /// The worst first.
    pub(super) cards: Vec<Card<'a>>,
    /// Subscriptions and names that could not be read.
    pub(super) unread: Vec<String>,
    /// Findings about no registry.
    pub(super) beside: Vec<Entry>,
}

/// The words for the two sides of a picture, and for clients that get another answer on the second one.
pub(super) struct SideWords {
    pub(super) names: [&'static str; 2],
    pub(super) gain: &'static str,
    pub(super) may_gain: &'static str,
    pub(super) lose: &'static str,
    pub(super) may_lose: &'static str,
}

/// One registry.
pub(super) struct Card<'a> {
    pub(super) id: &'a RegistryId,
    /// The name by which links find it.
    pub(super) anchor: String,
    pub(super) source: Option<&'a Source>,
    pub(super) level: Level,
    /// What is the case with it, in a word or two.
    pub(super) state: &'static str,
    /// The name of its access mode, or that it could not be read.
    pub(super) band: &'static str,
    /// The access mode in words, before and after.
    pub(super) mode: String,
    pub(super) picture: Option<AccessPicture>,
    /// Who gains and who loses access: a verb and the clients.
    pub(super) effects: Vec<(&'static str, String)>,
    pub(super) changes: Vec<ChangeRow>,
    /// Steps in their order, with what they cost a client.
    pub(super) steps: Vec<String>,
    pub(super) remarks: Vec<String>,
    pub(super) findings: Vec<Entry>,
}

/// The place of a registry among all, from the worst down.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Level {
    Error,
    Warning,
    /// Something changes or has changed as it should.
    Change,
    Note,
    Fine,
}

/// The band of registries whose access mode is not known.
pub(super) const NOT_READ: &str = "not read";

impl Level {
    pub(super) const ALL: [Self; 5] = [Self::Error, Self::Warning, Self::Change, Self::Note, Self::Fine];

    /// Returns the word that people read.
    pub(super) fn word(self) -> &'static str {
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

impl<'a> Card<'a> {
    /// Starts the card of a registry about which nothing else is known.
    pub(super) fn new(id: &'a RegistryId, source: Option<&'a Source>) -> Self {
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
    pub(super) fn unread(failure: &'a RegistryFailure) -> Self {
        Self {
            level: Level::Error,
            state: NOT_READ,
            ..Self::new(&failure.id, failure.source.as_ref())
        }
    }

    /// Gives the card its picture; the band is the mode of one of its sides.
    pub(super) fn with_picture(
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
pub(super) fn last_side(picture: &AccessPicture) -> &Access {
    picture.after.as_ref().unwrap_or(&picture.before)
}

/// Returns the mode before and after: `open → closed`.
pub(super) fn modes(before: &str, after: &str) -> String {
    match before == after {
        true => safe(after).into_owned(),
        false => format!("{} → {}", safe(before), safe(after)),
    }
}

/// Gives each card its findings and its anchor, and sorts the cards: the worst first, then by id. Returns the findings about
/// no registry, too.
pub(super) fn complete(mut cards: Vec<Card<'_>>, entries: Vec<Entry>) -> (Vec<Card<'_>>, Vec<Entry>) {
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
