"""Fleets: requests, time and memory of `ringfence` beside Microsoft's SDK for Python and `az`, in one run against one sandbox.

    RINGFENCE_BIN=target/release/ringfence [AZ=az] PYTHON benches/fleet/fleet.py [--plot FILE] [REGISTRIES/SUBSCRIPTIONS…]

PYTHON has azure-mgmt-containerregistry and azure-identity (benches/fleet/requirements.txt). `az` is left out without AZ. The sandbox is a
process of its own with a latency of 50 ms and ARM's documented buckets. It prints a table in markdown, and with --plot draws time and memory
of `plan` over the number of registries.

The least time is the larger of two: what calls, latency and buckets force by the numbers below, and what it takes to fetch the same answers
without looking at them, which another client does in the same run. The second has the transfer in it, and the time in which the sandbox
writes the answers on the same machine.
"""

import argparse
import http.client
import json
import math
import os
import platform
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
# Subscriptions up to which `az` is asked: each takes a process of its own.
MOST_AZ = 10
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
    authority = urllib.parse.urlsplit(env["AUTHORITY"])
    form = {"grant_type": "client_credentials", "client_id": env["AZURE_CLIENT_ID"], "client_secret": env["AZURE_CLIENT_SECRET"],
            "scope": "https://management.azure.com/.default"}
    entra = http.client.HTTPSConnection(authority.netloc, context=trust)
    entra.request("POST", f"/{env['AZURE_TENANT_ID']}/oauth2/v2.0/token", urllib.parse.urlencode(form),
                  {"Content-Type": "application/x-www-form-urlencoded"})
    token = json.loads(entra.getresponse().read())["access_token"]
    arm = urllib.parse.urlsplit(env["RINGFENCE_ARM_ENDPOINT"]).netloc
    subscriptions = int(env["SUBSCRIPTIONS"])

    def fetch(first):
        connection = http.client.HTTPSConnection(arm, context=trust)
        for number in range(first, subscriptions, IN_FLIGHT):
            path = f"/subscriptions/{subscription(number)}/providers/Microsoft.ContainerRegistry/registries?api-version={VERSION}"
            while path:
                connection.request("GET", path, headers={"Authorization": f"Bearer {token}"})
                answer = connection.getresponse()
                body = answer.read()
                assert answer.status == 200, body
                link = re.search(rb'"nextLink":"([^"]+)"', body[-4096:])
                url = link and urllib.parse.urlsplit(link.group(1).decode())
                path = url and f"{url.path}?{url.query}"

    with ThreadPoolExecutor(IN_FLIGHT) as pool:
        list(pool.map(fetch, range(min(IN_FLIGHT, subscriptions))))
    print(time.monotonic() - began)


def sign_az_in(environment):
    """Signs `az` in to the sandbox."""
    env = environment
    for words in [["config", "set", "core.instance_discovery=false"],
                  ["cloud", "register", "--name", "sandbox", "--endpoint-resource-manager", env["RINGFENCE_ARM_ENDPOINT"]],
                  ["cloud", "set", "--name", "sandbox"],
                  ["login", "--service-principal", "-u", env["AZURE_CLIENT_ID"], "-p", env["AZURE_CLIENT_SECRET"],
                   "--tenant", env["AZURE_TENANT_ID"]]]:
        measure([os.environ["AZ"], *words], environment)


