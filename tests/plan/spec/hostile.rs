//! Hostile input ends in a clear error, without a panic and within bounded time and memory.

use std::path::PathBuf;

use proptest::prelude::*;
use ringfence::render::diagnostic::{Look, text};
use ringfence::spec::{self, InvalidSpec, Severity};

const LOOK: Look = Look {
    color: false,
    unicode: true,
    width: 100,
};

fn refused(yaml: &str) -> InvalidSpec {
    spec::load_str("a.yaml", yaml, "2026-11-21".parse().unwrap()).expect_err("hostile input is refused")
}

fn refused_file(bytes: &[u8]) -> InvalidSpec {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.yaml");
    std::fs::write(&path, bytes).unwrap();
    refused_path(path)
}

fn refused_path(path: PathBuf) -> InvalidSpec {
    spec::load(&[path], "2026-11-21".parse().unwrap()).expect_err("hostile input is refused")
}

/// Returns the first finding's code and message, and checks the size of the rendered findings.
fn first(invalid: &InvalidSpec) -> (&'static str, String) {
    let rendered = text(&invalid.diagnostics, LOOK);
    assert!(rendered.len() < 1_000_000, "{} bytes", rendered.len());
    let found = &invalid.diagnostics[0];
    assert!(found.help.is_some() && found.message.len() < 500, "{found:?}");
    (found.code.as_str(), found.message.clone())
}

#[test]
fn nesting_is_bounded() {
    for yaml in [
        "[".repeat(100_000),
        "{a: ".repeat(100_000),
        "- ".repeat(100_000),
        "? ".repeat(100_000),
    ] {
        assert_eq!(first(&refused(&yaml)).0, "too-deep", "{}", &yaml[..8]);
    }
}

#[test]
fn aliases_cannot_nest_deeper_than_the_text() {
    let mut yaml = String::from("a0: &a0 [x]\n");
    for level in 1..10_000 {
        yaml += &format!("a{level}: &a{level} [*a{}]\n", level - 1);
    }
    assert_eq!(first(&refused(&yaml)).0, "too-deep");
}

#[test]
fn alias_bomb_is_an_error() {
    let mut yaml = String::from("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
    for level in 1..30 {
        let ten = vec![format!("*a{}", level - 1); 10].join(", ");
        yaml += &format!("a{level}: &a{level} [{ten}]\n");
    }
    assert_eq!(first(&refused(&yaml)).0, "too-large");
    let merged = "a: &a {b: 1}\nc: &c\n  <<: [".to_owned() + &"*a, ".repeat(2_000_000) + "]\n";
    assert_eq!(first(&refused(&merged)).0, "too-large");
}

#[test]
fn names_and_defaults_cannot_multiply_without_bound() {
    let id =
        "/subscriptions/s/resourceGroups/rg/providers/Microsoft.ContainerRegistry/registries/contoso";
    let ranges: Vec<String> = (0..=255).map(|last| format!("8.8.8.{last}")).collect();
    let ranges = ranges.join(", ");
    let names = "a, ".repeat(10_000);
    let repeated = format!(
        "version: 1\nnetworks: {{a: [{ranges}]}}\nregistries: [{{id: {id}, ignore: [{names}]}}]\n"
    );
    let registries: String = (0..10_000).map(|index| format!("- id: {id}{index}\n")).collect();
    let defaults = format!("version: 1\ndefaults: {{ignore: [{ranges}]}}\nregistries:\n{registries}");
    for yaml in [repeated, defaults] {
        let invalid = refused(&yaml);
        let found = invalid
            .diagnostics
            .iter()
            .find(|it| it.severity == Severity::Error)
            .unwrap();
        assert_eq!(found.code.as_str(), "too-large");
        assert!(found.source().is_some());
    }
}

#[test]
fn nested_anchors_are_accepted() {
    let nested =
        (0..30).fold(String::new(), |text, level| format!("{text}&a{level} [")) + &"]".repeat(30);
    assert_eq!(
        first(&refused(&format!("version: 1\ninclude: {nested}\n"))).0,
        "wrong-type"
    );
}

#[test]
fn list_cannot_contain_itself() {
    assert_eq!(first(&refused("version: 1\ninclude: &a [*a]\n")).0, "yaml-syntax");
}

#[test]
fn file_of_100_megabytes_is_refused_unread() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.yaml");
    std::fs::File::create(&path).unwrap().set_len(100 << 20).unwrap();
    let (code, message) = first(&refused_path(path));
    assert_eq!(code, "unreadable");
    assert!(message.ends_with("larger than 10 MiB, the limit"), "{message}");
}

/// `ringfence plan <(cat spec.yaml)`: the shell passes the path of a pipe without a name.
#[test]
#[cfg(target_os = "linux")]
fn pipe_is_described_as_a_pipe() {
    use std::os::fd::AsRawFd;
    let (reader, _writer) = std::io::pipe().unwrap();
    let path = format!("/proc/self/fd/{}", reader.as_raw_fd());
    let (code, message) = first(&refused_path(path.clone().into()));
    let expected = format!("cannot read `{path}`: it is a pipe, not a regular file");
    assert_eq!((code, message), ("unreadable", expected));
}

