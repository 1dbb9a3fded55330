//! Public addresses of subnets: from the spec, or else from their NAT gateways.

use serde_json::json;

use crate::azure_bodies::{premium_registry, subnet_id};
use crate::ringfence_binary::Scenario;
use crate::spec_text::spec_of;
use crate::virtual_network::vnet_body;

/// Returns the last two segments of the reads of a `plan`.
fn reads(scenario: &Scenario) -> Vec<String> {
    let run = scenario.run(&["plan", "spec.yaml"]);
    assert_eq!(run.code, 0, "{}{}", run.stdout, run.stderr);
    let mut reads = Vec::new();
    for (method, path) in scenario.requests() {
        assert_eq!(method, "GET");
        let mut segments = path.rsplit('/');
        let (name, kind) = (segments.next().unwrap(), segments.next().unwrap());
        reads.push(format!("{kind}/{name}"));
    }
    reads
}

#[test]
fn nat_gateway_is_read_unless_the_spec_has_egress() {
    let subnet = subnet_id("hub", "build");
    let (network, _) = subnet.as_str().split_once("/virtualNetworks/").unwrap();
    let (nat, address) = (
        format!("{network}/natGateways/nat"),
        format!("{network}/publicIPAddresses/one"),
    );
    let mut vnet = vnet_body(std::slice::from_ref(&subnet));
    vnet["properties"]["subnets"][0]["properties"]["natGateway"] = json!({"id": nat});
    let resources = [
        premium_registry("contoso"),
        vnet,
        json!({"id": nat, "properties": {"publicIpAddresses": [{"id": address}]}}),
        json!({"id": address, "properties": {"ipAddress": "203.0.113.7"}}),
    ];
    let spec = spec_of(&format!("    subnets: [{subnet}]\n"));
    let scenario = Scenario::new(&spec, &resources);
    let two = ["registries/contoso", "subnets/build"];
    assert_eq!(
        reads(&scenario),
        [&two[..], &["natGateways/nat", "publicIPAddresses/one"]].concat()
    );
    let told = format!(
        "subnets: {{build: {{id: {subnet}, egress: [203.0.113.7]}}}}\n{}",
        &spec["version: 1\n".len()..]
    );
    scenario.write("spec.yaml", &format!("version: 1\n{told}"));
    assert_eq!(reads(&scenario), two);
}
