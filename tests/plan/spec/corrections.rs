//! Corrected forms in the help of a diagnostic.

use ringfence::spec::{Diagnostic, load_str};

const ID: &str =
    "/subscriptions/s/resourceGroups/rg/providers/Microsoft.ContainerRegistry/registries/contoso";

/// Returns the errors and warnings of a file with these lines after `version`.
fn found(text: &str) -> Vec<Diagnostic> {
    let yaml = format!("version: 1\n{text}\n");
    match load_str("a.yaml", &yaml, "2026-11-21".parse().unwrap()) {
        Ok(loaded) => loaded.warnings,
        Err(invalid) => invalid.diagnostics,
    }
}

/// Returns code and help of the first diagnostic of a registry with these settings.
fn first(settings: &str) -> (&'static str, String) {
    let found = found(&format!("registries:\n- {{id: {ID}, {settings}}}"));
    (found[0].code.as_str(), found[0].help.clone().unwrap_or_default())
}

#[test]
fn pasted_addresses_are_not_taken_for_names() {
    for (entry, help) in [
        ("203.0.113.0\u{2013}203.0.113.1", "write `203.0.113.0/31`"),
        ("\"'203.0.113.10'\"", "write `203.0.113.10`"),
        ("\"203.0.113.11,\"", "write `203.0.113.11`"),
        ("203.0.113.64/255.255.255.192", "write `203.0.113.64/26`"),
    ] {
        let got = first(&format!("ipRules: [{entry}]"));
        assert_eq!(got, ("bad-address", help.to_owned()), "{entry}");
    }
    let (code, help) = first("ipRules: [runner.contoso.com]");
    assert_eq!(code, "bad-address");
    assert!(help.contains("public addresses of the host"), "{help}");
}

#[test]
fn keys_of_other_tools_get_the_key_of_the_spec() {
    for (key, help) in [
        (
            "networkRuleBypassOptions: AzureServices",
            "did you mean `trustedServices`?",
        ),
        (
            "networkRuleBypassAllowedForTasks: true",
            "did you mean `tasksBypass`?",
        ),
        ("data_endpoint_enabled: true", "did you mean `dataEndpoint`?"),
        ("virtualNetworkRules: []", "did you mean `subnets`?"),
        ("ipRules: [{value: 192.0.2.7}]", "did you mean `cidr`?"),
        ("serviceEndpoints: true", "write `ensure` or `assume`"),
        (
            "defaultAction: \u{201c}Deny\u{201d}",
            "write `Deny`, without the quotes",
        ),
    ] {
        let found = found(&format!("registries:\n- {{id: {ID}, {key}}}"));
        let helps: Vec<_> = found.iter().filter_map(|it| it.help.as_deref()).collect();
        assert!(helps.contains(&help), "{key}: {helps:?}");
    }
    let (_, help) = first("networkRuleSet: {defaultAction: Deny}");
    assert!(help.starts_with("remove this level"), "{help}");
}

#[test]
fn ids_are_found_in_links_login_servers_and_other_ids() {
    let rows = [
        (
            format!("id: 'https://portal.azure.com/#@contoso.com/resource{ID}/overview'"),
            format!("write `{ID}`"),
        ),
        (
            "name: contoso-abc123.azurecr.io, resourceGroup: rg, subscription: s".to_owned(),
            "write `contoso`".to_owned(),
        ),
        (
            "name: contoso, resourceGroup: rg, subscription: /subscriptions/s".to_owned(),
            "write `s`".to_owned(),
        ),
        (
            "name: contoso, resourceGroup: /subscriptions/s/resourceGroups/rg, subscription: s"
                .to_owned(),
            "write `rg`".to_owned(),
        ),
        (
            "name: contoso, resourceGroup: rg, subscription: My Subscription".to_owned(),
            "copy it from `az account show --query id`".to_owned(),
        ),
    ];
    for (identity, help) in rows {
        let found = found(&format!("registries:\n- {{{identity}}}"));
        assert_eq!(found.len(), 1, "{found:?}");
        assert_eq!(found[0].help.as_deref(), Some(help.as_str()), "{identity}");
        assert!(
            !found[0].message.contains("/subscriptions//"),
            "{}",
            found[0].message
        );
    }
}

