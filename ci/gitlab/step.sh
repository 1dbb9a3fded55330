#!/usr/bin/env bash
# Runs ringfence in a job of GitLab.
#
# COMMAND and ARGUMENTS are those of ci/github/step.sh. A job with `parallel` takes the shard of its number. AZURE_ID_TOKEN
# is the token of `id_tokens`, which Microsoft Entra takes for that of the identity. Changes of a plan are a success, and
# drift ends with 2, which the job may.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
export RINGFENCE_OUT=${RINGFENCE_OUT:-$CI_PROJECT_DIR/ringfence-out}
if [ "${CI_NODE_TOTAL:-1}" -gt 1 ]; then
    export RINGFENCE_SHARD=$CI_NODE_INDEX/$CI_NODE_TOTAL
fi
read -r -d '' -a arguments <<<"${ARGUMENTS:-}" || true

if [ -n "${AZURE_ID_TOKEN:-}" ]; then
    # Outside of the folder of the project, so that no artifact has it.
    AZURE_FEDERATED_TOKEN_FILE=$(umask 077 && mktemp)
    export AZURE_FEDERATED_TOKEN_FILE
    trap 'rm -f "$AZURE_FEDERATED_TOKEN_FILE"' EXIT
    printf '%s' "$AZURE_ID_TOKEN" >"$AZURE_FEDERATED_TOKEN_FILE"
fi
code=0
"$here/../run.sh" "$COMMAND" "${arguments[@]}" || code=$?
if [ "$COMMAND:$code" = plan:2 ]; then
    exit 0
fi
exit "$code"
