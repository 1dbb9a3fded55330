"""Microsoft's network-rule scenario: wall time and requests of `az` and of `ringfence`, one after the other against one sandbox.

    RINGFENCE_BIN=target/release/ringfence AZ=az benches/az/az.py [RUNS]

Each of the two has a registry and a subnet of its own, and the same steps. The sandbox is a process of its own with a latency of
50 ms. It prints a table in markdown: the median of the runs for each step, and the requests to ARM of one run.
"""

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

RINGFENCE, AZ = os.path.realpath(os.environ["RINGFENCE_BIN"]), os.environ.get("AZ", "az")
LATENCY = "0.05s"
SUBSCRIPTION = "00000000-0000-0000-0000-000000000001"
GROUP = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/rg"
NETWORK = f"{GROUP}/providers/Microsoft.Network/virtualNetworks/hub"
ADDRESS = "203.0.113.9"


def registry_id(name):
    return f"{GROUP}/providers/Microsoft.ContainerRegistry/registries/{name}"


def seed(path):
    subnets = [{"id": f"{NETWORK}/subnets/{name}", "name": name, "properties": {"addressPrefix": f"10.0.{number}.0/24"}}
               for number, name in enumerate(["az", "ringfence"])]
    network = {"id": NETWORK, "location": "westeurope",
               "properties": {"addressSpace": {"addressPrefixes": ["10.0.0.0/16"]}, "subnets": subnets}}
    registries = [{"id": registry_id(f"contoso{name}"), "sku": {"name": "Premium"}} for name in ["az", "ringfence"]]
    path.write_text(json.dumps({"resources": [network, *registries]}))


def spec(folder, name, lines):
    path = folder / f"{name}.yaml"
    path.write_text(f"version: 1\nregistries:\n  - id: {registry_id('contosoringfence')}\n{lines}")
    return path


class Sandbox:
    def __init__(self, folder):
        seed(folder / "seed.json")
        self.log = folder / "requests.jsonl"
        words = [RINGFENCE, "sandbox", "--seed", folder / "seed.json", "--request-log", self.log, "--latency", LATENCY]
        self.process = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        ready = json.loads(self.process.stdout.readline())
        names = {"AZURE_TENANT_ID": "tenant_id", "AZURE_CLIENT_ID": "client_id", "AZURE_CLIENT_SECRET": "client_secret",
                 "RINGFENCE_ARM_ENDPOINT": "arm", "RINGFENCE_CLOUD": "arm", "RINGFENCE_CA_FILE": "ca_file",
                 "REQUESTS_CA_BUNDLE": "ca_file"}
        self.environment = {name: ready[key] for name, key in names.items()}
        self.environment |= {"PATH": os.environ["PATH"], "HOME": str(folder), "NO_PROXY": "127.0.0.1",
                             "AZURE_CONFIG_DIR": str(folder / "azure"), "AZURE_CORE_COLLECT_TELEMETRY": "no"}

    def run(self, words):
        """Runs a command that must succeed, and returns the seconds that it took."""
        begin = time.monotonic()
        done = subprocess.run(words, env=self.environment, capture_output=True, text=True)
        if done.returncode != 0:
            sys.exit(f"{words} ended with {done.returncode}\n{done.stdout}{done.stderr}")
        return time.monotonic() - begin

    def requests(self):
        """Counts the requests to ARM since the last call. Tokens are not among them."""
        entries = [json.loads(line) for line in self.log.read_text().splitlines()]
        self.log.write_text("")
        paths = [entry["path"] for entry in entries]
        return sum(path.startswith(("/subscriptions", "/providers")) for path in paths)

    def sign_in(self):
        self.run([AZ, "config", "set", "core.instance_discovery=false"])
        self.run([AZ, "cloud", "register", "--name", "lab", "--endpoint-resource-manager",
                  self.environment["RINGFENCE_ARM_ENDPOINT"]])
        self.run([AZ, "cloud", "set", "--name", "lab"])
        self.run([AZ, "login", "--service-principal", "-u", self.environment["AZURE_CLIENT_ID"],
                  "-p", self.environment["AZURE_CLIENT_SECRET"], "--tenant", self.environment["AZURE_TENANT_ID"]])
        self.requests()


def steps(folder):
    """Returns the name of each step, the commands of `az`, and those of `ringfence`."""
    acr, rules = [AZ, "acr"], [AZ, "acr", "network-rule"]
    at = ["-n", "contosoaz", "-g", "rg"]
    rule, ours = [RINGFENCE, "rule"], ["-n", registry_id("contosoringfence")]
    subnets = {name: f"{NETWORK}/subnets/{name}" for name in ["az", "ringfence"]}
    closed = spec(folder, "closed", f"    defaultAction: Deny\n    ipRules: []\n    subnets: [{subnets['ringfence']}]\n")
    endpoint = [AZ, "network", "vnet", "subnet", "update", "--ids", subnets["az"],
                "--service-endpoints", "Microsoft.ContainerRegistry"]
    return [
        ("subnet: endpoint, `Deny` and rule",
         [endpoint, [*acr, "update", *at, "--default-action", "Deny"], [*rules, "add", *at, "--subnet", subnets["az"]]],
         [[RINGFENCE, "apply", closed, "--yes"]]),
        ("add an address", [[*rules, "add", *at, "--ip-address", ADDRESS]], [[*rule, "add", *ours, "--ip-address", ADDRESS]]),
        ("list", [[*rules, "list", *at]], [[*rule, "list", *ours]]),
        ("restore: rules out, `Allow`, list",
         [[*rules, "remove", *at, "--ip-address", ADDRESS], [*rules, "remove", *at, "--subnet", subnets["az"]],
          [*acr, "update", *at, "--default-action", "Allow"], [*rules, "list", *at]],
         [[RINGFENCE, "restore", "--default-allow", registry_id("contosoringfence"), "--yes"], [*rule, "list", *ours]]),
    ]


def main(runs):
    # Each run has a state of its own: the endpoint of a subnet is off only once.
    measured = []
    for _ in range(runs):
        with tempfile.TemporaryDirectory() as name:
            sandbox = Sandbox(Path(name))
            try:
                sandbox.sign_in()
                measured.append(measure(sandbox, steps(Path(name))))
            finally:
                sandbox.process.terminate()
                sandbox.process.wait()
    print("| step | `az`: commands | requests | wall | ringfence: commands | requests | wall |")
    print("|---|---|---|---|---|---|---|")
    for row in table(measured):
        print("| " + " | ".join(row) + " |")


def measure(sandbox, scenario):
    """Returns for each step its name, and for both sides the number of commands, the requests and the seconds."""
    rows = []
    for name, *sides in scenario:
        row = [name]
        for commands in sides:
            seconds = sum(sandbox.run(words) for words in commands)
            row.append((len(commands), sandbox.requests(), seconds))
        rows.append(row)
    return rows


def table(measured):
    rows, totals = [], [[0, 0, 0.0], [0, 0, 0.0]]
    for steps_of_runs in zip(*measured):
        cells = [steps_of_runs[0][0]]
        for side, total in enumerate(totals):
            of_runs = [step[1 + side] for step in steps_of_runs]
            commands, requests, _ = of_runs[0]
            seconds = statistics.median(seconds for _, _, seconds in of_runs)
            total[:] = total[0] + commands, total[1] + requests, total[2] + seconds
            cells += [str(commands), str(requests), f"{seconds:.2f} s"]
        rows.append(cells)
    last = ["**all**"]
    for commands, requests, seconds in totals:
        last += [str(commands), str(requests), f"{seconds:.2f} s"]
    return [*rows, last]


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 5)
