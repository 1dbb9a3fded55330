#!/usr/bin/env bash
# Runs ringfence in a step of GitHub Actions. The summary of the job and most outputs of the step are those of -o ci.
#
# COMMAND is plan, apply, audit or report. ARGUMENTS has the arguments, separated by blanks or lines. Exit code 2 (changes,
# drift) is an output and no failure: the workflow says what follows.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
out=${RINGFENCE_OUT:-ringfence-out}
export RINGFENCE_OUT=$out
# Words that look like patterns of file names stay as they are.
read -r -d '' -a arguments <<<"${ARGUMENTS:-}" || true

code=0
"$here/../run.sh" "$COMMAND" "${arguments[@]}" || code=$?
# A run that was killed has written none.
if [ -f "$out/$COMMAND.md" ] && [ ! -s "$GITHUB_STEP_SUMMARY" ]; then
    cat "$out/$COMMAND.md" >>"$GITHUB_STEP_SUMMARY"
fi
{
    echo "exit-code=$code"
    echo "folder=$out"
    echo "markdown=$out/$COMMAND.md"
    # Code scanning would take what an incomplete audit could not look at for mended.
    if [ -f "$out/$COMMAND.sarif" ] && { [ "$code" = 0 ] || [ "$code" = 2 ]; }; then
        echo "sarif=$out/$COMMAND.sarif"
    fi
} >>"$GITHUB_OUTPUT"
if [ "$code" = 2 ]; then
    exit 0
fi
exit "$code"
