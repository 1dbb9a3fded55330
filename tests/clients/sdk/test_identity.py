"""Each credential of azure-identity that works without a person, from the environment that its service sets."""

import os
import subprocess
import unittest
from importlib.metadata import version
from unittest import mock

import azure.identity
from azure.mgmt.resource.subscriptions import SubscriptionClient

import matrix
from lab import Sandbox, federated_token, registry

CLIENT, VERSION = "azure-identity (Python)", version("azure-identity")
SCOPE = "https://management.azure.com/.default"
KEY = "openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=client -keyout client.pem -out cert.pem"


class IdentityTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.sandbox = Sandbox([registry("contoso")])
        cls.addClassCleanup(cls.sandbox.stop)
        cls.sandbox.lend_environment(cls)
        ready = cls.sandbox.ready
        cls.who = {"tenant_id": ready["tenant_id"], "client_id": ready["client_id"]}
        cls.options = {"authority": ready["authority"], "disable_instance_discovery": True}
        cls.variables = {"AZURE_TENANT_ID": ready["tenant_id"], "AZURE_CLIENT_ID": ready["client_id"],
                         "AZURE_AUTHORITY_HOST": ready["authority"]}

    def signs_in(self, call, credential):
        """Asks for a token and reads the subscriptions with it."""
        self.addCleanup(credential.close)
        with SubscriptionClient(credential, base_url=self.sandbox.ready["arm"], credential_scopes=[SCOPE]) as client:
            self.assertEqual(len(list(client.subscriptions.list())), 2)
        matrix.note(CLIENT, VERSION, call, matrix.OK)

    def certificate(self):
        """Returns a file with a new key and its certificate."""
        folder = self.sandbox.path
        subprocess.run(KEY.split(), cwd=folder, check=True, capture_output=True)
        both = folder / "both.pem"
        both.write_text((folder / "client.pem").read_text() + (folder / "cert.pem").read_text())
        return both

    def test_client_secret(self):
        credential = azure.identity.ClientSecretCredential(
            **self.who, client_secret=self.sandbox.ready["client_secret"], **self.options)
        self.signs_in("ClientSecretCredential", credential)

    def test_certificate(self):
        credential = azure.identity.CertificateCredential(
            **self.who, certificate_path=str(self.certificate()), **self.options)
        self.signs_in("CertificateCredential", credential)

    def test_client_assertion(self):
        credential = azure.identity.ClientAssertionCredential(**self.who, func=federated_token, **self.options)
        self.signs_in("ClientAssertionCredential", credential)

    def test_assertion_file(self):
        file = self.sandbox.path / "assertion"
        file.write_text(federated_token())
        credential = azure.identity.WorkloadIdentityCredential(
            **self.who, token_file_path=str(file), **self.options)
        self.signs_in("WorkloadIdentityCredential", credential)

    def test_environment_with_a_secret_and_with_a_certificate(self):
        ways = {"AZURE_CLIENT_SECRET": self.sandbox.ready["client_secret"],
                "AZURE_CLIENT_CERTIFICATE_PATH": str(self.certificate())}
        for name, value in ways.items():
            with self.subTest(name), mock.patch.dict(os.environ, self.variables | {name: value}):
                credential = azure.identity.EnvironmentCredential(disable_instance_discovery=True)
                self.signs_in("EnvironmentCredential", credential)

    def test_managed_identity_of_app_service(self):
        identity = self.sandbox.ready["managed_identity"]
        variables = {"IDENTITY_ENDPOINT": identity["identity_endpoint"],
                     "IDENTITY_HEADER": identity["identity_header"]}
        with mock.patch.dict(os.environ, variables):
            self.signs_in("ManagedIdentityCredential.AppService", azure.identity.ManagedIdentityCredential())

    def test_managed_identity_of_a_virtual_machine(self):
        variables = {"AZURE_POD_IDENTITY_AUTHORITY_HOST": self.sandbox.ready["managed_identity"]["imds"]}
        with mock.patch.dict(os.environ, variables):
            self.signs_in("ManagedIdentityCredential.IMDS", azure.identity.ManagedIdentityCredential())

    def test_default_chain_takes_the_environment(self):
        secret = {"AZURE_CLIENT_SECRET": self.sandbox.ready["client_secret"]}
        with mock.patch.dict(os.environ, self.variables | secret):
            credential = azure.identity.DefaultAzureCredential(disable_instance_discovery=True)
            self.signs_in("DefaultAzureCredential", credential)
