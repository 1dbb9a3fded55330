//! Mistakes in specs: what people write, how `validate` ends, and the place and the words that it shows.

use std::path::Path;

use tempfile::TempDir;

use super::run_with;

const REGISTRY: &str =
    "/subscriptions/s1/resourceGroups/rg/providers/Microsoft.ContainerRegistry/registries/contoso";
const SUBNET: &str =
    "/subscriptions/s1/resourceGroups/net/providers/Microsoft.Network/virtualNetworks/hub/subnets/build";

/// What is written, the line and column of the finding, and the words of it.
type Row = (&'static str, &'static str, &'static [&'static str]);

/// Validates a spec and compares the end of the run, the place and the words.
fn check(folder: &Path, spec: &str, code: i32, place: &str, words: &[&str]) {
    let spec = spec.replace("REGISTRY", REGISTRY).replace("SUBNET", SUBNET);
    std::fs::write(folder.join("network.yaml"), &spec).unwrap();
    let ended = run_with(folder, &[], &["validate", "network.yaml"]);
    // Warnings are a part of the result.
    let shown = ended.stdout + &ended.stderr;
    assert_eq!(ended.code, code, "{spec}\n{shown}");
    let place = format!(" --> network.yaml:{place}\n");
    assert!(shown.contains(&place), "{spec}\n{shown}");
    for words in words {
        let words = words.replace("REGISTRY", REGISTRY).replace("SUBNET", SUBNET);
        assert!(shown.contains(&words), "{words}\n{shown}");
    }
    // Words of libraries and of the schema do not help a reader.
    for words in [
        "block collection",
        "plain scalar",
        "allOf",
        "serde",
        "did not find expected",
    ] {
        assert!(!shown.contains(words), "{words}\n{shown}");
    }
}

/// Checks mistakes in the keys of a registry.
fn in_registry(rows: &[Row]) {
    let folder = TempDir::new().unwrap();
    for (lines, place, words) in rows {
        let spec = format!(
            "version: 1\nnetworks:\n  offices: [203.0.113.0/24]\nregistries:\n  - id: REGISTRY\n    {lines}\n"
        );
        check(folder.path(), &spec, 65, place, words);
    }
}

/// Checks mistakes in whole files.
fn in_file(rows: &[Row]) {
    let folder = TempDir::new().unwrap();
    for (spec, place, words) in rows {
        check(folder.path(), spec, 65, place, words);
    }
}

#[test]
fn misspelled_words_get_the_right_one() {
    in_registry(&[
        (
            "defaultActoin: Deny",
            "6:5",
            &["error[unknown-key]", "did you mean `defaultAction`?"],
        ),
        (
            "DefaultAction: Deny",
            "6:5",
            &["error[unknown-key]", "did you mean `defaultAction`?"],
        ),
        (
            "default_action: Deny",
            "6:5",
            &["error[unknown-key]", "did you mean `defaultAction`?"],
        ),
        (
            "ipRule: []\n    ipRules: []",
            "6:5",
            &[
                "error[unknown-key]",
                "`ipRules` is there already: keep one of the two",
            ],
        ),
        (
            "defaultAction: deny",
            "6:20",
            &[
                "error[unknown-value]",
                "expected `Allow` or `Deny`",
                "did you mean `Deny`?",
            ],
        ),
        (
            "ownership: strict",
            "6:16",
            &["error[unknown-value]", "write `exact` or `additive`"],
        ),
        (
            "ipRules: [office]",
            "6:15",
            &["error[unknown-name]", "did you mean `offices`?"],
        ),
        (
            "ignore: [office]",
            "6:14",
            &["error[unknown-name]", "did you mean `offices`?"],
        ),
        (
            "subnets: [build]",
            "6:15",
            &["error[unknown-name]: unknown subnet `build`", "define it"],
        ),
    ]);
}

