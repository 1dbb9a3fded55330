//! The commands of the built binary, as its help lists them.

use std::process::Command;

/// Returns the names of all commands, in the order of the help.
pub(crate) fn commands() -> Vec<String> {
    let help = help(&[]);
    let (_, list) = help.split_once("\nCommands:\n").expect("a list of commands");
    let (list, _) = list.split_once("\n\n").expect("a paragraph");
    let mut names = Vec::new();
    for line in list.lines() {
        let name = line.split_whitespace().next().expect("a name");
        if name != "help" {
            names.push(name.to_owned());
        }
    }
    names
}

/// Returns the help of the whole command line, or of one command.
pub(crate) fn help(command: &[&str]) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_ringfence"))
        .args(command)
        .arg("--help")
        .env_clear()
        .output()
        .expect("the binary runs");
    String::from_utf8(output.stdout).expect("help is UTF-8")
}
