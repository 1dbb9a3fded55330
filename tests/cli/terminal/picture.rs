//! The picture in the README is a plan as a terminal shows it.

use std::path::Path;
use std::process::Command;

use super::emulator::OnTerminal;

/// The file in the repository is what the binary prints. `RINGFENCE_BLESS=1 cargo test --test cli picture` writes it.
#[test]
fn picture_of_the_readme_is_a_real_plan() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let command = "ringfence plan specs/quickstart.yaml --sandbox";
    let binary = Path::new(assert_cmd::cargo::cargo_bin!("ringfence"));
    let folder = binary.parent().expect("the binary is in a folder");
    let mut shell = Command::new("/bin/sh");
    // What goes to stderr, such as the port of the sandbox, is not part of the plan.
    shell
        .args(["-c", &format!("exec {command} 2>/dev/null")])
        .current_dir(root)
        .env_clear()
        .env("PATH", folder);
    let ended = OnTerminal::start(shell, 80, 60).end();
    assert_eq!(ended.code, 0);
    let shown = format!("$ {command}\n{}", ended.raw.replace("\r\n", "\n"));
    let terminal = anstyle_svg::Term::new().palette(anstyle_svg::WIN10_CONSOLE);
    let picture = terminal.render_svg(&shown);
    let path = root.join("docs/plan.svg");
    if std::env::var_os("RINGFENCE_BLESS").is_some() {
        std::fs::write(&path, &picture).unwrap();
    }
    let committed = std::fs::read_to_string(&path).unwrap();
    assert!(
        committed == picture,
        "docs/plan.svg is stale: run with RINGFENCE_BLESS=1"
    );
}
