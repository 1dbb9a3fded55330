#!/usr/bin/env bash
# Runs one command of ringfence in a pipeline, and keeps in a folder what came of it.
#
#   ci/run.sh plan|apply|audit [ARGUMENT…]
#   ci/run.sh report FILE… [--shards N]          merges the reports of shards
#
# The folder is RINGFENCE_OUT, by default ringfence-out. It gets COMMAND.txt and COMMAND.json (the result), COMMAND.log
# (stderr), COMMAND.exit (the exit code), COMMAND.md (for a comment or a summary) and the snapshots of an apply.
# RINGFENCE_SHARD (such as 2/4) becomes --shard. Ends with the exit code of ringfence.
set -euo pipefail
command=${1:?expected plan, apply, audit or report}
shift
out=${RINGFENCE_OUT:-ringfence-out}

case $command in
plan) set -- --detailed-exitcode "$@" ;;
apply) set -- --yes --snapshots "$out/snapshots" "$@" ;;
audit) ;;
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
rm -f "$out/$command".{txt,json,log,exit,md}
code=0
ringfence "$command" "$@" -o "text=$out/$command.txt" -o "json=$out/$command.json" -o "markdown=$out/$command.md" 2>&1 | tee "$out/$command.log" >&2 || code=$?
if [ -f "$out/$command.txt" ]; then
    cat "$out/$command.txt"
fi
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
