//! Runs beside `open` and `close` of a lease, whichever comes between two requests of the other; and `close` among faults.

use std::process::Command;
use std::sync::{Arc, Mutex};

use ringfence::sandbox::{Effect, Fault};
use serde_json::{Value, json};

use crate::azure_bodies::registry_id;
use crate::leases::{FOREIGN, OWN, Seen, faults, from_own_address, seed, seen};
use crate::matrix::sample;
use crate::pool;
use crate::proxy::{Pause, Proxy};
use crate::rig::{Rig, Run};
use crate::spec_text::spec_of;

/// Runs the sandbox, with the lease `job` if it is to be open.
fn rig(is_open: bool) -> Rig {
    let rig = Rig::build(&seed("Enabled", "Deny"), Vec::new(), None, from_own_address);
    rig.write(
        "exact.yaml",
        &spec_of(&format!("    ipRules: [{OWN}, {FOREIGN}]\n")),
    );
    let shared = format!("    ownership: additive\n    ipRules: [{OWN}]\n");
    rig.write("additive.yaml", &spec_of(&shared));
    rig.write(
        "others.yaml",
        &spec_of(&format!("    ipRules: [203.0.113.26, {FOREIGN}]\n")),
    );
    if is_open {
        let run = rig.run(&with_id(&words("open"), &registry_id("contoso")));
        assert_eq!(run.code, Some(0), "{}{}", run.stdout, run.stderr);
    }
    rig
}

/// Returns the words of a command: `open`, `close`, `add`, or the name of a spec to apply.
fn words(name: &str) -> Vec<&str> {
    match name {
        // The proxy does not answer for the registry, which would name the address.
        "open" => vec!["open", "ID", "--lease", "job", "--ip", OWN],
        "close" => vec!["close", "ID", "--lease", "job"],
        "add" => vec!["rule", "add", "-n", "ID", "--ip-address", OWN, "-o", "text"],
        spec => vec!["apply", spec, "--yes"],
    }
}

/// Two kinds of command at the same time.
#[derive(Clone, Debug)]
struct Race {
    /// True if the lease is open before.
    is_open: bool,
    /// The command in whose middle the others run.
    main: &'static str,
    between: &'static [&'static str],
}

/// The end of a race: exit codes in the order of the commands, the last lines, and the state.
struct Ended {
    main: Option<i32>,
    between: Vec<Option<i32>>,
    said: String,
    left: Seen,
    requests: usize,
    rig: Rig,
}

const RUNS: [&str; 4] = ["exact.yaml", "additive.yaml", "add", "others.yaml"];

fn races() -> Vec<Race> {
    let mut races = Vec::new();
    for main in RUNS {
        let rivals: [(bool, &'static [&'static str]); 4] = [
            (false, &["open"]),
            (false, &["open", "close"]),
            (true, &["close"]),
            (true, &["close", "open"]),
        ];
        for (is_open, between) in rivals {
            races.push(Race {
                is_open,
                main,
                between,
            });
        }
    }
    for (is_open, main) in [(false, "open"), (true, "close")] {
        let runs: [&'static [&'static str]; 4] =
            [&["exact.yaml"], &["additive.yaml"], &["add"], &["others.yaml"]];
        for between in runs {
            races.push(Race {
                is_open,
                main,
                between,
            });
        }
    }
    races
}

/// Runs a race: the commands in between run before this request of the main one.
fn run(race: &Race, before: usize) -> Ended {
    let rig = rig(race.is_open);
    let id = registry_id("contoso");
    let mut between: Vec<Command> = Vec::new();
    for name in race.between {
        between.push(rig.command(&with_id(&words(name), &id)));
    }
    let codes = Arc::<Mutex<Vec<Option<i32>>>>::default();
    let kept = codes.clone();
    let pause = Pause {
        before,
        work: Box::new(move || run_all(&mut between, &kept)),
    };
    let proxy = Proxy::pausing(rig.sandbox().ready(), Some(pause));
    let rig = rig.behind(proxy);
    let Run { code, stdout, stderr } = rig.run(&with_id(&words(race.main), &id));
    let between = codes.lock().expect("no holder panics").clone();
    Ended {
        main: code,
        between,
        said: format!("{stdout}{stderr}"),
        left: seen(&rig.state()),
        requests: rig.passed(),
        rig,
    }
}

