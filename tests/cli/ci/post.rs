//! Comments and issues of GitHub that are replaced where they stand.

use super::script::{program, run, scenario};
use crate::ringfence_binary::{Run, Scenario};

/// A stand-in for `gh api`. It keeps each comment and issue in a file of the folder `kept`, whose name is its number, and
/// lists what `--jq` makes of them: number and first line of each that the bot wrote. `calls` has a line for each write.
const GH: &str = r#"#!/bin/bash
set -eu
method=GET
for word; do
    case ${last:-} in --method) method=$word ;; esac
    case $word in
    repos/*) path=$word ;;
    body=@*) body=${word#body=@} ;;
    state=closed) closed=yes ;;
    esac
    last=$word
done
mkdir -p kept
case $method in
GET) for file in kept/*; do [ ! -f "$file" ] || echo "${file##*/} $(head -n 1 "$file")"; done ;;
POST) cp "$body" "kept/$(($(ls kept | wc -l) + 7))" ;;
PATCH) if [ -n "${closed:-}" ]; then rm "kept/${path##*/}"; else cp "$body" "kept/${path##*/}"; fi ;;
esac
[ "$method" = GET ] || echo "$method $path" >>calls
"#;

fn post(scenario: &Scenario, words: &[&str]) -> Run {
    program(scenario, "gh", GH);
    let variables = [("GITHUB_REPOSITORY", "team/specs")];
    run(scenario, "github/post.sh", words, &variables)
}

#[test]
fn second_comment_replaces_the_first_and_no_other() {
    let scenario = scenario();
    for (file, text) in [
        ("other.md", "<!-- ringfence: plan staging -->\nother\n"),
        ("first.md", "<!-- ringfence: plan -->\nfirst\n"),
        ("second.md", "<!-- ringfence: plan -->\nsecond\n"),
    ] {
        scenario.write(file, text);
        let ended = post(&scenario, &["comment", "12", file]);
        assert_eq!((ended.code, ended.stderr.as_str()), (0, ""), "{file}");
    }
    assert_eq!(
        scenario.read("calls"),
        "POST repos/team/specs/issues/12/comments\n\
         POST repos/team/specs/issues/12/comments\n\
         PATCH repos/team/specs/issues/comments/8\n"
    );
    assert!(scenario.read("kept/7").ends_with("other\n"));
    assert!(scenario.read("kept/8").ends_with("second\n"));
}

#[test]
fn issue_is_opened_renewed_and_closed_once() {
    let scenario = scenario();
    scenario.write("audit.md", "<!-- ringfence: audit -->\ndrift\n");
    let steps: [&[&str]; 5] = [
        &["close-issue", "audit.md"],
        &["issue", "Drift", "audit.md"],
        &["issue", "Drift", "audit.md"],
        &["close-issue", "audit.md"],
        &["close-issue", "audit.md"],
    ];
    for words in steps {
        let ended = post(&scenario, words);
        assert_eq!((ended.code, ended.stderr.as_str()), (0, ""), "{words:?}");
    }
    assert_eq!(
        scenario.read("calls"),
        "POST repos/team/specs/issues\n\
         PATCH repos/team/specs/issues/7\n\
         PATCH repos/team/specs/issues/7\n"
    );
}
