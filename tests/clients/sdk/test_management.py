"""Microsoft's management SDKs for Python beside those of the Azure CLI: their newest stable versions."""

import logging
import unittest
from importlib.metadata import version

from azure.core.exceptions import HttpResponseError, ResourceNotFoundError
from azure.identity import ClientSecretCredential
from azure.mgmt.authorization import AuthorizationManagementClient
from azure.mgmt.containerregistry import ContainerRegistryManagementClient
from azure.mgmt.monitor import MonitorManagementClient
from azure.mgmt.network import NetworkManagementClient
from azure.mgmt.resource.locks import ManagementLockClient
from azure.mgmt.resource.resources import ResourceManagementClient
from azure.mgmt.resource.subscriptions import SubscriptionClient
from azure.mgmt.resourcegraph import ResourceGraphClient

from lab import SUBSCRIPTION, UNREGISTERED, Sandbox, registry, registry_id, subnet_id, vnet, vnet_id
from matrix import Watched

OPTIONS = {"credential_scopes": ["https://management.azure.com/.default"], "polling_interval": 0}
CONTOSO = registry_id("contoso")
NETWORKS = "2025-05-01"
SCOPE = f"/subscriptions/{SUBSCRIPTION}"


class Management(unittest.TestCase):
    """A sandbox and the SDKs' clients. A class of tests has a sandbox of its own."""

    @classmethod
    def setUpClass(cls):
        cls.sandbox = Sandbox([registry(name) for name in ("contoso", "locked", "tagged", "moved")]
                              + [vnet("hub", ["build", "edge"])])
        cls.addClassCleanup(cls.sandbox.stop)
        cls.sandbox.lend_environment(cls)
        logging.getLogger("azure").setLevel(logging.ERROR)
        ready = cls.sandbox.ready
        cls.credential = ClientSecretCredential(
            ready["tenant_id"], ready["client_id"], ready["client_secret"],
            authority=ready["authority"], disable_instance_discovery=True)
        cls.registry = cls.client(ContainerRegistryManagementClient, "azure-mgmt-containerregistry")
        cls.network = cls.client(NetworkManagementClient, "azure-mgmt-network")
        cls.resource = cls.client(ResourceManagementClient, "azure-mgmt-resource")
        cls.locks = cls.client(ManagementLockClient, "azure-mgmt-resource-locks").management_locks
        cls.access = cls.client(AuthorizationManagementClient, "azure-mgmt-authorization")
        cls.monitor = cls.client(MonitorManagementClient, "azure-mgmt-monitor")
        cls.subscription = cls.client(SubscriptionClient, "azure-mgmt-resource-subscriptions", ())
        cls.graph = cls.client(ResourceGraphClient, "azure-mgmt-resourcegraph", ())

    @classmethod
    def client(cls, kind, package, subscription=(SUBSCRIPTION,)):
        client = kind(cls.credential, *subscription, base_url=cls.sandbox.ready["arm"], **OPTIONS)
        cls.addClassCleanup(client.close)
        return Watched(client, f"{package} (Python)", version(package))

    def tearDown(self):
        self.assertEqual(self.sandbox.gate.refused, [], "the client tried to reach somebody else")


