//! Judges a disturbed run: it succeeded, it reported the failure truthfully, or it lied.

use ringfence::model::SubnetId;
use serde_json::Value;

use crate::access::fingerprint;
use crate::cases::Known;
use crate::rig::{Rig, Run};

/// The end of one point.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum End {
    Converged,
    Honest,
    /// The run reported something untrue, panicked, or did not end.
    Lie(String),
}

/// The results of a matrix, each with the name of its point.
pub(crate) type Results = [(String, End)];

/// Returns the number of points with this end.
pub(crate) fn count(results: &Results, end: &End) -> usize {
    results.iter().filter(|(_, found)| found == end).count()
}

/// Returns the lies as text.
pub(crate) fn lies(results: &Results) -> Vec<String> {
    let mut lies = Vec::new();
    for (at, end) in results {
        if let End::Lie(why) = end {
            lies.push(format!("{at}: {why}"));
        }
    }
    lies
}

/// Compares what a run says with the state that it left.
pub(crate) fn judge(known: &Known, rig: &Rig, run: &Run) -> End {
    let now = fingerprint(&rig.state());
    let lie = |why: &str| {
        End::Lie(format!(
            "{why}: exit {:?}\n{}{}",
            run.code, run.stdout, run.stderr
        ))
    };
    match run.code {
        _ if run.stderr.contains("panicked at") => lie("a panic"),
        Some(0) if now == known.wanted => End::Converged,
        Some(0) if now == without_left_out(&known.wanted, run) => End::Honest,
        Some(0) => lie("success that is not true"),
        Some(1 | 3) if now != known.before => lie("`nothing was written`, and something was"),
        Some(1 | 3 | 4) if !names_a_cause(run) => lie("no cause is named"),
        Some(1 | 3 | 4) => End::Honest,
        None => lie("the run did not end"),
        _ => lie("no exit code of the contract"),
    }
}

/// Returns the wanted state without the subnet rules that a restore says it has not brought back.
fn without_left_out(wanted: &Value, run: &Run) -> Value {
    let mut told = Vec::new();
    let report = serde_json::from_str(&run.stdout).unwrap_or_default();
    notes_of_left_out(&report, &mut told);
    let mut wanted = wanted.clone();
    for registry in wanted[0].as_array_mut().into_iter().flatten() {
        if let Some(rules) = registry["networkRuleSet"]["virtualNetworkRules"].as_array_mut() {
            rules.retain(|rule| !is_told(rule, &told));
        }
    }
    wanted
}

/// Returns true if one of these notes says that the rule is not brought back.
fn is_told(rule: &Value, told: &[String]) -> bool {
    let id = rule["virtualNetworkSubnetResourceId"]
        .as_str()
        .or(rule["id"].as_str());
    id.and_then(|id| SubnetId::parse(id).ok()).is_some_and(|subnet| {
        let start = format!("the rule of subnet {} is not restored", subnet.short());
        told.iter().any(|note| note.starts_with(&start))
    })
}

/// Collects what a report says of rules that are not brought back.
fn notes_of_left_out(value: &Value, told: &mut Vec<String>) {
    match value {
        Value::Object(object) if value["code"] == "not-restored" => {
            told.extend(object["message"].as_str().map(str::to_owned));
        }
        Value::Object(object) => object.values().for_each(|value| notes_of_left_out(value, told)),
        Value::Array(list) => list.iter().for_each(|value| notes_of_left_out(value, told)),
        _ => {}
    }
}

/// Returns true if the JSON names a cause: an error, a refusal or a deviation with a text.
fn names_a_cause(run: &Run) -> bool {
    serde_json::from_str::<Value>(&run.stdout).is_ok_and(|report| has_cause(&report))
}

fn has_cause(value: &Value) -> bool {
    match value {
        Value::Object(object) => {
            let said = ["error", "refusals", "deviations"]
                .iter()
                .filter_map(|key| object.get(*key))
                .any(has_message);
            said || object.values().any(has_cause)
        }
        Value::Array(list) => list.iter().any(has_cause),
        _ => false,
    }
}

fn has_message(value: &Value) -> bool {
    match value {
        Value::Array(list) => list.iter().any(has_message),
        _ => value["message"].as_str().is_some_and(|message| message.len() > 5),
    }
}
