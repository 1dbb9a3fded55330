//! `ringfence import` from files, without a connection.

use serde_json::{Value, json};

use crate::apply::apply_run::{denying, expect};
use crate::azure_bodies::SUBSCRIPTION;
use crate::ringfence_binary::{Run, Scenario};
use crate::spec_text::spec_of;

const MAIN: &str = r#"resource "azurerm_container_registry" "acr" {
  name                = "contoso"
  resource_group_name = azurerm_resource_group.rg.name
  sku                 = "Premium"
  network_rule_set {
    default_action = "Deny"
    ip_rule {
      action   = "Allow"
      ip_range = "203.0.113.7/32"
    }
  }
}
"#;
const GROUPS: &str = "resource \"azurerm_resource_group\" \"rg\" {\n  name = \"rg\"\n}\n";

fn scenario() -> Scenario {
    let scenario = Scenario::new(&spec_of(""), &[denying("contoso", &["203.0.113.7"], false)]);
    std::fs::create_dir(scenario.path("infra")).unwrap();
    scenario.write("infra/main.tf", MAIN);
    scenario.write("infra/groups.tf", GROUPS);
    scenario.write("infra/notes.txt", "not HCL {");
    scenario
}

#[test]
fn folder_of_terraform_becomes_a_spec_in_sync_with_what_it_made() {
    let scenario = scenario();
    let words = [
        "import",
        "--from-terraform",
        "infra",
        "--subscription",
        SUBSCRIPTION,
    ];
    let run = scenario.run_plain(&words);
    assert_eq!(run.code, 0, "{}", run.stderr);
    scenario.write("out.yaml", &run.stdout);
    assert_eq!(
        scenario.run_plain(&["fmt", "--check", "out.yaml"]).code,
        0,
        "{}",
        run.stdout
    );
    let plan = scenario.run(&["plan", "out.yaml", "--detailed-exitcode"]);
    assert_eq!(plan.code, 0, "{}\n{}", plan.stdout, run.stdout);
    // A part of the configuration does not tell the group.
    let run = scenario.run_plain(&[
        "import",
        "--from-terraform",
        "infra/main.tf",
        "--subscription",
        SUBSCRIPTION,
    ]);
    expect(
        &run,
        1,
        &[
            "error[unresolved]",
            "main.tf:1 azurerm_container_registry.acr: infra/main.tf:3 has the expression `azurerm_resource_group.rg.name`",
            "help: give the JSON of `terraform show -json PLANFILE`",
        ],
    );
}

/// Neither a template nor a plan says the value.
#[test]
fn value_that_no_file_tells_has_a_next_step() {
    let scenario = scenario();
    let template = json!({"$schema": "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#",
        "contentVersion": "1.0.0.0", "parameters": {"name": {"type": "string"}},
        "resources": [{"type": "Microsoft.ContainerRegistry/registries", "apiVersion": "2023-07-01",
            "name": "[parameters('name')]", "location": "westeurope", "sku": {"name": "Premium"}}]});
    scenario.write("main.json", &template.to_string());
    let run = scenario.run_plain(&["import", "--from-arm", "main.json", "-g", "rg"]);
    let told = [
        "resources[0].name has the expression `[parameters('name')]`",
        "help: write values, conditions and loops out",
        "ringfence import REGISTRY, or --resource-group RG",
    ];
    expect(&run, 1, &told);
}

