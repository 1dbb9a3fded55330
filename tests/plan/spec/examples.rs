//! The example specs load, and each file of `specs/invalid` gives the findings that its first line names.

use std::path::{Path, PathBuf};

use ringfence::model::Setting;
use ringfence::spec::{
    self, Diagnostic, InvalidSpec, ListedRule, Loaded, Ownership, RegistrySpec, ServiceEndpoints,
};

fn load(path: &str) -> Result<Loaded, InvalidSpec> {
    let today = "2026-11-21".parse().unwrap();
    spec::load(&[Path::new(env!("CARGO_MANIFEST_DIR")).join(path)], today)
}

fn valid(path: &str) -> Loaded {
    let loaded = load(path).unwrap_or_else(|invalid| panic!("{path}: {:#?}", invalid.diagnostics));
    assert_eq!(loaded.warnings, [], "{path}");
    loaded
}

/// Returns `code line:column`, with the file if it is another one.
fn found(diagnostic: &Diagnostic, path: &Path) -> String {
    match diagnostic.source() {
        None => format!("{} -", diagnostic.code),
        Some(at) if Path::new(&*at.file) == path => {
            format!("{} {}:{}", diagnostic.code, at.line, at.column)
        }
        Some(at) => {
            let file = Path::new(&*at.file).strip_prefix(path.parent().unwrap()).unwrap();
            format!("{} {} {}:{}", diagnostic.code, file.display(), at.line, at.column)
        }
    }
}

fn invalid_specs() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("specs/invalid");
    let entries = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path());
    let mut files: Vec<PathBuf> = entries.filter(|path| path.is_file()).collect();
    files.sort();
    files
}

#[test]
fn invalid_specs_give_exactly_the_findings_they_name() {
    let today = "2026-11-21".parse().unwrap();
    let mut wrong = Vec::new();
    for path in invalid_specs() {
        let text = std::fs::read_to_string(&path).unwrap();
        let first = text.lines().next().unwrap();
        let wanted: Vec<&str> = first.strip_prefix("# expect: ").unwrap().split(", ").collect();
        let diagnostics = match spec::load(std::slice::from_ref(&path), today) {
            Ok(loaded) => loaded.warnings,
            Err(invalid) => invalid.diagnostics,
        };
        let got: Vec<String> = diagnostics.iter().map(|it| found(it, &path)).collect();
        if got != wanted {
            wrong.push(format!("{}: wanted {wanted:?}, got {got:?}", path.display()));
        }
        let helped = diagnostics.iter().all(|it| it.help.is_some());
        assert!(helped, "{}: {diagnostics:#?}", path.display());
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn rules(registry: &RegistrySpec, list: Setting) -> &[ListedRule] {
    registry.settings.rules(list).unwrap()
}

#[test]
fn minimal_spec_manages_two_keys() {
    let spec = valid("specs/minimal.yaml").spec;
    let [registry] = spec.registries.as_slice() else {
        panic!()
    };
    assert_eq!(registry.id.name(), "contoso");
    assert_eq!(registry.settings.word(Setting::DefaultAction), Some("Deny"));
    assert_eq!(
        rules(registry, Setting::IpRules)[0].rule.to_string(),
        "203.0.113.7"
    );
    let managed: Vec<Setting> = registry.settings.managed().collect();
    assert_eq!(managed, [Setting::DefaultAction, Setting::IpRules]);
}

#[test]
fn quickstart_resolves_names_and_defaults() {
    let spec = valid("specs/quickstart.yaml").spec;
    let names: Vec<&str> = spec.registries.iter().map(|it| it.id.name()).collect();
    assert_eq!(names, ["contosodev", "contosoprod"], "sorted by id");
    let prod = &spec.registries[1];
    assert_eq!(prod.settings.word(Setting::PublicNetworkAccess), Some("Enabled"));
    let scanner = &rules(prod, Setting::IpRules)[0];
    assert_eq!(scanner.name.as_deref(), Some("scanner"));
    assert_eq!(scanner.info.as_ref().unwrap().owner.as_deref(), Some("security"));
    assert_eq!(
        scanner.source.as_ref().unwrap().line,
        7,
        "where the range itself is written"
    );
    let build = rules(prod, Setting::VirtualNetworkRules)[0]
        .rule
        .subnet()
        .unwrap();
    assert_eq!(build.short(), "hub/build");
    assert_eq!(
        prod.expect.len(),
        5,
        "a network of two ranges is two expectations"
    );
    assert_eq!(
        rules(&spec.registries[0], Setting::VirtualNetworkRules),
        [],
        "managed and empty"
    );
}

#[test]
fn full_spec_has_every_key() {
    let spec = valid("specs/full.yaml").spec;
    assert_eq!(spec.files.len(), 1, "an included file was not named");
    let [contoso, shared] = spec.registries.as_slice() else {
        panic!()
    };
    assert_eq!(rules(contoso, Setting::IpRules).len(), 5);
    assert_eq!(contoso.ignore.len(), 4);
    assert!(contoso.ignore[2].subnet().is_some());
    assert_eq!(
        contoso.guardrails.max_removals,
        Some(10),
        "the file's own key wins over its include's"
    );
    assert_eq!(
        (
            contoso.guardrails.max_removal_percent,
            contoso.guardrails.widest_rule
        ),
        (Some(50), 16)
    );
    assert_eq!(
        (shared.service_endpoints, shared.ownership),
        (ServiceEndpoints::Assume, Ownership::Additive)
    );
    let trusted = shared.settings.get(Setting::NetworkRuleBypassOptions).unwrap();
    assert_eq!(
        trusted.value.word(),
        Some("AzureServices"),
        "from the defaults of the include"
    );
    let source = trusted.source.as_ref().unwrap();
    assert!(source.file.ends_with("shared/networks.yaml"), "{source:?}");
}
