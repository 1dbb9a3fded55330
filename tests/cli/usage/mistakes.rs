//! Mistakes that people make: what they type, how the run ends, and the words that must and must not be shown.

use tempfile::TempDir;

use super::run_with;

const REGISTRY: &str =
    "/subscriptions/s1/resourceGroups/rg/providers/Microsoft.ContainerRegistry/registries/contoso";

/// A command line with a mistake.
struct Mistake {
    args: &'static [&'static str],
    code: i32,
    shown: &'static [&'static str],
}

fn mistake(args: &'static [&'static str], code: i32, shown: &'static [&'static str]) -> Mistake {
    Mistake { args, code, shown }
}

/// Words that no mistake may lead to: an opening of registries, and the parser's advice to escape a word.
const NEVER: [&str; 3] = ["restore --default-allow", "did you mean `restore`", "use '--"];

/// Makes a folder with a spec, and files that are none.
fn folder() -> TempDir {
    let folder = TempDir::new().unwrap();
    let spec = format!("version: 1\nregistries:\n  - id: {REGISTRY}\n    defaultAction: Deny\n");
    let files = [
        ("q.yaml", spec.as_str()),
        ("plan.json", r#"{"format": "ringfence.plan/1"}"#),
        ("report.json", r#"{"format": "ringfence.apply/1"}"#),
        ("lab.json", r#"{"subscriptions": [], "resources": []}"#),
    ];
    for (name, text) in files {
        std::fs::write(folder.path().join(name), text).unwrap();
    }
    folder
}

fn check(mistakes: &[Mistake]) {
    let folder = folder();
    for Mistake { args, code, shown } in mistakes {
        let ended = run_with(folder.path(), &[], args);
        let stderr = ended.stderr;
        assert_eq!(ended.code, *code, "{args:?}: {stderr}");
        assert_eq!(ended.stdout, "", "{args:?}");
        for words in *shown {
            assert!(stderr.contains(words), "{args:?}: {words}\n{stderr}");
        }
        for words in NEVER {
            assert!(!stderr.contains(words), "{args:?}: {words}\n{stderr}");
        }
    }
}

#[test]
fn files_that_do_not_exist_have_a_next_step() {
    check(&[
        mistake(
            &["restore", "--from", "nope", "--sandbox"],
            1,
            &[
                "cannot read `nope`: no such file or folder\n",
                "help: give `last`, the id of a run in `.ringfence/sandbox`",
            ],
        ),
        mistake(
            &["apply", "--plan", "nope.json", "--sandbox"],
            1,
            &[
                "cannot read `nope.json`: no such file or folder\n",
                "help: check the path; to make such a file: ringfence plan SPEC -o json=FILE\n",
            ],
        ),
        mistake(
            &["explain", "contoso", "--spec", "q.yaml", "--from-file", "nope"],
            1,
            &[
                "cannot read `nope`: no such file or folder\n",
                "help: give `--from-file` a file",
            ],
        ),
        mistake(
            &["plan", "q.yaml", "--ca-file", "nope.pem"],
            1,
            &[
                "cannot read `nope.pem`: no such file or folder\n",
                "help: give `--ca-file` the PEM file",
            ],
        ),
    ]);
}

#[test]
fn habits_of_other_tools_get_the_exact_command() {
    check(&[
        mistake(
            &["apply", "q.yaml", "-auto-approve"],
            64,
            &[
                "error[usage]: unexpected argument `-a`",
                "ringfence apply q.yaml --yes\n",
            ],
        ),
        mistake(
            &["apply", "--auto-approve", "q.yaml"],
            64,
            &["ringfence apply --yes q.yaml\n"],
        ),
        mistake(
            &["apply", "q.yaml", "--force"],
            64,
            &["ringfence apply q.yaml --yes\n"],
        ),
        mistake(
            &["apply", "q.yaml", "--dry-run"],
            64,
            &["never writes: ringfence plan q.yaml\n"],
        ),
        mistake(&["plan", "--dry-run", "q.yaml"], 64, &["ringfence plan q.yaml\n"]),
        mistake(&["plan", "-f", "q.yaml"], 64, &["ringfence plan q.yaml\n"]),
        mistake(&["plan", "--file=q.yaml"], 64, &["ringfence plan q.yaml\n"]),
        mistake(
            &["plan", "q.yaml", "--json"],
            64,
            &["ringfence plan q.yaml --output=json\n"],
        ),
        mistake(
            &["plan", "q.yaml", "-detailed-exitcode"],
            64,
            &["ringfence plan q.yaml --detailed-exitcode\n"],
        ),
        mistake(
            &["plan", "q.yaml", "--target=contoso"],
            64,
            &["ringfence plan q.yaml --only=contoso\n"],
        ),
        mistake(
            &["plan", "q.yaml", "--target", "contoso"],
            64,
            &["ringfence plan q.yaml --only contoso\n"],
        ),
        mistake(
            &["plan", "q.yaml", "--out", "p.json"],
            64,
            &["ringfence plan q.yaml -o json=p.json\n"],
        ),
        mistake(
            &["plan", "q.yaml", "-out=p.json"],
            64,
            &["help: write `-o json=p.json`"],
        ),
        mistake(
            &["plan", "q.yaml", "--output", "p.json"],
            64,
            &["help: write `-o json=p.json`"],
        ),
        mistake(&["plan", "-n", "contoso"], 64, &["named in the spec"]),
        mistake(
            &["plan", "q.yaml", "--subscription", "s"],
            64,
            &["the spec names the subscription"],
        ),
        mistake(
            &["plan", "q.yaml", "--no-color"],
            64,
            &["ringfence plan q.yaml --color=never\n"],
        ),
        mistake(&["-chdir=x", "plan"], 64, &["change into the folder first"]),
        mistake(&["preview", "q.yaml"], 64, &["ringfence plan q.yaml\n"]),
        mistake(&["show", "q.yaml"], 64, &["ringfence audit q.yaml\n"]),
        mistake(&["login"], 64, &["run `az login`"]),
        mistake(&["new"], 64, &["ringfence init\n"]),
        mistake(&["destroy"], 64, &["ringfence deletes no registries"]),
        mistake(&["version"], 64, &["ringfence --version\n"]),
        mistake(&["aply", "q.yaml"], 64, &["did you mean `apply`?"]),
        mistake(&["help", "applly"], 64, &["did you mean `apply`?"]),
        mistake(&["restor"], 64, &["`ringfence --help` lists the commands"]),
    ]);
}

#[test]
fn unsafe_or_unknown_words_are_not_repeated_in_a_command() {
    let folder = folder();
    let args = ["apply", "q.yaml", "-auto-approve", "--client-secret=abc"];
    let ended = run_with(folder.path(), &[], &args);
    assert_eq!(ended.code, 64);
    let stderr = ended.stderr;
    assert!(stderr.contains("`--yes`") && !stderr.contains("abc"), "{stderr}");
}

#[test]
fn path_that_is_not_a_spec_is_no_invalid_spec() {
    check(&[
        mistake(
            &["plan", "contoso"],
            1,
            &[
                "error[io]: cannot read `contoso`: no such file or folder",
                "a registry is named in the spec",
            ],
        ),
        mistake(&["plan", REGISTRY], 1, &["a registry is named in the spec"]),
        mistake(
            &["plan", "p.yaml"],
            1,
            &["cannot read `p.yaml`", "this folder has q.yaml"],
        ),
        mistake(
            &["explain", "contoso", "--from", "8.8.8.8", "--spec", "p.yaml"],
            1,
            &["cannot read `p.yaml`", "this folder has q.yaml"],
        ),
        mistake(
            &["explain", "contoso", "--from", "8.8.8.8", "--spec", "lab.json"],
            64,
            &["`lab.json` is a state of the sandbox, not a spec"],
        ),
        mistake(
            &["restore", "--default-allow", "p.yaml", "--sandbox"],
            1,
            &["cannot read `p.yaml`", "this folder has q.yaml"],
        ),
        mistake(
            &["restore", "--default-allow", "report.json", "--sandbox"],
            64,
            &["to go back to the state that it holds: ringfence restore --from report.json"],
        ),
        mistake(
            &["plan", "q.yaml/p.yaml"],
            1,
            &["cannot read `q.yaml/p.yaml`: no such file"],
        ),
        mistake(
            &["apply", "p.json", "--sandbox"],
            1,
            &["a saved plan goes to `apply --plan p.json`"],
        ),
        mistake(
            &["sandbox", "--seed", "no.json", "-o", "json=r.json"],
            1,
            &[
                "cannot read `no.json`",
                "to keep the state in a new file: --state no.json",
            ],
        ),
        mistake(
            &["sandbox", "--seed", "q.yaml", "-o", "json=r.json"],
            64,
            &["takes the JSON of a state", "--for q.yaml"],
        ),
        mistake(
            &["plan", "q.yaml", "--sandbox", "new.json"],
            1,
            &["--sandbox=new.json"],
        ),
        mistake(
            &["plan", "q.yaml", "--sandbox", "lab.json"],
            64,
            &["is a state of the sandbox, not a spec", "--sandbox=lab.json"],
        ),
        mistake(
            &["apply", "plan.json"],
            64,
            &[
                "is a saved plan, not a spec",
                "ringfence apply --plan plan.json\n",
            ],
        ),
        mistake(
            &["plan", "report.json"],
            64,
            &["is the record of a run, not a spec", "restore --from report.json"],
        ),
        mistake(
            &["restore", "report.json"],
            64,
            &["ringfence restore --from report.json\n"],
        ),
        mistake(
            &["plan"],
            64,
            &["no spec", "did you mean: ringfence plan q.yaml\n"],
        ),
        mistake(&["apply"], 64, &["did you mean: ringfence apply q.yaml\n"]),
        mistake(
            &["plan", "q.yaml", "--only", "contos"],
            64,
            &["`--only contos` fits no registry", "did you mean `contoso`?"],
        ),
        mistake(
            &["plan", "q.yaml", "--only", "group:rgg"],
            64,
            &["`--only group:rgg` fits no registry", "did you mean `rg`?"],
        ),
        mistake(
            &["apply", "--plan", "plan.json", "--only", "contoso"],
            64,
            &["`--only` needs a spec"],
        ),
        mistake(
            &["plan", "q.yaml", "--only", "a["],
            64,
            &["expected a name, a glob"],
        ),
    ]);
}

#[test]
fn invalid_values_say_what_is_expected() {
    check(&[
        mistake(
            &["plan", "q.yaml", "--as-of", "31.3.2027"],
            64,
            &["expected YYYY-MM-DD, such as 2027-03-31"],
        ),
        mistake(
            &["apply", "q.yaml", "--checksum", "abc"],
            64,
            &["expected sha256: and 64 hexadecimal digits"],
        ),
        mistake(
            &["restore", "--default-allow", "contoso", "-g", "rg"],
            64,
            &[
                "registry `contoso` needs its subscription",
                "add --subscription ID",
            ],
        ),
        mistake(
            &[
                "restore",
                "--default-allow",
                "contoso",
                "-g",
                "rg",
                "--subscription",
                "Prod",
            ],
            64,
            &[
                "invalid value `Prod` for --subscription",
                "expected the id of a subscription, not its name",
            ],
        ),
        // The colons begin no line.
        mistake(&["open", "contoso", "--ip", "::1"], 64, &["'::1'"]),
        mistake(
            &["restore", "--default-allow", "contoso", "--subscription", "s"],
            64,
            &["registry `contoso` needs its resource group"],
        ),
    ]);
}

#[test]
fn variable_with_an_invalid_value_is_named() {
    let folder = folder();
    let variables = [("RINGFENCE_AUTH", "azurecli")];
    let ended = run_with(folder.path(), &variables, &["plan", "q.yaml"]);
    assert_eq!(ended.code, 64);
    let stderr = ended.stderr;
    assert!(stderr.contains("(from the variable RINGFENCE_AUTH)"), "{stderr}");
    let args = ["plan", "q.yaml", "--auth", "azurecli"];
    let stderr = run_with(folder.path(), &variables, &args).stderr;
    assert!(!stderr.contains("variable"), "{stderr}");
}

#[test]
fn json_is_written_for_words_that_do_not_parse() {
    let folder = folder();
    for args in [
        &["plan", "--bogus", "-o", "json=e.json"][..],
        &["-ojson=e.json", "bogus"],
        &["plan", "q.yaml", "--timeout", "x", "--output=json=e.json"],
    ] {
        let ended = run_with(folder.path(), &[], args);
        assert_eq!((ended.code, ended.stdout.as_str()), (64, ""), "{args:?}");
        let file = folder.path().join("e.json");
        let written = std::fs::read_to_string(&file).unwrap();
        assert!(written.contains("\"code\": \"usage\""), "{written}");
        std::fs::remove_file(file).unwrap();
    }
}

#[test]
fn mistake_overwrites_no_file_that_is_named() {
    let folder = folder();
    let read = |name: &str| std::fs::read_to_string(folder.path().join(name)).unwrap();
    let (spec, state) = (read("q.yaml"), read("lab.json"));
    for args in [
        &["plan", "q.yaml", "--bogus", "-o", "json=q.yaml"][..],
        &["plan", "--bogus", "--sandbox=lab.json", "-o", "json=lab.json"],
        &["plan", ".", "--bogus", "-o", "json=./q.yaml"],
    ] {
        assert_eq!(run_with(folder.path(), &[], args).code, 64);
        assert_eq!(
            (read("q.yaml"), read("lab.json")),
            (spec.clone(), state.clone()),
            "{args:?}"
        );
    }
}

#[test]
fn errors_of_files_have_a_next_step() {
    check(&[
        mistake(
            &["plan", "q.yaml", "--sandbox", "-o", "json=nope/x"],
            1,
            &["cannot write `nope/x`", "help: make its folder first"],
        ),
        mistake(
            &["apply", "--plan", ".", "--sandbox"],
            1,
            &[
                "cannot read `.`: it is a folder",
                "help: name a file, not a folder",
            ],
        ),
        mistake(
            &["restore", "--from", "lab.json", "--sandbox"],
            3,
            &["`lab.json` has no earlier state that can be used: it has no `format`"],
        ),
    ]);
}

/// In a sandbox, and in many pipelines, variables set them.
#[test]
fn usage_leaves_out_what_variables_set() {
    let variables = [
        ("RINGFENCE_AUTH", "client-secret"),
        ("RINGFENCE_ARM_ENDPOINT", "https://127.0.0.1:1"),
    ];
    let folder = TempDir::new().unwrap();
    for (words, usage) in [
        (
            &["with-access", "contoso"][..],
            "usage: ringfence with-access <REGISTRY> -- <CMD>...",
        ),
        (
            &["close", "contoso"],
            "usage: ringfence close <--lease <NAME>|--expired> <REGISTRY>",
        ),
    ] {
        let run = run_with(folder.path(), &variables, words);
        assert!(run.stderr.contains(usage), "{}", run.stderr);
    }
    let run = run_with(folder.path(), &[("RINGFENCE_AUTH", "odd")], &["close", "contoso"]);
    assert!(
        run.stderr.contains("(from the variable RINGFENCE_AUTH)"),
        "{}",
        run.stderr
    );
}
