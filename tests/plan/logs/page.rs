//! The pages of causes: `docs/doctor.md` says what the tables of the code say, and `docs/articles.md` names every row.

use std::collections::BTreeSet;
use std::fmt::Write;
use std::path::Path;

use ringfence::doctor::{Cause, FoundBy, all_causes};

/// The rows of Microsoft's three articles, with the number of the last one of each kind. N5 and L2 have two parts.
const ROWS: [(&str, u32); 7] = [
    ("N", 11),
    ("NC", 4),
    ("NX", 11),
    ("L", 8),
    ("LC", 7),
    ("LX", 15),
    ("S", 26),
];

/// The table of the page, which `RINGFENCE_BLESS=1 cargo test --test plan logs::page` writes.
#[test]
fn page_of_causes_is_that_of_the_tables() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/doctor.md");
    let page = std::fs::read_to_string(&path).unwrap();
    let (text, _) = page.split_once("| id |").expect("the page ends with the table");
    let mut want = format!("{text}| id | found | by | why | what to do |\n|---|---|---|---|---|\n");
    for cause in all_causes() {
        let mut remedies = cause.remedies.join("; ").replace('|', "\\|");
        for (open, command) in [
            ("{with_access}", "ringfence with-access {name}"),
            (
                "{add_address}",
                "ringfence rule add -n {name} --ip-address ADDRESS",
            ),
            ("{add_subnet}", "ringfence rule add -n {name} --subnet SUBNET_ID"),
        ] {
            remedies = remedies.replace(open, command);
        }
        let row = [
            ids(cause),
            cause.title.into(),
            by(cause),
            cause.why.into(),
            remedies,
        ];
        writeln!(want, "| {} |", row.join(" | ")).unwrap();
    }
    if std::env::var_os("RINGFENCE_BLESS").is_some() {
        std::fs::write(&path, &want).unwrap();
        return;
    }
    assert!(
        page == want,
        "{} differs: run with RINGFENCE_BLESS=1",
        path.display()
    );
}

fn ids(cause: &Cause) -> String {
    let mut ids = format!("[{}]({})", cause.id, cause.link);
    for id in cause.also {
        ids += &format!(", {id}");
    }
    ids
}

fn by(cause: &Cause) -> String {
    match cause.found_by {
        FoundBy::Probes("") => "`doctor REGISTRY`".into(),
        FoundBy::Probes(flag) => format!("`doctor REGISTRY {flag}`"),
        FoundBy::InPart("") => "`doctor REGISTRY` in part, and `--log`".into(),
        FoundBy::InPart(flag) => format!("`doctor REGISTRY {flag}` in part, and `--log`"),
        FoundBy::Log => "`doctor --log`".into(),
        FoundBy::Advice => "advice alone".into(),
    }
}

#[test]
fn every_row_of_the_articles_is_served() {
    let mut served = BTreeSet::new();
    for cause in all_causes() {
        served.insert(cause.id.to_owned());
        served.extend(cause.also.iter().map(|id| (*id).to_owned()));
    }
    assert_eq!(missing_in(&served), [""; 0]);
}

/// The page that follows the articles names each row, and no other.
#[test]
fn every_row_is_on_the_page_of_the_articles() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/articles.md");
    let page = std::fs::read_to_string(path).unwrap();
    let mut named = BTreeSet::new();
    for row in page.lines().filter(|line| line.starts_with("| ")) {
        let ids = row.split(" | ").nth(1).expect("a row has three cells");
        named.extend(ids.split(", ").map(str::to_owned));
    }
    named.remove("ids");
    assert_eq!(missing_in(&named), [""; 0]);
}

/// Returns the rows of the articles that a set lacks.
fn missing_in(served: &BTreeSet<String>) -> Vec<String> {
    let mut missing = Vec::new();
    for (kind, last) in ROWS {
        for number in 1..=last {
            let parts = match (kind, number) {
                ("N", 5) | ("L", 2) => vec!["a", "b"],
                _ => vec![""],
            };
            for part in parts {
                let id = format!("{kind}{number}{part}");
                if !served.contains(&id) {
                    missing.push(id);
                }
            }
        }
    }
    missing
}
