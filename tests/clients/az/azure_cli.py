"""The Azure CLI, signed in to a sandbox."""

import json
import os
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import lab
import matrix

CLIENT, VERSION = "Azure CLI", version("azure-cli")
# The CLI writes the errors of ARM as `ERROR: (CODE) message`, and exits with 3 if a resource is missing.
MISSING = 3
# The first command of a configuration folder asks for the CLI's newest version. No setting prevents this, and the CLI
# works without an answer.
NEWEST_VERSION = "CONNECT azcliprod.blob.core.windows.net:443"


class Failed(AssertionError):
    pass


def command_of(words):
    """Returns the name of a command: its words before the first option or value."""
    name = []
    for word in words:
        if word.startswith("-") or not word.replace("-", "").isalpha():
            break
        name.append(word)
    return " ".join(name)


class AzureCli:
    def __init__(self, sandbox):
        self.sandbox = sandbox
        self.env = sandbox.environment() | {
            "AZURE_CONFIG_DIR": str(sandbox.path / "azure"),
            "AZURE_CORE_COLLECT_TELEMETRY": "no", "AZURE_CORE_SURVEY_MESSAGE": "no", "AZURE_CORE_NO_COLOR": "yes",
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        }
        ready = sandbox.ready
        self("config", "set", "core.instance_discovery=false")
        # If one of these fails, the CLI stays on the public cloud without a message, so the test stops here.
        self("cloud", "register", "--name", "sandbox", "--endpoint-resource-manager", ready["arm"])
        self("cloud", "set", "--name", "sandbox")
        cloud = self("cloud", "show")
        if cloud["name"] != "sandbox" or cloud["endpoints"]["resourceManager"] != ready["arm"]:
            raise Failed(f"not on the sandbox's cloud: {cloud}")
        self.env["AZURE_CLOUD_NAME"] = "sandbox"
        self.accounts = self("login", "--service-principal", "--username", ready["client_id"],
                             "--password", ready["client_secret"], "--tenant", ready["tenant_id"])
        sandbox.gate.refused[:] = [asked for asked in sandbox.gate.refused if asked != NEWEST_VERSION]
        sandbox.requests()

    def run(self, *words, unshared=None):
        command = ["az", *words, "--output", "json"]
        return lab.run([*(unshared or []), *command], self.env)

    def __call__(self, *words):
        """Returns the JSON that a command prints, or None if it prints nothing."""
        done = self.run(*words)
        if done.returncode != 0:
            raise Failed(f"az {' '.join(words)} ended with {done.returncode}\n{done.stdout}{done.stderr}")
        matrix.note(CLIENT, VERSION, command_of(words), matrix.OK)
        return json.loads(done.stdout) if done.stdout.strip() else None

    def fails(self, *words):
        """Returns exit code and error of a command that must fail."""
        done = self.run(*words)
        if done.returncode == 0:
            raise Failed(f"az {' '.join(words)} succeeded\n{done.stdout}")
        return done.returncode, done.stderr


class Worker:
    """The CLI in one long-lived process (worker.py), for many commands."""

    def __init__(self, az):
        self.errors = open(az.sandbox.path / "worker.stderr", "w+")
        self.process = subprocess.Popen([sys.executable, Path(__file__).with_name("worker.py")], env=az.env, text=True,
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self.errors)

    def run(self, *words):
        """Runs a command to its end."""
        began = self.errors.seek(0, os.SEEK_END)
        print(json.dumps([*words, "--output", "json"]), file=self.process.stdin, flush=True)
        line = self.process.stdout.readline()
        self.errors.seek(began)
        said = self.errors.read()
        if not line:
            raise Failed(f"the worker ended at az {' '.join(words)}\n{said}")
        answer = json.loads(line)
        return subprocess.CompletedProcess(words, answer["code"], answer["out"], said)

    def stop(self):
        self.process.stdin.close()
        self.process.wait(timeout=60)
        self.process.stdout.close()
        self.errors.close()
