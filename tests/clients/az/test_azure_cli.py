"""The Azure CLI's commands for registries, virtual networks, providers and resources, unchanged."""

import json
import subprocess
import unittest

import lab
from azure_cli import MISSING, AzureCli
from lab import SUBSCRIPTION, UNREGISTERED, Sandbox, registry, registry_id, subnet_id, vnet

CLOSED = {"defaultAction": "Deny", "ipRules": [], "virtualNetworkRules": []}
NEWEST = "2026-09-01-preview"


class AzureCliTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        names = ["shown", "updated", "ruled", "subnetted", "hidden", "public", "patched"]
        resources = [registry(name) for name in names] + [registry("standard", sku="Standard")]
        cls.sandbox = Sandbox(resources + [vnet("hub", ["build", "plain", "whole"])])
        cls.addClassCleanup(cls.sandbox.stop)
        cls.az = AzureCli(cls.sandbox)

    def setUp(self):
        self.sandbox.requests()

    def tearDown(self):
        self.assertEqual(self.sandbox.gate.refused, [], "the client tried to reach somebody else")

    def asked(self):
        """Returns method, end of the path and api-version of each request."""
        return [(one["method"], one["path"].rsplit("/", 1)[1], one["api-version"]) for one in self.sandbox.requests()]

    def test_login_finds_the_subscriptions_of_the_tenant(self):
        found = {one["id"]: (one["tenantId"], one["state"], one["cloudName"]) for one in self.az.accounts}
        wanted = (lab.TENANT, "Enabled", "sandbox")
        self.assertEqual(found, {SUBSCRIPTION: wanted, UNREGISTERED: wanted})

    def test_acr_show_with_the_group_is_one_request_at_the_newest_preview(self):
        shown = self.az("acr", "show", "--name", "shown", "--resource-group", "rg")
        self.assertEqual(self.asked(), [("GET", "shown", NEWEST)])
        self.assertEqual(shown["id"], registry_id("shown"))
        self.assertEqual(shown["loginServer"], "shown.azurecr.io")
        self.assertEqual(shown["provisioningState"], "Succeeded")
        self.assertEqual(shown["sku"], {"name": "Premium", "tier": "Premium"})
        self.assertEqual(shown["networkRuleSet"],
                         {"defaultAction": "Allow", "ipRules": [], "virtualNetworkRules": []})
        self.assertEqual(shown["publicNetworkAccess"], "Enabled")
        self.assertEqual(shown["networkRuleBypassOptions"], "AzureServices")

    def test_acr_show_by_name_finds_the_registry_among_the_resources(self):
        self.assertEqual(self.az("acr", "show", "--name", "shown")["id"], registry_id("shown"))
        self.assertEqual([path for _, path, _ in self.asked()], ["resources", "shown"])

    def test_acr_show_of_a_missing_registry_is_a_missing_resource(self):
        code, error = self.az.fails("acr", "show", "--name", "nowhere", "--resource-group", "rg")
        self.assertEqual(code, MISSING, error)
        self.assertIn("(ResourceNotFound) The Resource 'Microsoft.ContainerRegistry/registries/nowhere' "
                      "under resource group 'rg' was not found.", error)

    def test_acr_list_by_group_and_by_subscription(self):
        by_group = {one["name"] for one in self.az("acr", "list", "--resource-group", "rg")}
        everywhere = {one["name"] for one in self.az("acr", "list")}
        self.assertLessEqual({"shown", "updated", "standard"}, by_group)
        self.assertLessEqual(by_group, everywhere)

    def test_acr_create_follows_the_operation_and_acr_delete_removes(self):
        made = self.az("acr", "create", "--name", "madebyaz", "--resource-group", "rg", "--sku", "Premium",
                       "--location", "eastus", "--default-action", "Deny", "--tags", "made=here")
        self.assertEqual(made["provisioningState"], "Succeeded")
        self.assertEqual(made["loginServer"], "madebyaz.azurecr.io")
        self.assertEqual(made["networkRuleSet"]["defaultAction"], "Deny")
        self.assertEqual(made["tags"], {"made": "here"})
        self.assertEqual(self.az("acr", "show", "--name", "madebyaz", "--resource-group", "rg")["id"], made["id"])
        self.az("acr", "delete", "--name", "madebyaz", "--resource-group", "rg", "--yes")
        code, error = self.az.fails("acr", "show", "--name", "madebyaz", "--resource-group", "rg")
        self.assertEqual(code, MISSING, error)

    def test_acr_check_name_reports_taken_names(self):
        taken = self.az("acr", "check-name", "--name", "shown")
        self.assertEqual((taken["nameAvailable"], taken["reason"]), (False, "AlreadyExists"))
        self.assertTrue(self.az("acr", "check-name", "--name", "neverused")["nameAvailable"])

    def test_acr_update_default_action_keeps_the_rules(self):
        name = ("--name", "updated", "--resource-group", "rg")
        self.az("acr", "network-rule", "add", *name, "--ip-address", "203.0.113.0/24")
        self.sandbox.requests()
        updated = self.az("acr", "update", *name, "--default-action", "Deny")
        requests = self.sandbox.requests()
        self.assertEqual([one["method"] for one in requests], ["GET", "PATCH"])
        self.assertEqual(requests[1]["body"], {"properties": {"networkRuleSet": {"defaultAction": "Deny"}}})
        self.assertEqual(updated["networkRuleSet"]["defaultAction"], "Deny")
        self.assertEqual([rule["ipAddressOrRange"] for rule in updated["networkRuleSet"]["ipRules"]],
                         ["203.0.113.0/24"])

    def test_acr_update_public_network_disabled_also_sets_deny(self):
        name = ("--name", "public", "--resource-group", "rg")
        closed = self.az("acr", "update", *name, "--public-network-enabled", "false")
        self.assertEqual((closed["publicNetworkAccess"], closed["networkRuleSet"]["defaultAction"]),
                         ("Disabled", "Deny"))
        opened = self.az("acr", "update", *name, "--public-network-enabled", "true")
        self.assertEqual((opened["publicNetworkAccess"], opened["networkRuleSet"]["defaultAction"]),
                         ("Enabled", "Deny"))

    def test_acr_update_data_endpoint_names_its_hosts(self):
        name = ("--name", "patched", "--resource-group", "rg")
        updated = self.az("acr", "update", *name, "--data-endpoint-enabled", "true")
        self.assertEqual(updated["dataEndpointHostNames"], ["patched.eastus.data.azurecr.io"])

    def test_acr_network_rule_add_list_and_remove_addresses(self):
        name = ("--name", "ruled", "--resource-group", "rg")
        for address in ("203.0.113.7", "198.51.100.0/28"):
            self.az("acr", "network-rule", "add", *name, "--ip-address", address)
        listed = self.az("acr", "network-rule", "list", *name)
        self.assertEqual(listed, {"ipRules": [
            {"action": "Allow", "ipAddressOrRange": "203.0.113.7"},
            {"action": "Allow", "ipAddressOrRange": "198.51.100.0/28"},
        ], "virtualNetworkRules": []})
        self.az("acr", "network-rule", "remove", *name, "--ip-address", "203.0.113.7")
        stored = self.sandbox.resource(registry_id("ruled"))["properties"]["networkRuleSet"]
        self.assertEqual([rule["value"] for rule in stored["ipRules"]], ["198.51.100.0/28"])

    def test_acr_network_rule_add_of_a_subnet_needs_its_service_endpoint(self):
        rule = ("--name", "subnetted", "--resource-group", "rg", "--subnet", subnet_id("build"))
        _, error = self.az.fails("acr", "network-rule", "add", *rule)
        self.assertIn("Subnets build of virtual network", error)
        self.assertIn("do not have ServiceEndpoints for Microsoft.ContainerRegistry resources configured", error)
        self.az("network", "vnet", "subnet", "update", "--name", "build", "--vnet-name", "hub",
                "--resource-group", "rg", "--service-endpoints", "Microsoft.ContainerRegistry")
        added = self.az("acr", "network-rule", "add", *rule)
        rules = added["networkRuleSet"]["virtualNetworkRules"]
        self.assertEqual([one["virtualNetworkResourceId"] for one in rules], [subnet_id("build")])
        self.az("acr", "network-rule", "remove", *rule)
        self.assertEqual(self.az("acr", "network-rule", "list", *rule[:4])["virtualNetworkRules"], [])

    def test_acr_network_rule_is_refused_below_premium(self):
        rule = ("--name", "standard", "--resource-group", "rg", "--ip-address", "203.0.113.7")
        _, error = self.az.fails("acr", "network-rule", "add", *rule)
        self.assertIn("Premium SKU", error)
        self.assertEqual([method for method, _, _ in self.asked()], ["GET"])

    def test_acr_show_usage_lists_the_quotas(self):
        usage = self.az("acr", "show-usage", "--name", "shown", "--resource-group", "rg")
        limits = {one["name"]: one["limit"] for one in usage["value"]}
        self.assertEqual(limits["Size"], 536870912000)
        self.assertEqual(limits["Webhooks"], 500)

    def test_acr_show_endpoints_reads_the_replications(self):
        shown = self.az("acr", "show-endpoints", "--name", "shown", "--resource-group", "rg")
        self.assertEqual(shown["loginServer"], "shown.azurecr.io")

    def test_rest_hides_subnet_rules_at_stable_versions(self):
        def rules(version):
            url = f"{registry_id('hidden')}?api-version={version}"
            return self.az("rest", "--method", "get", "--url", url)["properties"]["networkRuleSet"]
        self.assertNotIn("virtualNetworkRules", rules("2025-11-01"))
        self.assertEqual(rules(NEWEST)["virtualNetworkRules"], [])

    def test_rest_patch_replaces_both_lists(self):
        url = f"{registry_id('hidden')}?api-version={NEWEST}"
        wanted = {"defaultAction": "Deny", "ipRules": [{"action": "Allow", "value": "192.0.2.0/31"}],
                  "virtualNetworkRules": []}
        body = json.dumps({"properties": {"networkRuleSet": wanted}})
        patched = self.az("rest", "--method", "patch", "--url", url, "--body", body)
        self.assertEqual(patched["properties"]["networkRuleSet"], wanted)

    def test_network_vnet_create_and_subnet_show(self):
        made = self.az("network", "vnet", "create", "--name", "made", "--resource-group", "rg", "--location", "eastus",
                       "--address-prefixes", "10.9.0.0/16", "--subnet-name", "first",
                       "--subnet-prefixes", "10.9.0.0/24")
        self.assertEqual(made["newVNet"]["provisioningState"], "Succeeded")
        subnet = self.az("network", "vnet", "subnet", "show", "--name", "first", "--vnet-name", "made",
                         "--resource-group", "rg")
        self.assertEqual(subnet["addressPrefix"], "10.9.0.0/24")
        self.assertEqual(subnet["provisioningState"], "Succeeded")
        self.assertNotIn("serviceEndpoints", subnet)

    def test_network_vnet_create_takes_the_location_of_its_group(self):
        made = self.az("network", "vnet", "create", "--name", "unplaced", "--resource-group", "rg",
                       "--address-prefixes", "10.8.0.0/16")
        self.assertEqual(made["newVNet"]["location"], self.az("group", "show", "--name", "rg")["location"])

    def test_network_vnet_subnet_update_puts_the_whole_subnet(self):
        subnet = ("--name", "whole", "--vnet-name", "hub", "--resource-group", "rg")
        before = self.az("network", "vnet", "subnet", "show", *subnet)
        self.sandbox.requests()
        updated = self.az("network", "vnet", "subnet", "update", *subnet,
                          "--service-endpoints", "Microsoft.ContainerRegistry")
        asked = self.asked()
        self.assertEqual(asked[:2], [("GET", "whole", "2024-07-01"), ("PUT", "whole", "2024-07-01")])
        self.assertGreaterEqual(len(asked), 4, "the operation is polled and the subnet is read again")
        self.assertEqual(asked[-1], ("GET", "whole", "2024-07-01"))
        self.assertNotEqual(updated["etag"], before["etag"])
        self.assertEqual(updated["addressPrefix"], before["addressPrefix"])
        self.assertEqual([(one["service"], one["locations"], one["provisioningState"])
                          for one in updated["serviceEndpoints"]],
                         [("Microsoft.ContainerRegistry", ["*"], "Succeeded")])

    def test_network_vnet_list_and_show(self):
        self.assertIn("hub", [one["name"] for one in self.az("network", "vnet", "list", "--resource-group", "rg")])
        shown = self.az("network", "vnet", "show", "--name", "hub", "--resource-group", "rg")
        self.assertEqual({one["name"] for one in shown["subnets"]}, {"build", "plain", "whole"})

    def test_network_vnet_subnet_show_of_a_missing_subnet(self):
        code, error = self.az.fails("network", "vnet", "subnet", "show", "--name", "nowhere", "--vnet-name", "hub",
                                    "--resource-group", "rg")
        self.assertEqual(code, MISSING, error)
        self.assertIn("(NotFound)", error)

    def test_provider_register_waits_until_registered(self):
        namespace = ("--namespace", "Microsoft.ContainerRegistry", "--subscription", UNREGISTERED)
        self.assertEqual(self.az("provider", "show", *namespace)["registrationState"], "NotRegistered")
        self.sandbox.requests()
        self.az("provider", "register", *namespace, "--wait")
        asked = self.asked()
        self.assertEqual(asked[0][:2], ("POST", "register"))
        self.assertEqual(asked[-1][:2], ("GET", "Microsoft.ContainerRegistry"))
        self.assertEqual(self.az("provider", "show", *namespace)["registrationState"], "Registered")

    def test_resource_list_by_type_and_whole(self):
        kind = "Microsoft.ContainerRegistry/registries"
        registries = self.az("resource", "list", "--resource-type", kind)
        self.assertEqual({one["type"] for one in registries}, {kind})
        self.assertIn("shown", {one["name"] for one in registries})
        whole = {(one["type"], one["name"]) for one in self.az("resource", "list", "--resource-group", "rg")}
        self.assertLessEqual({(kind, "shown"), ("Microsoft.Network/virtualNetworks", "hub")}, whole)

    def test_group_create_show_and_list(self):
        made = self.az("group", "create", "--name", "fresh", "--location", "westeurope")
        self.assertEqual(made["properties"]["provisioningState"], "Succeeded")
        self.assertEqual(self.az("group", "show", "--name", "fresh")["location"], "westeurope")
        self.assertLessEqual({"rg", "fresh"}, {one["name"] for one in self.az("group", "list")})


