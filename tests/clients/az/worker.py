"""Runs many commands of the Azure CLI in one process, as its own tests do: loading it takes longer than most commands.

Reads a JSON list of words a line, and writes a JSON object a line: exit code and output. Errors go to stderr.
"""

import io
import json
import sys

from azure.cli.core import get_default_cli


def invoke(words):
    """Runs a command with a CLI of its own and returns its exit code and output."""
    out = io.StringIO()
    try:
        code = get_default_cli().invoke(words, out_file=out)
    except SystemExit as end:
        code = end.code
    return {"code": code, "out": out.getvalue()}


def main():
    # Some commands print to stdout themselves; the answers have it for themselves.
    answers, sys.stdout = sys.stdout, sys.stderr
    for line in sys.stdin:
        answer = invoke(json.loads(line))
        sys.stderr.flush()
        print(json.dumps(answer), file=answers, flush=True)


main()
