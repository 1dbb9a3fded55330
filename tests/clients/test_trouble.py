"""Faults: real clients wait, repeat and report as they do with Azure."""

import json
import tempfile
import unittest

from azure_cli import AzureCli
from lab import Sandbox, registry, vnet

FAULTS = [
    {"match": {"method": "PATCH", "path": "/registries/throttled", "nth": 1}, "fault": 429, "retryAfter": 1},
    {"match": {"method": "PATCH", "path": "/registries/operated", "nth": 1}, "fault": "lro", "polls": 1},
    {"match": {"method": "PATCH", "path": "/registries/denied"}, "fault": "policy-deny"},
    {"match": {"method": "GET", "path": "/registries/cutoff", "nth": 1}, "fault": "reset"},
    {"match": {"method": "PUT", "path": "/subnets/broken"}, "fault": "lro-failed",
     "code": "SubnetBroken", "message": "the subnet is beyond repair"},
]


class TroubleTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        names = ["throttled", "operated", "denied", "cutoff"]
        with tempfile.NamedTemporaryFile("w", suffix=".json") as faults:
            json.dump(FAULTS, faults)
            faults.flush()
            resources = [registry(name) for name in names] + [vnet("hub", ["broken"])]
            cls.sandbox = Sandbox(resources, "--faults", faults.name)
        cls.addClassCleanup(cls.sandbox.stop)
        cls.az = AzureCli(cls.sandbox)

    def update(self, name):
        return ("acr", "update", "--name", name, "--resource-group", "rg", "--default-action", "Deny")

    def answers(self, method):
        return [one["status"] for one in self.sandbox.requests() if one["method"] == method]

    def test_the_azure_cli_waits_and_repeats_when_throttled(self):
        self.sandbox.requests()
        updated = self.az(*self.update("throttled"))
        self.assertEqual(updated["networkRuleSet"]["defaultAction"], "Deny")
        self.assertEqual(self.answers("PATCH"), [429, 200])

    def test_the_azure_cli_follows_a_patch_that_is_an_operation(self):
        updated = self.az(*self.update("operated"))
        self.assertEqual(updated["networkRuleSet"]["defaultAction"], "Deny")
        self.assertEqual(updated["provisioningState"], "Succeeded")

    def test_the_azure_cli_says_which_policy_denies(self):
        _, error = self.az.fails(*self.update("denied"))
        self.assertIn("(RequestDisallowedByPolicy)", error)

    def test_the_azure_cli_reads_again_when_the_connection_breaks(self):
        self.sandbox.requests()
        self.assertEqual(self.az("acr", "show", "--name", "cutoff", "--resource-group", "rg")["name"], "cutoff")
        self.assertGreaterEqual(len(self.sandbox.requests()), 2)

    def test_the_azure_cli_reports_why_an_operation_failed(self):
        _, error = self.az.fails("network", "vnet", "subnet", "update", "--name", "broken", "--vnet-name", "hub",
                                 "--resource-group", "rg", "--service-endpoints", "Microsoft.ContainerRegistry")
        self.assertIn("(SubnetBroken) the subnet is beyond repair", error)


class ThrottledTest(unittest.TestCase):
    """`--throttle`: the CLI asks faster than reads come back."""

    @classmethod
    def setUpClass(cls):
        cls.sandbox = Sandbox([registry("crowded")], "--throttle=reads=1/1,wait=1")
        cls.addClassCleanup(cls.sandbox.stop)
        cls.az = AzureCli(cls.sandbox)

    def test_the_azure_cli_runs_into_the_limits_and_comes_through(self):
        self.sandbox.requests()
        statuses = []
        # Without its group a registry is looked up first: two reads at once. On a machine that is slow enough one of
        # them may find a token that came back, so it gets further tries.
        for _ in range(5):
            self.assertEqual(self.az("acr", "show", "--name", "crowded")["name"], "crowded")
            statuses += [one["status"] for one in self.sandbox.requests()]
            if 429 in statuses:
                break
        self.assertIn(429, statuses)
        self.assertEqual(statuses[-1], 200)
