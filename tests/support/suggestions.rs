//! The commands that a diagnosis suggests can be typed: each flag exists, and nothing is left to fill in that is known.

use std::collections::BTreeSet;
use std::process::Command;
use std::sync::{Mutex, PoisonError};

/// Words that stand for what the reader chooses or what only the reader knows, and a value that fits.
const LEFT_OPEN: &[(&str, &str)] = &[
    ("COMMAND", "true"),
    ("SPEC", "spec.yaml"),
    ("ADDRESS", "203.0.113.7"),
    ("SUBNET_ID", SUBNET),
    ("VNET_ID", NETWORK),
    ("WORKSPACE_ID", WORKSPACE),
    ("SUBNET", "default"),
    ("SUBSCRIPTION", "00000000-0000-0000-0000-000000000001"),
    ("NETWORK_SUBSCRIPTION", "00000000-0000-0000-0000-000000000001"),
    ("PRINCIPAL_ID", "00000000-0000-0000-0000-000000000001"),
    ("APPLICATION_ID", "00000000-0000-0000-0000-000000000001"),
    ("CLUSTER", "aks"),
    ("GROUP", "rg"),
    ("NAME", "ml"),
    ("TOKEN", "puller"),
    ("REGISTRY", "contoso"),
    ("REGISTRY.azurecr.io", "contoso.azurecr.io"),
    (
        "https://REGISTRY.azurecr.io/v2/",
        "https://contoso.azurecr.io/v2/",
    ),
];
const NETWORK: &str =
    "/subscriptions/s/resourceGroups/rg/providers/Microsoft.Network/virtualNetworks/hub";
const SUBNET: &str =
    "/subscriptions/s/resourceGroups/rg/providers/Microsoft.Network/virtualNetworks/hub/subnets/build";
const WORKSPACE: &str =
    "/subscriptions/s/resourceGroups/rg/providers/Microsoft.OperationalInsights/workspaces/logs";

/// Commands of azure-cli 2.91.0 with the flags that they need, and others that they take (`az COMMAND --help`).
const AZ: &[(&str, &[&str], &[&str])] = &[
    ("acr check-health", &["-n"], &["--vnet", "--subscription"]),
    (
        "acr config authentication-as-arm show",
        &["-r"],
        &["--subscription"],
    ),
    ("acr list", &[], &["--query"]),
    ("acr login", &["-n"], &["--expose-token", "--subscription"]),
    (
        "acr private-endpoint-connection approve",
        &["-r", "-n"],
        &["-g", "--subscription"],
    ),
    ("acr task logs", &["-r"], &["--subscription"]),
    (
        "acr token credential generate",
        &["-n", "-r"],
        &["--password1", "--subscription"],
    ),
    ("acr token list", &["-r"], &["--query", "--subscription"]),
    ("acr token show", &["-n", "-r"], &["--query", "--subscription"]),
    ("acr update", &["-n"], &["--sku", "--subscription"]),
    ("ad app credential list", &["--id"], &[]),
    ("ad app credential reset", &["--id"], &[]),
    ("aks check-acr", &["-n", "-g", "--acr"], &["--subscription"]),
    ("aks update", &["-n", "-g"], &["--attach-acr", "--subscription"]),
    ("cloud set", &["-n"], &[]),
    ("container show", &["-n", "-g"], &["--query", "--subscription"]),
    (
        "containerapp logs show",
        &["-n", "-g"],
        &["--type", "--subscription"],
    ),
    ("lock delete", &["--ids"], &[]),
    ("login", &[], &[]),
    ("ml workspace diagnose", &["-n", "-g"], &["--subscription"]),
    (
        "monitor diagnostic-settings create",
        &["-n", "--resource"],
        &["--workspace", "--logs"],
    ),
    (
        "network private-dns link vnet create",
        &["-g", "-z", "-n", "-v", "-e"],
        &["--subscription"],
    ),
    (
        "network private-dns record-set a add-record",
        &["-g", "-z", "-n", "-a"],
        &["--subscription"],
    ),
    (
        "network private-endpoint create",
        &[
            "-g",
            "-n",
            "--connection-name",
            "--private-connection-resource-id",
            "--subnet",
        ],
        &["--group-id", "--vnet-name", "-l", "--subscription"],
    ),
    ("network private-endpoint delete", &["--ids"], &[]),
    (
        "network private-endpoint dns-zone-group create",
        &["-g", "--endpoint-name", "-n", "--private-dns-zone", "--zone-name"],
        &["--subscription"],
    ),
    (
        "network private-endpoint dns-zone-group add",
        &["-g", "--endpoint-name", "-n", "--private-dns-zone", "--zone-name"],
        &["--subscription"],
    ),
    ("provider register", &["--namespace"], &["--subscription"]),
    (
        "role assignment create",
        &["--role", "--scope", "--assignee-object-id"],
        &["--assignee-principal-type"],
    ),
    ("security assessment list", &[], &["--subscription"]),
    ("webapp log tail", &["-n", "-g"], &["--subscription"]),
];

