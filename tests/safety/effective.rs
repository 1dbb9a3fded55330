//! `--wait-effective` waits for the registry's own answer, which follows a write after a while.

use std::collections::BTreeSet;
use std::net::IpAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::{Value, json};

use crate::azure_bodies::premium_registry;
use crate::rig::{Rig, Run};
use crate::spec_text::spec_of;
use ringfence::sandbox::{
    Effect, Fault, ManualClock, Options, Phase, RequestEvent, RequestHook, StatusFault,
};

const OWN: &str = "198.51.100.7";

/// A sandbox whose firewalls follow a write after `steps` questions, and that sees this machine at [`OWN`].
struct Slow {
    rig: Rig,
    /// Number of questions to a registry.
    asked: Arc<AtomicUsize>,
    clock: ManualClock,
    /// Hosts of these questions, in their order.
    hosts: Arc<Mutex<Vec<String>>>,
}

impl Slow {
    fn new(registry: &Value, steps: u64) -> Self {
        Self::of(std::slice::from_ref(registry), Vec::new(), steps)
    }

    fn of(registries: &[Value], faults: Vec<Fault>, steps: u64) -> Self {
        let clock = ManualClock::default();
        let asked = Arc::<AtomicUsize>::default();
        let hosts = Arc::<Mutex<Vec<String>>>::default();
        let (time, count, names) = (clock.clone(), asked.clone(), hosts.clone());
        // Each question moves the time on, so that no test depends on the time of the machine.
        let observe = move |event: &RequestEvent<'_>| {
            if event.phase == Phase::Before && event.path == "/v2/" {
                count.fetch_add(1, Ordering::Relaxed);
                names
                    .lock()
                    .expect("no test has panicked")
                    .push(event.host.to_owned());
                time.advance(Duration::from_secs(1));
            }
        };
        let more = |options: &mut Options| {
            options.clock = clock.clock();
            options.propagation = Duration::from_secs(steps);
            options.client_ip = Some(OWN.parse::<IpAddr>().expect("an address"));
            options.on_request = Some(RequestHook::new(observe));
        };
        let state = serde_json::from_value(json!({"subscriptions": [], "resources": registries}));
        let state = state.expect("a state");
        let rig = Rig::build(&state, faults, None, more);
        Self {
            rig,
            asked,
            clock,
            hosts,
        }
    }

    /// Applies a spec of these settings, and waits.
    fn apply(&self, settings: &str, wait: &str) -> Run {
        self.rig.write("spec.yaml", &spec_of(settings));
        let words = [
            "apply",
            "spec.yaml",
            "--yes",
            wait,
            "-o",
            "json=report.json",
            "-o",
            "text",
        ];
        self.rig.run(&words)
    }

    /// Adds or removes the rule of an address, and returns what it says.
    fn change(&self, (verb, address): (&str, &str), flags: &[&str]) -> String {
        let words = ["rule", verb, "-n", "contoso", "--ip-address", address];
        let run = self.rig.run(&[&words[..], flags].concat());
        assert_eq!(run.code, Some(0), "{verb}: {}{}", run.stdout, run.stderr);
        run.stdout
    }

    fn effective(&self) -> Value {
        let text = std::fs::read_to_string(self.rig.path("report.json")).expect("it is there");
        let report: Value = serde_json::from_str(&text).expect("JSON");
        report["registries"][0]["effective"].clone()
    }
}

fn closed() -> Value {
    let mut registry = premium_registry("contoso");
    registry["properties"]["networkRuleSet"]["defaultAction"] = json!("Deny");
    registry
}

fn open_for_us() -> Value {
    let mut registry = closed();
    registry["properties"]["networkRuleSet"]["ipRules"] = json!([{"action": "Allow", "value": OWN}]);
    registry
}

#[test]
fn wait_ends_when_the_registry_admits_this_machine() {
    let slow = Slow::new(&closed(), 3);
    let run = slow.apply(&format!("    ipRules: [{OWN}]\n"), "--wait-effective");
    assert_eq!(run.code, Some(0), "{}{}", run.stdout, run.stderr);
    let effective = slow.effective();
    assert_eq!(effective["state"], "effective", "{effective}");
    assert_eq!(effective["expected"], "admitted");
    assert!(effective["seconds"].is_number());
    assert!(
        run.stdout.contains("effective for this machine within"),
        "{}",
        run.stdout
    );
    // One question before the write, two that the old rules answer, three in a row.
    assert!(slow.asked.load(Ordering::Relaxed) >= 6);
}

