"""Fleets: requests, time and memory of `ringfence` beside Microsoft's SDK for Python, in one run against one sandbox.

    RINGFENCE_BIN=target/release/ringfence [AZ=…/az] PYTHON benches/fleet/fleet.py [--svg FILE] [REGISTRIES/SUBSCRIPTIONS…]

PYTHON has azure-mgmt-containerregistry and azure-identity (benches/fleet/requirements.txt). With AZ, `az acr list` does the same for up to ten
subscriptions. The sandbox is a process of its own with a latency of 50 ms and ARM's documented buckets. It prints a table in markdown,
and with --svg draws how `plan` grows with the number of registries.

The least time is the larger of two: what calls, latency and buckets force by the numbers below, and the time in which another client fetches
the same answers in the same run without looking at them. The second has the transfer in it, and the work of the sandbox on the same machine.
"""

import http.client
import json
import math
import os
import re
import ssl
import subprocess
import sys
import tempfile
import time
import urllib.parse
from concurrent.futures import ThreadPoolExecutor
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
# Version of the lists, which shows subnet rules.
VERSION = "2026-09-01-preview"


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
    """Writes a folder of files with up to 5,000 registries each: a file may have 10 MiB."""
    path.mkdir()
    for start in range(0, registries, 5000):
        lines = ["version: 1", "registries:"]
        for number in range(start, min(start + 5000, registries)):
            lines += [f"  - id: {registry_id(number, subscriptions)}", "    defaultAction: Deny",
                      f"    ipRules: [{', '.join([*addresses(number), *more])}]"]
        (path / f"{start:06}.yaml").write_text("\n".join(lines) + "\n")


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

    def sign_in(self, az, folder):
        """Signs `az` in, and returns its environment."""
        environment = self.environment | {"AZURE_CONFIG_DIR": str(folder / "azure"), "AZURE_CORE_COLLECT_TELEMETRY": "no",
                                          "AZURE_CORE_INSTANCE_DISCOVERY": "false"}
        for words in (["cloud", "register", "--name", "sandbox", "--endpoint-resource-manager", environment["RINGFENCE_ARM_ENDPOINT"]],
                      ["cloud", "set", "--name", "sandbox"],
                      ["login", "--service-principal", "--username", environment["AZURE_CLIENT_ID"],
                       "--password", environment["AZURE_CLIENT_SECRET"], "--tenant", environment["AZURE_TENANT_ID"]]):
            subprocess.run([az, *words], env=environment, check=True, capture_output=True)
        return environment

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
    if registries == 1:
        # One registry was just read when its turn comes.
        return calls + 2, seconds + 2 * LATENCY
    each = math.ceil(registries / subscriptions)
    rounds = math.ceil(registries / IN_FLIGHT) * 3
    forced = max(bucket_wait(2 * each, READS), bucket_wait(each, WRITES), rounds * LATENCY)
    return calls + 3 * registries, seconds + forced


def sdk():
    """Lists the registries of every subscription with Microsoft's SDK, on threads."""
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


def answers_alone():
    """Fetches every page of every list over kept connections, looks at nothing but the link to the next page, and prints the seconds."""
    began = time.monotonic()
    env = os.environ
    trust = ssl.create_default_context(cafile=env["RINGFENCE_CA_FILE"])
    form = {"grant_type": "client_credentials", "client_id": env["AZURE_CLIENT_ID"], "client_secret": env["AZURE_CLIENT_SECRET"],
            "scope": "https://management.azure.com/.default"}
    entra = http.client.HTTPSConnection(urllib.parse.urlsplit(env["AUTHORITY"]).netloc, context=trust)
    entra.request("POST", f"/{env['AZURE_TENANT_ID']}/oauth2/v2.0/token", urllib.parse.urlencode(form),
                  {"Content-Type": "application/x-www-form-urlencoded"})
    headers = {"Authorization": f"Bearer {json.loads(entra.getresponse().read())['access_token']}"}
    arm = urllib.parse.urlsplit(env["RINGFENCE_ARM_ENDPOINT"]).netloc
    subscriptions = int(env["SUBSCRIPTIONS"])

    def fetch(first):
        connection = http.client.HTTPSConnection(arm, context=trust)
        for number in range(first, subscriptions, IN_FLIGHT):
            path = f"/subscriptions/{subscription(number)}/providers/Microsoft.ContainerRegistry/registries?api-version={VERSION}"
            while path:
                connection.request("GET", path, headers=headers)
                answer = connection.getresponse()
                body = answer.read()
                assert answer.status == 200, body
                link = re.search(rb'"nextLink":"([^"]+)"', body)
                path = link and link.group(1).decode().removeprefix(env["RINGFENCE_ARM_ENDPOINT"].rstrip("/"))

    with ThreadPoolExecutor(IN_FLIGHT) as pool:
        list(pool.map(fetch, range(min(IN_FLIGHT, subscriptions))))
    print(time.monotonic() - began)


