//! `validate --fix`: what it corrects, and what it leaves as it is.

use std::path::Path;

use assert_cmd::Command;

/// A spec with mistakes of each kind that leaves no choice, and comments, quotes and order that must stay.
const BROKEN: &str = "\u{feff}# Reviewed by the platform team.\r
version: 1\r
networks:\r
  offices: [203.0.113.7/24,   198.51.100.0/255.255.255.0]  # two sites\r
guardrails: {widestRule: 8, maxRemovals: \"5\", maxRemovalPercent: 30%}\r
registries:\r
  - name: \"contoso.azurecr.io\"\r
    resourceGroup: registries\r
    subscription: 00000000-0000-0000-0000-000000000000\r
    default_action: 'deny'   # not yet in production\r
    virtualNetworkRules: []\r
    trustedServices: \"yes\"\r
    ipRules:\r
      - offices\r
      - {reason: scans, value: 192.0.2.7, expires: 31.12.2099}\r
";

const CORRECTED: &str = "\u{feff}# Reviewed by the platform team.\r
version: 1\r
networks:\r
  offices: [203.0.113.0/24,   198.51.100.0/24]  # two sites\r
guardrails: {widestRule: /8, maxRemovals: 5, maxRemovalPercent: 30}\r
registries:\r
  - name: \"contoso\"\r
    resourceGroup: registries\r
    subscription: 00000000-0000-0000-0000-000000000000\r
    defaultAction: 'Deny'   # not yet in production\r
    subnets: []\r
    trustedServices: true\r
    ipRules:\r
      - offices\r
      - {reason: scans, cidr: 192.0.2.7, expires: 2099-12-31}\r
";

fn validate(folder: &Path, arguments: &[&str]) -> (i32, String, String) {
    let output = Command::new(assert_cmd::cargo::cargo_bin!("ringfence"))
        .current_dir(folder)
        .arg("validate")
        .args(arguments)
        .output()
        .unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (
        output.status.code().unwrap(),
        text(&output.stdout),
        text(&output.stderr),
    )
}

#[test]
fn fix_corrects_what_leaves_no_choice_and_keeps_the_rest() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("network.yaml");
    std::fs::write(&file, BROKEN).unwrap();
    let (code, _, before) = validate(folder.path(), &["network.yaml"]);
    assert_eq!(code, 65);
    assert!(before.contains("`ringfence validate --fix` corrects"), "{before}");
    assert_eq!(std::fs::read_to_string(&file).unwrap(), BROKEN);

    let (code, valid, done) = validate(folder.path(), &["network.yaml", "--fix"]);
    assert_eq!(std::fs::read_to_string(&file).unwrap(), CORRECTED, "{done}");
    assert_eq!((code, valid.as_str()), (0, "Valid. 1 registry.\n"), "{done}");
    assert!(done.contains("network.yaml:10: 'deny' → 'Deny'"), "{done}");

    // Nothing is left to correct.
    let (code, _, again) = validate(folder.path(), &["network.yaml", "--fix"]);
    assert_eq!((code, again.as_str()), (0, ""));
}

#[test]
fn fix_leaves_what_a_person_must_choose() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("network.yaml");
    let spec = "version: 1
networks: {offices: [203.0.113.0/24], office2: [198.51.100.0/24]}
registries:
  - id: /subscriptions/s/resourceGroups/r/providers/Microsoft.ContainerRegistry/registries/contoso
    ipRules: [ofices, office2, 192.0.2.1-192.0.2.9, '2001:db8::/32', 010.1.1.1/24, {cidr: &lab 192.0.2.9/24, reason: *lab}]
    iprules: [offices]
";
    std::fs::write(&file, spec).unwrap();
    let (code, _, said) = validate(folder.path(), &["network.yaml", "--fix"]);
    assert_eq!(code, 65, "{said}");
    assert!(said.contains("did you mean `offices`?"), "{said}");
    assert_eq!(std::fs::read_to_string(&file).unwrap(), spec);
}

/// JSON is YAML too: a key in quotes needs no space after its colon, and one without them does.
#[test]
fn fix_keeps_the_quotes_of_flow_mappings() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("network.yaml");
    let id =
        "/subscriptions/s/resourceGroups/r/providers/Microsoft.ContainerRegistry/registries/contoso";
    let spec = format!(
        r#"{{"version":1,"registries":[{{"id":"{id}","defaultaction":"deny","trustedServices":"yes"}}]}}"#
    );
    std::fs::write(&file, spec).unwrap();
    let (code, _, said) = validate(folder.path(), &["network.yaml", "--fix"]);
    assert_eq!(code, 0, "{said}");
    let corrected = format!(
        r#"{{"version":1,"registries":[{{"id":"{id}","defaultAction":"Deny","trustedServices":true}}]}}"#
    );
    assert_eq!(std::fs::read_to_string(&file).unwrap(), corrected);
}

/// A user without files.
#[cfg(unix)]
const NOBODY: u32 = 65534;

#[test]
#[cfg(unix)]
fn fix_respects_the_permissions_of_a_file() {
    use std::fs::{Permissions, copy, set_permissions};
    use std::os::unix::fs::PermissionsExt;
    use std::os::unix::process::CommandExt;
    let folder = tempfile::tempdir().unwrap();
    let [file, binary] = ["network.yaml", "ringfence"].map(|name| folder.path().join(name));
    std::fs::write(&file, "version: 1\nnetworks: {offices: [203.0.113.7/24]}\n").unwrap();
    set_permissions(&file, Permissions::from_mode(0o444)).unwrap();
    // The folder may be written, so that a new file could take the place of the old one.
    set_permissions(folder.path(), Permissions::from_mode(0o777)).unwrap();
    // Another user need not reach the binary where it was built.
    copy(assert_cmd::cargo::cargo_bin!("ringfence"), &binary).unwrap();
    let mut command = std::process::Command::new(&binary);
    command.current_dir(folder.path()).env_clear();
    // The superuser may write every file, so another user tries.
    if rustix::process::geteuid().is_root() {
        command.uid(NOBODY).gid(NOBODY);
    }
    let ended = command
        .args(["validate", "network.yaml", "--fix"])
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&ended.stderr);
    assert_eq!(ended.status.code(), Some(1), "{said}");
    assert!(said.contains("cannot correct"), "{said}");
}

#[test]
fn fix_corrects_included_files_and_refuses_stdin() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("shared")).unwrap();
    let shared = folder.path().join("shared/networks.yaml");
    std::fs::write(&shared, "version: 1\nnetworks: {offices: [203.0.113.7/24]}\n").unwrap();
    let main = "version: 1
include: [shared/networks.yaml]
registries:
  - id: /subscriptions/s/resourceGroups/r/providers/Microsoft.ContainerRegistry/registries/contoso
    ipRules: [offices]
";
    std::fs::write(folder.path().join("network.yaml"), main).unwrap();
    let (code, _, said) = validate(folder.path(), &["network.yaml", "--fix"]);
    assert_eq!(code, 0, "{said}");
    let corrected = std::fs::read_to_string(&shared).unwrap();
    assert_eq!(corrected, "version: 1\nnetworks: {offices: [203.0.113.0/24]}\n");

    let (code, _, said) = validate(folder.path(), &["-", "--fix"]);
    assert!(code == 64 && said.contains("from stdin"), "{code} {said}");
}