/// PowerShell writes UTF-16, and a plan can come from a pipe.
#[test]
fn plan_of_windows_and_from_stdin_is_read() {
    let scenario = scenario();
    let plan = json!({"planned_values": {"root_module": {"resources": [{
        "address": "azurerm_container_registry.acr", "mode": "managed", "type": "azurerm_container_registry", "name": "acr",
        "values": {"name": "contoso", "resource_group_name": "rg", "sku": "Premium", "data_endpoint_enabled": true},
    }]}}})
    .to_string();
    let units = format!("\u{feff}{plan}").encode_utf16().collect::<Vec<_>>();
    let bytes: Vec<u8> = units.iter().flat_map(|unit| unit.to_le_bytes()).collect();
    std::fs::write(scenario.path("plan.json"), bytes).unwrap();
    let words = ["import", "--subscription", SUBSCRIPTION, "--from-terraform"];
    expect(
        &scenario.run_plain(&[&words[..], &["plan.json"]].concat()),
        0,
        &["dataEndpoint: true"],
    );
    let mut command = assert_cmd::Command::new(env!("CARGO_BIN_EXE_ringfence"));
    let output = command.args(words).arg("-").write_stdin(plan).output().unwrap();
    let told = String::from_utf8(output.stdout).unwrap();
    assert!(told.contains("dataEndpoint: true"), "{told}");
    // A picture is no text.
    std::fs::write(scenario.path("plan.png"), b"\x89PNG\r\n\x1a\n\xff\xfe").unwrap();
    let run = scenario.run_plain(&[&words[..], &["plan.png"]].concat());
    expect(
        &run,
        1,
        &[
            "line 1 is not UTF-8 text",
            "help: give a file of text, or - for stdin",
        ],
    );
}

#[test]
fn json_syntax_of_terraform_and_files_of_opentofu_are_named() {
    let scenario = scenario();
    scenario.write("infra/more.tf.json", "{\"resource\": {}}");
    scenario.write("infra/main.tofu", "resource {");
    let import = |path: &str| {
        let words = ["import", "--subscription", SUBSCRIPTION, "--from-terraform", path];
        scenario.run_plain(&words)
    };
    let named = "the JSON syntax of `infra/more.tf.json` is not read";
    let of_opentofu = "the file `infra/main.tofu` of OpenTofu is not read";
    expect(&import("infra"), 0, &[named, of_opentofu]);
    expect(&import("infra/more.tf.json"), 1, &["declares no registry", named]);
}

#[test]
fn template_becomes_a_spec() {
    let scenario = scenario();
    let schema = "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#";
    scenario.write(
        "main.json",
        &serde_json::json!({"$schema": schema, "resources": [{
            "type": "Microsoft.ContainerRegistry/registries", "name": "contoso", "sku": {"name": "Premium"},
            "properties": {"networkRuleSet": {"defaultAction": "[parameters('\u{1b}[2J##vso[x]')]",
                "ipRules": [{"value": "203.0.113.7"}]}}}]})
        .to_string(),
    );
    let words = [
        "import",
        "--from-arm",
        "main.json",
        "--subscription",
        SUBSCRIPTION,
        "-g",
        "rg",
        "-o",
        "json",
    ];
    let run = scenario.run_plain(&words);
    assert_eq!(run.code, 0, "{}", run.stderr);
    for text in [&run.stdout, &run.stderr] {
        assert!(!text.contains('\u{1b}') && !text.contains("##vso["), "{text}");
    }
    let document: Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!(document["registries"][0]["notes"][0]["code"], "unresolved");
    assert!(
        document["spec"]
            .as_str()
            .unwrap()
            .contains("ipRules: [203.0.113.7]"),
        "{document}"
    );
}

#[test]
fn files_that_declare_nothing_or_cannot_be_read_are_errors() {
    let scenario = scenario();
    let import = |words: &[&str]| scenario.run_plain(&[&["import"], words].concat());
    expect(
        &import(&["--from-terraform", "infra/groups.tf"]),
        1,
        &["declares no registry"],
    );
    expect(
        &import(&["--from-terraform", "infra/notes.txt"]),
        1,
        &["notes.txt:1:", "terraform validate"],
    );
    expect(
        &import(&["--from-terraform", "missing.tf"]),
        1,
        &["cannot read `missing.tf`", "cannot be imported together"],
    );
    expect(
        &import(&["--from-arm", "state.json"]),
        1,
        &["not a template of Resource Manager", "without comments"],
    );
    expect(
        &import(&["--from-arm", "state.json", "--all"]),
        64,
        &["cannot be used with"],
    );
    expect(
        &import(&["--from-arm", "state.json", "-o", "json=state.json"]),
        64,
        &["a file that the command reads"],
    );
}

