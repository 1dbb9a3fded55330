#!/usr/bin/env bash
# Runs ringfence in a step of Azure Pipelines. Issues, the summary of the run and the output variables of the result are those
# of -o ci.
#
# COMMAND and ARGUMENTS are those of ci/github/step.sh. A job with `strategy: parallel` takes the shard of its position.
# The output variable exitCode has the exit code. Changes of a plan are a success, and drift or findings are a success with issues.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
export RINGFENCE_OUT=${RINGFENCE_OUT:-$SYSTEM_DEFAULTWORKINGDIRECTORY/ringfence-out}
if [ "${SYSTEM_TOTALJOBSINPHASE:-1}" -gt 1 ]; then
    export RINGFENCE_SHARD=$SYSTEM_JOBPOSITIONINPHASE/$SYSTEM_TOTALJOBSINPHASE
fi
read -r -d '' -a arguments <<<"${ARGUMENTS:-}" || true

code=0
"$here/../run.sh" "$COMMAND" "${arguments[@]}" || code=$?
echo "##vso[task.setvariable variable=exitCode;isOutput=true]$code"
if [ "$code" = 2 ]; then
    if [ "$COMMAND" = audit ]; then
        echo "##vso[task.complete result=SucceededWithIssues;]drift or findings"
    fi
    exit 0
fi
exit "$code"
