//! A run with faults, its report, and assertions on both.

use serde_json::{Value, json};

use crate::azure_bodies::{premium_registry, registry_id, subnet_id};
use crate::ringfence_binary::{Run, Scenario};
use crate::spec_text::spec_of;
use crate::virtual_network::vnet_body;

/// Settings of the smallest change: Deny with one rule.
pub(crate) const DENY: &str = "    defaultAction: Deny\n    ipRules: [203.0.113.7]\n";

/// A run and its JSON report, `null` where there is none.
pub(crate) struct Applied {
    pub(crate) run: Run,
    pub(crate) report: Value,
}

/// Applies the spec of a scenario with these faults.
pub(crate) fn apply(scenario: &Scenario, faults: &Value) -> Applied {
    scenario.write("faults.json", &faults.to_string());
    let run = scenario.run(&[
        "apply",
        "spec.yaml",
        "--yes",
        "--faults",
        "faults.json",
        "-o",
        "json=report.json",
    ]);
    Applied {
        report: serde_json::from_str(&scenario.read("report.json")).unwrap_or_default(),
        run,
    }
}

/// A fault of a method, on paths that contain a text, in the JSON of `--faults`.
pub(crate) fn fault(method: &str, path: &str, mut fault: Value) -> Value {
    fault["match"] = json!({"method": method, "path": path});
    fault
}

/// The same for the nth of these requests only.
pub(crate) fn nth(mut fault: Value, nth: &[u64]) -> Value {
    fault["match"]["nth"] = json!(nth);
    fault
}

/// A fault of the registry's PATCH.
pub(crate) fn patch(body: Value) -> Value {
    fault("PATCH", "/registries/contoso", body)
}

/// A fault that offers only this version, at the first read of each run.
pub(crate) fn offers_only(version: &str) -> Value {
    let message =
        format!("No registered resource provider found. The supported api-versions are '{version}'.");
    let answer = json!({"fault": 400, "code": "NoRegisteredProviderFound", "message": message});
    json!([nth(fault("GET", "/registries/contoso", answer), &[1])])
}

/// A new Premium registry, and a spec for it.
pub(crate) fn contoso(lines: &str) -> Scenario {
    Scenario::new(&spec_of(lines), &[premium_registry("contoso")])
}

/// The same with the subnet `hub/build`, whose service endpoint is off, and a rule for it in the spec.
pub(crate) fn with_subnet(lines: &str) -> Scenario {
    let subnet = subnet_id("hub", "build");
    let spec = spec_of(&format!("{lines}    subnets: [{subnet}]\n"));
    Scenario::new(&spec, &[premium_registry("contoso"), vnet_body(&[subnet])])
}

/// The virtual network `hub` whose subnet `build` has the service endpoint.
pub(crate) fn ready_vnet() -> Value {
    let mut vnet = vnet_body(&[subnet_id("hub", "build")]);
    vnet["properties"]["subnets"][0]["properties"]["serviceEndpoints"] = json!([{"provisioningState": "Succeeded", "service": "Microsoft.ContainerRegistry", "locations": ["*"]}]);
    vnet
}

/// A registry under Deny with these IP rules, and with a rule for `hub/build` if `subnet` is true.
pub(crate) fn denying(name: &str, ips: &[&str], subnet: bool) -> Value {
    let mut registry = premium_registry(name);
    let ip = |value: &&str| json!({"action": "Allow", "value": value});
    let rule =
        json!({"action": "Allow", "virtualNetworkSubnetResourceId": subnet_id("hub", "build").as_str()});
    registry["properties"]["networkRuleSet"] = json!({
        "defaultAction": "Deny",
        "virtualNetworkRules": if subnet { vec![rule] } else { Vec::new() },
        "ipRules": ips.iter().map(ip).collect::<Vec<_>>(),
    });
    registry
}

/// A spec of `contoso` and `fabrikam`, both with these lines.
pub(crate) fn two(lines: &str) -> String {
    format!("{}  - id: {}\n{lines}", spec_of(lines), registry_id("fabrikam"))
}

pub(crate) fn expect(run: &Run, code: i32, words: &[&str]) {
    assert_eq!(run.code, code, "{}\n{}", run.stdout, run.stderr);
    let all = format!("{}\n{}", run.stdout, run.stderr);
    for word in words {
        assert!(all.contains(word), "no `{word}` in\n{all}");
    }
}

/// The rule set of `contoso` as the sandbox keeps it.
pub(crate) fn rules(scenario: &Scenario) -> Value {
    scenario.resource("contoso")["properties"]["networkRuleSet"].clone()
}

pub(crate) fn ips(scenario: &Scenario) -> Vec<String> {
    let rules = rules(scenario);
    let value = |rule: &Value| rule["value"].as_str().unwrap().to_owned();
    rules["ipRules"].as_array().unwrap().iter().map(value).collect()
}

/// Requests of a method in the last run.
pub(crate) fn count(scenario: &Scenario, method: &str) -> usize {
    scenario
        .requests()
        .iter()
        .filter(|(sent, _)| sent == method)
        .count()
}

/// Asserts that the last run sent only GET requests.
pub(crate) fn only_read(scenario: &Scenario) {
    let requests = scenario.requests();
    assert!(requests.iter().all(|(method, _)| method == "GET"), "{requests:?}");
}

impl Applied {
    pub(crate) fn expect(&self, code: i32, words: &[&str]) {
        expect(&self.run, code, words);
    }

    /// `outcome` of the change of a setting of the first registry, by the end of its path.
    pub(crate) fn change(&self, path: &str) -> Value {
        let changes = self.report["registries"][0]["changes"].as_array().unwrap();
        let is = |change: &&Value| change["change"]["path"].as_str().unwrap().ends_with(path);
        changes.iter().find(is).unwrap_or(&Value::Null).clone()
    }

    /// The outcomes of the steps of the first registry.
    pub(crate) fn steps(&self) -> Vec<&str> {
        let steps = self.report["registries"][0]["steps"].as_array().unwrap();
        steps
            .iter()
            .map(|step| step["outcome"].as_str().unwrap())
            .collect()
    }

    pub(crate) fn deviations(&self) -> &Value {
        &self.report["registries"][0]["deviations"]
    }

    pub(crate) fn written(&self) -> bool {
        self.report["summary"]["written"].as_bool().unwrap()
    }
}