def az(subscriptions):
    """Lists the registries of every subscription with `az`, on threads."""
    def lists(number):
        subprocess.run([os.environ["AZ"], "acr", "list", "--subscription", subscription(number)], check=True,
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    with ThreadPoolExecutor(SDK_THREADS) as pool:
        list(pool.map(lists, range(subscriptions)))


def row(work, size, least, measured, counted):
    wall, cpu, memory = measured
    calls, seconds = least
    sent, throttled = counted
    print(f"| {work} | {size} | {calls:,} | {sent:,} | {throttled:,} | {seconds:.2f} | {wall:.2f} | {wall / seconds:.2f} | "
          f"{cpu:.2f} | {memory:.0f} |", flush=True)
    return wall, memory


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
            counts = {"SUBSCRIPTIONS": str(subscriptions), "REGISTRIES": str(registries)}
            calls, forced = least_plan(registries, subscriptions)
            fetched = subprocess.run([sys.executable, __file__, "--answers"], env=env | counts, check=True, capture_output=True)
            lists = calls, max(forced, float(fetched.stdout))
            sandbox.requests()
            planned = row("`plan`", size, lists, measure([RINGFENCE, "plan", spec, "-q"], env), sandbox.requests())
            measured = measure([sys.executable, __file__, "--sdk"], env | counts)
            row(f"Python SDK, lists on {SDK_THREADS} threads", size, lists, measured, sandbox.requests())
            if "AZ" in os.environ and subscriptions <= MOST_AZ:
                env |= {"AZ": os.environ["AZ"], "AZURE_CONFIG_DIR": str(folder / "az"), "AZURE_CORE_COLLECT_TELEMETRY": "no"}
                sign_az_in(env)
                sandbox.requests()
                measured = measure([sys.executable, __file__, "--az"], env | counts)
                row(f"`az acr list`, {SDK_THREADS} at a time", size, lists, measured, sandbox.requests())
            if registries <= 1000:
                words = [RINGFENCE, "apply", wider, "--yes", "-q", "--snapshots", folder / "snapshots"]
                measured = measure(words, env)
                row("`apply` of one rule", size, least_apply(registries, subscriptions), measured, sandbox.requests())
        finally:
            sandbox.stop()
    return planned


def polyline(points, most, colour):
    """One line of the plot, from (registries, value) pairs."""
    place = " ".join(f"{60 + 500 * number / points[-1][0]:.0f},{260 - 220 * value / most:.0f}" for number, value in points)
    return f'<polyline points="{place}" fill="none" stroke="{colour}" stroke-width="2"/>'


def plot(path, measured):
    """Draws time and memory of `plan` over the number of registries, each scaled to its largest value."""
    seconds = [(number, wall) for number, (wall, _) in measured]
    memory = [(number, peak) for number, (_, peak) in measured]
    slowest, largest = max(value for _, value in seconds), max(value for _, value in memory)
    ticks = "".join(f'<text x="{60 + 500 * number / seconds[-1][0]:.0f}" y="280" text-anchor="middle">{number:,}</text>'
                    for number, _ in measured)
    path.write_text(f'''<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 640 320" font-family="sans-serif" font-size="13">
<title>Time and peak memory of plan over the number of registries</title>
<rect width="640" height="320" fill="white"/>
<path d="M60 40V260H560" fill="none" stroke="#555"/>
{polyline(seconds, slowest, "#0b6bcb")}
{polyline(memory, largest, "#b35300")}
{ticks}
<text x="310" y="305" text-anchor="middle">registries without changes, 100 in each subscription</text>
<text x="70" y="30" fill="#0b6bcb">time, up to {slowest:.1f} s</text>
<text x="310" y="30" fill="#b35300">peak memory, up to {largest:,.0f} MB</text>
</svg>
''')


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("sizes", nargs="*", default=["1/1", "1000/1", "1000/10", "10000/100", "50000/500"])
    parser.add_argument("--plot", type=Path)
    arguments = parser.parse_args()
    print(f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores, {time.strftime('%Y-%m-%d')}\n")
    print("| work | registries in subscriptions | least requests | requests | 429 | least s | s | ratio | CPU s | MB |")
    print("|---|---|---|---|---|---|---|---|---|---|")
    measured = []
    for size in arguments.sizes:
        registries, subscriptions = map(int, size.split("/"))
        measured.append((registries, compare(registries, subscriptions)))
    if arguments.plot:
        plot(arguments.plot, measured)


# The same program runs each of the other clients in a process of its own, so that its memory is its own.
if sys.argv[1:] == ["--sdk"]:
    sdk()
elif sys.argv[1:] == ["--answers"]:
    answers_alone()
elif sys.argv[1:] == ["--az"]:
    az(int(os.environ["SUBSCRIPTIONS"]))
else:
    main()