class CheckHealthTest(unittest.TestCase):
    """`az acr check-health` connects to the registry itself. A hosts file that only the client sees maps the name to the
    sandbox, and the proxy maps the port. For the sandbox the client is 203.0.113.7."""

    ADDRESS = "203.0.113.7"

    @classmethod
    def setUpClass(cls):
        resources = [registry("contoso"), registry("closed", networkRuleSet=CLOSED),
                     registry("private", publicNetworkAccess="Disabled")]
        cls.sandbox = Sandbox(resources, "--client-ip", cls.ADDRESS)
        cls.addClassCleanup(cls.sandbox.stop)
        hosts = cls.sandbox.path / "hosts"
        hosts.write_text("127.0.0.1 localhost contoso.azurecr.io closed.azurecr.io private.azurecr.io\n")
        cls.unshared = ["unshare", "--mount", "sh", "-c", f'mount --bind "{hosts}" /etc/hosts && exec "$@"', "sh"]
        if subprocess.run([*cls.unshared, "true"], capture_output=True).returncode != 0:
            raise unittest.SkipTest("no mount namespace to be had (not root?): `az acr check-health` was not run")
        cls.az = AzureCli(cls.sandbox)

    def health(self, name):
        done = self.az.run("acr", "check-health", "--name", name, "--ignore-errors", "--yes", unshared=self.unshared)
        self.assertEqual(self.sandbox.gate.refused, [], "the client tried to reach somebody else")
        self.assertIn(f"DNS lookup to {name}.azurecr.io at IP 127.0.0.1 : OK", done.stderr)
        return done.stderr

    def assert_healthy(self, name):
        said = self.health(name)
        self.assertIn(f"Challenge endpoint https://{name}.azurecr.io/v2/ : OK", said)
        self.assertIn(f"Fetch refresh token for registry '{name}.azurecr.io' : OK", said)
        self.assertIn(f"Fetch access token for registry '{name}.azurecr.io' : OK", said)

    def assert_forbidden(self, name):
        said = self.health(name)
        self.assertIn("CONNECTIVITY_FORBIDDEN_ERROR", said)
        self.assertNotIn("Challenge endpoint", said)

    def test_open_registry_is_reached_and_gives_tokens(self):
        self.assert_healthy("contoso")

    def test_closed_registry_is_forbidden_until_a_rule_admits_it(self):
        self.assert_forbidden("closed")
        rule = ("--name", "closed", "--resource-group", "rg", "--ip-address", self.ADDRESS)
        self.az("acr", "network-rule", "add", *rule)
        self.assert_healthy("closed")
        self.az("acr", "network-rule", "remove", *rule)
        self.assert_forbidden("closed")

    def test_registry_without_public_access_is_forbidden(self):
        self.assert_forbidden("private")