class ManagementTest(Management):
    def test_subscriptions_tenants_and_locations(self):
        subscriptions = self.subscription.subscriptions
        self.assertEqual({one.subscription_id for one in subscriptions.list()}, {SUBSCRIPTION, UNREGISTERED})
        self.assertEqual(subscriptions.get(SUBSCRIPTION).state, "Enabled")
        self.assertIn("eastus", {one.name for one in subscriptions.list_locations(SUBSCRIPTION)})
        self.assertEqual(len(self.subscription.tenants.list()), 1)

    def test_generic_resources_are_read_changed_and_deleted(self):
        resources = self.resource.resources
        kind = "resourceType eq 'Microsoft.ContainerRegistry/registries'"
        self.assertEqual(len(resources.list(filter=kind)), 4)
        self.assertEqual(len(resources.list_by_resource_group("rg", filter=kind)), 4)
        found = resources.get_by_id(CONTOSO, api_version="2025-11-01")
        self.assertEqual(found.properties["loginServer"], "contoso.azurecr.io")
        parts = ("rg", "Microsoft.ContainerRegistry", "", "registries", "contoso")
        self.assertEqual(resources.get(*parts, api_version="2025-11-01").name, "contoso")
        tagged = resources.begin_update_by_id(registry_id("tagged"), {"tags": {"team": "core"}},
                                                api_version="2025-11-01")
        self.assertEqual(tagged.result(timeout=60).tags, {"team": "core"})
        body = {"location": "eastus", "properties": {"addressSpace": {"addressPrefixes": ["10.40.0.0/16"]}}}
        made = resources.begin_create_or_update_by_id(vnet_id("generic"), body, api_version=NETWORKS).result(timeout=60)
        self.assertEqual(made.properties["provisioningState"], "Succeeded")
        resources.begin_delete_by_id(vnet_id("generic"), api_version=NETWORKS).result(timeout=60)
        with self.assertRaises(ResourceNotFoundError):
            resources.get_by_id(vnet_id("generic"), api_version=NETWORKS)

    def test_generic_existence_of_a_resource_is_a_head(self):
        self.resource.resources.check_existence_by_id(CONTOSO, api_version="2025-11-01")

    def test_resource_groups_through_their_life(self):
        groups = self.resource.resource_groups
        self.assertEqual(groups.create_or_update("fresh", {"location": "westeurope"}).location, "westeurope")
        self.assertTrue(groups.check_existence("fresh"))
        self.assertEqual(groups.get("fresh").properties.provisioning_state, "Succeeded")
        groups.update("fresh", {"tags": {"team": "core"}})
        self.assertLessEqual({"rg", "fresh"}, {one.name for one in groups.list()})
        groups.begin_delete("fresh").result(timeout=60)
        self.assertFalse(groups.check_existence("fresh"))

    def test_providers_tags_and_operations_in_passing(self):
        providers = self.resource.providers
        self.assertEqual(providers.get("Microsoft.Network").registration_state, "Registered")
        names = {one.namespace for one in providers.list()}
        self.assertLessEqual({"Microsoft.ContainerRegistry", "Microsoft.Network"}, names)
        providers.register("Microsoft.Network")
        providers.provider_permissions("Microsoft.ContainerRegistry")
        providers.list_at_tenant_scope()
        self.resource.provider_resource_types.list("Microsoft.ContainerRegistry")
        self.resource.tags.get_at_scope(CONTOSO)
        self.resource.tags.list()
        self.resource.operations.list()

    def test_resource_graph_finds_registries(self):
        query = ("Resources | where type =~ 'microsoft.containerregistry/registries' "
                 "| where name == 'contoso' | project id, name")
        found = self.graph.resources({"subscriptions": [SUBSCRIPTION], "query": query})
        self.assertEqual([row["name"] for row in found.data], ["contoso"])
        self.assertEqual((found.total_records, found.count), (1, 1))

    def test_permissions_and_assignments_in_passing(self):
        parts = ("rg", "Microsoft.ContainerRegistry", "", "registries", "contoso")
        self.access.permissions.list_for_resource(*parts)
        self.access.permissions.list_for_resource_group("rg")
        self.access.role_assignments.list_for_scope(CONTOSO)
        self.access.role_assignments.list_for_subscription()
        self.access.role_definitions.list(SCOPE)
        self.access.deny_assignments.list_for_scope(CONTOSO)
        self.access.provider_operations_metadata.get("Microsoft.ContainerRegistry")

    def test_monitoring_in_passing(self):
        self.monitor.activity_logs.list(filter="eventTimestamp ge '2026-11-01T00:00:00Z'")
        self.monitor.metric_definitions.list(CONTOSO)
        self.monitor.metrics.list(CONTOSO)
        self.monitor.event_categories.list()

    def test_registries_and_what_is_below(self):
        registries = self.registry.registries
        self.assertEqual(registries.get("rg", "contoso").name, "contoso")
        self.assertEqual(len(registries.list()), len(registries.list_by_resource_group("rg")))
        self.assertFalse(registries.check_name_availability(
            {"name": "contoso", "type": "Microsoft.ContainerRegistry/registries"}).name_available)
        registries.list_private_link_resources("rg", "contoso")
        registries.get_private_link_resource("rg", "contoso", "registry")
        made = self.registry.replications.begin_create("rg", "contoso", "westus", {"location": "westus"})
        self.assertEqual(made.result(timeout=60).properties.provisioning_state, "Succeeded")
        self.assertIn("westus", {one.name for one in self.registry.replications.list("rg", "contoso")})
        self.assertEqual(self.registry.replications.get("rg", "contoso", "westus").location, "westus")
        self.registry.replications.begin_delete("rg", "contoso", "westus").result(timeout=60)
        self.assertEqual(self.registry.private_endpoint_connections.list("rg", "contoso"), [])
        for group in ("webhooks", "tokens", "scope_maps", "cache_rules", "connected_registries", "credential_sets"):
            getattr(self.registry, group).list("rg", "contoso")
        self.registry.operations.list()

    def test_networks_and_subnets(self):
        subnets = self.network.subnets
        self.assertEqual({one.name for one in subnets.list("rg", "hub")}, {"build", "edge"})
        self.assertEqual(subnets.get("rg", "hub", "build").id, subnet_id("build"))
        made = subnets.begin_create_or_update("rg", "hub", "third", {"properties": {"addressPrefix": "10.0.9.0/24"}})
        self.assertEqual(made.result(timeout=60).provisioning_state, "Succeeded")
        subnets.begin_delete("rg", "hub", "third").result(timeout=60)
        networks = self.network.virtual_networks
        self.assertEqual(networks.get("rg", "hub").name, "hub")
        self.assertEqual(networks.update_tags("rg", "hub", {"tags": {"team": "core"}}).tags, {"team": "core"})
        self.assertIn("hub", {one.name for one in networks.list_all()})
        networks.check_ip_address_availability("rg", "hub", ip_address="10.0.0.9")
        networks.list_usage("rg", "hub")
        self.network.available_endpoint_services.list("eastus")
        self.network.virtual_network_peerings.list("rg", "hub")
        self.network.private_endpoints.list("rg")
        self.network.nat_gateways.list("rg")
        self.network.service_tags.list("eastus")
        self.network.network_security_groups.list("rg")


