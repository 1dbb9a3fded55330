//! Collects sightings into verdicts.

use std::collections::BTreeSet;
use std::net::IpAddr;

use super::speaker::Speaker;
use super::symptom::Symptom;
use crate::doctor::cause::Cause;
use crate::doctor::remedies::{Known, filled};
use crate::doctor::types::{Confidence, Seen, Verdict};

/// Places that a verdict shows. The rest are counted.
const MOST_SHOWN: usize = 3;
/// Lines that are remembered as counted. The next block of a log begins fewer lines before the end of the last one.
const MOST_REMEMBERED: usize = 8 * 1024;
/// Registries and addresses that a verdict names.
const MOST_NAMED: usize = 20;
/// Characters of the words of one place.
const MOST_WORDS: usize = 200;

/// One match in a log.
pub(super) struct Sighting {
    pub line: u64,
    /// The words that were recognised, without secrets.
    pub words: String,
    /// The client's address as the registry saw it.
    pub address: Option<IpAddr>,
    pub speaker: Speaker,
}

/// A registry and the address that it saw, as one place of the log names them.
type Pair = (Option<String>, Option<IpAddr>);

/// The causes found so far.
#[derive(Default)]
pub(super) struct Findings {
    found: Vec<Suspect>,
}

/// A cause, and what speaks for it.
struct Suspect {
    cause: &'static Cause,
    confidence: Confidence,
    seen: Vec<Seen>,
    times: u64,
    /// The last lines that were counted.
    counted: BTreeSet<u64>,
    registries: BTreeSet<String>,
    masked: bool,
    addresses: BTreeSet<IpAddr>,
    /// In the order of the log.
    pairs: Vec<Pair>,
}

impl Findings {
    /// Adds a sighting of a symptom to each of its causes.
    pub(super) fn add(&mut self, symptom: &Symptom, sighting: Sighting) {
        for (cause, confidence) in symptom.causes {
            let at = self.found.iter().position(|suspect| suspect.cause == *cause);
            let at = at.unwrap_or_else(|| {
                self.found.push(Suspect::new(cause));
                self.found.len() - 1
            });
            self.found[at].add(*confidence, &sighting);
        }
    }

    /// Returns the verdicts, the likeliest first.
    pub(super) fn verdicts(mut self, probed: &Known<'_>) -> Vec<Verdict> {
        // Sorting is stable: the first seen stays first among equals.
        self.found
            .sort_by_key(|suspect| std::cmp::Reverse(suspect.confidence));
        let found = self.found.into_iter();
        found.map(|suspect| suspect.verdict(probed)).collect()
    }
}

impl Suspect {
    fn new(cause: &'static Cause) -> Self {
        Self {
            cause,
            confidence: Confidence::Low,
            seen: Vec::new(),
            times: 0,
            counted: BTreeSet::new(),
            registries: BTreeSet::new(),
            masked: false,
            addresses: BTreeSet::new(),
            pairs: Vec::new(),
        }
    }

    fn add(&mut self, confidence: Confidence, sighting: &Sighting) {
        self.confidence = self.confidence.max(confidence);
        self.name(sighting);
        // Two symptoms can say the same of one line.
        if !self.counted.insert(sighting.line) {
            return;
        }
        // Sightings come almost in the order of their lines: an old line does not come again.
        if self.counted.len() > MOST_REMEMBERED {
            self.counted.pop_first();
        }
        self.times += 1;
        if self.seen.len() < MOST_SHOWN {
            let words: Vec<&str> = sighting.words.split_whitespace().collect();
            self.seen.push(Seen {
                line: sighting.line,
                text: words.join(" ").chars().take(MOST_WORDS).collect(),
            });
        }
    }

    /// Keeps the registry and the address of a sighting, together.
    fn name(&mut self, sighting: &Sighting) {
        let mut pair = (None, sighting.address);
        match &sighting.speaker {
            Speaker::Registry(host) if self.registries.len() < MOST_NAMED => {
                self.registries.insert(host.clone());
                pair.0 = Some(host.clone());
            }
            Speaker::Masked => self.masked = true,
            _ => {}
        }
        if self.addresses.len() < MOST_NAMED {
            self.addresses.extend(sighting.address);
        }
        if self.pairs.len() < MOST_NAMED && !self.pairs.contains(&pair) {
            self.pairs.push(pair);
        }
    }

    /// Returns the remedies, each for every pair that no other pair completes.
    fn remedies(&self, probed: &Known<'_>) -> Vec<String> {
        let mut remedies = Vec::new();
        for remedy in self.cause.remedies {
            for pair in &self.pairs {
                if self.pairs.iter().any(|other| completes(other, pair)) {
                    continue;
                }
                let host = pair.0.clone().or_else(|| probed.host.clone());
                let known = Known {
                    reading: probed.reading.filter(|_| host == probed.host),
                    host,
                    address: pair.1,
                    now: probed.now,
                };
                for remedy in filled(&known, [*remedy]) {
                    if !remedies.contains(&remedy) {
                        remedies.push(remedy);
                    }
                }
            }
        }
        remedies
    }

    fn verdict(self, probed: &Known<'_>) -> Verdict {
        Verdict {
            id: self.cause.id.to_owned(),
            also: self.cause.also.iter().map(|id| (*id).to_owned()).collect(),
            confidence: self.confidence,
            title: self.cause.title.to_owned(),
            cause: self.cause.why.to_owned(),
            masked: self.masked && self.registries.is_empty() && probed.host.is_none(),
            remedies: self.remedies(probed),
            registries: self.registries.into_iter().collect(),
            addresses: self.addresses.iter().map(IpAddr::to_string).collect(),
            steps: Vec::new(),
            facts: Vec::new(),
            seen: self.seen,
            times: self.times,
            link: self.cause.link.to_owned(),
        }
    }
}

/// Returns true if a pair says all that another one says, and more.
fn completes(pair: &Pair, other: &Pair) -> bool {
    pair != other && (other.0.is_none() || other.0 == pair.0) && (other.1.is_none() || other.1 == pair.1)
}
