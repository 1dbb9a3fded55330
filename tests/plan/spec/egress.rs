//! Public addresses of named subnets.

use std::collections::BTreeSet;

use ringfence::model::{Cidr, SubnetId};
use ringfence::spec::{self, InvalidSpec, Loaded, load_str};

const ID: &str =
    "/subscriptions/s/resourceGroups/rg/providers/Microsoft.ContainerRegistry/registries/contoso";
const VNET: &str =
    "/subscriptions/s/resourceGroups/rg/providers/Microsoft.Network/virtualNetworks/v/subnets";

fn day() -> jiff::civil::Date {
    "2026-11-21".parse().unwrap()
}

/// A file with one registry that lists the subnet `build`, and the given top level.
fn one(top: &str) -> Result<Loaded, InvalidSpec> {
    let yaml = format!("version: 1\n{top}\nregistries: [{{id: {ID}, subnets: [build]}}]\n");
    load_str("a.yaml", &yaml, day())
}

/// Returns the addresses of a subnet in the first registry, `None` if they are not known.
fn egress(loaded: &Loaded, subnet: &str) -> Option<Vec<String>> {
    let id = SubnetId::parse(&format!("{VNET}/{subnet}")).unwrap();
    let addresses: &BTreeSet<Cidr> = loaded.spec.registries[0].egress.get(&id)?;
    Some(addresses.iter().map(Cidr::to_string).collect())
}

fn codes(invalid: &InvalidSpec) -> Vec<&'static str> {
    invalid.diagnostics.iter().map(|it| it.code.as_str()).collect()
}

#[test]
fn egress_takes_addresses_ranges_and_names() {
    let loaded = one(&format!(
        "networks: {{offices: [203.0.113.0/24, 192.0.2.9]}}\n\
         subnets:\n  build: {{id: {VNET}/build, egress: [offices, 198.51.100.7/32, 192.0.2.9]}}\n  \
         ci: {{id: {VNET}/ci, egress: []}}\n  old: {{id: {VNET}/old}}\n  plain: {VNET}/plain"
    ))
    .unwrap();
    let some = |texts: &[&str]| Some(texts.iter().map(|&text| text.to_owned()).collect::<Vec<_>>());
    assert_eq!(
        egress(&loaded, "build"),
        some(&["192.0.2.9", "198.51.100.7", "203.0.113.0/24"])
    );
    assert_eq!(egress(&loaded, "CI"), some(&[]));
    assert_eq!(egress(&loaded, "old"), None);
    assert_eq!(egress(&loaded, "plain"), None);
    let unused: Vec<_> = loaded.warnings.iter().map(|it| it.message.as_str()).collect();
    assert!(
        !unused.iter().any(|message| message.contains("offices")),
        "{unused:?}"
    );
}

/// A registry may list the subnet by its id. The plan uses `egress` all the same.
#[test]
fn egress_of_a_subnet_that_is_listed_by_its_id_is_used() {
    for (entry, unused) in [("subnets", 0), ("expect", 0), ("ignore", 1)] {
        for (egress, unused) in [("{id: ID, egress: [192.0.2.9]}", unused), ("ID", 1)] {
            let entry = match entry {
                "expect" => format!("expect: {{deny: [{VNET}/build]}}"),
                _ => format!("{entry}: [{VNET}/BUILD]"),
            };
            let egress = egress.replace("ID", &format!("{VNET}/build"));
            let yaml = format!(
                "version: 1\nsubnets: {{build: {egress}}}\nregistries: [{{id: {ID}, {entry}}}]\n"
            );
            let loaded = load_str("a.yaml", &yaml, day()).unwrap();
            let warnings = loaded.warnings.iter();
            let found = warnings.filter(|it| it.code.as_str() == "unused-name").count();
            assert_eq!(found, unused, "{yaml}");
        }
    }
}

#[test]
fn names_of_one_subnet_add_up() {
    let loaded = one(&format!(
        "subnets:\n  build: {{id: {VNET}/build, egress: [192.0.2.9]}}\n  \
         agents: {{id: {VNET}/BUILD, egress: [192.0.2.7]}}"
    ))
    .unwrap();
    assert_eq!(egress(&loaded, "build").unwrap(), ["192.0.2.7", "192.0.2.9"]);
}

#[test]
fn egress_must_be_public_addresses() {
    for (entry, code, help) in [
        ("10.1.2.3", "egress-not-public", "NAT gateway"),
        ("0.0.0.0/0", "egress-not-public", "NAT gateway"),
        ("private", "egress-not-public", "NAT gateway"),
        ("198.51.100.7/24", "host-bits", "`198.51.100.0/24`"),
        ("'2001:db8::1'", "ipv6", "IPv4"),
        (
            "198.51.100.1-198.51.100.2",
            "bad-address",
            "`198.51.100.1`, `198.51.100.2`",
        ),
        ("build", "unknown-name", "public addresses"),
        ("privat", "unknown-name", "private"),
    ] {
        let invalid = one(&format!(
            "networks: {{private: [10.0.0.0/8]}}\n\
             subnets: {{build: {{id: {VNET}/build, egress: [{entry}]}}}}"
        ))
        .unwrap_err();
        assert!(codes(&invalid).contains(&code), "{entry}: {invalid:?}");
        let found = invalid.diagnostics.iter().find(|it| it.code.as_str() == code);
        let found = found.unwrap();
        let shown = found.help.as_deref().unwrap_or_default();
        assert!(shown.contains(help), "{entry}: {shown}");
        assert_eq!(found.source().unwrap().line, 3, "{entry}");
    }
}