#[test]
fn addresses_of_other_forms_are_named_and_corrected() {
    in_registry(&[
        (
            "ipRules: [203.0.113.7/24]",
            "6:15",
            &["error[host-bits]", "write `203.0.113.0/24`"],
        ),
        (
            "ipRules: [192.000.002.007]",
            "6:15",
            &["error[bad-address]", "write `192.0.2.7`"],
        ),
        (
            "ipRules: [\"192.0.2.7 \"]",
            "6:15",
            &["error[bad-address]", "write `192.0.2.7`"],
        ),
        ("ipRules: [2001:db8::1]", "6:15", &["error[ipv6]", "IPv4 only"]),
        (
            "ipRules: [203.0.113.0/33]",
            "6:15",
            &["`/33` is not a prefix length from 0 to 32"],
        ),
        (
            "ipRules: [192.0.2.300]",
            "6:15",
            &["error[bad-address]", "such as `203.0.113.7`"],
        ),
        (
            "ipRules: [198.51.100.0/255.255.255.0]",
            "6:15",
            &["error[bad-address]", "write `198.51.100.0/24`"],
        ),
        (
            "ipRules: [192.0.2.1-192.0.2.9]",
            "6:15",
            &["write `192.0.2.1`, `192.0.2.2/31`, `192.0.2.4/30`, `192.0.2.8/31`"],
        ),
        (
            "ipRules: [runner.contoso.com]",
            "6:15",
            &[
                "is a host name: IP rules take IPv4 addresses only",
                "list the public addresses",
            ],
        ),
        (
            "ipRules: offices",
            "6:14",
            &["expected a list", "write `[offices]`"],
        ),
        (
            "expect: {allow: [10.0.0.4]}",
            "6:22",
            &["is a private range (RFC 1918)", "name the subnet of the client"],
        ),
    ]);
}

#[test]
fn values_of_another_type_are_corrected() {
    in_registry(&[
        (
            "defaultAction:",
            "6:18",
            &["found nothing", "write `Allow` or `Deny`"],
        ),
        (
            "defaultAction: “Deny”",
            "6:20",
            &["write `Deny`, without the quotes"],
        ),
        (
            "trustedServices: \"true\"",
            "6:22",
            &["write `true`, without quotes"],
        ),
        ("trustedServices: yes", "6:22", &["write `true`, without quotes"]),
        ("protect: on", "6:14", &["write `true`, without quotes"]),
        ("serviceEndpoints: true", "6:23", &["write `ensure` or `assume`"]),
        (
            "ipRules: [{cidr: 192.0.2.7, expires: 2027-02-30}]",
            "6:42",
            &["error[bad-date]", "such as `2027-03-31`"],
        ),
        (
            "ipRules: [{cidr: 192.0.2.7, expires: 31.12.2026}]",
            "6:42",
            &["error[bad-date]", "write `2026-12-31`"],
        ),
    ]);
    in_file(&[
        (
            "version: 1\nguardrails: {widestRule: 8}\n",
            "2:26",
            &["write `/8`"],
        ),
        (
            "version: 1\nguardrails: {maxRemovalPercent: 30%}\n",
            "2:33",
            &["write `30`, without the sign"],
        ),
    ]);
}

#[test]
fn keys_of_other_tools_are_mapped() {
    in_registry(&[
        ("virtualNetworkRules: []", "6:5", &["did you mean `subnets`?"]),
        (
            "publicNetworkAccessEnabled: true",
            "6:5",
            &["did you mean `publicNetworkAccess`?"],
        ),
        (
            "networkRuleBypassOptions: None",
            "6:5",
            &["did you mean `trustedServices`?"],
        ),
        ("network_rule_set: {}", "6:5", &["remove this level"]),
        ("properties: {}", "6:5", &["remove this level"]),
        ("ipRules: [{value: 192.0.2.7}]", "6:16", &["did you mean `cidr`?"]),
        (
            "ipRules: [{cidr: 192.0.2.7, action: Allow}]",
            "6:33",
            &["remove it: every entry of `ipRules` admits clients"],
        ),
    ]);
}

#[test]
fn ids_of_other_things_say_what_is_expected() {
    in_registry(&[
        (
            "subnets: [/subscriptions/s1/resourceGroups/net/providers/Microsoft.Network/virtualNetworks/hub]",
            "6:15",
            &[
                "error[bad-id]",
                "is not the id of a subnet",
                "Microsoft.Network/virtualNetworks/<vnet>/subnets",
            ],
        ),
        (
            "subnets: [https://portal.azure.com/#@contoso/resourceSUBNET]",
            "6:15",
            &["error[bad-id]", "help: write `SUBNET`"],
        ),
    ]);
    in_file(&[
        (
            "version: 1\nregistries:\n  - REGISTRY\n",
            "3:5",
            &["write `id: REGISTRY`"],
        ),
        (
            "version: 1\nregistries:\n  - id: contoso.azurecr.io\n",
            "3:9",
            &["is not an ARM resource id", "az acr show --query id"],
        ),
        (
            "version: 1\nregistries:\n  - id: /subscriptions/s1\n",
            "3:9",
            &["is not the id of a container registry", "az acr show --query id"],
        ),
        (
            "version: 1\nregistries:\n  - name: contoso.azurecr.io\n    resourceGroup: rg\n    subscription: s1\n",
            "3:11",
            &["write `contoso`"],
        ),
        (
            "version: 1\nregistries:\n  - name: contoso\n    resourceGroup: rg\n    subscription: My Team\n",
            "5:19",
            &["copy it from `az account show --query id`"],
        ),
        (
            "version: 1\nregistries:\n  - name: contoso\n    resourceGroup: rg\n",
            "3:5",
            &["this registry has no `subscription`"],
        ),
        (
            "version: 1\nregistries:\n  - id: REGISTRY\n    name: contoso\n",
            "4:11",
            &["remove `name`, because `id` contains it"],
        ),
    ]);
}

