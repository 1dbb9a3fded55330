#!/usr/bin/env bash
# Checks a spec without Azure, and writes to the summary of the job who gains and who loses access against a revision.
#
#   offline.sh REVISION FOLDER
#
# Needs no identity, so it is safe for pull requests from forks.
set -euo pipefail
revision=$1
folder=$2
ringfence validate "$folder"

# A folder that the revision lacks is new as a whole.
if [ -z "$(git ls-tree "$revision" -- "$folder")" ]; then
    echo "$folder is new." >>"$GITHUB_STEP_SUMMARY"
    exit 0
fi
code=0
difference=$(ringfence diff "$revision:$folder" "$folder") || code=$?
# The new spec is valid, so it is the other one that is not.
if [ "$code" = 65 ]; then
    echo "$folder is valid, and the one of the base is not: they cannot be compared." >>"$GITHUB_STEP_SUMMARY"
    exit 0
fi
printf '%s\n' "$difference"
if [ -n "$difference" ]; then
    printf '### Who gets in, against the base\n\n'
    # Indented lines are code: nothing in them is Markdown, HTML or a mention.
    printf '%s\n' "$difference" | awk '{ print "    " $0 }'
fi >>"$GITHUB_STEP_SUMMARY"
# 2: access differs, which the pull request is for.
if [ "$code" = 2 ]; then
    exit 0
fi
exit "$code"