/// Imports a configuration of this text.
fn imported(text: &str) -> Run {
    let scenario = scenario();
    scenario.write("main.tf", text);
    let words = [
        "import",
        "--subscription",
        SUBSCRIPTION,
        "--from-terraform",
        "main.tf",
    ];
    scenario.run_plain(&words)
}

/// A spec with the written rules alone would remove those that the dynamic block makes.
#[test]
fn dynamic_block_leaves_the_blocks_beside_it_open() {
    let rule = "    ip_rule {\n      action   = \"Allow\"\n      ip_range = \"203.0.113.7/32\"\n    }\n";
    let dynamic = "    dynamic \"ip_rule\" {\n      for_each = var.more\n      content {\n        ip_range = ip_rule.value\n      \
                   }\n    }\n";
    assert!(MAIN.contains(rule), "{MAIN}");
    for both in [format!("{rule}{dynamic}"), format!("{dynamic}{rule}")] {
        let text = MAIN.replace(rule, &both) + GROUPS;
        let run = imported(&text);
        expect(
            &run,
            0,
            &[
                "contoso: `ipRules` is left out",
                "the expression `dynamic \"ip_rule\"`",
            ],
        );
        assert!(run.stdout.contains("defaultAction: Deny"), "{}", run.stdout);
        assert!(!run.stdout.contains("ipRules"), "{}", run.stdout);
    }
}

/// Its key can be any key of the body.
#[test]
fn computed_key_leaves_its_object_open() {
    let body = "(var.key) = [{ value = \"203.0.113.7\" }], defaultAction = \"Deny\"";
    let text = format!(
        "resource \"azapi_resource\" \"acr\" {{\n  type = \"Microsoft.ContainerRegistry/registries@2025-11-01\"\n  name = \
         \"contoso\"\n  parent_id = \"/subscriptions/{SUBSCRIPTION}/resourceGroups/rg\"\n  ignore_body_changes = \
         [\"properties.networkRuleSet\", \"tags\", var.more]\n  body = {{ properties = {{ publicNetworkAccess = \"Enabled\", networkRuleSet = {{ \
         {body} }} }} }}\n}}\n"
    );
    let run = imported(&text);
    let told = [
        "contoso: `defaultAction` is left out: main.tf:6 has the expression `{ (var.key)",
        "contoso: `ipRules` is left out: main.tf:6 has the expression `{ (var.key)",
        "contoso: main.tf:5 ignores changes of `properties.networkRuleSet`",
        "contoso: main.tf:5 ignores changes of `var.more`",
    ];
    expect(&run, 0, &told);
    assert!(
        run.stdout.contains("publicNetworkAccess: Enabled"),
        "{}",
        run.stdout
    );
    assert!(!run.stdout.contains("defaultAction"), "{}", run.stdout);
}

/// A default reaches every registry, also one whose tier cannot have the setting.
#[test]
fn setting_that_a_tier_cannot_have_is_not_a_default() {
    let scenario = scenario();
    let text = format!(
        "{MAIN}{}{GROUPS}",
        MAIN.replace("\"acr\"", "\"basic\"")
            .replace("contoso", "basicacr")
    );
    let text = text
        .replacen("Premium", "Basic", 2)
        .replacen("Basic", "Premium", 1);
    scenario.write("main.tf", &text);
    let words = [
        "import",
        "--subscription",
        SUBSCRIPTION,
        "--from-terraform",
        "main.tf",
    ];
    let run = scenario.run_plain(&words);
    expect(
        &run,
        0,
        &["basicacr: `defaultAction` is not its default and is left out"],
    );
    scenario.write("out.yaml", &run.stdout);
    let plan = scenario.run(&["plan", "out.yaml", "--only", "contoso", "--detailed-exitcode"]);
    expect(&plan, 0, &[]);
    assert!(!run.stdout.contains("defaults:"), "{}", run.stdout);
}

