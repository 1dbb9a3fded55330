"""Fleets: requests, time and memory of `ringfence` beside Microsoft's SDK for Python, in one run against one sandbox.

    RINGFENCE_BIN=target/release/ringfence PYTHON benches/fleet/fleet.py [REGISTRIES/SUBSCRIPTIONS…]

PYTHON has azure-mgmt-containerregistry and azure-identity (benches/fleet/requirements.txt). The sandbox is a process of its own with a latency
of 50 ms and ARM's documented buckets. It prints a table in markdown.
"""

import json
import math
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

RINGFENCE = os.path.realpath(os.environ["RINGFENCE_BIN"])
LATENCY = 0.05
# Registries of a page of a list. The sandbox gives pages of this size, since the size of Azure's is not known.
PAGE = 100
RULES = 20
# Requests in flight that a client may have.
IN_FLIGHT = 64
# ARM's documented bucket of reads and of writes: its size, and its refill in a second.
READS, WRITES = (250, 25), (200, 10)
SDK_THREADS = 16


def subscription(number):
    return f"00000000-0000-4000-8000-{number:012}"


def registry_id(number, subscriptions):
    group = f"/subscriptions/{subscription(number % subscriptions)}/resourceGroups/rg"
    return f"{group}/providers/Microsoft.ContainerRegistry/registries/fleet{number:06}"


def addresses(number):
    return [f"20.{number >> 8 & 255}.{number & 255}.{rule}" for rule in range(RULES)]


def write_state(path, registries, subscriptions):
    resources = []
    for number in range(registries):
        rules = [{"action": "Allow", "value": address} for address in addresses(number)]
        resources.append({
            "id": registry_id(number, subscriptions), "sku": {"name": "Premium"},
            "properties": {"networkRuleSet": {"defaultAction": "Deny", "ipRules": rules}}})
    path.write_text(json.dumps({"resources": resources}))


def write_spec(path, registries, subscriptions, more=()):
    lines = ["version: 1", "registries:"]
    for number in range(registries):
        lines += [f"  - id: {registry_id(number, subscriptions)}", "    defaultAction: Deny",
                  f"    ipRules: [{', '.join([*addresses(number), *more])}]"]
    path.write_text("\n".join(lines) + "\n")


class Sandbox:
    def __init__(self, folder, state):
        self.log = folder / "requests.jsonl"
        conditions = folder / "conditions.json"
        conditions.write_text(json.dumps({"pageSize": PAGE}))
        words = [RINGFENCE, "sandbox", "--seed", state, "--request-log", self.log, "--latency", f"{LATENCY}s",
                 "--throttle", "--conditions", conditions]
        self.process = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        ready = json.loads(self.process.stdout.readline())
        names = {"AZURE_TENANT_ID": "tenant_id", "AZURE_CLIENT_ID": "client_id", "AZURE_CLIENT_SECRET": "client_secret",
                 "RINGFENCE_ARM_ENDPOINT": "arm", "RINGFENCE_CLOUD": "arm", "RINGFENCE_CA_FILE": "ca_file",
                 "REQUESTS_CA_BUNDLE": "ca_file", "AUTHORITY": "authority"}
        self.environment = {"PATH": os.environ["PATH"], "RINGFENCE_BIN": RINGFENCE, "HOME": str(folder), "NO_PROXY": "127.0.0.1"}
        self.environment |= {name: ready[key] for name, key in names.items()}

    def requests(self):
        """Requests to ARM since the last call, as (sent, throttled)."""
        entries = [json.loads(line) for line in self.log.read_text().splitlines()]
        self.log.write_text("")
        entries = [entry for entry in entries if entry["path"].startswith("/subscriptions/")]
        return len(entries), sum(entry["status"] == 429 for entry in entries)

    def stop(self):
        self.process.terminate()
        self.process.wait()


def measure(words, environment, expected=0):
    """Runs a program. Returns wall time and CPU time in seconds, and its peak memory in MB."""
    began = time.monotonic()
    with tempfile.TemporaryFile() as said:
        process = subprocess.Popen(words, env=environment, stdout=subprocess.DEVNULL, stderr=said)
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.monotonic() - began
        said.seek(0)
        code = os.waitstatus_to_exitcode(status)
        assert code == expected, f"{words[1]} ended with {code}: {said.read().decode()[-2000:]}"
    return wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def bucket_wait(requests, bucket):
    """Seconds that a bucket forces on so many requests."""
    size, refill = bucket
    return max(0.0, (requests - size) / refill)


