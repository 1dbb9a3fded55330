//! From facts to verdicts.

use super::cause::Cause;
use super::causes::UNKNOWN;
use super::facts::Observations;
use super::ladder::ladder;
use super::remedy::Known;
use super::rules::{Evidence, Significance, all_rules};
use super::step::Step;
use super::types::{Confidence, Diagnosis, FORMAT, Rung, RungStatus, Verdict};

/// Judges what the probes saw of a registry.
pub fn diagnose(facts: &Observations) -> Diagnosis {
    let (mut verdicts, mut notes) = (Vec::new(), Vec::new());
    let mut ladder = ladder(facts);
    for rule in all_rules() {
        let Some(mut evidence) = (rule.find)(facts) else {
            continue;
        };
        match evidence.significance {
            Significance::Cause(confidence) => {
                if evidence.steps.is_empty() {
                    evidence.steps.push(rule.step);
                }
                for step in &evidence.steps {
                    blame(&mut ladder, *step, confidence);
                }
                add(&mut verdicts, verdict(rule.cause, confidence, evidence, facts));
            }
            Significance::Note => {
                evidence.steps.clear();
                add(&mut notes, verdict(rule.cause, Confidence::High, evidence, facts))
            }
        }
    }
    // A step that fails is a problem, also where no rule knows why.
    if verdicts.is_empty()
        && let Some(evidence) = unexplained(&ladder)
    {
        add(&mut verdicts, verdict(UNKNOWN, Confidence::Low, evidence, facts));
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

/// Gives the step of a cause its sign: it does not hold, or is not judged where the cause is only less likely. Of several steps
/// of one kind, those that hold stay as they are, if there is another one.
fn blame(ladder: &mut [Rung], step: Step, confidence: Confidence) {
    let mut named: Vec<&mut Rung> = ladder.iter_mut().filter(|rung| rung.step == step).collect();
    let statuses: Vec<RungStatus> = named.iter().map(|rung| rung.status).collect();
    let least = match confidence {
        Confidence::Low => RungStatus::Skipped,
        Confidence::Medium | Confidence::High => RungStatus::Failed,
    };
    if statuses.contains(&RungStatus::Failed) || statuses.contains(&least) {
        return;
    }
    let open = statuses.contains(&RungStatus::Skipped);
    for rung in &mut named {
        if !open || rung.status == RungStatus::Skipped {
            rung.status = least;
        }
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

/// Returns the steps that failed.
fn unexplained(ladder: &[Rung]) -> Option<Evidence> {
    let mut found: Option<Evidence> = None;
    for rung in ladder {
        if rung.status == RungStatus::Failed {
            let so_far = found.unwrap_or_else(|| Evidence::cause(Confidence::Low));
            found = Some(so_far.at(rung.step).fact(&rung.name, &rung.result));
        }
    }
    found
}

/// Adds a verdict. Two rules may show one cause: the first says more.
fn add(verdicts: &mut Vec<Verdict>, verdict: Verdict) {
    match verdicts.iter_mut().find(|known| known.id == verdict.id) {
        None => verdicts.push(verdict),
        Some(known) => {
            for step in verdict.steps {
                if !known.steps.contains(&step) {
                    known.steps.push(step);
                }
            }
        }
    }
}

fn verdict(cause: &Cause, confidence: Confidence, evidence: Evidence, facts: &Observations) -> Verdict {
    let remedies = remedies(cause, &evidence, facts);
    Verdict {
        id: cause.id.to_owned(),
        also: cause.also.iter().map(|id| (*id).to_owned()).collect(),
        confidence,
        steps: evidence.steps.iter().map(|step| step.name().to_owned()).collect(),
        title: cause.title.to_owned(),
        cause: evidence.why.unwrap_or(cause.why).to_owned(),
        registries: Vec::new(),
        masked: false,
        addresses: evidence.address.iter().map(ToString::to_string).collect(),
        facts: evidence.facts,
        seen: Vec::new(),
        times: 0,
        remedies,
        link: cause.link.to_owned(),
    }
}

/// Returns the remedies for this case, and then those of the cause, each once.
fn remedies(cause: &Cause, evidence: &Evidence, facts: &Observations) -> Vec<String> {
    let reading = facts.reading();
    let known = Known {
        host: facts.host(),
        subscription: reading.map(|reading| reading.registry.id.subscription().to_owned()),
        address: evidence.address,
    };
    let mut all = Vec::new();
    for remedy in &evidence.remedies {
        all.extend(known.all_filled(&[remedy]));
    }
    if !evidence.only_these {
        all.extend(known.all_filled(cause.remedies));
    }
    let mut remedies = Vec::new();
    for remedy in all {
        if !remedies.contains(&remedy) {
            remedies.push(remedy);
        }
    }
    remedies
}

impl Diagnosis {
    /// Adds what a log speaks of. A cause that was probed too gets the places of the log, unless the log names another
    /// registry or another client.
    #[must_use]
    pub fn with_log(mut self, log: Self) -> Self {
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

    /// Sorts the verdicts by confidence. Sorting is stable: among equals, what was found first stays first.
    fn sort(&mut self) {
        self.verdicts
            .sort_by_key(|verdict| std::cmp::Reverse(verdict.confidence));
    }
}

/// Returns true if a verdict of a log names no registry and no address beside those of a probed verdict.
fn is_about(of_log: &Verdict, probed: &Verdict, registry: Option<&str>) -> bool {
    let mut registries = of_log.registries.iter();
    let mut addresses = of_log.addresses.iter();
    registries.all(|named| registry.is_some_and(|probed| probed.eq_ignore_ascii_case(named)))
        && addresses.all(|address| probed.addresses.contains(address))
}
