"""Every sign-in method of the sandbox with Microsoft's credentials, and `ringfence sandbox -- COMMAND`."""

import json
import sys
import unittest

import lab
from azure_cli import AzureCli
from lab import SUBSCRIPTION, Sandbox, federated_token, registry, registry_id

# Prints the id of a registry, read with the credential that the first argument names.
READ = """
import json, os, sys
import azure.identity
from azure.mgmt.containerregistry import ContainerRegistryManagementClient
kind, subscription = sys.argv[1:]
options = {} if kind == "ManagedIdentityCredential" else {"disable_instance_discovery": True}
credential = getattr(azure.identity, kind)(**options)
arm = os.environ["RINGFENCE_ARM_ENDPOINT"]
client = ContainerRegistryManagementClient(credential, subscription, base_url=arm,
                                           credential_scopes=["https://management.azure.com/.default"])
print(json.dumps({"id": client.registries.get("rg", "contoso").id, "secret": "AZURE_CLIENT_SECRET" in os.environ}))
"""
AZ = """
az cloud register --name sandbox --endpoint-resource-manager "$RINGFENCE_ARM_ENDPOINT"
az cloud set --name sandbox --only-show-errors
az login --identity --output none
az acr show --name contoso --resource-group rg --query id --output json
"""


class InsideTest(unittest.TestCase):
    """`-- COMMAND` sets everything that a client needs."""

    def read(self, kind, *flags):
        done = lab.inside([registry("contoso")], [sys.executable, "-c", READ, kind, SUBSCRIPTION], *flags)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        return json.loads(done.stdout.splitlines()[-1])

    def test_python_signs_in_with_the_environment(self):
        self.assertEqual(self.read("EnvironmentCredential"), {"id": registry_id("contoso"), "secret": True})

    def test_python_signs_in_with_the_managed_identity(self):
        read = self.read("ManagedIdentityCredential", "--managed-identity")
        self.assertEqual(read, {"id": registry_id("contoso"), "secret": False})

    def test_azure_cli_signs_in_with_the_managed_identity(self):
        done = lab.inside([registry("contoso")], ["sh", "-ec", AZ], "--managed-identity")
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertEqual(json.loads(done.stdout.splitlines()[-1]), registry_id("contoso"))

    def test_sandbox_exits_with_the_commands_code(self):
        self.assertEqual(lab.inside([], ["sh", "-c", "exit 42"]).returncode, 42)


class FederatedTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.sandbox = Sandbox([registry("contoso")])
        cls.addClassCleanup(cls.sandbox.stop)
        cls.az = AzureCli(cls.sandbox)

    def setUp(self):
        self.az("account", "clear")

    def login(self, token):
        ready = self.sandbox.ready
        return ("login", "--service-principal", "--username", ready["client_id"], "--tenant", ready["tenant_id"],
                "--federated-token", token)

    def test_azure_cli_signs_in_with_a_federated_token(self):
        self.assertEqual({one["id"] for one in self.az(*self.login(federated_token()))},
                         {SUBSCRIPTION, lab.UNREGISTERED})
        self.assertEqual(self.az("acr", "show", "--name", "contoso", "--resource-group", "rg")["name"], "contoso")

    def test_federated_token_for_another_audience_is_refused(self):
        _, error = self.az.fails(*self.login(federated_token(audience="api://elsewhere")))
        self.assertIn("AADSTS700212", error)


class EndTest(unittest.TestCase):
    def test_sigterm_stops_the_sandbox_cleanly(self):
        self.assertEqual(Sandbox([registry("contoso")]).stop(), 0)