#[test]
fn guardrails_and_dates_are_corrected() {
    for (guardrails, help) in [
        ("widestRule: 8", "write `/8`"),
        ("maxRemovalPercent: 30%", "write `30`, without the sign"),
    ] {
        let found = found(&format!("guardrails: {{{guardrails}}}"));
        assert_eq!(found[0].help.as_deref(), Some(help), "{guardrails}");
    }
    let (_, help) = first("ipRules: [{cidr: 192.0.2.7, expires: 31.12.2026}]");
    assert_eq!(help, "write `2026-12-31`");
}

#[test]
fn advice_for_private_ranges_never_leads_to_ip_rules() {
    let (_, help) = first("subnets: [10.0.0.0/25]");
    assert!(help.contains("resource id"), "{help}");
    let (_, help) = first("subnets: [203.0.113.0/25]");
    assert_eq!(help, "list it under `ipRules`");
    let (code, help) = first("defaultAction: Deny, ipRules: [10.0.0.0/8], expect: {allow: [10.0.1.4]}");
    assert_eq!(code, "special-use-range", "{help}");
    let (code, help) = first("expect: {allow: [10.0.1.4]}");
    assert_eq!(code, "expect-fails");
    assert!(help.contains("subnet of the client"), "{help}");
}

#[test]
fn ranges_wider_than_the_limit_are_warned_of() {
    assert_eq!(first("ipRules: [0.0.0.0/0]").0, "wide-rule");
    assert_eq!(
        first("ipRules: [0.0.0.0/0], expect: {allow: [0.0.0.0/0]}").0,
        "wide-rule"
    );
}

#[test]
fn syntax_mistakes_name_their_cause_and_place() {
    let registry = format!("registries:\n  - id: {ID}\n");
    for (lines, code, place, message) in [
        (
            "    defaultAction: Deny\n\tipRules: []",
            "tab-indent",
            (5, 1),
            "a tab indents this line",
        ),
        (
            "     defaultAction: Deny",
            "yaml-syntax",
            (4, 6),
            "this line is indented by 5, and the key above it by 4",
        ),
        (
            "    defaultAction: Deny\n   ipRules: []",
            "yaml-syntax",
            (5, 4),
            "this line is indented by 3, and the key above it by 4",
        ),
        (
            "    defaultAction:Deny",
            "yaml-syntax",
            (4, 18),
            "a blank is missing after the colon",
        ),
        (
            "    defaultAction Deny\n    ipRules: []",
            "yaml-syntax",
            (4, 5),
            "a colon is missing after the key",
        ),
        (
            "    defaultAction: \"Deny\n    ipRules: []",
            "yaml-syntax",
            (4, 20),
            "the quote \" is not closed on its line",
        ),
        (
            "    ipRules: [192.0.2.7\n    defaultAction: Deny",
            "yaml-syntax",
            (4, 14),
            "the bracket `[` is not closed",
        ),
        (
            "    ipRules: [192.0.2.7",
            "yaml-syntax",
            (4, 14),
            "the bracket `[` is not closed",
        ),
        ("    <<: *base", "yaml-syntax", (4, 9), "unknown anchor `base`"),
    ] {
        let found = found(&format!("{registry}{lines}"));
        let source = found[0].source().unwrap();
        let got = (found[0].code.as_str(), (source.line, source.column));
        assert_eq!(got, (code, place), "{lines}: {}", found[0].message);
        assert_eq!(found[0].message, message, "{lines}");
    }
}

#[test]
fn dash_of_a_text_editor_is_not_a_list() {
    let found = found(&format!(
        "registries:\n  - id: {ID}\n    ipRules:\n      \u{2013} 192.0.2.7"
    ));
    assert_eq!(
        found[0].help.as_deref(),
        Some("write `- 192.0.2.7`, with a hyphen")
    );
}

#[test]
fn keys_with_x_hold_anchors_at_the_top_alone() {
    let shared = "x-shared: &shared {defaultAction: Deny, ipRules: [192.0.2.7]}";
    assert_eq!(
        found(&format!("{shared}\nregistries:\n  - id: {ID}\n    <<: *shared")),
        []
    );
    let inside = found(&format!("registries:\n  - id: {ID}\n    x-note: 1"));
    assert_eq!(inside[0].code.as_str(), "unknown-key");
}
