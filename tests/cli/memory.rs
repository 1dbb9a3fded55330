//! Memory of a plan of many registries. The binary blocks while its lines are not read, so its largest size up to there can be read
//! while it has everything in hand.

use std::io::{BufRead, BufReader, Read};
use std::process::Stdio;

use ringfence::sandbox::Options;
use serde_json::{Value, json};

use crate::apply::sandbox_in_test::Azure;
use crate::azure_bodies::{premium_registry, registry_id};
use crate::ringfence_binary::Scenario;

/// More than a pipe and the buffers on the way to it hold.
const FEW: usize = 200;
const MANY: usize = 1200;

/// Registries of twenty rules each, and a spec that wants these.
fn scenario(count: usize) -> Scenario {
    let mut spec = "version: 1\nregistries:\n".to_owned();
    let mut live = Vec::new();
    for number in 0..count {
        let name = format!("fleet{number:05}");
        let rules: Vec<String> = (0..20).map(|rule| format!("20.1.{rule}.0/24")).collect();
        spec += &format!(
            "  - id: {}\n    ipRules: [{}]\n",
            registry_id(&name),
            rules.join(", ")
        );
        let rules: Vec<Value> = rules
            .iter()
            .map(|rule| json!({"action": "Allow", "value": rule}))
            .collect();
        let mut registry = premium_registry(&name);
        registry["properties"]["networkRuleSet"]["ipRules"] = rules.into();
        live.push(registry);
    }
    Scenario::new(&spec, &live)
}

/// Returns the most memory, in kB, that a plan of so many registries has used once it writes its first line.
fn peak(count: usize) -> u64 {
    let scenario = scenario(count);
    let mut options = Options::default();
    // The page that is being read is of the same size then.
    options.conditions.page_size = Some(100);
    let azure = Azure::serve(&scenario, options);
    let mut command = azure.command(&scenario, &["plan", "spec.yaml", "--quiet", "-o", "jsonl"]);
    let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::with_capacity(1, child.stdout.take().unwrap());
    let mut first = String::new();
    lines.read_line(&mut first).unwrap();
    assert!(first.starts_with(r#"{"type":"registry""#), "{first}");
    let status = std::fs::read_to_string(format!("/proc/{}/status", child.id())).unwrap();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let peak = peak.and_then(|peak| peak.trim().strip_suffix(" kB"));
    let mut rest = String::new();
    lines.read_to_string(&mut rest).unwrap();
    assert_eq!(rest.lines().count(), count, "a line each, and the summary");
    assert!(child.wait().unwrap().success());
    peak.unwrap().parse().unwrap()
}

/// Measured: 11 kB a registry. A parsed body that is kept takes 30 kB more, the lines as one text 10 kB.
#[test]
#[cfg(target_os = "linux")]
fn plan_of_many_registries_keeps_little_of_each() {
    let (few, many) = (peak(FEW), peak(MANY));
    let each = many.saturating_sub(few) / (MANY - FEW) as u64;
    println!("{few} kB for {FEW}, {many} kB for {MANY}: {each} kB each");
    assert!(each < 16, "{few} kB for {FEW}, {many} kB for {MANY}");
}