/// Runs commands one after the other, and keeps their exit codes.
fn run_all(commands: &mut [Command], codes: &Mutex<Vec<Option<i32>>>) {
    for command in commands {
        let code = command.output().expect("the binary runs").status.code();
        codes.lock().expect("no holder panics").push(code);
    }
}

fn with_id<'a>(words: &[&'a str], id: &'a str) -> Vec<&'a str> {
    words
        .iter()
        .map(|word| if *word == "ID" { id } else { *word })
        .collect()
}

/// A run that ends with 0 has what it wants, and no lease holds it. No tag comes back, and nothing of others is lost.
#[test]
fn run_beside_a_lease_promises_nothing_that_the_lease_holds() {
    let counted = pool::each(races(), |race| {
        let requests = run(&race, usize::MAX).requests;
        (race, requests)
    });
    let mut points = Vec::new();
    for (race, requests) in counted {
        points.extend((1..=requests).map(|before| (race.clone(), before)));
    }
    let whole = points.len();
    let ends = pool::each(sample(points, 7), |(race, before)| {
        let at = format!("{race:?} before request {before}");
        let ended = run(&race, before);
        judge(&race, &ended, &at);
        ended.main
    });
    let mut refused = 0;
    for code in &ends {
        refused += usize::from(*code == Some(3));
    }
    println!(
        "runs beside leases: {} tried ({whole} in all), {refused} refused, 0 lies",
        ends.len()
    );
}

fn judge(race: &Race, ended: &Ended, at: &str) {
    let Ended { left, said, .. } = ended;
    let at = format!("{at}: {:?} {:?}, {left:?}\n{said}", ended.main, ended.between);
    assert!(
        left.rules.contains(&FOREIGN.to_owned()) && left.others == ["team"],
        "{at}"
    );
    // Each command comes to an end that it tells.
    let mut all = ended.between.clone();
    all.push(ended.main);
    assert!(all.iter().all(|code| matches!(code, Some(0 | 3 | 4))), "{at}");
    let last = race.between.last().copied().unwrap_or(race.main);
    let is_closed = race.main == "close" || last == "close";
    assert!(!is_closed || left.leases.is_empty(), "{at}");
    let has_rule = left.rules.contains(&OWN.to_owned());
    if RUNS.contains(&race.main) && ended.main == Some(0) {
        let wants = race.main != "others.yaml";
        assert!(!wants || (has_rule && left.leases.is_empty()), "{at}");
        // A job that is open keeps its rule, or the run says that it lost it.
        assert!(left.leases.is_empty() || has_rule, "{at}");
    }
    if race.main == "open" && ended.main == Some(0) {
        assert!(has_rule, "{at}");
    }
    // What a lease holds after all is refused from then on, and a close and an apply lead to what the spec wants.
    let id = registry_id("contoso");
    if !left.leases.is_empty() {
        assert_eq!(ended.rig.run(&["plan", "exact.yaml"]).code, Some(3), "{at}");
    }
    let close = ended.rig.run(&with_id(&words("close"), &id));
    assert_eq!(close.code, Some(0), "{at}\n{}", close.stderr);
    let apply = ended.rig.run(&["apply", "exact.yaml", "--yes"]);
    assert_eq!(apply.code, Some(0), "{at}\n{}", apply.stderr);
    let last = seen(&ended.rig.state());
    assert_eq!(last.rules, [OWN, FOREIGN], "{at}");
    assert!(
        last.leases.is_empty() && last.others == ["team"],
        "{at}: {last:?}"
    );
}