/// Checks every command between backquotes of these texts. With `known`, the registry was seen, so its name must be filled in.
pub(crate) fn check_suggestions<'t>(texts: impl IntoIterator<Item = &'t str>, known: bool) {
    for text in texts {
        for command in text.split('`').skip(1).step_by(2) {
            check(command, known);
        }
    }
}

fn check(command: &str, known: bool) {
    for left in ["{name}", "{registry}", "{address}", "{client}", "<"] {
        assert!(!command.contains(left), "`{command}` is not filled in");
    }
    assert!(
        !known || !command.contains("REGISTRY"),
        "`{command}` does not name the registry"
    );
    let mut words = words_of(command);
    for word in &mut words {
        if let Some((_, value)) = LEFT_OPEN.iter().find(|(open, _)| open == word) {
            (*value).clone_into(word);
        }
    }
    // A name alone, such as `ringfence apply`, speaks of the command.
    match words.first().map(String::as_str) {
        Some("ringfence") if words.len() > 2 => check_own(command, &words[1..]),
        Some("az") if words.len() > 2 => check_az(command, &words[1..]),
        _ => {}
    }
}

/// Splits a command at blanks outside of quotes.
fn words_of(command: &str) -> Vec<String> {
    let (mut words, mut word, mut quoted) = (Vec::new(), String::new(), false);
    for character in command.chars() {
        match character {
            '\'' => quoted = !quoted,
            ' ' if !quoted => words.push(std::mem::take(&mut word)),
            _ => word.push(character),
        }
    }
    words.push(word);
    words
}

/// Lets the built binary parse a command. Help ends it once every flag before is parsed.
fn check_own(command: &str, words: &[String]) {
    static CHECKED: Mutex<BTreeSet<String>> = Mutex::new(BTreeSet::new());
    if !CHECKED
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .insert(command.to_owned())
    {
        return;
    }
    let end = words.iter().position(|word| word == "--").unwrap_or(words.len());
    let output = Command::new(env!("CARGO_BIN_EXE_ringfence"))
        .args(&words[..end])
        .arg("--help")
        .env_clear()
        .output()
        .expect("the binary runs");
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "`{command}`: {stderr}");
}

fn check_az(command: &str, words: &[String]) {
    let (_, needed, taken) = AZ
        .iter()
        .find(|(name, ..)| words.join(" ").starts_with(name))
        .unwrap_or_else(|| panic!("`{command}` is not in the table of commands"));
    for flag in *needed {
        assert!(words.iter().any(|word| word == flag), "`{command}` lacks {flag}");
    }
    for word in words.iter().filter(|word| word.starts_with('-')) {
        let known = needed.contains(&word.as_str()) || taken.contains(&word.as_str());
        assert!(known, "`{command}`: {word} is not a flag of it");
    }
}