#[test]
fn shape_of_a_subnet_is_checked() {
    for (subnet, code) in [
        ("{egress: [192.0.2.9]}", "missing-key"),
        (&format!("{{id: {VNET}/build, egres: []}}"), "unknown-key"),
        (&format!("{{id: {VNET}/build, egress: 192.0.2.9}}"), "wrong-type"),
        (&format!("[{VNET}/build]"), "wrong-type"),
        ("{id: build}", "bad-id"),
    ] {
        let invalid = one(&format!("subnets: {{build: {subnet}}}")).unwrap_err();
        assert_eq!(codes(&invalid)[0], code, "{subnet}: {invalid:?}");
    }
}

/// An included file resolves its own names. The same name with other addresses is a conflict.
#[test]
fn egress_comes_through_includes() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join(".git")).unwrap();
    let shared = format!(
        "version: 1\nnetworks: {{nat: [192.0.2.7]}}\nsubnets: {{build: {{id: {VNET}/build, egress: [nat]}}}}\n"
    );
    std::fs::write(folder.path().join("shared.yaml"), shared).unwrap();
    let path = folder.path().join("a.yaml");
    let load = |more: &str| {
        let text = format!(
            "version: 1\ninclude: [shared.yaml]\n{more}\nregistries: [{{id: {ID}, subnets: [build]}}]\n"
        );
        std::fs::write(&path, text).unwrap();
        spec::load(std::slice::from_ref(&path), day())
    };
    assert_eq!(egress(&load("").unwrap(), "build").unwrap(), ["192.0.2.7"]);
    let more = format!("subnets: {{more: {{id: {VNET}/build, egress: [nat, 192.0.2.9]}}}}");
    assert_eq!(
        egress(&load(&more).unwrap(), "build").unwrap(),
        ["192.0.2.7", "192.0.2.9"]
    );
    let other = format!("subnets: {{build: {{id: {VNET}/build, egress: [192.0.2.9]}}}}");
    assert_eq!(codes(&load(&other).unwrap_err()), ["name-conflict"]);
}

/// Without its endpoint, the subnet gets in although no rule lists it, if all its addresses are told.
#[test]
fn allowed_subnet_without_a_rule_needs_an_admitted_egress() {
    for (egress, settings, code) in [
        (
            ", egress: [192.0.2.9]",
            "ipRules: [192.0.2.0/24]",
            "expect-endpoint",
        ),
        (
            ", egress: [192.0.2.9, 198.51.100.7]",
            "ipRules: [192.0.2.9]",
            "expect-fails",
        ),
        (", egress: []", "ipRules: [192.0.2.9]", "expect-fails"),
        ("", "ipRules: [192.0.2.9]", "expect-fails"),
        (
            ", egress: [192.0.2.9]",
            "ipRules: [192.0.2.9], publicNetworkAccess: Disabled",
            "expect-fails",
        ),
    ] {
        let yaml = format!(
            "version: 1\nsubnets: {{build: {{id: {VNET}/build{egress}}}}}\n\
             registries: [{{id: {ID}, defaultAction: Deny, subnets: [], expect: {{allow: [build]}}, {settings}}}]\n"
        );
        let found: Vec<String> = match load_str("a.yaml", &yaml, day()) {
            Ok(loaded) => loaded
                .warnings
                .iter()
                .map(|it| it.code.as_str().to_owned())
                .collect(),
            Err(found) => codes(&found).iter().map(ToString::to_string).collect(),
        };
        assert!(found.iter().any(|found| found == code), "{yaml}: {found:?}");
    }
}

/// Without its endpoint, the subnet comes from addresses that IP rules admit.
#[test]
fn denied_subnet_with_admitted_egress_is_a_warning() {
    let deny = "defaultAction: Deny, subnets: [], expect: {deny: [build]}";
    for (egress, settings, warned) in [
        ("[198.51.100.7]", "ipRules: [198.51.100.0/24]", true),
        ("[198.51.100.7, 192.0.2.9]", "ipRules: [192.0.2.9]", true),
        ("[198.51.100.7]", "ipRules: [192.0.2.9]", false),
        ("[]", "ipRules: [192.0.2.9]", false),
        (
            "[192.0.2.9]",
            "ipRules: [192.0.2.9], publicNetworkAccess: Disabled",
            false,
        ),
    ] {
        let yaml = format!(
            "version: 1\nsubnets: {{build: {{id: {VNET}/build, egress: {egress}}}}}\n\
             registries: [{{id: {ID}, {deny}, {settings}}}]\n"
        );
        let loaded = load_str("a.yaml", &yaml, day()).unwrap();
        let mut warnings = loaded.warnings.iter();
        let found = warnings.any(|it| it.code.as_str() == "expect-endpoint");
        assert_eq!(found, warned, "{yaml}");
    }
}
