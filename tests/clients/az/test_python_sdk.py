"""Microsoft's management SDKs for Python, with their own credentials, retries and pollers."""

import logging
import unittest
from importlib.metadata import version

from azure.core.exceptions import ClientAuthenticationError, HttpResponseError, ResourceNotFoundError
from azure.identity import ClientSecretCredential
from azure.mgmt.containerregistry import ContainerRegistryManagementClient
from azure.mgmt.network import NetworkManagementClient
from azure.mgmt.network.models import ServiceEndpointPropertiesFormat
from azure.mgmt.resource import ResourceManagementClient

from lab import SUBSCRIPTION, UNREGISTERED, Sandbox, registry, registry_id, subnet_id, vnet
from matrix import Watched

PACKAGES = {ContainerRegistryManagementClient: "azure-mgmt-containerregistry",
            NetworkManagementClient: "azure-mgmt-network", ResourceManagementClient: "azure-mgmt-resource"}
OPTIONS = {"credential_scopes": ["https://management.azure.com/.default"], "polling_interval": 0}


class PythonSdkTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        names = ["shown", "ruled", "patched"]
        cls.sandbox = Sandbox([registry(name) for name in names] + [vnet("hub", ["build", "edge"])])
        cls.addClassCleanup(cls.sandbox.stop)
        cls.sandbox.lend_environment(cls)
        logging.getLogger("azure").setLevel(logging.ERROR)
        ready = cls.sandbox.ready
        cls.credential = ClientSecretCredential(
            ready["tenant_id"], ready["client_id"], ready["client_secret"],
            authority=ready["authority"], disable_instance_discovery=True)
        cls.registries = cls.client(ContainerRegistryManagementClient).registries
        network = cls.client(NetworkManagementClient)
        cls.subnets, cls.networks = network.subnets, network.virtual_networks
        cls.resource = cls.client(ResourceManagementClient)

    @classmethod
    def client(cls, kind, subscription=SUBSCRIPTION, **options):
        client = kind(cls.credential, subscription, base_url=cls.sandbox.ready["arm"], **OPTIONS, **options)
        cls.addClassCleanup(client.close)
        package = PACKAGES[kind]
        return Watched(client, f"{package} (Python)", version(package))

    def setUp(self):
        self.sandbox.requests()

    def tearDown(self):
        self.assertEqual(self.sandbox.gate.refused, [], "the client tried to reach somebody else")

    def methods(self):
        return [one["method"] for one in self.sandbox.requests()]

    def test_get_and_list_registries(self):
        found = self.registries.get("rg", "shown")
        self.assertEqual((found.id, found.location, found.sku.name), (registry_id("shown"), "eastus", "Premium"))
        rules = found.properties.network_rule_set
        self.assertEqual((rules.default_action, rules.ip_rules, rules.virtual_network_rules), ("Allow", [], []))
        by_group = {one.name for one in self.registries.list_by_resource_group("rg")}
        everywhere = {one.name for one in self.registries.list()}
        self.assertIn("shown", by_group & everywhere)

    def test_stable_versions_hide_subnet_rules(self):
        stable = self.client(ContainerRegistryManagementClient, api_version="2025-11-01")
        rules = stable.registries.get("rg", "shown").as_dict()["properties"]["networkRuleSet"]
        self.assertNotIn("virtualNetworkRules", rules)

    def test_missing_registry_is_not_found(self):
        with self.assertRaises(ResourceNotFoundError) as caught:
            self.registries.get("rg", "nowhere")
        self.assertEqual(caught.exception.error.code, "ResourceNotFound")

    def test_create_and_delete_through_their_pollers(self):
        body = {"location": "eastus", "sku": {"name": "Premium"}, "properties": {"adminUserEnabled": False}}
        made = self.registries.begin_create("rg", "madebypython", body).result(timeout=120)
        self.assertEqual((made.name, made.properties.provisioning_state), ("madebypython", "Succeeded"))
        self.registries.begin_delete("rg", "madebypython").result(timeout=120)
        with self.assertRaises(ResourceNotFoundError):
            self.registries.get("rg", "madebypython")

    def test_update_of_network_rules_answers_at_once(self):
        rules = {"defaultAction": "Deny", "ipRules": [{"action": "Allow", "value": "203.0.113.7"}]}
        poller = self.registries.begin_update("rg", "ruled", {"properties": {"networkRuleSet": rules}})
        updated = poller.result(timeout=60)
        self.assertEqual(updated.properties.network_rule_set.default_action, "Deny")
        self.assertEqual([rule.ip_address_or_range for rule in updated.properties.network_rule_set.ip_rules],
                         ["203.0.113.7"])
        self.assertEqual(self.methods(), ["PATCH"])

    def test_update_of_tags_keeps_everything_else(self):
        def tag(team):
            return self.registries.begin_update("rg", "patched", {"tags": {"team": team}}).result(timeout=60)
        before, updated = tag("core"), tag("edge")
        self.assertEqual((before.tags, updated.tags), ({"team": "core"}, {"team": "edge"}))
        self.assertEqual(updated.properties.network_rule_set, before.properties.network_rule_set)
        self.assertGreater(updated.system_data.last_modified_at, before.system_data.last_modified_at)

    def test_list_usages(self):
        usages = {one.name: one.limit for one in self.registries.list_usages("rg", "shown").value}
        self.assertEqual(usages["Size"], 536870912000)

    def test_get_and_put_of_a_subnet_through_its_poller(self):
        subnet = self.subnets.get("rg", "hub", "build")
        self.assertEqual(subnet.id, subnet_id("build"))
        subnet.service_endpoints = [ServiceEndpointPropertiesFormat(service="Microsoft.ContainerRegistry")]
        self.sandbox.requests()
        put = self.subnets.begin_create_or_update("rg", "hub", "build", subnet).result(timeout=120)
        methods = self.methods()
        self.assertEqual(methods[0], "PUT")
        self.assertGreaterEqual(methods.count("GET"), 2, "the operation is polled and the subnet is read again")
        endpoint = put.service_endpoints[0]
        self.assertEqual((endpoint.service, endpoint.locations), ("Microsoft.ContainerRegistry", ["*"]))
        self.assertEqual((put.provisioning_state, put.address_prefix), ("Succeeded", subnet.address_prefix))
        self.assertNotEqual(put.etag, subnet.etag)

    def test_stale_etag_is_a_failed_precondition(self):
        subnet = self.subnets.get("rg", "hub", "edge")
        self.subnets.begin_create_or_update("rg", "hub", "edge", subnet).result(timeout=120)
        with self.assertRaises(HttpResponseError) as caught:
            self.subnets.begin_create_or_update("rg", "hub", "edge", subnet, headers={"If-Match": subnet.etag})
        self.assertEqual(caught.exception.status_code, 412)

    def test_virtual_networks_are_created_listed_and_deleted(self):
        body = {"location": "eastus", "properties": {"addressSpace": {"addressPrefixes": ["10.7.0.0/16"]}}}
        made = self.networks.begin_create_or_update("rg", "spoke", body).result(timeout=120)
        self.assertEqual(made.provisioning_state, "Succeeded")
        self.assertEqual({one.name for one in self.networks.list("rg")}, {"hub", "spoke"})
        self.networks.begin_delete("rg", "spoke").result(timeout=120)
        self.assertEqual({one.name for one in self.networks.list("rg")}, {"hub"})

    def test_resources_by_type_and_groups(self):
        kind = "Microsoft.ContainerRegistry/registries"
        found = list(self.resource.resources.list(filter=f"resourceType eq '{kind}'"))
        self.assertIn("shown", {one.name for one in found})
        self.assertEqual({one.type for one in found}, {kind})
        self.assertIn("rg", {one.name for one in self.resource.resource_groups.list()})

    def test_register_a_provider(self):
        providers = self.client(ResourceManagementClient, UNREGISTERED).providers
        namespace = "Microsoft.ContainerRegistry"
        self.assertEqual(providers.get(namespace).registration_state, "NotRegistered")
        self.assertEqual(providers.register(namespace).registration_state, "Registering")
        states = [providers.get(namespace).registration_state for _ in range(20)]
        self.assertEqual(states[-1], "Registered")

    def test_wrong_secret_reports_the_authoritys_message(self):
        ready = self.sandbox.ready
        wrong = ClientSecretCredential(ready["tenant_id"], ready["client_id"], "wrong",
                                       authority=ready["authority"], disable_instance_discovery=True)
        self.addCleanup(wrong.close)
        with self.assertRaisesRegex(ClientAuthenticationError, "AADSTS7000215"):
            wrong.get_token("https://management.azure.com/.default")
