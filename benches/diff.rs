//! Diff of 10,000 registries with 100 rules each: all equal, and all different.

mod cpu;

use cpu::CpuTime;
use criterion::{Criterion, criterion_group, criterion_main};
use ringfence::live::{Live, Reading, parse};
use ringfence::model::{DefaultAction, RegistryId, Rule, Setting};
use ringfence::plan::{Policy, diff};
use ringfence::spec::{ListedRule, RegistrySpec, Spec};
use serde_json::json;

const REGISTRIES: usize = 10_000;
const RULES: usize = 100;

fn id(n: usize) -> RegistryId {
    RegistryId::new(
        "00000000-0000-0000-0000-000000000001",
        "rg",
        &format!("registry{n}"),
    )
    .expect("well formed")
}

fn address(registry: usize, rule: usize, shift: usize) -> String {
    format!("{}.{}.{}.{rule}", 60 + shift, registry / 256, registry % 256)
}

fn live(shift: usize) -> Live {
    let mut live = Live::default();
    for registry in 0..REGISTRIES {
        let rules: Vec<_> = (0..RULES)
            .map(|rule| json!({"action": "Allow", "value": address(registry, rule, shift)}))
            .collect();
        let body = json!({
            "id": id(registry).as_str(), "name": format!("registry{registry}"), "location": "westeurope",
            "sku": {"name": "Premium", "tier": "Premium"},
            "properties": {
                "loginServer": "r.azurecr.io", "provisioningState": "Succeeded", "publicNetworkAccess": "Enabled",
                "networkRuleSet": {"defaultAction": "Deny", "virtualNetworkRules": [], "ipRules": rules},
                "networkRuleBypassOptions": "AzureServices", "dataEndpointEnabled": false
            }
        });
        let read = parse::registry("2026-09-01-preview", body).expect("a registry");
        let reading = Reading::of(read);
        live.registries.insert(id(registry), Ok(reading));
    }
    live
}

fn spec() -> Spec {
    let registry = |n: usize| {
        let rules: Vec<ListedRule> = (0..RULES)
            .map(|rule| Rule::parse(&address(n, rule, 0)).into())
            .collect();
        let mut spec = RegistrySpec::unmanaged(id(n));
        spec.settings
            .want_unsourced(Setting::DefaultAction, DefaultAction::Deny);
        spec.settings.want_unsourced(Setting::IpRules, rules);
        spec
    };
    Spec {
        files: Vec::new(),
        registries: (0..REGISTRIES).map(registry).collect(),
        ..Spec::default()
    }
}

fn diff_10_000_registries(criterion: &mut Criterion<CpuTime>) {
    let spec = spec();
    let mut group = criterion.benchmark_group("diff 10,000 registries of 100 rules");
    group.sample_size(10);
    for (name, shift) in [("all equal", 0), ("all different", 1)] {
        let live = live(shift);
        group.bench_function(name, |bencher| {
            bencher.iter(|| diff(&spec, &live, &Policy::default()))
        });
    }
    group.finish();
}

criterion_group! {
    name = benches;
    config = Criterion::default().with_measurement(CpuTime);
    targets = diff_10_000_registries
}
criterion_main!(benches);