class LocksTest(Management):
    """Locks of the subscription, which every other test would run into."""

    def test_locks_at_each_level(self):
        lock = {"properties": {"level": "CanNotDelete", "notes": "kept"}}
        self.locks.create_or_update_at_subscription_level("s", lock)
        self.locks.create_or_update_at_resource_group_level("rg", "g", lock)
        parts = ("rg", "Microsoft.ContainerRegistry", "", "registries", "locked")
        made = self.locks.create_or_update_at_resource_level(*parts, "r", lock)
        self.assertEqual((made.level, made.notes), ("CanNotDelete", "kept"))
        self.locks.create_or_update_by_scope(CONTOSO, "c", lock)
        self.assertEqual({one.name for one in self.locks.list_at_resource_level(*parts)}, {"s", "g", "r"})
        self.assertEqual({one.name for one in self.locks.list_by_scope(CONTOSO)}, {"s", "g", "c"})
        self.assertIn("s", {one.name for one in self.locks.list_at_subscription_level()})
        self.assertIn("g", {one.name for one in self.locks.list_at_resource_group_level("rg")})
        self.assertEqual(self.locks.get_by_scope(CONTOSO, "c").name, "c")
        self.assertEqual(self.locks.get_at_resource_group_level("rg", "g").name, "g")
        self.assertEqual(self.locks.get_at_subscription_level("s").name, "s")
        with self.assertRaises(HttpResponseError) as caught:
            self.registry.registries.begin_delete("rg", "locked").result(timeout=60)
        self.assertEqual((caught.exception.status_code, caught.exception.error.code), (409, "ScopeLocked"))
        self.locks.delete_by_scope(CONTOSO, "c")
        self.locks.delete_at_resource_level(*parts, "r")
        self.locks.delete_at_resource_group_level("rg", "g")
        self.locks.delete_at_subscription_level("s")
        self.assertEqual(self.locks.list_at_subscription_level(), [])