#[test]
fn second_run_without_a_write_waits_too() {
    let slow = Slow::new(&closed(), 4);
    let words = ["rule", "add", "-n", "contoso", "--ip-address", OWN];
    let run = slow.rig.run(&words);
    assert_eq!(run.code, Some(0), "{}{}", run.stdout, run.stderr);
    let asked = slow.asked.load(Ordering::Relaxed);
    let again = slow
        .rig
        .run(&[&words[..], &["--wait-effective", "-o", "text"]].concat());
    assert_eq!(again.code, Some(0), "{}{}", again.stdout, again.stderr);
    let told = again.stdout.contains("effective for this machine within");
    assert!(
        told && again.stdout.contains("Nothing to do."),
        "{}",
        again.stdout
    );
    // It waits for the answers of the new state.
    assert!(slow.asked.load(Ordering::Relaxed) >= asked + 4);
}

#[test]
fn second_run_that_stays_without_effect_ends_with_4() {
    let slow = Slow::new(&closed(), 100_000);
    let settings = format!("    ipRules: [{OWN}]\n");
    for _ in 0..2 {
        let run = slow.apply(&settings, "--wait-effective=1s");
        assert_eq!(run.code, Some(4), "{}{}", run.stdout, run.stderr);
        assert_eq!(slow.effective()["state"], "pending");
        assert!(run.stdout.contains("not effective yet"), "{}", run.stdout);
    }
}

#[test]
fn wait_ends_when_the_registry_refuses_this_machine() {
    let slow = Slow::new(&open_for_us(), 3);
    let words = "    ipRules: []\n";
    slow.rig.write("spec.yaml", &spec_of(words));
    let flags = [
        "--override",
        "last-rule",
        "--override",
        "removals",
        "--wait-effective",
        "-o",
        "json=report.json",
        "-o",
        "text",
    ];
    let run = slow
        .rig
        .run(&[&["apply", "spec.yaml", "--yes"], &flags[..]].concat());
    assert_eq!(run.code, Some(0), "{}{}", run.stdout, run.stderr);
    assert_eq!(slow.effective()["expected"], "refused");
    assert!(slow.asked.load(Ordering::Relaxed) >= 6);
}

#[test]
fn write_that_is_not_effective_in_time_is_told() {
    let slow = Slow::new(&closed(), 100_000);
    let run = slow.apply(&format!("    ipRules: [{OWN}]\n"), "--wait-effective=1s");
    assert_eq!(run.code, Some(4), "{}{}", run.stdout, run.stderr);
    let effective = slow.effective();
    assert_eq!(effective["state"], "pending", "{effective}");
    assert_eq!(effective["answer"], format!("refused at {OWN}"));
    assert!(run.stdout.contains("not effective yet"), "{}", run.stdout);
    assert!(
        run.stdout.contains("1 registry not effective yet"),
        "{}",
        run.stdout
    );
    // The next run does not learn the address from a registry that admits it by then.
    let told = run.stdout.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(told.contains(&format!("(with --own-address {OWN})")), "{told}");
    assert_eq!(effective["ownAddress"], OWN);
    let words = [
        "apply",
        "spec.yaml",
        "--yes",
        "--wait-effective=1s",
        "-o",
        "table",
    ];
    let run = slow.rig.run(&words);
    assert!(run.stdout.contains("not effective yet"), "{}", run.stdout);
}

