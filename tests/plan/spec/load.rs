//! Meaning of a loaded spec: names, files, defaults, expiry, expectations.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use proptest::prelude::*;
use proptest::sample::{Index, subsequence};
use ringfence::model::{Access, Cidr, DefaultAction, PublicNetworkAccess, Rule, Setting};
use ringfence::spec::{self, InvalidSpec, Loaded, RegistrySpec, load_str};

const ID: &str = "/subscriptions/s/resourceGroups/rg/providers/Microsoft.ContainerRegistry/registries";
const VNET: &str =
    "/subscriptions/s/resourceGroups/rg/providers/Microsoft.Network/virtualNetworks/v/subnets";

fn day(text: &str) -> jiff::civil::Date {
    text.parse().unwrap()
}

/// A file with one registry, whose settings are `settings` in flow style.
fn one(before: &str, settings: &str) -> Result<Loaded, InvalidSpec> {
    let yaml = format!("version: 1\n{before}\nregistries:\n- {{id: {ID}/contoso, {settings}}}\n");
    load_str("a.yaml", &yaml, day("2026-11-21"))
}

fn registry(loaded: Result<Loaded, InvalidSpec>) -> RegistrySpec {
    loaded.unwrap().spec.registries.remove(0)
}

fn ranges(registry: &RegistrySpec) -> Vec<String> {
    let rules = registry.settings.rules(Setting::IpRules).unwrap_or_default();
    rules.iter().map(|listed| listed.rule.to_string()).collect()
}

/// Code, file, line and column of each finding.
fn codes(invalid: &InvalidSpec) -> Vec<(&'static str, u32, u32)> {
    let place = |it: &spec::Diagnostic| it.source().map_or((0, 0), |at| (at.line, at.column));
    invalid
        .diagnostics
        .iter()
        .map(|it| (it.code.as_str(), place(it).0, place(it).1))
        .collect()
}

/// A folder with files, and the paths of those to load.
fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    // Includes must stay inside the repository of the file.
    std::fs::create_dir(folder.path().join(".git")).unwrap();
    for (name, text) in files {
        let path = folder.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    folder
}

fn load(folder: &Path, names: &[&str]) -> Result<Loaded, InvalidSpec> {
    let paths: Vec<PathBuf> = names.iter().map(|name| folder.join(name)).collect();
    spec::load(&paths, day("2026-11-21"))
}

#[test]
fn absent_key_is_unmanaged_and_empty_list_managed() {
    let absent = registry(one("", "trustedServices: true"));
    let managed: Vec<Setting> = absent.settings.managed().collect();
    assert_eq!(managed, [Setting::NetworkRuleBypassOptions]);
    let empty = registry(one("", "ipRules: [], subnets: []"));
    for list in Setting::lists() {
        assert_eq!(empty.settings.rules(list), Some(&[][..]));
    }
}

#[test]
fn rules_expire_on_their_day() {
    let yaml = format!(
        "version: 1\nregistries:\n- {{id: {ID}/contoso, ipRules: [{{cidr: 203.0.113.7, expires: 2027-03-31}}]}}\n"
    );
    let on = |today| registry(load_str("a.yaml", &yaml, day(today)));
    let before = on("2027-03-30");
    assert_eq!((ranges(&before).len(), before.expired.len()), (1, 0));
    let after = on("2027-03-31");
    assert_eq!((ranges(&after).len(), after.expired.len()), (0, 1));
    assert!(after.settings.manages(Setting::IpRules), "still managed");
}

#[test]
fn range_wanted_by_another_entry_does_not_expire() {
    let rules = "ipRules: [{cidr: 203.0.113.7, expires: 2020-01-01}, 203.0.113.7]";
    let registry = registry(one("", rules));
    assert_eq!(
        (ranges(&registry), registry.expired.len()),
        (vec!["203.0.113.7".to_owned()], 0)
    );
}

#[test]
fn anchors_aliases_and_merge_keys_work() {
    let before = "defaults: &base {defaultAction: Deny, trustedServices: true}";
    let registry = registry(one(before, "<<: *base, trustedServices: false"));
    assert_eq!(registry.settings.word(Setting::DefaultAction), Some("Deny"));
    assert_eq!(
        registry.settings.word(Setting::NetworkRuleBypassOptions),
        Some("None"),
        "the mapping's own key wins"
    );
}

