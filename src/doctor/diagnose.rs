//! From facts to verdicts.

use std::net::IpAddr;

use super::cause::Cause;
use super::causes::{NC2, S19, UNKNOWN};
use super::facts::Observations;
use super::ladder::ladder;
use super::log::LogReading;
use super::remedies::{Known, filled};
use super::rules::{Evidence, Significance, explained, rules_for};
use super::steps::{blame, excuse, is_named};
use super::types::{Confidence, Diagnosis, FORMAT, Fact, Rung, RungStatus, Verdict};
use crate::plan::Answer;

/// Judges what the probes saw of a registry.
pub fn diagnose(facts: &Observations) -> Diagnosis {
    let (mut verdicts, mut notes, mut noted) = (Vec::new(), Vec::new(), Vec::new());
    let mut ladder = ladder(facts);
    for rule in rules_for(facts) {
        let Some(evidence) = (rule.find)(facts) else {
            continue;
        };
        match evidence.significance {
            Significance::Cause(confidence) => {
                let steps = blame(&mut ladder, rule.steps, confidence, rule.cause.title);
                let found = verdict(rule.cause, confidence, evidence, facts);
                add(&mut verdicts, Verdict { steps, ..found });
            }
            Significance::Note => {
                noted.extend(rule.steps);
                add(&mut notes, verdict(rule.cause, Confidence::High, evidence, facts));
            }
        }
    }
    excuse(&mut ladder, &noted, &verdicts);
    // A step that fails is a problem, also where no rule knows why.
    if let Some(evidence) = unexplained(&ladder, &verdicts) {
        let steps = evidence.facts.iter().map(|fact| fact.name.clone()).collect();
        let unknown = verdict(UNKNOWN, Confidence::Medium, evidence, facts);
        verdicts.push(Verdict { steps, ..unknown });
    }
    // What stops this machine is told once.
    notes.retain(|note: &Verdict| !verdicts.iter().any(|verdict| verdict.id == note.id));
    let mut diagnosis = Diagnosis {
        format: FORMAT.to_owned(),
        registry: Some(facts.host().unwrap_or_else(|| facts.name.registry.clone())),
        lines: None,
        verdicts,
        notes,
        unjudged: unjudged(&ladder),
        ladder,
    };
    diagnosis.sort();
    diagnosis
}

/// Judges what the probes saw of a registry, beside what a client printed.
pub fn diagnose_with_log(facts: &Observations, log: LogReading) -> Diagnosis {
    let mut of_log = log.beside(&known(facts, None));
    for verdict in &mut of_log.verdicts {
        beside_settings(verdict, facts);
    }
    diagnose(facts).with_log(of_log)
}

/// Adds what the settings say today of the addresses that a log says were refused. Where they admit all of them, the refusal is over, or a
/// new rule is not in effect yet.
fn beside_settings(verdict: &mut Verdict, facts: &Observations) {
    let host = facts.host();
    let refusal = [NC2.id, S19.id].contains(&verdict.id.as_str());
    let mut named = verdict.registries.iter();
    if !refusal || verdict.addresses.is_empty() || named.any(|named| Some(named) != host.as_ref()) {
        return;
    }
    let mut admitted = true;
    for address in &verdict.addresses {
        let explained = address.parse().ok().and_then(|address| explained(facts, address));
        let allows = explained
            .as_ref()
            .is_some_and(|one| one.answer == Answer::Allowed);
        admitted &= allows;
        if allows {
            let today = format!("today they admit {address}");
            verdict.facts.push(Fact::new("settings", today));
        }
    }
    if admitted {
        verdict.confidence = match verdict.id == S19.id {
            true => Confidence::Medium,
            false => Confidence::Low,
        };
    }
}

/// Returns the names of the steps that are not judged.
fn unjudged(ladder: &[Rung]) -> Vec<String> {
    let mut names = Vec::new();
    for rung in ladder {
        if rung.unjudged && rung.status == RungStatus::Skipped && !names.contains(&rung.name) {
            names.push(rung.name.clone());
        }
    }
    names
}

/// Returns the steps that fail and that no verdict explains.
fn unexplained(ladder: &[Rung], verdicts: &[Verdict]) -> Option<Evidence> {
    let mut found: Option<Evidence> = None;
    for rung in ladder {
        if rung.status == RungStatus::Failed && !is_named(rung, verdicts) {
            let so_far = found.unwrap_or_else(|| Evidence::cause(Confidence::Medium));
            found = Some(so_far.fact(&rung.name, &rung.result));
        }
    }
    found
}