#[test]
fn machine_whose_answer_stays_the_same_is_not_waited_for() {
    let slow = Slow::new(&closed(), 100_000);
    let run = slow.apply("    ipRules: [203.0.113.0/24]\n", "--wait-effective");
    assert_eq!(run.code, Some(0), "{}{}", run.stdout, run.stderr);
    let effective = slow.effective();
    assert_eq!(effective["state"], "not-observable");
    assert_eq!(effective["reason"], "this machine is refused before and after");
    assert_eq!(slow.asked.load(Ordering::Relaxed), 1);
    // A write that leaves access alone asks nothing.
    let run = slow.apply(
        "    ipRules: [203.0.113.0/24]\n    dataEndpoint: true\n",
        "--wait-effective",
    );
    assert_eq!(run.code, Some(0), "{}{}", run.stdout, run.stderr);
    let effective = slow.effective();
    assert_eq!(effective["state"], "not-observable");
    assert_eq!(
        effective["reason"],
        "what was written does not change who gets in"
    );
    assert_eq!(slow.asked.load(Ordering::Relaxed), 1);
}

/// The firewall still follows an earlier write when the next one asks this machine.
#[test]
fn answer_of_an_earlier_change_is_not_taken_for_the_state_before() {
    let other = "203.0.113.0/24";
    for (own, first, second, answer) in [
        (false, ("add", OWN), ("remove", OWN), "refused"),
        (true, ("remove", OWN), ("add", other), "admitted"),
        (true, ("remove", OWN), ("add", OWN), "admitted"),
    ] {
        let mut registry = closed();
        let mut rules = vec![json!({"action": "Allow", "value": "192.0.2.1"})];
        rules.extend(own.then(|| json!({"action": "Allow", "value": OWN})));
        registry["properties"]["networkRuleSet"]["ipRules"] = json!(rules);
        let slow = Slow::new(&registry, 4);
        slow.change(first, &[]);
        let said = slow.change(second, &["--wait-effective", "-o", "text"]);
        let reason = format!("this machine is {answer}, and an earlier change may not be in effect yet");
        let said = said.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(said.contains(&reason), "{second:?}: {said}");
    }
}

/// An admission does not name the address of this machine.
#[test]
fn given_address_lets_a_removal_beside_other_rules_be_waited_for() {
    let mut registry = closed();
    registry["properties"]["networkRuleSet"]["ipRules"] = json!([
        {"action": "Allow", "value": OWN},
        {"action": "Allow", "value": "203.0.113.0/24"},
    ]);
    let removal = ("remove", OWN);
    let flags = ["--wait-effective", "-o", "text"];
    let said = Slow::new(&registry, 3).change(removal, &flags);
    assert!(said.contains("--own-address"), "{said}");
    let slow = Slow::new(&registry, 3);
    let said = slow.change(removal, &[&flags[..], &["--own-address", OWN]].concat());
    assert!(said.contains("it is refused"), "{said}");
    assert!(slow.asked.load(Ordering::Relaxed) >= 6);
}

#[test]
fn address_that_cannot_be_of_this_machine_is_told() {
    let slow = Slow::new(&open_for_us(), 3);
    let flags = ["--wait-effective", "-o", "text", "--own-address"];
    let said = slow.change(("add", "203.0.113.40"), &[&flags[..], &["8.8.8.8"]].concat());
    let told = said.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(
        told.contains(
            "not waited for: the registry admits this machine, and its rules do not admit 8.8.8.8"
        ),
        "{said}"
    );
    let words = [
        "apply",
        "spec.yaml",
        "--wait-effective",
        "--own-address",
        "10.0.0.4",
    ];
    let run = slow.rig.run(&words);
    assert_eq!(run.code, Some(64), "{}", run.stderr);
    assert!(
        run.stderr.contains("no registry sees a machine there"),
        "{}",
        run.stderr
    );
}

/// All registries wait at the same time, however few are asked at once.
#[test]
fn wait_of_one_registry_does_not_hold_up_the_others() {
    let names = ["adatum", "contoso", "fabrikam"];
    let mut registries = Vec::new();
    let mut spec = "version: 1\ndefaults: {ipRules: [198.51.100.7]}\nregistries:\n".to_owned();
    for name in names {
        let mut registry = premium_registry(name);
        registry["properties"]["networkRuleSet"]["defaultAction"] = json!("Deny");
        registries.push(registry);
        spec += &format!("  - id: {}\n", crate::azure_bodies::registry_id(name));
    }
    let slow = Slow::of(&registries, Vec::new(), 30);
    slow.rig.write("spec.yaml", &spec);
    let words = [
        "apply",
        "spec.yaml",
        "--yes",
        "--parallel",
        "1",
        "--wait-effective",
    ];
    let run = slow.rig.run(&words);
    assert_eq!(run.code, Some(0), "{}{}", run.stdout, run.stderr);
    let hosts = slow.hosts.lock().expect("the run has ended");
    // One question before each write, and then one to each in turn.
    let turns: BTreeSet<&String> = hosts[3..6].iter().collect();
    assert_eq!(turns.len(), names.len(), "{hosts:?}");
}

