"""ringfence and the Azure CLI on one state: each reads the writes of the other, and a plan shows exactly the change."""

import json
import unittest

import lab
from azure_cli import AzureCli
from lab import RINGFENCE, Sandbox, registry, registry_id, subnet_id, vnet

SPEC = """version: 1
registries:
  - id: {registry}
    publicNetworkAccess: Enabled
    defaultAction: Deny
    ipRules: [203.0.113.0/24, 192.0.2.7]
    subnets: [{subnet}]
"""


def own(test):
    """Returns the name of a test's own registry and subnet: at most 50 letters."""
    return test.removeprefix("test_").replace("_", "")[:50]


class OneStateTest(unittest.TestCase):
    """Each test has its own registry and subnet, named after it."""

    @classmethod
    def setUpClass(cls):
        names = [own(name) for name in dir(cls) if name.startswith("test_")]
        cls.sandbox = Sandbox([registry(name) for name in names] + [vnet("hub", names)])
        cls.addClassCleanup(cls.sandbox.stop)
        cls.az = AzureCli(cls.sandbox)

    def setUp(self):
        name = own(self._testMethodName)
        self.registry, self.subnet = registry_id(name), subnet_id(name)
        self.name = ("--name", name, "--resource-group", "rg")
        (self.sandbox.path / "spec.yaml").write_text(SPEC.format(registry=self.registry, subnet=self.subnet))

    def tearDown(self):
        self.assertEqual(self.sandbox.gate.refused, [], "a client tried to reach somebody else")

    def ringfence(self, *words, code=0, env=None):
        done = lab.run([RINGFENCE, *words], self.sandbox.environment() | (env or {}), cwd=self.sandbox.path)
        self.assertEqual(done.returncode, code, done.stdout + done.stderr)
        return done

    def plan(self, **options):
        return json.loads(self.ringfence("plan", "spec.yaml", "--detailed-exitcode", "--output", "json",
                                         **options).stdout)

    def apply(self):
        self.ringfence("apply", "spec.yaml", "--yes")

    def changes(self):
        """Returns path, added and removed values of each change of a plan, which must have changes."""
        plan = self.plan(code=2)
        self.assertEqual(plan["summary"]["changed"], 1)
        values = lambda rules: [rule["value"] if isinstance(rule, dict) else rule for rule in rules]
        return [(one["path"], values(one.get("add", [])), values(one.get("remove", [])), one.get("after"))
                for one in plan["registries"][0]["changes"]]

    def test_azure_cli_reads_ringfences_writes(self):
        self.apply()
        rules = self.az("acr", "network-rule", "list", *self.name)
        self.assertEqual({rule["ipAddressOrRange"] for rule in rules["ipRules"]}, {"203.0.113.0/24", "192.0.2.7"})
        self.assertEqual([rule["virtualNetworkResourceId"] for rule in rules["virtualNetworkRules"]],
                         [self.subnet])
        shown = self.az("acr", "show", *self.name)
        self.assertEqual(shown["networkRuleSet"]["defaultAction"], "Deny")
        subnet = self.az("network", "vnet", "subnet", "show", "--ids", self.subnet)
        self.assertEqual([one["service"] for one in subnet["serviceEndpoints"]], ["Microsoft.ContainerRegistry"])
        self.assertEqual(self.plan(code=0)["summary"]["changed"], 0)

    def test_plan_shows_exactly_an_added_network_rule(self):
        self.apply()
        self.az("acr", "network-rule", "add", *self.name, "--ip-address", "198.51.100.9")
        self.assertEqual(self.changes(), [("networkRuleSet.ipRules", [], ["198.51.100.9"], None)])
        self.apply()
        rules = self.az("acr", "network-rule", "list", *self.name)
        self.assertEqual({rule["ipAddressOrRange"] for rule in rules["ipRules"]}, {"203.0.113.0/24", "192.0.2.7"})

    def test_plan_restores_exactly_a_removed_network_rule(self):
        self.apply()
        self.az("acr", "network-rule", "remove", *self.name, "--ip-address", "192.0.2.7")
        self.assertEqual(self.changes(), [("networkRuleSet.ipRules", ["192.0.2.7"], [], None)])

    def test_plan_shows_exactly_a_changed_default_action(self):
        self.apply()
        self.az("acr", "update", *self.name, "--default-action", "Allow")
        self.assertEqual(self.changes(), [("networkRuleSet.defaultAction", [], [], "Deny")])

    def test_audit_reports_changes_of_the_azure_cli(self):
        self.apply()
        self.ringfence("audit", "spec.yaml", code=0)
        self.az("acr", "update", *self.name, "--public-network-enabled", "false")
        self.ringfence("audit", "spec.yaml", code=2)

    def test_restore_opens_a_registry_closed_by_the_azure_cli(self):
        self.apply()
        self.az("acr", "update", *self.name, "--public-network-enabled", "false")
        self.ringfence("restore", "--default-allow", self.registry, "--yes")
        shown = self.az("acr", "show", *self.name)
        self.assertEqual(shown["publicNetworkAccess"], "Enabled")
        self.assertEqual(shown["networkRuleSet"], {"defaultAction": "Allow", "ipRules": [], "virtualNetworkRules": []})

    def test_ringfence_signs_in_with_the_azure_clis_login(self):
        without_secret = dict.fromkeys(("AZURE_CLIENT_ID", "AZURE_CLIENT_SECRET", "AZURE_TENANT_ID"), "")
        plan = self.plan(code=2, env=self.az.env | without_secret | {"RINGFENCE_AUTH": "azure-cli"})
        self.assertEqual(plan["registries"][0]["id"], self.registry)

    def test_output_of_show_is_a_state(self):
        self.apply()
        self.az("acr", "replication", "create", "--registry", self.name[1], "--location", "westus")
        self.az("lock", "create", "--name", "not now", "--lock-type", "CanNotDelete", "--resource-group", "rg")
        self.az("acr", "identity", "assign", "--identities", "[system]", *self.name)
        vnet = self.subnet.split("/subnets/")[0]
        self.az("network", "vnet", "subnet", "update", "--ids", self.subnet, "--delegations", "Microsoft.Web/serverFarms")
        pasted = [self.az("acr", "show", *self.name), self.az("network", "vnet", "show", "--ids", vnet),
                  self.az("group", "show", "--name", "rg"),
                  self.az("lock", "show", "--name", "not now", "--resource-group", "rg"),
                  *self.az("acr", "replication", "list", "--registry", self.name[1])]
        self.az("lock", "delete", "--name", "not now", "--resource-group", "rg")
        copy = Sandbox(pasted)
        self.addCleanup(copy.stop)
        az = AzureCli(copy)
        self.assertEqual(az("acr", "show", *self.name), pasted[0])
        self.assertEqual(az("network", "vnet", "show", "--ids", vnet), pasted[1])
