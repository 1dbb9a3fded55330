//! The page of causes: `docs/doctor.md` says what the tables of the code say.

use std::fmt::Write;
use std::path::Path;

use ringfence::doctor::all_causes;

/// The table of the page, which `RINGFENCE_BLESS=1 cargo test --test plan logs::page` writes.
#[test]
fn page_of_causes_is_that_of_the_tables() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/doctor.md");
    let page = std::fs::read_to_string(&path).unwrap();
    let (text, _) = page.split_once("| id |").expect("the page ends with the table");
    let mut want = format!("{text}| id | found | why | what to do |\n|---|---|---|---|\n");
    for cause in all_causes() {
        let remedies = cause.remedies.join("; ");
        let row = [cause.id, cause.title, cause.why, &remedies];
        writeln!(
            want,
            "| [{}]({}) | {} |",
            row[0],
            cause.link,
            row[1..].join(" | ")
        )
        .unwrap();
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
