//! For every fault at every request, a run succeeds or reports the failure truthfully.

use std::time::Duration;

use crate::access::fingerprint;
use crate::cases::{Case, Known, all};
use crate::judge::{End, count, judge, lies};
use crate::matrix::sample;
use crate::pool;
use crate::rig::Rig;
use ringfence::sandbox::{Effect, Fault, StatusFault};
use serde_json::{Value, json};

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
        ("two stale reads", Effect::StaleReads { reads: 2 }),
        ("stale reads", Effect::StaleReads { reads: 100 }),
        ("repeated", Effect::Repeated),
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
    let lies = lies(&results);
    println!(
        "fault matrix: {} tried, {} converged, {} failed honestly, {} lies ({whole} in all, {} kinds of fault)",
        results.len(),
        count(&results, &End::Converged),
        count(&results, &End::Honest),
        lies.len(),
        faults.len(),
    );
    assert!(lies.is_empty(), "{}", lies.join("\n"));
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