def least_plan(registries, subscriptions):
    """Requests and seconds that the calls, the latency and the buckets force on a plan. The pages of a list come one after the other."""
    each = math.ceil(registries / subscriptions)
    pages = math.ceil(each / PAGE) if each > 3 else 1
    lists = subscriptions if each > 3 else registries
    rounds = math.ceil(lists / IN_FLIGHT) * pages
    # One more round trip each for the connection, the token and the first list, which the others wait for.
    return lists * pages, max((rounds + 2) * LATENCY, bucket_wait(pages, READS))


def least_apply(registries, subscriptions):
    calls, seconds = least_plan(registries, subscriptions)
    each = math.ceil(registries / subscriptions)
    rounds = math.ceil(registries / IN_FLIGHT) * 3
    forced = max(bucket_wait(2 * each, READS), bucket_wait(each, WRITES), rounds * LATENCY)
    return calls + 3 * registries, seconds + forced


def sdk():
    """Lists the registries of every subscription with Microsoft's SDK, on threads."""
    from concurrent.futures import ThreadPoolExecutor

    from azure.identity import ClientSecretCredential
    from azure.mgmt.containerregistry import ContainerRegistryManagementClient

    env = os.environ
    credential = ClientSecretCredential(env["AZURE_TENANT_ID"], env["AZURE_CLIENT_ID"], env["AZURE_CLIENT_SECRET"],
                                        authority=env["AUTHORITY"], disable_instance_discovery=True)

    def count(number):
        client = ContainerRegistryManagementClient(credential, subscription(number), base_url=env["RINGFENCE_ARM_ENDPOINT"],
                                                   credential_scopes=["https://management.azure.com/.default"])
        return sum(len(registry.network_rule_set.ip_rules) for registry in client.registries.list())

    with ThreadPoolExecutor(SDK_THREADS) as pool:
        rules = sum(pool.map(count, range(int(env["SUBSCRIPTIONS"]))))
    assert rules == int(env["REGISTRIES"]) * RULES, rules


def row(work, size, least, measured, counted):
    wall, cpu, memory = measured
    calls, seconds = least
    sent, throttled = counted
    print(f"| {work} | {size} | {calls:,} | {sent:,} | {throttled:,} | {seconds:.2f} | {wall:.2f} | {wall / seconds:.2f} | "
          f"{cpu:.2f} | {memory:.0f} |", flush=True)


def compare(registries, subscriptions):
    size = f"{registries:,} in {subscriptions:,}"
    with tempfile.TemporaryDirectory(prefix="ringfence-fleet-") as name:
        folder = Path(name)
        state, spec, wider = folder / "state.json", folder / "spec.yaml", folder / "wider.yaml"
        write_state(state, registries, subscriptions)
        write_spec(spec, registries, subscriptions)
        write_spec(wider, registries, subscriptions, more=["203.0.113.9"])
        sandbox = Sandbox(folder, state)
        try:
            env = sandbox.environment
            sandbox.requests()
            measured = measure([RINGFENCE, "plan", spec, "-q"], env)
            row("`plan`", size, least_plan(registries, subscriptions), measured, sandbox.requests())
            counts = {"SUBSCRIPTIONS": str(subscriptions), "REGISTRIES": str(registries)}
            measured = measure([sys.executable, __file__, "--sdk"], env | counts)
            row(f"Python SDK, lists on {SDK_THREADS} threads", size, least_plan(registries, subscriptions), measured,
                sandbox.requests())
            if registries <= 1000:
                words = [RINGFENCE, "apply", wider, "--yes", "-q", "--snapshots", folder / "snapshots"]
                measured = measure(words, env)
                row("`apply` of one rule", size, least_apply(registries, subscriptions), measured, sandbox.requests())
        finally:
            sandbox.stop()


def main(sizes):
    print("| work | registries in subscriptions | least requests | requests | 429 | least s | s | ratio | CPU s | MB |")
    print("|---|---|---|---|---|---|---|---|---|---|")
    for size in sizes or ["1/1", "1000/1", "1000/10", "10000/100", "50000/500"]:
        registries, subscriptions = map(int, size.split("/"))
        compare(registries, subscriptions)


if sys.argv[1:] == ["--sdk"]:
    sdk()
else:
    main(sys.argv[1:])
