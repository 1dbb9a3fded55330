#!/usr/bin/env bash
# Prints what a run of ci/run.sh left, as Markdown for a comment or a summary.
#
#   ci/markdown.sh COMMAND FOLDER
#
# The first line is a marker that readers do not see: ci/github/post.sh finds an earlier comment by it. Comments that
# must not replace each other have different RINGFENCE_MARKER, by default the name of the command.
set -euo pipefail
command=$1
out=$2
code=$(cat "$out/$command.exit")

case $command:$code in
plan:0) words="no changes" ;;
plan:2) words="changes to review" ;;
apply:0) words="applied and verified" ;;
apply:4) words="written, but not verified or only in part" ;;
audit:0) words="in sync" ;;
audit:2) words="drift or findings" ;;
report:0) words="every shard is done" ;;
report:2) words="changes, drift or findings" ;;
*:3) words="refused, nothing was written" ;;
*:65) words="the spec is invalid" ;;
*) words="failed" ;;
esac

# Without a result, stderr has the reason.
text=$out/$command.log
if [ -f "$out/$command.txt" ]; then
    text=$out/$command.txt
fi

printf '<!-- ringfence: %s -->\n' "${RINGFENCE_MARKER:-$command}"
printf '### ringfence %s: %s (exit %s)\n\n' "$command" "$words" "$code"
# Indented lines are code: nothing in them is Markdown, HTML or a mention. A comment of GitHub holds 65,536 characters.
LC_ALL=C awk -v limit=60000 '
    { size += length($0) + 5; if (size > limit) { cut = 1; exit } print "    " $0 }
    END { if (cut) print "\nThe rest is in the files of the run." }
' "$text"
