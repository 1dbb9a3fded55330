"""azure-containerregistry: the SDK for the data plane of a registry, with its own challenge and token exchange."""

import unittest
from importlib.metadata import version

from azure.containerregistry import ContainerRegistryClient
from azure.core.exceptions import HttpResponseError
from azure.identity import ClientSecretCredential

from lab import Sandbox, registry
from matrix import Watched

PACKAGE = "azure-containerregistry"
DENIED = {"defaultAction": "Deny", "ipRules": [], "virtualNetworkRules": []}


class DataPlaneTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.sandbox = Sandbox([registry("contoso"), registry("closed", networkRuleSet=DENIED)],
                              "--client-ip", "203.0.113.7")
        cls.addClassCleanup(cls.sandbox.stop)
        cls.sandbox.lend_environment(cls)
        ready = cls.sandbox.ready
        cls.credential = ClientSecretCredential(
            ready["tenant_id"], ready["client_id"], ready["client_secret"],
            authority=ready["authority"], disable_instance_discovery=True)

    def plane(self, name):
        client = ContainerRegistryClient(f"https://{name}.azurecr.io", self.credential,
                                         audience="https://management.azure.com")
        self.addCleanup(client.close)
        return client

    def test_repositories_tags_and_manifests(self):
        client = Watched(self.plane("contoso"), f"{PACKAGE} (Python)", version(PACKAGE))
        client.list_repository_names()
        client.get_repository_properties("hello")
        client.list_tag_properties("hello")
        client.list_manifest_properties("hello")
        client.get_manifest("hello", "latest")
        self.assertIn(501, self.sandbox.answers())

    def test_closed_registry_refuses_before_it_asks_for_a_token(self):
        with self.assertRaises(HttpResponseError) as caught:
            list(self.plane("closed").list_repository_names())
        self.assertEqual(caught.exception.status_code, 403)
        self.assertIn("203.0.113.7", str(caught.exception))