/// A page of a proxy that wants a login.
#[test]
fn answer_of_another_server_admits_no_one() {
    let page = Fault::new(Effect::Garbage).path("/v2/");
    let slow = Slow::of(&[closed()], vec![page], 3);
    let run = slow.apply(&format!("    ipRules: [{OWN}]\n"), "--wait-effective");
    assert_eq!(run.code, Some(0), "{}{}", run.stdout, run.stderr);
    let effective = slow.effective();
    let reason = effective["reason"].as_str().expect("a reason");
    assert!(reason.contains("another server answers"), "{effective}");
}

/// A service that is not well for a moment does not end the wait before it begins.
#[test]
fn answer_that_tells_nothing_is_asked_for_again() {
    let unwell = Effect::Status(StatusFault {
        status: 503,
        retry_after: None,
        code: None,
        message: None,
        processed: false,
    });
    let unwell = Fault::new(unwell).path("/v2/").nth(1);
    let slow = Slow::of(&[closed()], vec![unwell], 3);
    let run = slow.apply(&format!("    ipRules: [{OWN}]\n"), "--wait-effective");
    assert_eq!(run.code, Some(0), "{}{}", run.stdout, run.stderr);
    assert_eq!(slow.effective()["state"], "effective", "{}", slow.effective());
}

#[test]
fn restore_waits_too() {
    let slow = Slow::new(&closed(), 3);
    let id = crate::azure_bodies::registry_id("contoso");
    let run = slow.rig.run(&[
        "restore",
        "--default-allow",
        &id,
        "--yes",
        "--wait-effective=5m",
        "-o",
        "json=report.json",
        "-o",
        "text",
    ]);
    assert_eq!(run.code, Some(0), "{}{}", run.stdout, run.stderr);
    assert_eq!(slow.effective()["state"], "effective");
}

/// `last` is the restore itself by then, and the same words would take it back.
#[test]
fn restore_of_the_last_run_names_that_run_for_the_next_try() {
    let slow = Slow::new(&open_for_us(), 100_000);
    slow.rig.write("spec.yaml", &spec_of("    ipRules: []\n"));
    let overrides = ["--override", "last-rule", "--override", "removals"];
    let run = slow
        .rig
        .run(&[&["apply", "spec.yaml", "--yes"], &overrides[..]].concat());
    assert_eq!(run.code, Some(0), "{}{}", run.stdout, run.stderr);
    let (_, first) = run.stdout.split_once("restore --from ").expect("the undo");
    let first = first.split_whitespace().next().expect("the id of the run");
    slow.clock.advance(Duration::from_secs(200_000));
    let restored = slow
        .rig
        .run(&["restore", "--from", "last", "--yes", "--wait-effective=1s"]);
    assert_eq!(restored.code, Some(4), "{}{}", restored.stdout, restored.stderr);
    let told = restored.stdout.split_whitespace().collect::<Vec<_>>().join(" ");
    let again =
        format!("run the same command again with {first} in place of `last`, which now is this run;");
    assert!(told.contains(&again), "{told}");
}

#[test]
fn rule_add_and_remove_wait_too() {
    let slow = Slow::new(&open_for_us(), 3);
    let id = crate::azure_bodies::registry_id("contoso");
    let flags = [
        "-n",
        &id,
        "--ip-address",
        OWN,
        "--override",
        "last-rule",
        "--wait-effective",
        "-o",
        "text",
    ];
    for (verb, says) in [("remove", "it is refused"), ("add", "it gets in")] {
        let run = slow.rig.run(&[&["rule", verb], &flags[..]].concat());
        assert_eq!(run.code, Some(0), "{verb}: {}{}", run.stdout, run.stderr);
        assert!(run.stdout.contains(says), "{verb}: {}", run.stdout);
    }
}
