//! Looks for every symptom in a block, with one automaton for all their words.

use std::collections::BTreeMap;

use aho_corasick::AhoCorasick;

use super::address::first_address;
use super::block::Block;
use super::clean::{squeezed, without_secrets};
use super::collect::{Findings, Sighting};
use super::speaker::{Speaker, Speakers};
use super::symptom::{Origin, Symptom};
use super::symptoms::{DONE, all_symptoms};

/// Bytes between words and those that must follow.
const NEAR: usize = 600;
/// Bytes of words that a verdict shows.
const MOST_WORDS: usize = 400;

/// The table of symptoms as an automaton.
pub(super) struct Scanner {
    automaton: AhoCorasick,
    /// For each text of the automaton, its parts in the symptoms.
    parts: Vec<Parts>,
    speakers: Speakers,
}

/// The symptoms that a text begins, and those that it completes.
#[derive(Default)]
struct Parts {
    begins: Vec<&'static Symptom>,
    completes: Vec<&'static Symptom>,
    /// True if it says that work with a registry went well.
    is_done: bool,
}

/// A text of the table in a block.
#[derive(Clone, Copy)]
struct Hit {
    text: usize,
    start: usize,
    end: usize,
}

impl Scanner {
    pub(super) fn new() -> Self {
        let mut texts: BTreeMap<String, Parts> = BTreeMap::new();
        for symptom in all_symptoms() {
            for words in symptom.words {
                texts.entry(squeezed(words)).or_default().begins.push(symptom);
            }
            for words in symptom.then {
                texts.entry(squeezed(words)).or_default().completes.push(symptom);
            }
        }
        for words in DONE {
            texts.entry(squeezed(words)).or_default().is_done = true;
        }
        Self {
            automaton: AhoCorasick::new(texts.keys())
                .expect("the table is far from the limits of an automaton"),
            parts: texts.into_values().collect(),
            speakers: Speakers::new(),
        }
    }

    /// Adds what a block shows.
    pub(super) fn scan(&self, block: &Block, findings: &mut Findings) {
        let mut hits = Vec::new();
        for found in self.automaton.find_overlapping_iter(block.squeezed()) {
            hits.push(Hit {
                text: found.pattern().as_usize(),
                start: found.start(),
                end: found.end(),
            });
        }
        hits.sort_by_key(|hit| hit.start);
        let mut done = None;
        for (at, hit) in hits.iter().enumerate() {
            if self.parts[hit.text].is_done {
                done = Some(hit.end);
            }
            for symptom in &self.parts[hit.text].begins {
                let Some(end) = self.end_of(symptom, *hit, &hits[at..]) else {
                    continue;
                };
                if let Some(sighting) = self.sighting(symptom, block, (hit.start, end), done) {
                    findings.add(symptom, sighting);
                }
            }
        }
    }

    /// Returns the end of a symptom that begins with `first`, if the words that must follow do, and no work went well between them.
    fn end_of(&self, symptom: &'static Symptom, first: Hit, hits: &[Hit]) -> Option<usize> {
        if symptom.then.is_empty() {
            return Some(first.end);
        }
        for hit in hits {
            let is_behind = hit.start >= first.end;
            if hit.start > first.end + NEAR || is_behind && self.parts[hit.text].is_done {
                return None;
            }
            let completes = &self.parts[hit.text].completes;
            if is_behind && completes.iter().any(|other| std::ptr::eq(*other, symptom)) {
                return Some(hit.end);
            }
        }
        None
    }

    /// Returns what one match says, unless it is about another service.
    fn sighting(
        &self,
        symptom: &Symptom,
        block: &Block,
        (start, end): (usize, usize),
        done: Option<usize>,
    ) -> Option<Sighting> {
        if block.was_seen(end) {
            return None;
        }
        let speaker = self.speakers.of(block, start, end, done);
        let fits = match symptom.origin {
            Origin::OnlyRegistries => speaker != Speaker::LookAlike,
            Origin::Unnamed => !matches!(speaker, Speaker::Other | Speaker::LookAlike | Speaker::Layers),
            Origin::Named => matches!(speaker, Speaker::Registry(_) | Speaker::Masked),
            Origin::Layers => {
                matches!(speaker, Speaker::Registry(_) | Speaker::Masked | Speaker::Layers)
            }
        };
        if !fits {
            return None;
        }
        let words = block.words(start, end.min(start + MOST_WORDS));
        Some(Sighting {
            line: block.line_number(start),
            address: first_address(&block.squeezed()[start..end]),
            // Some words begin with what parts them from the host.
            words: without_secrets(words.trim_start_matches([':', ' '])),
            speaker,
        })
    }
}
