//! A run is killed at each request, before and after the service processes it. The next run converges, and access stays
//! between the old and the new state.

use std::time::Duration;

use crate::access::{fingerprint, moment, switched_out, wrong};
use crate::cases::{Known, all, named};
use crate::matrix::{full, sample};
use crate::pool;
use crate::rig::{Kill, Rig};
use ringfence::apply::Snapshot;
use ringfence::sandbox::Options;

/// The result of one point.
struct Point {
    states: usize,
    switched: usize,
}

#[test]
fn run_after_a_kill_at_any_request_converges() {
    let known = pool::each(all(), crate::cases::Case::known);
    let points: Vec<(&Known, Kill)> = known.iter().flat_map(kills).collect();
    let whole = points.len();
    let tried = sample(points, 4);
    let results = pool::each(tried, |(known, kill)| try_point(known, kill));
    let sum = |of: fn(&Point) -> usize| results.iter().map(of).sum::<usize>();
    println!(
        "crash matrix: {} points, {} converged ({whole} in all, {} kinds of change, {} states seen, \
         {} of them in an endpoint switch)",
        results.len(),
        results.len(),
        known.len(),
        sum(|point| point.states),
        sum(|point| point.switched),
    );
    assert!(!full() || results.len() == whole);
}

/// Tests the access check itself.
#[test]
fn access_check_detects_too_wide_and_too_narrow() {
    let known = all().swap_remove(0).known();
    let (old, new) = (&known.old, &known.new);
    assert_eq!([wrong(old, new, old), wrong(old, new, new)], [None, None]);
    let with = |change: fn(&mut ringfence::model::Access)| {
        let mut now = new.clone();
        change(&mut now.access);
        wrong(old, new, &now)
    };
    let rows = [
        with(|access| access.default_action = ringfence::model::DefaultAction::Allow),
        with(|access| {
            let rule = ringfence::model::Rule::parse("203.0.113.77");
            std::sync::Arc::make_mut(&mut access.ip_rules).push(rule);
        }),
        with(|access| access.ip_rules = Default::default()),
        with(|access| {
            access.public_network_access = Some(ringfence::model::PublicNetworkAccess::Disabled)
        }),
        with(|access| {
            access
                .subnets
                .extend([crate::azure_bodies::subnet_id("hub", "build").into()])
        }),
    ];
    assert!(rows.iter().all(Option::is_some), "{rows:?}");
}

/// The subnet operation of the killed run continues in Azure, and the next run finds it running.
#[test]
fn next_run_waits_for_a_killed_runs_operation() {
    let case = named("subnets in two networks");
    let points: Vec<u64> = (5..=8).collect();
    pool::each(points, |nth| {
        let slow = |options: &mut Options| {
            options.polls = 3;
            options.operation_time = Duration::from_secs(2);
        };
        let rig = case.furnish(Rig::build(&case.state, Vec::new(), Some(Kill::After(nth)), slow));
        assert_eq!(rig.run(&case.words).code, None);
        let again = rig.run(&case.words);
        assert_eq!(
            again.code,
            Some(0),
            "after {nth}: {}{}",
            again.stdout,
            again.stderr
        );
    });
}

fn kills(known: &Known) -> Vec<(&Known, Kill)> {
    let both = |nth| [(known, Kill::Before(nth)), (known, Kill::After(nth))];
    (1..=known.requests).flat_map(both).collect()
}

fn try_point(known: &Known, kill: Kill) -> Point {
    let case = &known.case;
    let at = format!("{} {kill:?}", case.name);
    let rig = case.rig(Some(kill));
    let killed = rig.run(&case.words);
    assert_eq!(
        killed.code, None,
        "{at}: not killed: {}{}",
        killed.stdout, killed.stderr
    );
    own_write_is_not_drift(&rig, &at);
    let again = rig.run(&case.words);
    assert_eq!(again.code, Some(0), "{at}: {}{}", again.stdout, again.stderr);
    assert_eq!(fingerprint(&rig.state()), known.wanted, "{at}");
    settled(&rig, known, &at);
    snapshots_are_whole(&rig, &at);
    let switched = states_are_between(&rig, known, &at);
    Point {
        states: rig.states().len(),
        switched,
    }
}

/// Asserts that a record of the killed run tells nothing of it as a change of somebody else.
fn own_write_is_not_drift(rig: &Rig, at: &str) {
    let plan = rig.run(&["plan", "spec.yaml", "--fail-on", "drift"]);
    let told = plan.stdout.contains("live is not what the run of");
    assert!(!told, "{at}: {}{}", plan.stdout, plan.stderr);
}

/// Asserts that a plan is empty and that a third run only reads.
fn settled(rig: &Rig, known: &Known, at: &str) {
    let so_far = rig.requests().len();
    let plan = rig.run(&["plan", "spec.yaml", "--detailed-exitcode"]);
    let own_spec = known.case.words[0] == "apply";
    assert!(
        !own_spec || plan.code == Some(0),
        "{at}: {}{}",
        plan.stdout,
        plan.stderr
    );
    if !own_spec {
        let third = rig.run(&known.case.words);
        assert_eq!(third.code, Some(0), "{at}: {}{}", third.stdout, third.stderr);
    }
    let writes = |request: &&String| request.contains(" /subscriptions/") && !request.starts_with("GET");
    let requests = rig.requests();
    assert_eq!(requests[so_far..].iter().find(writes), None, "{at}: writes again");
}

fn snapshots_are_whole(rig: &Rig, at: &str) {
    for file in rig.snapshots() {
        let text = std::fs::read_to_string(&file).expect("it is there");
        assert!(
            Snapshot::from_json(&text).is_ok(),
            "{at}: {} is no snapshot",
            file.display()
        );
    }
}

fn states_are_between(rig: &Rig, known: &Known, at: &str) -> usize {
    let mut switched = 0;
    for state in rig.states() {
        let now = moment(&state);
        assert_eq!(wrong(&known.old, &known.new, &now), None, "{at}");
        let out = switched_out(&known.old, &known.new, &now, &known.case.nats);
        switched += usize::from(out.unwrap_or_else(|error| panic!("{at}: {error}")) > 0);
    }
    switched
}
