"""The commands of commands.txt, one test per heading. Each is ok or 501; anything else differs."""

import json
import re
import shlex
import unittest
from pathlib import Path

import matrix
from azure_cli import CLIENT, VERSION, AzureCli, Worker, command_of
from lab import GROUP, Sandbox, registry, registry_id, vnet, vnet_id

PLACES = {
    "registry": registry_id("contoso"), "linked": registry_id("linked"), "group": GROUP, "vnet": vnet_id(),
    "vnet_new": vnet_id("byresource"), "object": "00000000-0000-0000-0000-0000000000aa",
    "connection": f"{registry_id('linked')}/privateEndpointConnections/second",
}


def sections(text):
    """Returns the commands under each heading, with what is expected of them."""
    found, lines = {}, None
    for line in text.splitlines():
        if heading := re.fullmatch(r"\[(.+)\]", line):
            lines = found[heading[1]] = []
        elif line and not line.startswith("#"):
            words, _, expected = line.partition(" => ")
            for name, value in PLACES.items():
                words = words.replace("{" + name + "}", value)
            lines.append((shlex.split(words), expected))
    return found


def network_thing(kind, name, **properties):
    return {"id": f"{GROUP}/providers/Microsoft.Network/{kind}/{name}", "name": name, "location": "eastus",
            "type": f"Microsoft.Network/{kind}", "properties": properties}


def pending(name):
    """Returns a private endpoint connection that waits for its approval."""
    endpoint = f"{GROUP}/providers/Microsoft.Network/privateEndpoints/{name}"
    state = {"status": "Pending", "description": "", "actionsRequired": "None"}
    properties = {"provisioningState": "Succeeded", "privateEndpoint": {"id": endpoint},
                  "privateLinkServiceConnectionState": state}
    return {"id": f"{registry_id('linked')}/privateEndpointConnections/{name}", "name": name,
            "type": "Microsoft.ContainerRegistry/registries/privateEndpointConnections", "properties": properties}


def looked_up(value, path):
    """Returns the value at a path of keys and indices, as text."""
    for key in filter(None, path.split(".")):
        value = value[int(key)] if isinstance(value, list) else value[key]
    return value if isinstance(value, str) else json.dumps(value)


class AzureCommandsTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        linked = registry("linked", privateEndpointConnections=[pending("waiting"), pending("second")])
        resources = [registry("contoso"), registry("locked"), linked, vnet("hub", ["build", "plain"]),
                     network_thing("natGateways", "outbound"),
                     network_thing("publicIPAddresses", "outbound", ipAddress="203.0.113.9"),
                     network_thing("publicIPPrefixes", "block", ipPrefix="203.0.113.16/28")]
        cls.sandbox = Sandbox(resources)
        cls.addClassCleanup(cls.sandbox.stop)
        cls.az = Worker(AzureCli(cls.sandbox))
        cls.addClassCleanup(cls.az.stop)

    def outcome(self, words, expected):
        """Runs a command and returns its outcome, and why."""
        self.sandbox.answers()
        done = self.az.run(*words)
        if refusal := re.fullmatch(r"refused (\w+)", expected):
            fits = done.returncode != 0 and f"({refusal[1]})" in done.stderr
            return (matrix.OK, "") if fits else (matrix.DIFFERS, f"{refusal[1]} expected: {done.stdout}{done.stderr}")
        if done.returncode != 0:
            unserved = 501 in self.sandbox.answers()
            return (matrix.UNSERVED if unserved else matrix.DIFFERS), done.stderr
        if expected:
            key, _, value = expected.partition("=")
            found = looked_up(json.loads(done.stdout), key)
            if found != value:
                return matrix.DIFFERS, f"{key} is {found}, not {value}"
        return matrix.OK, ""

    def run_section(self, commands):
        differing = []
        for words, expected in commands:
            with self.subTest(" ".join(words)):
                outcome, why = self.outcome(words, expected)
            matrix.note(CLIENT, VERSION, command_of(words), outcome, why)
            if outcome == matrix.DIFFERS:
                differing.append(f"az {' '.join(words)}\n{why}")
        if differing:
            self.fail("\n".join(differing))
        self.assertEqual(self.sandbox.gate.refused, [], "the client tried to reach somebody else")


def case(commands):
    def test(self):
        self.run_section(commands)
    return test


for heading, commands in sections(Path(__file__).with_name("commands.txt").read_text()).items():
    setattr(AzureCommandsTest, "test_" + re.sub(r"\W+", "_", heading), case(commands))
