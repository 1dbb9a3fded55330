//! Habits of other tools: words that Terraform, kubectl, az and others take, and what to write instead.
//!
//! The table is looked at only after the parser has refused the command line, so a word that ringfence takes is never
//! mistaken for a habit.

use std::ffi::OsString;

use crate::model::shell_word;

/// A word of other tools.
struct Habit {
    words: &'static [&'static str],
    help: &'static str,
    rewrite: Rewrite,
}

/// The way to the command line that was meant.
enum Rewrite {
    /// The word is this flag, with the same value.
    Flag(&'static str),
    /// The word stands for this command.
    Command(&'static str),
    /// The word is left out; its value stays.
    Drop,
    /// The value is the file of the JSON result.
    JsonFile,
    /// No command line of ringfence does the same.
    Nothing,
}

const HABITS: [Habit; 23] = [
    Habit {
        words: &["-auto-approve", "--auto-approve", "--force", "--assume-yes"],
        help: "`--yes` writes without being asked",
        rewrite: Rewrite::Flag("--yes"),
    },
    Habit {
        words: &["--dry-run", "-dry-run", "--what-if", "--noop", "--check"],
        help: "`ringfence plan` shows what would change and never writes",
        rewrite: Rewrite::Command("plan"),
    },
    Habit {
        words: &["-f", "--file", "--filename", "-var-file", "--var-file"],
        help: "a spec is given without a flag",
        rewrite: Rewrite::Drop,
    },
    Habit {
        words: &["-out", "--out", "--output-file"],
        help: "`-o json=FILE` saves the plan",
        rewrite: Rewrite::JsonFile,
    },
    Habit {
        words: &["--json", "-json"],
        help: "`-o json` prints JSON",
        rewrite: Rewrite::Flag("--output=json"),
    },
    Habit {
        words: &["-detailed-exitcode"],
        help: "write two hyphens",
        rewrite: Rewrite::Flag("--detailed-exitcode"),
    },
    Habit {
        words: &["-refresh-only", "--refresh-only"],
        help: "`ringfence audit` compares and never writes",
        rewrite: Rewrite::Command("audit"),
    },
    Habit {
        words: &["--no-color", "-no-color", "--no-colour"],
        help: "`--color never` prints no colours",
        rewrite: Rewrite::Flag("--color=never"),
    },
    Habit {
        words: &["--debug"],
        help: "`-vv` logs more",
        rewrite: Rewrite::Flag("-vv"),
    },
    Habit {
        words: &["-chdir", "--chdir", "-C"],
        help: "change into the folder first, with `cd`",
        rewrite: Rewrite::Nothing,
    },
    Habit {
        words: &["-n", "--name", "--registry", "-g", "--resource-group"],
        help: "registries are named in the spec, under `registries`",
        rewrite: Rewrite::Nothing,
    },
    Habit {
        words: &["--subscription", "-s"],
        help: "the spec names the subscription of each registry, in `id` or `subscription`",
        rewrite: Rewrite::Nothing,
    },
    Habit {
        words: &["--target", "-target", "--selector", "-l"],
        help: "`--only` takes names, globs and ids of registries",
        rewrite: Rewrite::Flag("--only"),
    },
    Habit {
        words: &["network-rule", "network-rules", "acr", "az"],
        help: "`ringfence rule` has the flags of `az acr network-rule`",
        rewrite: Rewrite::Command("rule"),
    },
    Habit {
        words: &["--ip", "--cidr"],
        help: "`ringfence rule` takes addresses with `--ip-address`",
        rewrite: Rewrite::Flag("--ip-address"),
    },
    Habit {
        words: &["--query"],
        help: "to pick values from the JSON, pipe it into `jq`",
        rewrite: Rewrite::Nothing,
    },
    Habit {
        words: &["version"],
        help: "the version is a flag",
        rewrite: Rewrite::Flag("--version"),
    },
    Habit {
        words: &["preview"],
        help: "`ringfence plan` shows what would change",
        rewrite: Rewrite::Command("plan"),
    },
    Habit {
        words: &["get", "show", "list", "status", "describe", "refresh", "drift"],
        help: "`ringfence audit` compares live state with the spec",
        rewrite: Rewrite::Command("audit"),
    },
    Habit {
        words: &["destroy", "delete", "remove", "rm"],
        help: "ringfence deletes no registries; to remove rules, take them out of the spec, then: ringfence apply SPEC, or \
               without a spec: ringfence rule remove",
        rewrite: Rewrite::Nothing,
    },
    Habit {
        words: &["login", "logout"],
        help: "ringfence signs in as the Azure CLI does: run `az login`, or choose another way with `--auth`",
        rewrite: Rewrite::Nothing,
    },
    Habit {
        words: &["new", "create"],
        help: "`ringfence init` writes a first spec",
        rewrite: Rewrite::Command("init"),
    },
    Habit {
        words: &["lint", "check", "verify"],
        help: "`ringfence validate` checks a spec offline",
        rewrite: Rewrite::Command("validate"),
    },
];

/// Returns the help for `refused`, a word that the parser did not take, or the start of one. `commands` are the names
/// of all commands, and `parses` tells if a command line is valid.
pub(crate) fn help(
    args: &[OsString],
    refused: &str,
    commands: &[&str],
    parses: impl Fn(&[OsString]) -> bool,
) -> Option<String> {
    for (at, arg) in args.iter().enumerate().skip(1) {
        if arg == "--" {
            break;
        }
        let Some(text) = arg.to_str().filter(|text| text.starts_with(refused)) else {
            continue;
        };
        let (word, value) = match text.split_once('=') {
            Some((word, value)) => (word, Some(value)),
            None => (text, None),
        };
        let Some(habit) = find(word) else { continue };
        // Only a command line that the parser takes is shown: it has no flag that could hold a secret.
        let meant = habit.rewrite.apply(args, at, value, commands);
        return Some(match meant.filter(|meant| parses(meant)) {
            Some(meant) => format!("{}: {}", habit.help, shown(&meant)),
            None => habit.help.to_owned(),
        });
    }
    None
}

fn find(word: &str) -> Option<&'static Habit> {
    HABITS.iter().find(|habit| habit.words.contains(&word))
}

impl Rewrite {
    /// Returns the command line that was meant, where `at` is the place of the word.
    fn apply(
        &self,
        args: &[OsString],
        at: usize,
        value: Option<&str>,
        commands: &[&str],
    ) -> Option<Vec<OsString>> {
        let mut meant = args.to_vec();
        match self {
            Self::Flag(flag) => {
                meant[at] = match value {
                    Some(value) => format!("{flag}={value}").into(),
                    None => flag.into(),
                };
            }
            Self::Drop => match value {
                Some(value) => meant[at] = value.into(),
                None => {
                    meant.remove(at);
                }
            },
            Self::JsonFile => {
                let file = match value {
                    Some(value) => value.to_owned(),
                    None if at + 1 < meant.len() => meant.remove(at + 1).into_string().ok()?,
                    None => return None,
                };
                meant[at] = "-o".into();
                meant.insert(at + 1, format!("json={file}").into());
            }
            Self::Command(command) => {
                match position_of_command(&meant, commands) {
                    // A flag that stands for a command takes the place of the one that was given.
                    Some(given) if given < at => {
                        meant[given] = command.into();
                        meant.remove(at);
                    }
                    _ => meant[at] = command.into(),
                }
            }
            Self::Nothing => return None,
        }
        Some(meant)
    }
}

/// Returns the place of the first word that is the name of a command.
fn position_of_command(args: &[OsString], commands: &[&str]) -> Option<usize> {
    args.iter()
        .position(|arg| commands.iter().any(|name| arg == name))
}

/// Returns a command line as a person copies it into a shell.
pub(crate) fn shown(args: &[OsString]) -> String {
    let mut line = "ringfence".to_owned();
    for arg in args.iter().skip(1) {
        line.push(' ');
        line += &shell_word(arg);
    }
    line
}
