//! Manual pages: one for the program and one for each command.

use clap::{Arg, Command};
use clap_mangen::Man;
use clap_mangen::roff::{Roff, bold, roman};

use super::exit_codes::EXIT_CODES;
use super::inputs::DEFAULT_SPEC;

/// One manual page.
pub(crate) struct Page {
    /// The name of the file, such as `ringfence-plan.1`.
    pub file: String,
    pub text: Vec<u8>,
}

/// Variables that no flag stands for.
const VARIABLES: [(&str, &str); 7] = [
    (
        "AZURE_CLIENT_ID, AZURE_TENANT_ID, AZURE_CLIENT_SECRET",
        "Sign in as a service principal with a secret.",
    ),
    (
        "AZURE_CLIENT_ID, AZURE_TENANT_ID, AZURE_FEDERATED_TOKEN_FILE",
        "Sign in by workload identity.",
    ),
    (
        "ACTIONS_ID_TOKEN_REQUEST_URL, ACTIONS_ID_TOKEN_REQUEST_TOKEN",
        "Sign in from GitHub Actions, with AZURE_CLIENT_ID and AZURE_TENANT_ID.",
    ),
    (
        "SYSTEM_OIDCREQUESTURI, SYSTEM_ACCESSTOKEN",
        "Sign in from Azure Pipelines, with the variables of its service connection.",
    ),
    (
        "HTTPS_PROXY, ALL_PROXY, NO_PROXY",
        "The proxy for requests to Azure, and the hosts that are reached without it.",
    ),
    (
        "CI",
        "If it is set to anything but false, no question is asked for a missing argument.",
    ),
    (
        "NO_COLOR, FORCE_COLOR, CLICOLOR, CLICOLOR_FORCE",
        "Colours, unless --color says otherwise.",
    ),
];

/// Files of a run that no flag names.
const FILES: [(&str, &str); 2] = [
    (DEFAULT_SPEC, "The spec, if the command line names none."),
    (
        ".ringfence/",
        "Snapshots of the state before each write, which restore --from brings back.",
    ),
];

/// Returns the page of the program, and then one for each command and for the commands in it.
///
/// # Errors
/// Writing into memory fails.
pub(crate) fn pages(parser: Command) -> std::io::Result<Vec<Page>> {
    let mut parser = parser.disable_help_subcommand(true);
    parser.build();
    let mut pages = vec![page(&parser, &parser)?];
    for command in parser.get_subcommands() {
        pages.push(page(command, &parser)?);
        for inner in command.get_subcommands() {
            pages.push(page(inner, &parser)?);
        }
    }
    Ok(pages)
}

fn page(command: &Command, program: &Command) -> std::io::Result<Page> {
    let name = command.get_display_name().unwrap_or_else(|| command.get_name());
    let man = Man::new(command.clone())
        .manual("ringfence")
        .source(format!("ringfence {}", program.get_version().unwrap_or_default()));
    let mut text = Vec::new();
    man.render_title(&mut text)?;
    man.render_name_section(&mut text)?;
    synopsis(command).to_writer(&mut text)?;
    man.render_description_section(&mut text)?;
    if command.has_subcommands() {
        commands(command).to_writer(&mut text)?;
    }
    man.render_options_section(&mut text)?;
    for section in [
        examples(command),
        list(
            "EXIT STATUS",
            &EXIT_CODES.map(|(code, meaning)| entry(code, meaning)),
        ),
        list("ENVIRONMENT", &variables(command)),
        list("FILES", &FILES.map(|(file, meaning)| entry(file, meaning))),
        see_also(name, program),
    ] {
        section.to_writer(&mut text)?;
    }
    Ok(Page {
        file: format!("{name}.1"),
        text,
    })
}

fn synopsis(command: &Command) -> Roff {
    let usage = command.clone().render_usage().to_string();
    let line = usage.trim_start_matches("Usage:").trim();
    let mut roff = Roff::new();
    roff.control("SH", ["SYNOPSIS"]);
    roff.text([roman(line)]);
    roff
}

fn commands(program: &Command) -> Roff {
    let mut entries = Vec::new();
    for command in program.get_subcommands() {
        let about = command.get_about().map(ToString::to_string).unwrap_or_default();
        entries.push(entry(command.get_name(), &about));
    }
    list("COMMANDS", &entries)
}

/// Returns the examples as they are printed by `--help`.
fn examples(command: &Command) -> Roff {
    let mut roff = Roff::new();
    roff.control("SH", ["EXAMPLES"]);
    roff.control("nf", []);
    let after = command
        .get_after_help()
        .map(ToString::to_string)
        .unwrap_or_default();
    for line in after.lines().skip(1) {
        // The examples end with an empty line.
        if line.is_empty() {
            break;
        }
        roff.text([roman(line.trim_start())]);
    }
    roff.control("fi", []);
    roff
}

fn variables(command: &Command) -> Vec<(String, String)> {
    let mut entries = Vec::new();
    for arg in command.get_arguments().filter(|arg| !arg.is_hide_set()) {
        if let (Some(variable), Some(long)) = (arg.get_env(), arg.get_long()) {
            let meaning = format!("The value of --{long}, if the flag is not given.");
            entries.push((variable.to_string_lossy().into_owned(), meaning));
        }
    }
    if command.get_arguments().any(is_connection) {
        entries.extend(VARIABLES.map(|(names, meaning)| entry(names, meaning)));
    }
    entries
}

/// Returns true for a visible flag about the connection to Azure.
fn is_connection(arg: &Arg) -> bool {
    arg.get_long() == Some("auth") && !arg.is_hide_set()
}

fn see_also(name: &str, program: &Command) -> Roff {
    let mut names = Vec::new();
    for command in [program].into_iter().chain(program.get_subcommands()) {
        let other = command.get_display_name().unwrap_or_else(|| command.get_name());
        if other != name {
            names.push(format!("{other}(1)"));
        }
    }
    let mut roff = Roff::new();
    roff.control("SH", ["SEE ALSO"]);
    roff.text([roman(names.join(", "))]);
    roff
}

fn entry(term: &str, meaning: &str) -> (String, String) {
    (term.to_owned(), meaning.to_owned())
}

/// Returns a section of terms and their meanings.
fn list(title: &str, entries: &[(String, String)]) -> Roff {
    let mut roff = Roff::new();
    if entries.is_empty() {
        return roff;
    }
    roff.control("SH", [title]);
    for (term, meaning) in entries {
        roff.control("TP", []);
        roff.text([bold(term)]);
        roff.text([roman(meaning)]);
    }
    roff
}