#[test]
fn error_from_an_alias_points_to_the_anchor() {
    let invalid = one("networks: {a: &a [10.0.0.1/8], b: *a}", "ipRules: [a, b]").unwrap_err();
    assert_eq!(codes(&invalid), [("host-bits", 2, 19)]);
}

#[test]
fn invalid_network_name_is_reported_once() {
    let invalid = one(
        "networks: {offices: 5}\nsubnets: {build: nowhere}",
        "ipRules: [offices], subnets: [build]",
    );
    assert_eq!(
        codes(&invalid.unwrap_err()),
        [("wrong-type", 2, 21), ("bad-id", 3, 18)]
    );
}

#[test]
fn registry_in_two_files_names_both_positions() {
    let text = |id: &str| format!("version: 1\nregistries:\n- id: {id}/contoso\n");
    let folder = folder(&[("a.yaml", &text(ID)), ("b.yml", &text(&ID.to_uppercase()))]);
    let invalid = load(folder.path(), &[""]).unwrap_err();
    let [found] = invalid.diagnostics.as_slice() else {
        panic!("{invalid:?}")
    };
    assert_eq!(found.code.as_str(), "duplicate-registry");
    assert!(found.source().unwrap().file.ends_with("b.yml"));
    assert!(found.also[0].place.source.file.ends_with("a.yaml"));
}

#[test]
fn file_named_twice_is_loaded_once() {
    let folder = folder(&[(
        "a.yaml",
        &format!("version: 1\nregistries:\n- id: {ID}/contoso\n"),
    )]);
    let loaded = load(folder.path(), &["a.yaml", "", "./a.yaml"]).unwrap();
    assert_eq!((loaded.spec.registries.len(), loaded.spec.files.len()), (1, 1));
}

#[test]
fn later_definitions_override_includes() {
    let include = |settings: &str| format!("version: 1\ndefaults: {{{settings}}}\n");
    let main = format!(
        "version: 1\ninclude: [one.yaml, two.yaml]\ndefaults: {{dataEndpoint: true}}\nregistries:\n- id: {ID}/contoso\n"
    );
    let folder = folder(&[
        (
            "one.yaml",
            &include("dataEndpoint: false, tasksBypass: true, trustedServices: true"),
        ),
        ("two.yaml", &include("tasksBypass: false")),
        (
            "specs/main.yaml",
            &main.replace("[one.yaml, two.yaml]", "[../one.yaml, ../two.yaml]"),
        ),
    ]);
    let registry = registry(load(folder.path(), &["specs/main.yaml"]));
    let settings = &registry.settings;
    assert_eq!(
        settings.flag(Setting::DataEndpointEnabled),
        Some(true),
        "the file's own"
    );
    let tasks = settings.flag(Setting::NetworkRuleBypassAllowedForTasks);
    assert_eq!(tasks, Some(false), "the later include's");
    let trusted = settings.word(Setting::NetworkRuleBypassOptions);
    assert_eq!(trusted, Some("AzureServices"), "the only one");
}

#[test]
fn includes_cannot_leave_the_repository() {
    let outer = folder(&[("secret.yaml", "password: hunter2\n")]);
    let inner = outer.path().join("inner");
    std::fs::create_dir_all(inner.join(".git")).unwrap();
    std::fs::write(inner.join("a.yaml"), "version: 1\ninclude: [../secret.yaml]\n").unwrap();
    let invalid = load(&inner, &["a.yaml"]).unwrap_err();
    assert_eq!(codes(&invalid), [("include-outside", 2, 11)]);
    assert!(!format!("{invalid:?}").contains("hunter2"));
}

#[test]
fn include_circle_names_its_files() {
    let text = |other: &str| format!("version: 1\ninclude: [{other}]\n");
    let folder = folder(&[("a.yaml", &text("b.yaml")), ("b.yaml", &text("a.yaml"))]);
    let invalid = load(folder.path(), &["a.yaml"]).unwrap_err();
    let [found] = invalid.diagnostics.as_slice() else {
        panic!("{invalid:?}")
    };
    assert_eq!(found.code.as_str(), "include-cycle");
    assert_eq!(found.message.matches(".yaml").count(), 3, "{}", found.message);
}

