//! The table of settings, row by row: how each is wanted, compared, written and judged. A setting without a row here fails a
//! test.

use ringfence::live::{Reading, SubnetIdKey, parse};
use ringfence::model::{Setting, SettingKind};
use ringfence::plan::{Lists, Policy, RegistryPlan, patch_body, plan_registry};
use serde_json::{Value, json};

use super::{hub, live, wanted};
use crate::readings::reading;

/// What an answer about a Premium registry without the field means.
#[derive(Debug, PartialEq)]
enum Missing {
    /// The answer cannot be read.
    Unreadable,
    /// The plan is refused with this code.
    Refused(&'static str),
}

/// What is known about one setting, from the documentation.
struct SettingRow {
    setting: Setting,
    /// A wanted value by key, as a spec writes it.
    line: &'static str,
    /// A live value that means the same in another spelling.
    same: Value,
    /// A live value that differs.
    other: Value,
    /// The properties of the PATCH from `other` to the wanted value.
    sent: Value,
    premium: bool,
    missing: Missing,
    /// The value that an unknown word is taken for.
    unknown_means: Option<&'static str>,
}

fn rule_set(ips: &Value, subnets: &Value) -> Value {
    json!({"networkRuleSet": {"defaultAction": "Deny", "ipRules": ips, "virtualNetworkRules": subnets}})
}

fn rows_of_the_rule_set() -> Vec<SettingRow> {
    let ip = json!([{"action": "Allow", "value": "203.0.113.7"}]);
    let build = json!([{"action": "Allow", "virtualNetworkSubnetResourceId": hub("build").as_str()}]);
    vec![
        SettingRow {
            setting: Setting::DefaultAction,
            line: "defaultAction: Allow",
            same: json!("allow"),
            other: json!("Deny"),
            sent: json!({"networkRuleSet": {"defaultAction": "Allow"}}),
            premium: true,
            missing: Missing::Unreadable,
            unknown_means: Some("Deny"),
        },
        SettingRow {
            setting: Setting::IpRules,
            line: "ipRules: [203.0.113.7]",
            same: json!([{"value": "203.0.113.7/32"}]),
            other: json!([]),
            sent: rule_set(&ip, &json!([])),
            premium: true,
            missing: Missing::Unreadable,
            unknown_means: None,
        },
        SettingRow {
            setting: Setting::VirtualNetworkRules,
            line: "subnets: [$build]",
            same: json!([{"id": hub("build").as_str().to_uppercase()}]),
            other: json!([]),
            sent: rule_set(&json!([]), &build),
            premium: true,
            missing: Missing::Refused("subnet-rules-hidden"),
            unknown_means: None,
        },
    ]
}

fn rows_of_single_values() -> Vec<SettingRow> {
    let row = |setting, line, same: Value, other: Value, sent| SettingRow {
        setting,
        line,
        same,
        other,
        sent,
        premium: true,
        missing: Missing::Refused("setting-not-shown"),
        unknown_means: None,
    };
    vec![
        SettingRow {
            unknown_means: Some("Disabled"),
            ..row(
                Setting::PublicNetworkAccess,
                "publicNetworkAccess: Disabled",
                json!("disabled"),
                json!("Enabled"),
                json!({"publicNetworkAccess": "Disabled"}),
            )
        },
        SettingRow {
            premium: false,
            ..row(
                Setting::NetworkRuleBypassOptions,
                "trustedServices: false",
                json!("none"),
                json!("AzureServices"),
                json!({"networkRuleBypassOptions": "None"}),
            )
        },
        SettingRow {
            premium: false,
            ..row(
                Setting::NetworkRuleBypassAllowedForTasks,
                "tasksBypass: true",
                json!(true),
                json!(false),
                json!({"networkRuleBypassAllowedForTasks": true}),
            )
        },
        row(
            Setting::DataEndpointEnabled,
            "dataEndpoint: true",
            json!(true),
            json!(false),
            json!({"dataEndpointEnabled": true}),
        ),
        row(
            Setting::EndpointProtocol,
            "endpointProtocol: IPv4AndIPv6",
            json!("ipv4andipv6"),
            json!("IPv4"),
            json!({"endpointProtocol": "IPv4AndIPv6"}),
        ),
    ]
}

fn rows() -> Vec<SettingRow> {
    let mut rows = rows_of_the_rule_set();
    rows.extend(rows_of_single_values());
    rows.sort_by_key(|row| row.setting);
    rows
}

/// A Premium registry under `Deny` without rules.
fn closed() -> Value {
    live("Deny", &[], &[])
}

/// The body of [`closed`] with this value of a setting; `None` removes the field.
fn with_value(setting: Setting, value: Option<&Value>) -> Value {
    let mut body = closed();
    let mut at = &mut body["properties"];
    let mut keys = setting.path().split('.').peekable();
    while let Some(key) = keys.next() {
        if keys.peek().is_some() {
            at = &mut at[key];
        } else if let Some(value) = value {
            at[key] = value.clone();
        } else {
            at.as_object_mut().unwrap().remove(key);
        }
    }
    body
}

impl SettingRow {
    /// Plans the wanted value on a registry.
    fn plan(&self, reading: &Reading) -> RegistryPlan {
        let spec = wanted(&format!("    {}\n", self.line));
        plan_registry(&spec, reading, &Policy::default())
    }