def list_with_az(az, environment, subscriptions):
    """Lists the registries of each subscription, one after the other as scripts do. Returns what `measure` returns."""
    words = f'for s in {" ".join(map(subscription, range(subscriptions)))}; do "{az}" acr list --subscription $s -o none || exit 1; done'
    return measure(["/bin/sh", "-c", words], environment)


def draw(path, points):
    """Draws seconds and memory of `plan` over the number of registries."""
    width, height, left, top = 320, 200, 60, 30
    most = max(registries for registries, _, _ in points)
    parts = [f'<svg xmlns="http://www.w3.org/2000/svg" width="{2 * (width + left + 20)}" height="{height + 80}" '
             'font-family="sans-serif" font-size="12" fill="#57606a">']
    for panel, (title, unit, values) in enumerate((("Time of plan", "s", [point[1] for point in points]),
                                                   ("Peak memory of plan", "MB", [point[2] for point in points]))):
        x0, highest = left + panel * (width + left + 20), max(values)
        at = [(x0 + registries / most * width, top + height - value / highest * height)
              for (registries, _, _), value in zip(points, values)]
        parts.append(f'<text x="{x0}" y="18">{title}</text>')
        parts.append(f'<path d="M{x0} {top}V{top + height}H{x0 + width}" fill="none" stroke="#8c959f"/>')
        parts.append(f'<polyline points="{" ".join(f"{x:.1f},{y:.1f}" for x, y in at)}" fill="none" stroke="#0969da" stroke-width="2"/>')
        for (x, y), (registries, _, _), value in zip(at, points, values):
            parts.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="#0969da"/>')
            parts.append(f'<text x="{x - 4:.1f}" y="{y - 6:.1f}" text-anchor="end">{value:.3g} {unit}</text>')
            parts.append(f'<text x="{x:.1f}" y="{top + height + 18}" text-anchor="middle">{registries:,}</text>')
        parts.append(f'<text x="{x0 + width / 2}" y="{top + height + 36}" text-anchor="middle">registries</text>')
    path.write_text("\n".join([*parts, "</svg>"]) + "\n")


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
        state, spec, wider = folder / "state.json", folder / "spec", folder / "wider"
        write_state(state, registries, subscriptions)
        write_spec(spec, registries, subscriptions)
        write_spec(wider, registries, subscriptions, more=["203.0.113.9"])
        sandbox = Sandbox(folder, state)
        try:
            env = sandbox.environment
            sandbox.requests()
            counts = {"SUBSCRIPTIONS": str(subscriptions), "REGISTRIES": str(registries)}
            fetched = subprocess.run([sys.executable, __file__, "--answers"], env=env | counts, check=True, capture_output=True)
            calls, forced = least_plan(registries, subscriptions)
            least = calls, max(forced, float(fetched.stdout))
            sandbox.requests()
            planned = measure([RINGFENCE, "plan", spec, "-q"], env)
            row("`plan`", size, least, planned, sandbox.requests())
            measured = measure([sys.executable, __file__, "--sdk"], env | counts)
            row(f"Python SDK, lists on {SDK_THREADS} threads", size, least, measured, sandbox.requests())
            if registries <= 1000:
                words = [RINGFENCE, "apply", wider, "--yes", "-q", "--snapshots", folder / "snapshots"]
                measured = measure(words, env)
                row("`apply` of one rule", size, least_apply(registries, subscriptions), measured, sandbox.requests())
            if "AZ" in os.environ and subscriptions <= 10:
                signed_in = sandbox.sign_in(os.environ["AZ"], folder)
                sandbox.requests()
                measured = list_with_az(os.environ["AZ"], signed_in, subscriptions)
                row("`az acr list` of each subscription", size, least, measured, sandbox.requests())
        finally:
            sandbox.stop()
    return registries, planned[0], planned[2]


def main(sizes):
    svg = None
    if sizes[:1] == ["--svg"]:
        svg, sizes = Path(sizes[1]), sizes[2:]
    points = []
    print("| work | registries in subscriptions | least requests | requests | 429 | least s | s | ratio | CPU s | MB |")
    print("|---|---|---|---|---|---|---|---|---|---|")
    for size in sizes or ["1/1", "1000/1", "1000/10", "10000/100", "50000/500"]:
        registries, subscriptions = map(int, size.split("/"))
        point = compare(registries, subscriptions)
        # The plot shows how fleets of many subscriptions grow.
        if subscriptions >= 10:
            points.append(point)
    if svg and points:
        draw(svg, sorted(points))


if __name__ == "__main__":
    if sys.argv[1:] == ["--sdk"]:
        sdk()
    elif sys.argv[1:] == ["--answers"]:
        answers_alone()
    else:
        main(sys.argv[1:])