#[test]
fn two_includes_may_share_a_third() {
    let folder = folder(&[
        (
            "names.yaml",
            "version: 1\nnetworks: {offices: [203.0.113.0/24]}\n",
        ),
        ("one.yaml", "version: 1\ninclude: [names.yaml]\n"),
        ("two.yaml", "version: 1\ninclude: [names.yaml]\n"),
        (
            "main.yaml",
            &format!(
                "version: 1\ninclude: [one.yaml, two.yaml]\nregistries:\n- {{id: {ID}/contoso, ipRules: [offices]}}\n"
            ),
        ),
    ]);
    let loaded = load(folder.path(), &["main.yaml"]);
    assert_eq!(loaded.as_ref().unwrap().warnings, []);
    assert_eq!(ranges(&registry(loaded)), ["203.0.113.0/24"]);
}

#[test]
fn expired_entry_does_not_make_the_spec_invalid() {
    let networks = "networks: {vendor: {cidrs: [192.0.2.2], expires: 2026-06-15}}";
    let settings = "defaultAction: Deny, ipRules: [vendor], expect: {allow: [vendor]}";
    let loaded = one(networks, settings).unwrap();
    let codes: Vec<_> = loaded.warnings.iter().map(|it| it.code.as_str()).collect();
    assert_eq!(codes, ["expired", "expect-expired"]);
    // The plan still judges the expectation.
    assert_eq!(loaded.spec.registries[0].expect.len(), 1);
    // Another cause stays an error.
    let disabled = format!("publicNetworkAccess: Disabled, {settings}");
    assert!(one(networks, &disabled).is_err());
    let other = settings.replace("allow: [vendor]", "allow: [vendor, 192.0.2.3]");
    assert!(one(networks, &other).is_err());
}

#[cfg(unix)]
#[test]
fn links_out_of_the_repository_are_refused() {
    use std::os::unix::fs::symlink;

    let outside = tempfile::tempdir().unwrap();
    std::fs::write(outside.path().join("a.yaml"), "password: secret\n").unwrap();
    let folder = folder(&[
        ("shared/b.yaml", "version: 1\n"),
        ("specs/c.yaml", "version: 1\n"),
    ]);
    let specs = folder.path().join("specs");
    symlink(outside.path().join("a.yaml"), specs.join("a.yaml")).unwrap();
    symlink("../shared/b.yaml", specs.join("b.yaml")).unwrap();
    symlink(outside.path(), folder.path().join("link")).unwrap();
    // In a folder, as a file, and through a folder that is a link.
    for name in ["specs", "specs/a.yaml", "link", "link/a.yaml"] {
        let invalid = load(folder.path(), &[name]).unwrap_err();
        let found: Vec<_> = invalid.diagnostics.iter().map(|it| it.code.as_str()).collect();
        assert_eq!(found, ["link-outside"], "{name}");
        assert!(!format!("{invalid:?}").contains("secret"), "{name}");
    }
    std::fs::remove_file(specs.join("a.yaml")).unwrap();
    assert!(
        load(folder.path(), &["specs"]).is_ok(),
        "a link inside the repository"
    );
}

#[test]
fn errors_of_all_files_are_shown_together() {
    let folder = folder(&[
        ("a.yaml", "version: 2\n"),
        ("b.yaml", "oops\n"),
        ("c.yaml", "version: [\n"),
    ]);
    let invalid = load(folder.path(), &["", "nowhere.yaml"]).unwrap_err();
    let codes: Vec<_> = invalid.diagnostics.iter().map(|it| it.code.as_str()).collect();
    assert_eq!(
        codes,
        ["unreadable", "unsupported-version", "wrong-type", "yaml-syntax"]
    );
}