/// Adds a verdict. Two rules may show one cause: the first says more, and both explain their steps.
fn add(verdicts: &mut Vec<Verdict>, verdict: Verdict) {
    let Some(known) = verdicts.iter_mut().find(|known| known.id == verdict.id) else {
        verdicts.push(verdict);
        return;
    };
    for step in verdict.steps {
        if !known.steps.contains(&step) {
            known.steps.push(step);
        }
    }
}

fn verdict(cause: &Cause, confidence: Confidence, evidence: Evidence, facts: &Observations) -> Verdict {
    let remedies = remedies(cause, &evidence, facts);
    Verdict {
        id: cause.id.to_owned(),
        also: cause.also.iter().map(|id| (*id).to_owned()).collect(),
        confidence,
        title: cause.title.to_owned(),
        cause: evidence.why.unwrap_or(cause.why).to_owned(),
        registries: Vec::new(),
        masked: false,
        addresses: evidence.address.iter().map(ToString::to_string).collect(),
        steps: Vec::new(),
        facts: evidence.facts,
        seen: Vec::new(),
        times: 0,
        remedies,
        link: cause.link.to_owned(),
    }
}

/// Returns the remedies for this case, and then those of the cause, each once.
fn remedies(cause: &Cause, evidence: &Evidence, facts: &Observations) -> Vec<String> {
    let known = known(facts, evidence.address);
    let mut all = filled(&known, evidence.remedies.iter().map(String::as_str));
    if !evidence.only_these {
        all.extend(filled(&known, cause.remedies.iter().copied()));
    }
    let mut remedies = Vec::new();
    for remedy in all {
        if !remedies.contains(&remedy) {
            remedies.push(remedy);
        }
    }
    remedies
}

/// Returns what remedies are filled with: the registry, and the address that it saw.
fn known(facts: &Observations, address: Option<IpAddr>) -> Known<'_> {
    Known {
        host: facts.host(),
        reading: facts.reading(),
        address,
        now: facts.now,
    }
}

impl Diagnosis {
    /// Adds what a log speaks of. A cause that was probed too gets the places of the log, unless the log names another
    /// registry or another client.
    #[must_use]
    fn with_log(mut self, log: Self) -> Self {
        self.lines = log.lines;
        for verdict in log.verdicts {
            let registry = self.registry.as_deref();
            let mut probed = self.verdicts.iter_mut();
            match probed.find(|known| known.id == verdict.id && is_about(&verdict, known, registry)) {
                Some(known) => {
                    known.confidence = known.confidence.max(verdict.confidence);
                    known.registries = verdict.registries;
                    known.masked = verdict.masked;
                    known.seen = verdict.seen;
                    known.times = verdict.times;
                }
                None => self.verdicts.push(verdict),
            }
        }
        self.sort();
        self
    }

    /// Sorts the verdicts by confidence. Sorting is stable: among equals, what was found first stays first. A step that fails for a
    /// reason that is not known comes before the causes of later steps, which its client does not reach.
    fn sort(&mut self) {
        self.verdicts
            .sort_by_key(|verdict| std::cmp::Reverse(verdict.confidence));
        let Some(at) = self.verdicts.iter().position(|verdict| verdict.id == UNKNOWN.id) else {
            return;
        };
        let unknown = self.verdicts.remove(at);
        let own = self.first_step(&unknown);
        let mut others = self.verdicts.iter();
        let later = others.position(|other| self.first_step(other) > own);
        self.verdicts.insert(later.unwrap_or(at).min(at), unknown);
    }

    /// Returns the place of the first step that a verdict explains. Without one it is `None`, which comes before all.
    fn first_step(&self, verdict: &Verdict) -> Option<usize> {
        let mut ladder = self.ladder.iter();
        ladder.position(|rung| verdict.steps.contains(&rung.name))
    }
}

/// Returns true if a verdict of a log names no registry and no address beside those of a probed verdict.
fn is_about(of_log: &Verdict, probed: &Verdict, registry: Option<&str>) -> bool {
    let mut registries = of_log.registries.iter();
    let mut addresses = of_log.addresses.iter();
    registries.all(|named| registry.is_some_and(|probed| probed.eq_ignore_ascii_case(named)))
        && addresses.all(|address| probed.addresses.contains(address))
}
