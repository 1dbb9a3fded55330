"""Microsoft's own network-rule scenario (azure-cli test_acr_network_rule), by `az` and by `ringfence`, on equal states.

Each step runs once with the Azure CLI and once with ringfence, on a sandbox of its own. Both print the same bytes, both
states are equal after it, and the requests of both are counted.
"""

import json
import unittest

import lab
from azure_cli import AzureCli
from lab import RINGFENCE, SUBSCRIPTION, Sandbox, registry_id, subnet_id

NAME = "scenario"
# Written anew with each write, so never equal on two sandboxes.
MOVING = ("systemData", "etag")
DEFAULT_ACTION = """version: 1
registries:
  - id: {registry}
    defaultAction: {action}
"""


def settled(value):
    """Returns a resource without what differs from one write to the next."""
    if isinstance(value, dict):
        return {key: settled(one) for key, one in value.items() if key not in MOVING}
    return [settled(one) for one in value] if isinstance(value, list) else value


def requests_of(sandbox):
    """Returns the methods of the requests to ARM since the last call, those for a name included."""
    return [one["method"] for one in sandbox.logged() if one["path"].startswith(("/subscriptions/", "/providers/"))]


class NetworkRulesTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.theirs = Sandbox([])
        cls.addClassCleanup(cls.theirs.stop)
        cls.az = AzureCli(cls.theirs)
        # The first steps have no command of ringfence: a group, a network, and a registry that denies by default.
        place = ("--resource-group", "rg")
        cls.az("group", "create", "--name", "rg", "--location", "eastus")
        cls.az("network", "vnet", "create", "--name", "hub", *place)
        cls.az("network", "vnet", "subnet", "create", "--name", "build", "--vnet-name", "hub", *place,
               "--address-prefixes", "10.0.0.0/24")
        cls.az("acr", "create", "--name", NAME, *place, "--sku", "Premium", "--location", "eastus",
               "--default-action", "Deny")
        saved = json.loads(cls.theirs.state.read_text())["resources"]
        cls.ours = Sandbox(saved)
        cls.addClassCleanup(cls.ours.stop)

    def ringfence(self, *words, code=0):
        """Returns what a command prints, and the methods of its requests."""
        self.ours.logged()
        done = lab.run([RINGFENCE, *words], self.ours.environment(), cwd=self.ours.path)
        self.assertEqual(done.returncode, code, done.stdout + done.stderr)
        return done.stdout, requests_of(self.ours)

    def their(self, *words):
        """Returns what a command of the Azure CLI prints, and the methods of its requests."""
        self.theirs.logged()
        done = self.az.run(*words)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        return done.stdout, requests_of(self.theirs)

    def same(self, words, place=(), theirs=None, ours=None):
        """Runs a command of both, which must print the same bytes and leave the same state, with these requests."""
        printed, asked = self.their("acr", "network-rule", *words, "--name", NAME, *place)
        shown, sent = self.ringfence("rule", *words, "--name", NAME, *place)
        self.assertEqual(shown, printed, words)
        self.assertEqual((asked, sent), (theirs, ours), words)
        self.assert_equal_states()

    def assert_equal_states(self):
        for resource in (registry_id(NAME), subnet_id().rsplit("/subnets/", 1)[0]):
            self.assertEqual(settled(self.ours.resource(resource)), settled(self.theirs.resource(resource)))

    def set_default_action(self, action):
        """The step that is a spec for ringfence."""
        self.their("acr", "update", "--name", NAME, "--default-action", action)
        spec = self.ours.path / "spec.yaml"
        spec.write_text(DEFAULT_ACTION.format(registry=registry_id(NAME), action=action))
        self.ringfence("apply", "spec.yaml", "--yes")
        self.assert_equal_states()

    def test_the_scenario_ends_in_equal_states_and_equal_json(self):
        subnet = ("--subnet", subnet_id())
        self.same(("list",), theirs=["GET", "GET"], ours=["POST", "GET"])
        # The subnet rule: `az` needs a command before it, and ringfence turns the endpoint on itself.
        self.their("network", "vnet", "subnet", "update", "--ids", subnet_id(),
                   "--service-endpoints", "Microsoft.ContainerRegistry")
        printed, _ = self.their("acr", "network-rule", "add", "--name", NAME, *subnet)
        shown, _ = self.ringfence("rule", "add", "--name", NAME, "--subnet", "build", "--vnet-name", "hub")
        self.assertEqual(shown, printed)
        self.assert_equal_states()
        # Addresses.
        change = {"theirs": ["GET", "GET", "PATCH"], "ours": ["POST", "GET", "PATCH"]}
        for address in ("23.96.0.0/16", "203.0.113.9"):
            self.same(("add", "--ip-address", address), **change)
        place = ("--resource-group", "rg", "--subscription", SUBSCRIPTION)
        self.same(("list",), place, theirs=["GET"], ours=["GET"])
        # Back to the default: open first, as otherwise the last rule would be a refusal.
        self.set_default_action("Allow")
        self.same(("remove", "--ip-address", "23.96.0.0/16"), **change)
        self.same(("remove", "--ip-address", "203.0.113.9"), **change)
        self.same(("remove", *subnet), **change)
        self.same(("list",), place, theirs=["GET"], ours=["GET"])

    def sent_addresses(self, *words):
        """Runs a command of the Azure CLI to any end, and returns the addresses of the list that it sends."""
        self.theirs.logged()
        self.az.run("acr", "network-rule", *words, "--name", NAME)
        patch = [one for one in self.theirs.logged() if one["method"] == "PATCH"][-1]
        return [rule["value"] for rule in patch["body"]["properties"]["networkRuleSet"]["ipRules"]]

    def rules(self, *words):
        """Runs a command of ringfence, and returns the addresses of the registry and the methods of its requests."""
        shown, asked = self.ringfence("rule", *words, "--name", NAME)
        rules = json.loads(shown)["networkRuleSet"]["ipRules"]
        return [rule["ipAddressOrRange"] for rule in rules], asked

    def test_wanted_differences(self):
        address, same = ("--ip-address", "198.51.100.7"), ("--ip-address", "198.51.100.7/32")
        self.their("acr", "network-rule", "add", "--name", NAME, *address)
        self.rules("add", *address)
        # A rule that is there is sent twice by `az`, and not at all by ringfence.
        self.assertEqual(self.sent_addresses("add", *address).count("198.51.100.7"), 2)
        rules, asked = self.rules("add", *same)
        self.assertEqual((rules.count("198.51.100.7"), asked), (1, ["POST", "GET"]))
        # `az` compares texts, so `/32` removes nothing.
        self.assertIn("198.51.100.7", self.sent_addresses("remove", *same))
        rules, _ = self.rules("remove", *same, "--override", "last-rule")
        self.assertNotIn("198.51.100.7", rules)
        # Without a rule `az` sends the same list again. Host bits go to Azure as they are.
        self.assertIn("198.51.100.7", self.sent_addresses("remove"))
        self.assertIn("203.0.113.7/24", self.sent_addresses("add", "--ip-address", "203.0.113.7/24"))
        for words in (["remove"], ["add", "--ip-address", "203.0.113.7/24"]):
            _, asked = self.ringfence("rule", *words, "--name", NAME, code=64)
            self.assertEqual(asked, [])
