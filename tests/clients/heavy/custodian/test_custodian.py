"""Cloud Custodian, unchanged: policies that find registries, filter them by their rules, tag and lock them."""

import json
import sys
import unittest
from importlib.metadata import version
from pathlib import Path

import lab
import matrix
from lab import AZURE, SUBSCRIPTION, Sandbox, registry, registry_id, vnet

CLIENT, VERSION = "Cloud Custodian (c7n-azure)", version("c7n-azure")
CLOSED = {"defaultAction": "Deny", "virtualNetworkRules": [],
          "ipRules": [{"action": "Allow", "value": "203.0.113.0/24"}]}
OPEN = {"type": "value", "key": "properties.networkRuleSet.defaultAction", "value": "Allow"}


class CustodianTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        resources = [registry("opened"), registry("closed", networkRuleSet=CLOSED), vnet("hub", ["build"])]
        cls.sandbox = Sandbox(resources, names=AZURE)
        cls.addClassCleanup(cls.sandbox.stop)
        cls.env = cls.sandbox.environment() | {"AZURE_SUBSCRIPTION_ID": SUBSCRIPTION}
        del cls.env["AZURE_AUTHORITY_HOST"]

    def found(self, call, resource, filters=(), actions=()):
        """Runs a policy and returns the names of the resources that it found."""
        policy = {"name": "policy", "resource": resource, "filters": list(filters), "actions": list(actions)}
        file = self.sandbox.path / "policy.json"
        file.write_text(json.dumps({"policies": [policy]}))
        out = self.sandbox.path / "out"
        custodian = Path(sys.executable).with_name("custodian")
        self.sandbox.answers()
        done = lab.run([custodian, "run", "--cache-period", "0", "--output-dir", out, file], self.env)
        # An action that fails is logged, and does not change the exit code.
        if 501 in self.sandbox.answers():
            matrix.note(CLIENT, VERSION, call, matrix.UNSERVED, done.stderr)
            return None
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertEqual(self.sandbox.gate.refused, [], "the client tried to reach somebody else")
        matrix.note(CLIENT, VERSION, call, matrix.OK)
        return sorted(one["name"] for one in json.loads((out / "policy" / "resources.json").read_text()))

    def test_registries_are_found_by_their_rules(self):
        self.assertEqual(self.found("azure.containerregistry", "azure.containerregistry"), ["closed", "opened"])
        self.assertEqual(self.found("azure.containerregistry filter", "azure.containerregistry", [OPEN]), ["opened"])
        self.assertEqual(self.found("azure.vnet", "azure.vnet"), ["hub"])
        self.assertEqual(self.found("azure.resourcegroup", "azure.resourcegroup"), ["rg"])

    def test_registry_is_tagged(self):
        tag = {"type": "tag", "tag": "team", "value": "core"}
        found = self.found("azure.containerregistry tag", "azure.containerregistry", [OPEN], [tag])
        if found is not None:
            self.assertEqual(self.sandbox.resource(registry_id("opened"))["tags"], {"team": "core"})

    def test_registry_is_locked_and_found_by_its_lock(self):
        lock = {"type": "lock", "lock-type": "CanNotDelete"}
        name = {"type": "value", "key": "name", "value": "closed"}
        self.found("azure.containerregistry lock", "azure.containerregistry", [name], [lock])
        locked = {"type": "resource-lock", "lock-type": "CanNotDelete"}
        found = self.found("azure.containerregistry resource-lock", "azure.containerregistry", [locked])
        self.assertEqual(found, ["closed"])
