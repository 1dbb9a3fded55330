"""Faults: real clients wait, retry and report as they do with Azure."""

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

    def test_azure_cli_retries_when_throttled(self):
        self.sandbox.requests()
        updated = self.az(*self.update("throttled"))
        self.assertEqual(updated["networkRuleSet"]["defaultAction"], "Deny")
        self.assertEqual(self.answers("PATCH"), [429, 200])

    def test_azure_cli_follows_a_patch_that_is_an_operation(self):
        updated = self.az(*self.update("operated"))
        self.assertEqual(updated["networkRuleSet"]["defaultAction"], "Deny")
        self.assertEqual(updated["provisioningState"], "Succeeded")

    def test_azure_cli_names_the_denying_policy(self):
        _, error = self.az.fails(*self.update("denied"))
        self.assertIn("(RequestDisallowedByPolicy)", error)

    def test_azure_cli_reads_again_when_the_connection_breaks(self):
        self.sandbox.requests()
        self.assertEqual(self.az("acr", "show", "--name", "cutoff", "--resource-group", "rg")["name"], "cutoff")
        self.assertGreaterEqual(len(self.sandbox.requests()), 2)

    def test_azure_cli_reports_why_an_operation_failed(self):
        _, error = self.az.fails("network", "vnet", "subnet", "update", "--name", "broken", "--vnet-name", "hub",
                                 "--resource-group", "rg", "--service-endpoints", "Microsoft.ContainerRegistry")
        self.assertIn("(SubnetBroken) the subnet is beyond repair", error)


class ThrottledTest(unittest.TestCase):
    """`--throttle`: the CLI sends requests faster than the limit allows."""

    @classmethod
    def setUpClass(cls):
        cls.sandbox = Sandbox([registry("crowded")], "--throttle=reads=1/1,wait=1")
        cls.addClassCleanup(cls.sandbox.stop)
        cls.az = AzureCli(cls.sandbox)

    def test_azure_cli_succeeds_after_throttling(self):
        self.sandbox.requests()
        statuses = []
        # Without a group the CLI looks the registry up first: two reads at once. On a slow machine the limit may recover
        # between them, so the test tries again.
        for _ in range(5):
            self.assertEqual(self.az("acr", "show", "--name", "crowded")["name"], "crowded")
            statuses += [one["status"] for one in self.sandbox.requests()]
            if 429 in statuses:
                break
        self.assertIn(429, statuses)
        self.assertEqual(statuses[-1], 200)