/// A module of Bicep is a deployment, and so are its conditions and loops.
#[test]
fn registries_of_uncertain_and_linked_deployments_are_named() {
    let scenario = scenario();
    let schema = "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#";
    let registry = |name: &str| {
        json!({"type": "Microsoft.ContainerRegistry/registries", "apiVersion": "2025-11-01", "name": name,
            "sku": {"name": "Premium"}, "properties": {"publicNetworkAccess": "Enabled"}})
    };
    let deployment = |name: &str, more: (&str, Value)| {
        let mut deployment = json!({"type": "Microsoft.Resources/deployments", "name": name, "properties": {
            "template": {"$schema": schema, "resources": [registry(name)]}}});
        deployment[more.0] = more.1;
        deployment
    };
    let linked = json!({"type": "Microsoft.Resources/deployments", "name": "linked",
        "properties": {"templateLink": {"relativePath": "linked.json"}}});
    let template = json!({"$schema": schema, "resources": [
        registry("contoso"),
        deployment("looped", ("copy", json!({"name": "c", "count": 2}))),
        deployment("unsure", ("condition", json!("[parameters('deploy')]"))),
        deployment("certain", ("condition", json!(true))),
        linked,
    ]});
    scenario.write("main.json", &template.to_string());
    let run = scenario.run_plain(&[
        "import",
        "--from-arm",
        "main.json",
        "--subscription",
        SUBSCRIPTION,
        "-g",
        "rg",
    ]);
    let told = [
        "the template that `resources[4]` links to is not read: import it by itself",
        "the deployment `resources[1]` around it has a `copy` loop",
        "the deployment `resources[2]` around it has a `condition`",
    ];
    expect(&run, 1, &told);
    for (name, is_there) in [
        ("contoso", true),
        ("certain", true),
        ("looped", false),
        ("unsure", false),
    ] {
        assert_eq!(
            run.stdout.contains(&format!("/{name}\n")),
            is_there,
            "{}",
            run.stdout
        );
    }
}

fn terraform_registry(name: &str, provider: &str) -> String {
    format!(
        "resource \"azurerm_container_registry\" \"{name}\" {{\n  name = \"{name}\"\n  resource_group_name = \"rg\"\n  \
         sku = \"Premium\"\n{provider}}}\n"
    )
}

/// A provider whose subscription is a variable.
fn provider(more: &str) -> String {
    format!("provider \"azurerm\" {{\n{more}  subscription_id = var.subscription_id\n}}\n")
}

/// The usual way to write the default provider of azurerm. Its value is known when Terraform runs.
#[test]
fn subscription_in_a_variable_is_named_and_given_by_the_flag() {
    let scenario = scenario();
    std::fs::create_dir(scenario.path("open")).unwrap();
    let files = provider("") + &provider("  alias = \"b\"\n");
    let files = files
        + &terraform_registry("contoso", "")
        + &terraform_registry("fabrikam", "  provider = azurerm.b\n");
    scenario.write("open/main.tf", &files);
    let words = ["import", "--from-terraform", "open"];
    let open = [
        "azurerm_container_registry.contoso: open/main.tf:2 has the expression `var.subscription_id`",
        "help: add --subscription ID",
    ];
    let other = [
        "azurerm_container_registry.fabrikam: open/main.tf:6 has the expression `var.subscription_id`",
        "help: --subscription does not count here",
    ];
    expect(&scenario.run_plain(&words), 1, &[&open[..], &other].concat());
    let given = [&words[..], &["--subscription", SUBSCRIPTION]].concat();
    let run = scenario.run_plain(&given);
    expect(&run, 1, &other);
    assert!(!run.stderr.contains("contoso"), "{}", run.stderr);
    assert!(
        run.stdout
            .contains(&format!("/subscriptions/{SUBSCRIPTION}/resourceGroups/rg")),
        "{}",
        run.stdout
    );
}
