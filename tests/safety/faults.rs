//! For every fault at every request, a run succeeds or reports the failure truthfully.

use std::time::Duration;

use crate::access::fingerprint;
use crate::cases::{Case, Known, all};
use crate::matrix::sample;
use crate::pool;
use crate::rig::{Rig, Run};
use ringfence::sandbox::{Effect, Fault, StatusFault};
use serde_json::{Value, json};

/// The end of one point.
#[derive(Clone, Debug, PartialEq, Eq)]
enum End {
    Converged,
    Honest,
    /// The run reported something untrue.
    Lie(String),
}

fn status(status: u16, processed: bool) -> Effect {
    Effect::Status(StatusFault {
        status,
        retry_after: Some(0),
        code: None,
        message: None,
        processed,
    })
}

fn named(status: u16, code: &str) -> Effect {
    Effect::Status(StatusFault {
        status,
        retry_after: Some(0),
        code: Some(code.to_owned()),
        message: Some("on purpose".to_owned()),
        processed: false,
    })
}

/// Every fault of the sandbox, with a name for the report. None causes a long wait.
fn faults() -> Vec<(&'static str, Effect)> {
    let modify = |properties: Value| Effect::PolicyModify {
        set: json!({"properties": properties}),
    };
    let later = StatusFault {
        status: 429,
        retry_after: Some(3600),
        code: None,
        message: None,
        processed: false,
    };
    vec![
        ("400", named(400, "BadRequest")),
        ("401 expired token", Effect::ExpiredToken),
        ("403", named(403, "AuthorizationFailed")),
        ("403 join", named(403, "LinkedAuthorizationFailed")),
        ("403 processed", status(403, true)),
        ("404", named(404, "ResourceNotFound")),
        ("404 processed", status(404, true)),
        ("409 processed", status(409, true)),
        ("409", named(409, "RegistryStatusConflict")),
        ("409 another operation", named(409, "AnotherOperationInProgress")),
        ("412", named(412, "PreconditionFailed")),
        ("429", status(429, false)),
        ("429 in an hour", Effect::Status(later)),
        ("500", status(500, false)),
        ("500 processed", status(500, true)),
        ("502", status(502, false)),
        ("503 processed", status(503, true)),
        ("504", status(504, false)),
        ("504 processed", status(504, true)),
        ("reset", Effect::Reset),
        ("reset after", Effect::ResetAfter),
        ("slow", Effect::Slow(Duration::from_secs(3600))),
        ("truncate", Effect::Truncate),
        ("garbage", Effect::Garbage),
        ("operation", Effect::Lro { polls: 1 }),
        (
            "operation fails",
            Effect::LroFailed {
                code: "Conflict".to_owned(),
                message: "on purpose".to_owned(),
            },
        ),
        ("operation hangs", Effect::LroStuck),
        ("lost write", Effect::LostWrite),
        (
            "policy modifies public access",
            modify(json!({"publicNetworkAccess": "Disabled"})),
        ),
        (
            "policy modifies default action",
            modify(json!({"networkRuleSet": {"defaultAction": "Allow"}})),
        ),
        (
            "policy denies",
            Effect::PolicyDeny {
                policy: "no-open-registries".to_owned(),
            },
        ),
        ("clear omitted lists", Effect::ClearOmittedLists),
    ]
}

#[test]
fn every_fault_at_every_request_is_reported_truthfully() {
    let known = pool::each(all(), Case::known);
    let faults = faults();
    let mut points = Vec::new();
    for known in &known {
        for nth in 1..=known.requests {
            points.extend(faults.iter().map(|fault| (known, nth, fault)));
        }
    }
    let whole = points.len();
    // The step is not a multiple of the number of faults, so every fault meets every kind of request.
    let results = pool::each(sample(points, 23), |(known, nth, fault)| {
        let end = try_point(known, nth, fault);
        (
            format!("{} at request {nth} of {}", fault.0, known.case.name),
            end,
        )
    });
    let count = |end: &End| results.iter().filter(|(_, found)| found == end).count();
    let lies: Vec<String> = results.iter().filter_map(lie).collect();
    println!(
        "fault matrix: {} tried, {} converged, {} failed honestly, {} lies ({whole} in all, {} kinds of fault)",
        results.len(),
        count(&End::Converged),
        count(&End::Honest),
        lies.len(),
        faults.len(),
    );
    assert!(lies.is_empty(), "{}", lies.join("\n"));
}

fn lie((at, end): &(String, End)) -> Option<String> {
    match end {
        End::Lie(why) => Some(format!("{at}: {why}")),
        End::Converged | End::Honest => None,
    }
}

fn try_point(known: &Known, nth: u64, (_, effect): &(&str, Effect)) -> End {
    let case = &known.case;
    let fault = Fault::new(effect.clone()).nth(nth);
    let rig = case.furnish(Rig::failing(&case.state, vec![fault]));
    let waits = matches!(effect, Effect::Slow(_) | Effect::LroStuck);
    let timeout = if waits { "2s" } else { "20s" };
    let run = rig.run(&[&case.words[..], &["--timeout", timeout]].concat());
    let end = judge(known, &rig, &run);
    if matches!(end, End::Lie(_)) {
        return end;
    }
    // A hanging operation holds its resource while the fault lasts, and a run that ended early has not met its fault.
    rig.sandbox().change(|options| options.faults.clear());
    let again = rig.run(&case.words);
    if again.code != Some(0) || fingerprint(&rig.state()) != known.wanted {
        return End::Lie(format!(
            "the next run does not converge: {:?} {}{}",
            again.code, again.stdout, again.stderr
        ));
    }
    end
}

fn judge(known: &Known, rig: &Rig, run: &Run) -> End {
    let now = fingerprint(&rig.state());
    let lie = |why: &str| {
        End::Lie(format!(
            "{why}: exit {:?}\n{}{}",
            run.code, run.stdout, run.stderr
        ))
    };
    match run.code {
        Some(0) if now == known.wanted => End::Converged,
        Some(0) => lie("success that is not true"),
        Some(1 | 3) if now != known.before => lie("`nothing was written`, and something was"),
        Some(1 | 3 | 4) if !names_a_cause(run) => lie("no cause is named"),
        Some(1 | 3 | 4) => End::Honest,
        _ => lie("no exit code of the contract"),
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