/// The expectation against the settings: `None` when it can hold.
#[test]
fn expectation_fails_only_if_no_open_state_meets_it() {
    let subnet = format!("{VNET}/build");
    let rows = [
        (
            "defaultAction: Deny, ipRules: [203.0.113.0/24]",
            "allow: [203.0.113.7]",
            true,
        ),
        (
            "defaultAction: Deny, ipRules: [203.0.113.0/24]",
            "allow: [8.8.8.8]",
            false,
        ),
        (
            "defaultAction: Deny, ipRules: [203.0.113.0/25, 203.0.113.128/25]",
            "allow: [203.0.113.0/24]",
            true,
        ),
        ("defaultAction: Deny, ipRules: []", "allow: [offices]", false),
        ("defaultAction: Deny", "allow: [8.8.8.8]", true),
        ("ipRules: []", "allow: [8.8.8.8]", true),
        (
            "defaultAction: Deny, ipRules: [], ownership: additive",
            "allow: [8.8.8.8]",
            true,
        ),
        (
            "defaultAction: Deny, ipRules: [], ignore: [8.0.0.0/8]",
            "allow: [8.8.8.8]",
            true,
        ),
        (
            "defaultAction: Deny, ipRules: [], ignore: [9.0.0.0/8]",
            "allow: [8.8.8.8]",
            false,
        ),
        ("publicNetworkAccess: Disabled", "allow: [8.8.8.8]", false),
        ("publicNetworkAccess: Disabled", "deny: [8.8.8.8, build]", true),
        (
            "publicNetworkAccess: Enabled, defaultAction: Allow",
            "deny: [8.8.8.8]",
            false,
        ),
        ("defaultAction: Allow", "deny: [8.8.8.8]", true),
        (
            "publicNetworkAccess: Enabled, ipRules: [8.8.8.8]",
            "deny: [8.8.8.0/24]",
            false,
        ),
        (
            "publicNetworkAccess: Enabled, ipRules: [8.8.8.8]",
            "deny: [8.8.9.0/24]",
            true,
        ),
        ("defaultAction: Deny, subnets: [build]", "allow: [build]", true),
        ("defaultAction: Deny, subnets: []", "allow: [build]", false),
        (
            "defaultAction: Deny, subnets: [], ignore: [build]",
            "allow: [build]",
            true,
        ),
        (
            "publicNetworkAccess: Enabled, defaultAction: Deny, subnets: [build]",
            "deny: [build]",
            false,
        ),
        ("publicNetworkAccess: Enabled, subnets: []", "deny: [build]", true),
    ];
    for (settings, expect, holds) in rows {
        let names = format!("networks: {{offices: [203.0.113.0/24]}}\nsubnets: {{build: {subnet}}}");
        let loaded = one(&names, &format!("{settings}, expect: {{{expect}}}"));
        let failed = loaded.is_err_and(|invalid| {
            invalid
                .diagnostics
                .iter()
                .any(|it| it.code.as_str() == "expect-fails")
        });
        assert_eq!(!failed, holds, "{settings} / {expect}");
    }
}

#[test]
fn one_wrong_default_gives_one_error() {
    let mut yaml = String::from("version: 1\ndefaults: {ipRules: [nowhere]}\nregistries:\n");
    for index in 0..50 {
        yaml += &format!("- id: {ID}/registry{index}\n");
    }
    let invalid = load_str("a.yaml", &yaml, day("2026-11-21")).unwrap_err();
    assert_eq!(codes(&invalid), [("unknown-name", 2, 22)]);
}

#[test]
fn json_diagnostic_has_position_and_line() {
    let invalid = one("", "defaultAction: deny").unwrap_err();
    let json = serde_json::to_value(&invalid.diagnostics[0]).unwrap();
    assert_eq!(json["severity"], "error");
    assert_eq!(json["code"], "unknown-value");
    assert_eq!(json["help"], "did you mean `Deny`?");
    let line = format!("- {{id: {ID}/contoso, defaultAction: deny}}");
    let column = line.find("deny").unwrap() + 1;
    assert_eq!(
        json["source"],
        serde_json::json!({ "file": "a.yaml", "line": 4, "column": column })
    );
    assert_eq!(json["line"], line);
}

/// All ranges inside a /30, few enough to try every state.
fn small() -> Vec<Cidr> {
    let texts = [
        "203.0.113.0/30",
        "203.0.113.0/31",
        "203.0.113.2/31",
        "203.0.113.0",
        "203.0.113.1",
        "203.0.113.2",
        "203.0.113.3",
    ];
    texts.iter().map(|text| text.parse().unwrap()).collect()
}

