//! Runs that want the rule of a lease, beside the jobs that close it; and `close` among faults.

use std::time::Duration;

use ringfence::sandbox::{Effect, Fault};
use serde_json::{Value, json};

use crate::azure_bodies::registry_id;
use crate::leases::{OWN, faults, from_own_address, seed, seen};
use crate::matrix::{full, sample};
use crate::pool;
use crate::rig::Rig;

fn opened(lease: &str) -> Rig {
    let rig = Rig::build(&seed("Enabled", "Deny"), Vec::new(), None, from_own_address);
    let run = rig.run(&["open", &registry_id("contoso"), "--lease", lease]);
    assert_eq!(run.code, Some(0), "{}{}", run.stdout, run.stderr);
    rig
}

/// The job has the whole lease in mind, and reads its tag before it closes.
#[test]
fn job_leaves_the_rule_that_a_run_takes_over_meanwhile() {
    let rig = Rig::build(&seed("Enabled", "Deny"), Vec::new(), None, from_own_address);
    let id = registry_id("contoso");
    let ringfence = env!("CARGO_BIN_EXE_ringfence");
    let add = ["rule", "add", "-n", &id, "--ip-address", OWN];
    let job = [&["with-access", &id, "--", ringfence], &add[..]].concat();
    let run = rig.run(&job);
    assert_eq!(run.code, Some(0), "{}{}", run.stdout, run.stderr);
    assert!(run.stderr.contains("still admitted"), "{}", run.stderr);
    let left = seen(&rig.state());
    assert!(left.rules.contains(&OWN.to_owned()), "{left:?}");
    assert!(left.leases.is_empty() && left.others == ["team"], "{left:?}");
}

/// Two processes on one registry: whichever writes last, a run that took the rule over leaves it.
#[test]
fn close_beside_a_run_takes_no_rule_that_the_run_promised() {
    let rounds = if full() { 12 } else { 4 };
    let mut kept = 0;
    for round in 0..rounds {
        let rig = opened("job");
        rig.sandbox()
            .change(|options| options.latency = Duration::from_millis(10 + 10 * (round % 4)));
        let before = rig.requests().len();
        let id = registry_id("contoso");
        let add = ["rule", "add", "-n", &id, "--ip-address", OWN];
        let add = rig.command(&add).spawn().expect("the binary runs");
        // The run has asked for the registry while the lease is there.
        while !rig.requests()[before..]
            .iter()
            .any(|request| request.starts_with("GET /subscriptions"))
        {
            std::thread::yield_now();
        }
        let closed = rig.run(&["close", &id, "--lease", "job"]);
        let added = add.wait_with_output().expect("it ends");
        let told = String::from_utf8_lossy(&added.stderr).into_owned();
        assert_eq!(closed.code, Some(0), "{}{}", closed.stdout, closed.stderr);
        let left = seen(&rig.state());
        let is_there = left.rules.contains(&OWN.to_owned());
        // A run that was too late says so.
        assert!(told.contains("stays when it is closed"), "round {round}: {told}");
        assert_eq!(
            added.status.code() == Some(0),
            is_there,
            "round {round}: {left:?} {told}"
        );
        // The run may have written the tag after the close. It holds nothing then, and goes with the next close.
        let again = rig.run(&["close", &id, "--lease", "job"]);
        assert_eq!(again.code, Some(0), "{}{}", again.stdout, again.stderr);
        let last = seen(&rig.state());
        assert_eq!(last.rules, left.rules, "round {round}");
        assert!(last.leases.is_empty() && last.others == ["team"], "{last:?}");
        kept += usize::from(is_there);
    }
    println!("takeovers beside a close: {rounds} rounds, {kept} kept the rule, 0 lost it unsaid");
}

#[test]
fn close_with_a_fault_closes_or_says_that_it_cannot() {
    let state = seed("Enabled", "Deny");
    let mut points = Vec::new();
    // A close sends at most this many requests without a fault: token, two reads and the write.
    for nth in 1..=5 {
        points.extend(faults().into_iter().map(|effect| (nth, effect)));
    }
    let whole = points.len();
    let results = pool::each(sample(points, 5), |(nth, effect)| {
        let at = format!("{effect:?} at {nth}");
        let rig = opened("job");
        rig.sandbox()
            .change(|options| options.faults = vec![Fault::new(effect).nth(nth)]);
        let close = ["close", &registry_id("contoso"), "--lease", "job"];
        let ended = rig.run(&[&close[..], &["--timeout", "20s"]].concat());
        let is_closed = seen(&rig.state()) == seen(&state);
        assert!(
            is_closed || ended.code != Some(0),
            "{at}: a lie: {}",
            ended.stdout
        );
        rig.sandbox().change(|options| options.faults.clear());
        assert_eq!(rig.run(&close).code, Some(0), "{at}");
        assert_eq!(seen(&rig.state()), seen(&state), "{at}");
        is_closed
    });
    let closed = results.iter().filter(|closed| **closed).count();
    println!(
        "close faults: {} tried ({whole} in all), {closed} closed, 0 lies",
        results.len()
    );
}

fn with_policy(set: Value) -> Rig {
    let fault = Fault::new(Effect::PolicyModify { set }).method("PATCH");
    Rig::build(&seed("Enabled", "Deny"), vec![fault], None, from_own_address)
}

/// The job has its access, so it runs; what else the write has done is told.
#[test]
fn policy_that_changes_another_setting_of_a_lease_is_told() {
    let rig = with_policy(json!({"properties": {"networkRuleBypassOptions": "None"}}));
    let id = registry_id("contoso");
    let told = "`networkRuleBypassOptions` is \"None\", not \"AzureServices\"";
    let run = rig.run(&["with-access", &id, "--", "/bin/true"]);
    assert_eq!(run.code, Some(4), "{}{}", run.stdout, run.stderr);
    assert!(run.stderr.contains(told), "{}", run.stderr);
    assert!(seen(&rig.state()).leases.is_empty());
    // The exit code of the command comes first.
    let run = with_policy(json!({"properties": {"dataEndpointEnabled": true}}));
    assert_eq!(run.run(&["with-access", &id, "--", "/bin/false"]).code, Some(1));
    let rig = with_policy(json!({"properties": {"networkRuleBypassOptions": "None"}}));
    let run = rig.run(&["open", &id, "--lease", "job"]);
    assert_eq!(run.code, Some(4), "{}{}", run.stdout, run.stderr);
    assert!(run.stdout.contains(told), "{}", run.stdout);
    // The setting is as the close has found it.
    assert_eq!(rig.run(&["close", &id, "--lease", "job"]).code, Some(0));
    assert!(seen(&rig.state()).leases.is_empty());
}

#[test]
fn policy_that_keeps_a_registry_private_ends_the_job() {
    let set = json!({"properties": {"publicNetworkAccess": "Disabled"}});
    let fault = Fault::new(Effect::PolicyModify { set }).method("PATCH");
    let before = seed("Disabled", "Deny");
    let rig = Rig::build(&before, vec![fault], None, from_own_address);
    let id = registry_id("contoso");
    let job = ["with-access", &id, "--allow-public-access", "--", "/bin/true"];
    let run = rig.run(&job);
    assert_eq!(run.code, Some(1), "{}{}", run.stdout, run.stderr);
    assert!(
        run.stderr.contains("Azure Policy with effect Modify"),
        "{}",
        run.stderr
    );
    assert_eq!(seen(&rig.state()), seen(&before));
}
