#!/usr/bin/env bash
# Finds the plan that was reviewed for the commit GITHUB_SHA: the last one that succeeded on the head of its pull request.
# Prints `arguments=--checksum sha256:…` for GITHUB_OUTPUT. An apply with this flag writes what that plan says or nothing.
#
#   reviewed.sh WORKFLOW ARTIFACT
#
# Only the checksum of the artifact counts: a branch can make a false plan, but none that the merged spec does not make too.
# Needs gh, with GH_TOKEN, and GITHUB_REPOSITORY.
set -euo pipefail
workflow=$1
artifact=$2
fail() {
    echo "reviewed.sh: $1; to plan again and apply that, start the workflow by hand" >&2
    exit 1
}

head=$(gh api "repos/$GITHUB_REPOSITORY/commits/$GITHUB_SHA/pulls" --jq '.[0].head.sha // ""')
[ -n "$head" ] || fail "commit $GITHUB_SHA is from no pull request"
run=$(gh run list --repo "$GITHUB_REPOSITORY" --workflow "$workflow" --commit "$head" --event pull_request \
    --status success --limit 1 --json databaseId --jq '.[0].databaseId // ""')
[ -n "$run" ] || fail "no plan of $head has succeeded"
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
gh run download "$run" --repo "$GITHUB_REPOSITORY" --name "$artifact" --dir "$folder"
checksum=$(sed -n 's/^  "checksum": "\(sha256:[0-9a-f]\{64\}\)",$/\1/p' "$folder/plan.json")
[ -n "$checksum" ] || fail "the plan of run $run has no checksum"
echo "arguments=--checksum $checksum"