/// Runs a command behind a proxy, which does this work.
fn proxied(words: &[&str], pause: impl FnOnce(&Rig) -> Option<Pause>) -> (Run, Rig) {
    let rig = Rig::build(&seed("Enabled", "Deny"), Vec::new(), None, from_own_address);
    let pause = pause(&rig);
    let proxy = Proxy::pausing(rig.sandbox().ready(), pause);
    let rig = rig.behind(proxy);
    (rig.run(words), rig)
}

/// The registry is asked after the first read, which may take long.
#[test]
fn open_keeps_what_a_run_wrote_after_its_first_read() {
    let id = registry_id("contoso");
    let open = with_id(&words("open"), &id);
    let path = format!("GET {}", id.to_lowercase());
    let (_, undisturbed) = proxied(&open, |_| None);
    let answers = undisturbed.answers();
    let first = answers.iter().position(|answer| answer.place.request == path);
    let first = first.expect("it reads the registry") + 1;
    let rows: [(&[&str], &[&str]); 2] = [
        (
            &["add", "-n", "ID", "--ip-address", "203.0.113.26"],
            &[OWN, FOREIGN, "203.0.113.26"],
        ),
        (
            &[
                "remove",
                "-n",
                "ID",
                "--ip-address",
                FOREIGN,
                "--override=last-rule",
            ],
            &[OWN],
        ),
    ];
    for (rule, left) in rows {
        let rule = [&["rule"], rule].concat();
        let codes = Arc::<Mutex<Vec<Option<i32>>>>::default();
        let (opened, rig) = proxied(&open, |rig| {
            let mut rival = [rig.command(&with_id(&rule, &id))];
            let kept = codes.clone();
            Some(Pause {
                before: first + 1,
                work: Box::new(move || run_all(&mut rival, &kept)),
            })
        });
        let at = format!("{rule:?}: {}{}", opened.stdout, opened.stderr);
        assert_eq!(opened.code, Some(0), "{at}");
        assert_eq!(*codes.lock().expect("no holder panics"), [Some(0)], "{at}");
        assert_eq!(seen(&rig.state()).rules, left, "{at}");
    }
}

/// A run inside a job finds the lease of the job.
#[test]
fn run_inside_a_job_is_refused() {
    let rig = rig(false);
    let id = registry_id("contoso");
    let ringfence = env!("CARGO_BIN_EXE_ringfence");
    let add = ["rule", "add", "-n", &id, "--ip-address", OWN];
    let job = [&["with-access", &id, "--", ringfence], &add[..]].concat();
    let run = rig.run(&job);
    assert_eq!(run.code, Some(3), "{}{}", run.stdout, run.stderr);
    let said = format!("{}{}", run.stdout, run.stderr);
    assert!(said.contains("held-by-lease"), "{said}");
    assert_eq!(seen(&rig.state()), seen(&seed("Enabled", "Deny")));
}

#[test]
fn close_with_a_fault_closes_or_says_that_it_cannot() {
    let state = seed("Enabled", "Deny");
    let mut points = Vec::new();
    // A close sends at most this many requests without a fault: token, two reads and the write.
    for nth in 1..=5 {
        let effects = faults()
            .into_iter()
            .chain([Effect::StaleReads { reads: 5 }, Effect::LroStuck]);
        points.extend(effects.map(|effect| (nth, effect)));
    }
    let whole = points.len();
    let results = pool::each(sample(points, 5), |(nth, effect)| {
        let at = format!("{effect:?} at {nth}");
        let rig = rig(true);
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
        is_told(&rig, &ended, is_closed, &at);
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

/// Asserts that a close which fails says truthfully what is still open, and 1 only if it wrote nothing.
fn is_told(rig: &Rig, ended: &Run, is_closed: bool, at: &str) {
    let said = &ended.stderr;
    let wrote = rig.states().len() > 2;
    assert!(ended.code != Some(1) || !wrote, "{at}: 1 after a write: {said}");
    assert!(!said.contains("still admits") || !is_closed, "{at}: {said}");
    assert!(!said.contains("does not admit") || is_closed, "{at}: {said}");
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
    let cause = "an Azure Policy with effect Modify may have changed it: az policy state list";
    assert!(run.stdout.contains(cause), "{}", run.stdout);
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
