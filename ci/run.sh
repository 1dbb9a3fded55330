#!/usr/bin/env bash
# Runs one command of ringfence in a pipeline, and keeps in a folder what came of it.
#
#   ci/run.sh plan|apply|audit [ARGUMENT…]
#   ci/run.sh report FILE… [--shards N]          merges the reports of shards
#
# The folder is RINGFENCE_OUT, by default ringfence-out. It gets COMMAND.txt and COMMAND.json (the result), COMMAND.log
# (stderr), COMMAND.exit (the exit code), COMMAND.md (for a comment or a summary), audit.sarif (for code scanning) and the
# snapshots of an apply. Annotations, the summary of the job and variables for later steps go where the system takes them (-o ci).
# RINGFENCE_SHARD (such as 2/4) becomes --shard. Ends with the exit code of ringfence.
set -euo pipefail
command=${1:?expected plan, apply, audit or report}
shift
out=${RINGFENCE_OUT:-ringfence-out}

case $command in
plan) set -- --detailed-exitcode "$@" ;;
apply) set -- --yes --snapshots "$out/snapshots" "$@" ;;
audit) set -- "$@" -o "sarif=$out/audit.sarif" ;;
report) set -- merge --detailed-exitcode "$@" ;;
*)
    echo "run.sh: expected plan, apply, audit or report, found: $command" >&2
    exit 64
    ;;
esac
if [ -n "${RINGFENCE_SHARD:-}" ]; then
    set -- "$@" --shard "$RINGFENCE_SHARD"
fi

mkdir -p "$out"
# The results of an earlier run must not pass for those of this one.
rm -f "$out/$command".{txt,json,log,exit,md,sarif}
code=0
{
    ringfence "$command" "$@" -o "text=$out/$command.txt" -o "json=$out/$command.json" \
        -o "markdown=$out/$command.md" -o ci 2>&1 >&3 | tee "$out/$command.log" >&2
} 3>"$out/$command.ci" || code=$?
if [ -f "$out/$command.txt" ]; then
    cat "$out/$command.txt"
fi
# Where the system has no commands of its own, -o ci writes the text again.
if [ -n "${GITHUB_ACTIONS:-}${TF_BUILD:-}" ]; then
    cat "$out/$command.ci"
fi
rm "$out/$command.ci"
echo "$code" >"$out/$command.exit"

# A run that was killed leaves no page.
if [ ! -s "$out/$command.md" ]; then
    printf '\n### ringfence %s: ended without a result (exit %s)\n' "$command" "$code" >"$out/$command.md"
fi
# The first line is a marker that readers do not see: ci/github/post.sh finds an earlier comment by it. Comments that must
# not replace each other have different RINGFENCE_MARKER, by default the name of the command.
page=$(tail -n +2 "$out/$command.md")
printf '<!-- ringfence: %s -->\n%s\n' "${RINGFENCE_MARKER:-$command}" "$page" >"$out/$command.md"
exit "$code"
