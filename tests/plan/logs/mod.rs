//! The matcher of `doctor --log` over texts that clients print: known problems in realistic surroundings, and innocent
//! or similar texts of other services.

mod innocent;
mod known;
mod known_tools;
mod page;
mod properties;
mod surroundings;

use ringfence::doctor::{Diagnosis, read_log};

use innocent::INNOCENT;
use known::{KNOWN, Known};
use known_tools::KNOWN_TOOLS;
use surroundings::Surroundings;

fn diagnosed(log: &str) -> Diagnosis {
    read_log(log.as_bytes())
        .expect("memory is always readable")
        .diagnosis()
}

/// Returns all texts of known problems.
fn known_texts() -> impl Iterator<Item = &'static Known> {
    KNOWN.iter().chain(KNOWN_TOOLS)
}

/// Returns the ids of the verdicts, the likeliest first.
fn ids(log: &str) -> Vec<String> {
    diagnosed(log)
        .verdicts
        .into_iter()
        .map(|verdict| verdict.id)
        .collect()
}

#[test]
fn each_known_text_has_its_cause_and_no_forbidden_one() {
    for (log, wanted, forbidden) in known_texts() {
        let found = ids(log);
        for id in *wanted {
            assert!(
                found.iter().any(|found| found == id),
                "{id} not in {found:?}: {log}"
            );
        }
        for id in *forbidden {
            assert!(!found.iter().any(|found| found == id), "{id} in {found:?}: {log}");
        }
        // What is likeliest is one of the wanted causes.
        assert!(
            wanted.contains(&found[0].as_str()),
            "{} comes first: {log}",
            found[0]
        );
    }
}

#[test]
fn innocent_texts_have_no_cause() {
    for log in INNOCENT {
        assert_eq!(ids(log), Vec::<String>::new(), "{log}");
    }
}

/// Counts over all texts in all surroundings. A known text counts as found if its likeliest cause is a wanted one.
#[test]
fn recall_and_precision_stay_high_in_all_surroundings() {
    let (mut known, mut found, mut wrong) = (0, 0, Vec::new());
    for surroundings in Surroundings::ALL {
        for (log, wanted, forbidden) in known_texts() {
            let log = surroundings.around(log);
            let ids = ids(&log);
            known += 1;
            match ids.first() {
                Some(first) if wanted.contains(&first.as_str()) => found += 1,
                Some(_) => wrong.push(log.clone()),
                None => println!("not found: {log}"),
            }
            if ids.iter().any(|id| forbidden.contains(&id.as_str())) {
                wrong.push(log);
            }
        }
        for log in INNOCENT {
            let log = surroundings.around(log);
            if !ids(&log).is_empty() {
                wrong.push(log);
            }
        }
    }
    let innocent = INNOCENT.len() * Surroundings::ALL.len();
    let recall = f64::from(found) / f64::from(known);
    let precision = f64::from(found) / (f64::from(found) + wrong.len() as f64);
    println!(
        "{known} known texts, {innocent} innocent ones: recall {recall:.3}, precision {precision:.3}"
    );
    let texts = (known_texts().count() + INNOCENT.len()) * Surroundings::ALL.len();
    assert!(texts >= 300 && INNOCENT.len() >= 100);
    assert!(recall >= 0.97, "recall {recall}");
    assert!(precision >= 0.99, "precision {precision}: {wrong:#?}");
}
