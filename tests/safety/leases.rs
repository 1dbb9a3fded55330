//! `with-access` among kills, faults and rivals: what it opened is closed, or recorded as a lease that `close` finds.

use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use ringfence::sandbox::{
    Effect, Fault, ManualClock, Options, Phase, RequestEvent, RequestHook, State, StatusFault,
};
use rustix::process::Signal;
use serde_json::{Value, json};

use crate::azure_bodies::{premium_registry, registry_id};
use crate::matrix::{full, sample};
use crate::pool;
use crate::rig::{Kill, Rig, Run};

pub(crate) const OWN: &str = "198.51.100.7";
pub(crate) const FOREIGN: &str = "203.0.113.25";

/// A registry with one foreign tag. One with public access has a foreign rule too; without, the rule would stop every job.
pub(crate) fn seed(public: &str, action: &str) -> State {
    let mut registry = premium_registry("contoso");
    registry["tags"] = json!({"team": "platform"});
    registry["properties"]["publicNetworkAccess"] = json!(public);
    registry["properties"]["networkRuleSet"]["defaultAction"] = json!(action);
    let foreign = json!([{"action": "Allow", "value": FOREIGN}]);
    let rules = if public == "Enabled" { foreign } else { json!([]) };
    registry["properties"]["networkRuleSet"]["ipRules"] = rules;
    let state = json!({"subscriptions": [], "resources": [registry]});
    serde_json::from_value(state).expect("a state")
}

/// Sees this machine at [`OWN`].
pub(crate) fn from_own_address(options: &mut Options) {
    options.client_ip = Some(OWN.parse::<IpAddr>().expect("an address"));
}

/// The words of a job, around a command that succeeds.
fn job(lease: &str, flags: &[&str]) -> Vec<String> {
    let id = registry_id("contoso");
    let mut words: Vec<&str> = vec!["with-access", &id, "--lease", lease, "--allow-public-access"];
    words.extend(flags);
    words.extend(["--", "/bin/true"]);
    words.into_iter().map(str::to_owned).collect()
}

fn run(rig: &Rig, words: &[String]) -> Run {
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    rig.run(&words)
}

/// What a state shows of the registry.
#[derive(Debug, PartialEq)]
pub(crate) struct Seen {
    public: Value,
    action: Value,
    pub(crate) rules: Vec<String>,
    pub(crate) leases: Vec<String>,
    pub(crate) others: Vec<String>,
}

pub(crate) fn seen(state: &State) -> Seen {
    let state = serde_json::to_value(state).expect("JSON");
    let registry = &state["resources"][0];
    let set = &registry["properties"]["networkRuleSet"];
    let rules = set["ipRules"].as_array().into_iter().flatten();
    let mut rules: Vec<String> = rules
        .map(|rule| rule["value"].as_str().unwrap_or_default().to_owned())
        .collect();
    rules.sort();
    let tags = registry["tags"].as_object().cloned().unwrap_or_default();
    let (leases, others) = tags
        .keys()
        .cloned()
        .partition(|key| key.starts_with("ringfence-lease-"));
    Seen {
        public: registry["properties"]["publicNetworkAccess"].clone(),
        action: set["defaultAction"].clone(),
        rules,
        leases,
        others,
    }
}

/// Asserts for each state that it admits no one else, keeps what is foreign, and has a lease for what is open.
fn states_are_recorded(rig: &Rig, before: &State, at: &str) {
    let foreign = seen(before).rules;
    for state in rig.states() {
        let seen = seen(&state);
        assert!(
            seen.public != "Enabled" || seen.action == "Deny",
            "{at}: open to all: {seen:?}"
        );
        assert!(
            foreign.iter().all(|rule| seen.rules.contains(rule)),
            "{at}: lost a rule: {seen:?}"
        );
        assert_eq!(seen.others, ["team"], "{at}: {seen:?}");
        let opened = seen.rules.len() > foreign.len();
        assert_eq!(
            opened,
            !seen.leases.is_empty(),
            "{at}: without a record: {seen:?}"
        );
    }
}

/// The number of requests of an undisturbed run.
fn requests(state: &State) -> u64 {
    let rig = Rig::build(state, Vec::new(), None, from_own_address);
    let run = run(&rig, &job("job", &[]));
    assert_eq!(run.code, Some(0), "{}{}", run.stdout, run.stderr);
    assert_eq!(seen(&rig.state()), seen(state));
    states_are_recorded(&rig, state, "undisturbed");
    u64::try_from(rig.requests().len()).expect("few requests")
}