#[cfg(unix)]
#[test]
fn devices_are_not_read() {
    let (code, message) = first(&refused_path("/dev/zero".into()));
    assert_eq!(
        (code, message.as_str()),
        (
            "unreadable",
            "cannot read `/dev/zero`: it is a device or a socket, not a regular file"
        )
    );
}

#[test]
fn missing_file_reports_the_systems_reason() {
    let (code, message) = first(&refused_path("nowhere.yaml".into()));
    assert_eq!(code, "unreadable");
    assert!(message.starts_with("cannot read `nowhere.yaml`: "), "{message}");
}

#[test]
fn folder_without_yaml_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(first(&refused_path(folder.path().into())).0, "empty-folder");
}

#[test]
fn invalid_utf_8_is_reported_with_its_position() {
    let invalid = refused_file(b"version: 1\nname: \xc3\x28\n");
    assert_eq!(
        first(&invalid),
        ("not-utf-8", "invalid UTF-8 at offset 17".to_owned())
    );
    let at = invalid.diagnostics[0].source().unwrap();
    assert_eq!((at.line, at.column), (2, 7));
    assert_eq!(
        first(&refused_file(b"\xff\xfev\0e\0")).1,
        "the file is UTF-16, but a spec must be UTF-8"
    );
    assert_eq!(first(&refused_file(b"version: 1\n\0")).0, "nul-byte");
}

#[test]
fn empty_file_is_an_error() {
    for yaml in ["", " \n\n", "# only a comment\n", "---\n...\n", "~\n", "\u{feff}"] {
        assert_eq!(first(&refused(yaml)).0, "empty-file", "{yaml:?}");
    }
}

#[test]
fn byte_order_mark_takes_no_column() {
    let invalid = refused("\u{feff}versio: 1\n");
    let places: Vec<_> = invalid
        .diagnostics
        .iter()
        .map(|it| (it.source().unwrap().column, it.code.as_str()))
        .collect();
    assert_eq!(places, [(1, "missing-key"), (1, "unknown-key")]);
}

#[test]
fn very_long_line_is_shortened_in_output() {
    let yaml = format!("version: 1\ninclude: [{}]\n", "a".repeat(10 << 20));
    let invalid = refused(&yaml);
    assert_eq!(first(&invalid).0, "include-unreadable");
    assert!(text(&invalid.diagnostics, LOOK).len() < 2000);
    let key = format!("version: 1\n\"{}\": 1\n", "k".repeat(1 << 20));
    assert!(text(&refused(&key).diagnostics, LOOK).len() < 2000);
}

#[test]
fn first_thousand_errors_are_shown_and_the_rest_counted() {
    let yaml = format!("version: 1\ninclude: [{}]\n", "1,".repeat(100_000));
    let invalid = refused(&yaml);
    assert_eq!(invalid.diagnostics.len(), 1001);
    assert_eq!(
        invalid.diagnostics[1000].message,
        "99000 more errors are not shown"
    );
}

#[test]
fn printed_text_contains_no_terminal_escapes() {
    let invalid = refused("version: 1\n\"\\e[31m\\u202e\": 1\n");
    let rendered = text(&invalid.diagnostics, LOOK);
    assert!(rendered.contains("`\\u{1b}[31m\\u{202e}`"), "{rendered}");
    assert!(!rendered.contains(['\u{1b}', '\u{202e}']));
    let raw = refused("version: 1\nx\u{202e}y: 1\n");
    assert!(!text(&raw.diagnostics, LOOK).contains('\u{202e}'));
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn random_bytes_do_not_panic(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.yaml");
        std::fs::write(&path, &bytes).unwrap();
        let _ = spec::load(&[path], "2026-11-21".parse().unwrap());
    }

    /// Pieces of YAML in any order reach deeper code than random bytes.
    #[test]
    fn random_yaml_pieces_do_not_panic(pieces in proptest::collection::vec(prop_oneof![
        Just("version: 1\n"), Just("registries:\n"), Just("  - id: "), Just("networks:\n"), Just("  a: "),
        Just("&a "), Just("*a"), Just("<<: "), Just("["), Just("]"), Just("{"), Just("}"), Just(", "),
        Just("\n"), Just("? "), Just(": "), Just("- "), Just("!!str "), Just("|\n"), Just("'"), Just("\""),
        Just("\t"), Just("---\n"), Just("203.0.113.7/24"), Just("::1"), Just("ä"), Just("\u{202e}"),
        Just("    ipRules: "), Just("    expect: "), Just("# "), Just("include: "), Just("."), Just("..")
    ], 0..40)) {
        let yaml = pieces.concat();
        if let Err(invalid) = spec::load_str("a.yaml", &yaml, "2026-11-21".parse().unwrap()) {
            prop_assert!(!text(&invalid.diagnostics, LOOK).is_empty());
        }
    }
}