    fn plan_from(&self, value: &Value) -> RegistryPlan {
        self.plan(&reading(&with_value(self.setting, Some(value))))
    }
}

#[test]
fn every_setting_has_a_row() {
    let tested: Vec<Setting> = rows().iter().map(|row| row.setting).collect();
    assert_eq!(tested, Setting::ALL);
}

#[test]
fn values_that_mean_the_same_are_no_change() {
    for row in rows() {
        let plan = row.plan_from(&row.same);
        assert_eq!(plan.managed, [row.setting], "{}", row.line);
        assert!(
            plan.changes.is_empty() && plan.is_empty(),
            "{}: {plan:?}",
            row.line
        );
    }
}

#[test]
fn differing_values_are_sent_in_arms_words() {
    for row in rows() {
        let plan = row.plan_from(&row.other);
        let changed: Vec<Setting> = plan.changes.settings.iter().map(|change| change.path).collect();
        assert_eq!(changed, [row.setting], "{}", row.line);
        let live = reading(&with_value(row.setting, Some(&row.other))).registry;
        let key = SubnetIdKey::VirtualNetworkSubnetResourceId;
        let body = patch_body(&plan.changes, &live, Lists::Both, key);
        assert_eq!(body, Some(json!({"properties": row.sent})), "{}", row.line);
    }
}

#[test]
fn settings_of_premium_are_refused_on_standard() {
    for row in rows() {
        let mut body = with_value(row.setting, Some(&row.other));
        body["sku"] = json!({"name": "Standard", "tier": "Standard"});
        let plan = row.plan(&reading(&body));
        let refused = plan.refusals.iter().any(|refusal| refusal.code.name() == "sku");
        assert_eq!(refused, row.premium, "{}: {:?}", row.line, plan.refusals);
    }
}

#[test]
fn fields_missing_from_a_premium_answer_are_not_assumed() {
    for row in rows() {
        let body = with_value(row.setting, None);
        let Ok(registry) = parse::registry("2026-09-01-preview", body) else {
            assert_eq!(row.missing, Missing::Unreadable, "{}", row.line);
            continue;
        };
        let plan = row.plan(&Reading::of(registry));
        assert!(plan.changes.is_empty(), "{}", row.line);
        let [refusal] = &*plan.refusals else {
            panic!("{}: {:?}", row.line, plan.refusals)
        };
        assert!(refusal.leaves_uncompared(), "{}", row.line);
        let Missing::Refused(code) = row.missing else {
            panic!("{}: {refusal:?}", row.line)
        };
        assert_eq!(refusal.code.name(), code, "{}", row.line);
    }
}

#[test]
fn unknown_words_are_noted_where_they_decide_access() {
    for row in rows() {
        let SettingKind::Word { unknown_means, .. } = row.setting.facts().kind else {
            continue;
        };
        assert_eq!(unknown_means, row.unknown_means, "{}", row.line);
        let plan = row.plan_from(&json!("Unheard"));
        // The word is not the wanted one, so it is replaced.
        assert!(plan.change(row.setting).is_some(), "{}", row.line);
        let note = plan.notes.iter().find(|note| note.code == "unknown-value");
        match row.unknown_means {
            Some(closed) => {
                let message = &note.unwrap_or_else(|| panic!("{}", row.line)).message;
                assert!(
                    message.ends_with(&format!("it is taken for `{closed}`")),
                    "{message}"
                );
            }
            None => assert!(note.is_none(), "{}: {note:?}", row.line),
        }
    }
}

/// Only the default action has a meaning where a registry below Premium does not show it.
#[test]
fn unshown_default_action_of_standard_means_allow() {
    let mut body = closed();
    body["sku"] = json!({"name": "Standard", "tier": "Standard"});
    body["properties"]
        .as_object_mut()
        .unwrap()
        .remove("networkRuleSet");
    for (line, changes) in [("defaultAction: Allow", 0), ("defaultAction: Deny", 1)] {
        let spec = wanted(&format!("    {line}\n"));
        let plan = plan_registry(&spec, &reading(&body), &Policy::default());
        assert_eq!(plan.changes.settings.len(), changes, "{line}");
    }
}