#[test]
fn killed_job_leaves_nothing_that_close_does_not_find() {
    let mut points = Vec::new();
    let seeds =
        [("Enabled", "Deny"), ("Disabled", "Allow")].map(|(public, action)| seed(public, action));
    for state in &seeds {
        for nth in 1..=requests(state) {
            let signals =
                [Signal::INT, Signal::TERM, Signal::HUP].map(|signal| Kill::Signal(nth, signal));
            points.extend([Kill::Before(nth), Kill::After(nth)].map(|kill| (state, kill)));
            points.extend(signals.map(|kill| (state, kill)));
        }
    }
    let whole = points.len();
    // The step shares no factor with the five kills of a request.
    let holes = pool::each(sample(points, 7), |(state, kill)| killed(state, kill));
    let left = holes.iter().filter(|hole| **hole).count();
    println!(
        "lease kills: {} tried ({whole} in all), {left} left open, all of them recorded, found and closed",
        holes.len()
    );
}

/// Kills a job, closes what it left, and returns true if it left the registry open.
fn killed(state: &State, kill: Kill) -> bool {
    let at = format!("{kill:?}");
    let rig = Rig::build(state, Vec::new(), Some(kill), from_own_address);
    let ended = run(&rig, &job("job", &[]));
    let left = seen(&rig.state());
    let open = left != seen(state);
    match kill {
        // Only a signal that cannot be caught leaves something.
        Kill::Signal(..) => assert!(!open, "{at}: {left:?}\n{}{}", ended.stdout, ended.stderr),
        _ => assert_eq!(ended.code, None, "{at}: not killed"),
    }
    let id = registry_id("contoso");
    let closed = rig.run(&["close", &id, "--lease", "job"]);
    assert_eq!(closed.code, Some(0), "{at}: {}{}", closed.stdout, closed.stderr);
    assert_eq!(seen(&rig.state()), seen(state), "{at}");
    states_are_recorded(&rig, state, &at);
    open
}

fn status(status: u16, code: Option<&str>, processed: bool) -> Effect {
    Effect::Status(StatusFault {
        status,
        retry_after: Some(0),
        code: code.map(str::to_owned),
        message: code.map(|_| "on purpose".to_owned()),
        processed,
    })
}

pub(crate) fn faults() -> Vec<Effect> {
    vec![
        status(400, Some("BadRequest"), false),
        status(403, Some("AuthorizationFailed"), false),
        status(404, Some("ResourceNotFound"), false),
        status(404, None, true),
        status(409, Some("RegistryStatusConflict"), false),
        status(429, None, false),
        status(500, None, false),
        status(500, None, true),
        status(503, None, true),
        Effect::Reset,
        Effect::ResetAfter,
        Effect::Truncate,
        Effect::Garbage,
        Effect::Lro { polls: 1 },
        Effect::LroFailed {
            code: "InternalError".to_owned(),
            message: "on purpose".to_owned(),
        },
        Effect::LostWrite,
        Effect::Repeated,
        Effect::StaleReads { reads: 2 },
    ]
}

#[test]
fn job_with_a_fault_closes_or_says_that_it_cannot() {
    let state = seed("Enabled", "Deny");
    let mut points = Vec::new();
    for nth in 1..=requests(&state) {
        points.extend(faults().into_iter().map(|effect| (nth, effect)));
    }
    let whole = points.len();
    let results = pool::each(sample(points, 11), |(nth, effect)| {
        let at = format!("{effect:?} at {nth}");
        let rig = Rig::build(&state, vec![Fault::new(effect).nth(nth)], None, from_own_address);
        let ended = run(&rig, &job("job", &["--timeout", "20s"]));
        let open = seen(&rig.state()) != seen(&state);
        let told = ended.stderr.contains("error[left-open]");
        assert!(
            !open || told,
            "{at}: a lie: {:?} {}",
            seen(&rig.state()),
            ended.stderr
        );
        assert!(!told || ended.code != Some(0), "{at}: {}", ended.stderr);
        states_are_recorded(&rig, &state, &at);
        // What is told can be closed when the fault is over.
        rig.sandbox().change(|options| options.faults.clear());
        let closed = rig.run(&["close", &registry_id("contoso"), "--lease", "job"]);
        assert_eq!(closed.code, Some(0), "{at}: {}{}", closed.stdout, closed.stderr);
        assert_eq!(seen(&rig.state()), seen(&state), "{at}");
        (open, ended.code == Some(0))
    });
    println!(
        "lease faults: {} tried ({whole} in all), {} with the command's code, {} left open and told, 0 lies",
        results.len(),
        results.iter().filter(|(_, ran)| *ran).count(),
        results.iter().filter(|(open, _)| *open).count(),
    );
}

