//! Loading of a spec of 1,000 registries, from text in memory to a checked `Spec`.

use std::fmt::Write as _;

mod cpu;

use cpu::CpuTime;
use criterion::{Criterion, criterion_group, criterion_main};
use ringfence::spec;

/// A thousand registries with three settings, twelve IP rules, two subnets and three expectations each.
fn thousand_registries() -> String {
    const SUBSCRIPTION: &str = "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups";
    let mut yaml =
        String::from("version: 1\nnetworks:\n  offices: [203.0.113.0/24, 198.51.100.16/28]\nsubnets:\n");
    for name in ["build", "deploy"] {
        let network = "network/providers/Microsoft.Network/virtualNetworks/hub/subnets";
        writeln!(yaml, "  {name}: {SUBSCRIPTION}/{network}/{name}").expect("a String takes any text");
    }
    yaml += "registries:\n";
    for index in 0..1000 {
        let rules: Vec<String> = (1..=10).map(|host| format!("192.0.2.{}", host * 2)).collect();
        let provider = "registries/providers/Microsoft.ContainerRegistry/registries";
        let rules = rules.join(", ");
        writeln!(
            yaml,
            "  - id: {SUBSCRIPTION}/{provider}/registry{index}\n    publicNetworkAccess: Enabled\n    \
             defaultAction: Deny\n    trustedServices: true\n    ipRules: [offices, {rules}]\n    \
             subnets: [build, deploy]\n    expect: {{allow: [203.0.113.9, build], deny: [8.8.8.8]}}"
        )
        .expect("a String takes any text");
    }
    yaml
}

fn load(criterion: &mut Criterion<CpuTime>) {
    let yaml = thousand_registries();
    let today = jiff::civil::date(2026, 11, 21);
    let mut group = criterion.benchmark_group("spec");
    group.bench_function("load 1,000 registries", |bencher| {
        bencher.iter(|| spec::load_str("bench.yaml", &yaml, today).expect("the spec is valid"));
    });
    group.finish();
}

criterion_group! {
    name = benches;
    config = Criterion::default().with_measurement(CpuTime);
    targets = load
}
criterion_main!(benches);