#[test]
fn mistakes_of_syntax_name_their_cause() {
    in_registry(&[
        (
            " defaultAction: Deny",
            "6:6",
            &["indented by 5, and the key above it by 4"],
        ),
        ("\tdefaultAction: Deny", "6:5", &["error[tab-indent]"]),
        (
            "defaultAction: Deny\n\tipRules: []",
            "7:1",
            &["error[tab-indent]", "indent with spaces"],
        ),
        (
            "defaultAction:Deny",
            "6:18",
            &["a blank is missing after the colon"],
        ),
        ("defaultAction: \"Deny", "6:20", &["is not closed on its line"]),
        ("ipRules: [offices", "6:14", &["the bracket `[` is not closed"]),
        ("ipRules: [*lab]", "6:15", &["unknown anchor `lab`"]),
        (
            "defaultAction: Deny\n    defaultAction: Allow",
            "7:5",
            &["error[duplicate-key]", "first used here"],
        ),
    ]);
    in_file(&[
        (
            "registries: []\n",
            "1:1",
            &["missing key `version`", "write `version: 1`"],
        ),
        (
            "version: 2\nregistries: []\n",
            "1:10",
            &["error[unsupported-version]", "write `version: 1`"],
        ),
        (
            "version: 1\nregistries: []\n---\nversion: 1\n",
            "3:1",
            &["error[several-documents]", "into its own file"],
        ),
        (
            "version: 1\nregistries:\n  - id: REGISTRY\n  - id: REGISTRY\n",
            "4:5",
            &["error[duplicate-registry]", "first declared here"],
        ),
        (
            "services:\n  web: {image: x}\n",
            "1:1",
            &["unknown key `services`", "expected `version`"],
        ),
    ]);
}

/// These do not stop a plan, or stop one registry only.
#[test]
fn doubtful_entries_are_warnings() {
    let rows: [Row; 5] = [
        (
            "ipRules: [10.0.0.0/8]",
            "4:15",
            &["warning[special-use-range]", "RFC 1918"],
        ),
        (
            "ipRules: [0.0.0.0/0]",
            "4:15",
            &["warning[wide-rule]", "`plan` refuses to add it"],
        ),
        (
            "ipRules: [192.0.2.7, 192.0.2.7/32]",
            "4:26",
            &["warning[duplicate-rule]", "first listed here"],
        ),
        (
            "expect: {allow: [192.0.2.7]}\n    defaultAction: Deny\n    ipRules: [{cidr: 192.0.2.7, expires: 2020-01-01}]",
            "4:22",
            &["warning[expect-expired]", "no longer gets in"],
        ),
        (
            "ipRules: [{cidr: 192.0.2.7, expires: 2020-01-01}]",
            "4:42",
            &["warning[expired]", "expired on 2020-01-01"],
        ),
    ];
    let folder = TempDir::new().unwrap();
    for (lines, place, words) in rows {
        let spec = format!("version: 1\nregistries:\n  - id: REGISTRY\n    {lines}\n");
        check(folder.path(), &spec, 0, place, words);
    }
}

/// The place of the anchor would be the same for both.
#[test]
fn value_that_two_aliases_repeat_is_shown_at_both() {
    let folder = TempDir::new().unwrap();
    let spec =
        "version: 1\nx-lab: &lab 192.0.2.7\nregistries:\n  - id: REGISTRY\n    ipRules: [*lab, *lab]\n";
    let label = " ::: network.yaml:2:13\n";
    check(
        folder.path(),
        spec,
        0,
        "5:21",
        &["warning[duplicate-rule]", "---- first listed here", label],
    );
}

#[test]
fn network_of_several_ranges_fails_an_expectation_once() {
    let folder = TempDir::new().unwrap();
    let spec = "version: 1\nnetworks: {offices: [203.0.113.0/24, 198.51.100.0/24]}\nregistries:\n  - id: REGISTRY\n    \
                defaultAction: Deny\n    ipRules: []\n    expect: {allow: [offices]}\n";
    check(
        folder.path(),
        spec,
        65,
        "7:22",
        &["error[expect-fails]: `offices`", "\n1 error\n"],
    );
}