/// Every state that a spec allows, over [`small`].
fn states(spec: &RegistrySpec) -> Vec<Access> {
    let access = spec.settings.word(Setting::PublicNetworkAccess);
    let action = spec.settings.word(Setting::DefaultAction);
    let rules = spec.settings.rules(Setting::IpRules);
    let wanted: Vec<Rule> = rules
        .unwrap_or_default()
        .iter()
        .map(|listed| listed.rule.clone())
        .collect();
    let stays = |cidr: Cidr| {
        let ignored = spec
            .ignore
            .iter()
            .any(|ignored| ignored.covers(&Rule::from(cidr)));
        ignored || rules.is_none() || spec.ownership == spec::Ownership::Additive
    };
    let extra: Vec<Cidr> = small().into_iter().filter(|cidr| stays(*cidr)).collect();
    let mut states = Vec::new();
    for public_network_access in [PublicNetworkAccess::Enabled, PublicNetworkAccess::Disabled] {
        for default_action in [DefaultAction::Allow, DefaultAction::Deny] {
            let open = access.is_none_or(|it| it == public_network_access.as_str())
                && action.is_none_or(|it| it == default_action.as_str());
            for bits in 0..(1_u32 << extra.len()) {
                let picked = extra
                    .iter()
                    .enumerate()
                    .filter(|(index, _)| bits & (1 << index) != 0);
                let ip_rules = wanted
                    .iter()
                    .cloned()
                    .chain(picked.map(|(_, cidr)| Rule::from(*cidr)))
                    .collect::<Vec<_>>()
                    .into();
                let state = Access {
                    public_network_access: Some(public_network_access),
                    default_action,
                    ip_rules,
                    ..Access::default()
                };
                states.extend(open.then_some(state));
            }
        }
    }
    states
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    /// An expectation is refused exactly if brute force finds no state that meets it.
    #[test]
    fn expect_agrees_with_brute_force(
        rules in subsequence(small(), 0..4), ignored in subsequence(small(), 0..2), managed in any::<bool>(),
        keys in subsequence(vec!["defaultAction: Deny", "publicNetworkAccess: Enabled", "ownership: additive"], 0..=3),
        client in any::<Index>(), allow in any::<bool>(),
    ) {
        let list = |cidrs: &[Cidr]| cidrs.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
        let mut settings: Vec<String> = keys.iter().map(ToString::to_string).collect();
        settings.extend(managed.then(|| format!("ipRules: [{}]", list(&rules))));
        settings.push(format!("ignore: [{}]", list(&ignored)));
        let bare = registry(one("", &settings.join(", ")));
        let client = *client.get(&small());
        settings.push(format!("expect: {{{}: [{client}]}}", if allow { "allow" } else { "deny" }));
        let expectation = spec::Expectation {
            client: ringfence::model::Client::Address(client), allowed: allow, written: "x".into(), case: None, source: None,
        };
        let possible = states(&bare).iter().any(|state| expectation.holds(state));
        prop_assert_eq!(one("", &settings.join(", ")).is_ok(), possible, "{:?}", settings);
    }

    /// Specs with the same entries in another order give the same sets.
    #[test]
    fn order_of_entries_does_not_matter(
        rules in Just(vec!["offices", "vendor", "203.0.113.7", "{cidr: 192.0.2.64/28, reason: lab}", "192.0.2.64/28"]).prop_shuffle(),
        networks in Just(vec!["offices: [203.0.113.0/24, 203.0.113.7]", "vendor: {cidrs: [192.0.2.7], expires: 2020-01-01}"]).prop_shuffle(),
        names in Just(vec!["contosoa", "contosob", "contosoc"]).prop_shuffle(),
        expect in Just(vec!["offices", "203.0.113.7"]).prop_shuffle(),
    ) {
        let registries: Vec<String> = names.iter().map(|name| {
            format!("- {{id: {ID}/{name}, ipRules: [{}], expect: {{allow: [{}]}}}}\n", rules.join(", "), expect.join(", "))
        }).collect();
        let yaml = format!("version: 1\nnetworks: {{{}}}\nregistries:\n{}", networks.join(", "), registries.concat());
        let spec = load_str("a.yaml", &yaml, day("2026-11-21")).unwrap().spec;
        let ids: Vec<&str> = spec.registries.iter().map(|it| it.id.name()).collect();
        prop_assert_eq!(ids, ["contosoa", "contosob", "contosoc"]);
        for registry in &spec.registries {
            let wanted: BTreeSet<String> = ranges(registry).into_iter().collect();
            prop_assert_eq!(wanted.len(), 3);
            prop_assert!(wanted.iter().eq(["192.0.2.64/28", "203.0.113.0/24", "203.0.113.7"]));
            let expired: Vec<String> = registry.expired.iter().map(|listed| listed.rule.to_string()).collect();
            prop_assert_eq!(expired, ["192.0.2.7"]);
            prop_assert_eq!(registry.expect.len(), 3);
        }
    }
}