/// Jobs of one registry at the same time. Every fourth one shares its address with others.
#[test]
fn concurrent_jobs_lose_no_rule_and_leave_none() {
    let number = if full() { 20 } else { 6 };
    let state = seed("Disabled", "Allow");
    let rig = Rig::build(&state, Vec::new(), None, |options| {
        from_own_address(options);
        options.latency = Duration::from_millis(20);
        options.propagation = Duration::from_millis(300);
    });
    let mut children = Vec::new();
    for job_number in 0..number {
        let shared = job_number % 4 == 0;
        let address = if shared {
            OWN.to_owned()
        } else {
            format!("198.51.100.{}", 100 + job_number)
        };
        let words = job(&format!("job-{job_number}"), &["--ip", &address]);
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        children.push(rig.command(&words).spawn().expect("the binary runs"));
    }
    let mut writes = 0;
    for child in children {
        let ended = child.wait_with_output().expect("it ends");
        let text = String::from_utf8_lossy(&ended.stderr).into_owned();
        assert_eq!(ended.status.code(), Some(0), "{text}");
    }
    for request in rig.requests() {
        writes += usize::from(request.starts_with("PATCH"));
    }
    assert_eq!(seen(&rig.state()), seen(&state));
    states_are_recorded(&rig, &state, "concurrent");
    println!("{number} concurrent jobs: {writes} writes, 0 rules of others lost, 0 holes left");
}

/// A job that gets in by the rule of another job keeps that rule until it ends itself.
#[test]
fn job_that_gets_in_by_a_lease_holds_it() {
    let state = seed("Enabled", "Deny");
    let rig = Rig::build(&state, Vec::new(), None, from_own_address);
    let id = registry_id("contoso");
    let open = |lease: &str| {
        let run = rig.run(&["open", &id, "--lease", lease]);
        assert_eq!(run.code, Some(0), "{}{}", run.stdout, run.stderr);
    };
    let close = |lease: &str| assert_eq!(rig.run(&["close", &id, "--lease", lease]).code, Some(0));
    open("first");
    open("second");
    assert_eq!(seen(&rig.state()).leases.len(), 2);
    close("first");
    assert_eq!(seen(&rig.state()).rules, [OWN, FOREIGN]);
    close("second");
    assert_eq!(seen(&rig.state()), seen(&state));
}

/// A sandbox that sees this machine at [`OWN`], and whose firewalls follow a write after 4 questions to the registry, until its
/// time is `stopped`.
fn slow_firewalls(state: &State, stopped: &Arc<AtomicBool>) -> Rig {
    let clock = ManualClock::default();
    let (time, stopped) = (clock.clone(), stopped.clone());
    // Each question moves the time on, so that no test depends on the time of the machine.
    let observe = move |event: &RequestEvent<'_>| {
        let moves = event.phase == Phase::Before && event.path == "/v2/";
        if moves && !stopped.load(Ordering::Relaxed) {
            time.advance(Duration::from_secs(1));
        }
    };
    Rig::build(state, Vec::new(), None, |options| {
        from_own_address(options);
        options.clock = clock.clock();
        options.propagation = Duration::from_secs(4);
        options.on_request = Some(RequestHook::new(observe));
    })
}

/// An access that has ended is still in effect, beside a rule that may be the reason.
#[test]
fn access_that_ended_is_not_taken_for_a_rule_that_stays() {
    let state = seed("Enabled", "Deny");
    let rig = slow_firewalls(&state, &Arc::default());
    let id = registry_id("contoso");
    let open = |lease: &str| {
        let run = rig.run(&["open", &id, "--lease", lease]);
        assert_eq!(run.code, Some(0), "{}{}", run.stdout, run.stderr);
        run
    };
    open("one");
    let run = rig.run(&["close", &id, "--lease", "one"]);
    assert_eq!(run.code, Some(0), "{}{}", run.stdout, run.stderr);
    let run = open("two");
    assert!(
        run.stderr.contains("an access that has just ended"),
        "{}",
        run.stderr
    );
    // The firewall followed in the end, and the lease has a rule of its own.
    let rules = rig.run(&["rule", "list", "-n", &id]);
    assert!(rules.stdout.contains(OWN), "{}{}", run.stdout, rules.stdout);
}

/// Nothing that is set admits anyone, and the access that ended stays in effect for longer than `--wait`.
#[test]
fn wait_for_an_access_that_ended_has_an_end() {
    let mut state = serde_json::to_value(seed("Enabled", "Deny")).expect("JSON");
    state["resources"][0]["properties"]["networkRuleSet"]["ipRules"] = json!([]);
    let state = serde_json::from_value(state).expect("a state");
    let stopped = Arc::default();
    let rig = slow_firewalls(&state, &stopped);
    let id = registry_id("contoso");
    for words in [
        &["open", &id, "--lease", "one"],
        &["close", &id, "--lease", "one"],
    ] {
        let run = rig.run(words);
        assert_eq!(run.code, Some(0), "{}{}", run.stdout, run.stderr);
    }
    stopped.store(true, Ordering::Relaxed);
    let run = rig.run(&["open", &id, "--lease", "two", "--wait", "1s"]);
    assert_eq!(run.code, Some(1), "{}{}", run.stdout, run.stderr);
    assert!(
        run.stderr.contains("nothing that is set there does"),
        "{}",
        run.stderr
    );
}
