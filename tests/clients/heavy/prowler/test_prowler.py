"""Prowler, unchanged: its checks of container registries."""

import csv
import sys
import unittest
from importlib.metadata import version
from pathlib import Path

import lab
import matrix
from lab import AZURE, SUBSCRIPTION, Sandbox, registry

CLIENT, VERSION = "Prowler", version("prowler")
CLOSED = {"defaultAction": "Deny", "virtualNetworkRules": [],
          "ipRules": [{"action": "Allow", "value": "203.0.113.0/24"}]}
CHECKS = ("containerregistry_admin_user_disabled", "containerregistry_not_publicly_accessible",
          "containerregistry_uses_private_link")


class ProwlerTest(unittest.TestCase):
    def test_checks_of_registries(self):
        resources = [registry("opened", adminUserEnabled=True), registry("closed", publicNetworkAccess="Disabled",
                                                                       networkRuleSet=CLOSED)]
        sandbox = Sandbox(resources, names=AZURE)
        self.addCleanup(sandbox.stop)
        env = sandbox.environment() | {"AZURE_SUBSCRIPTION_ID": SUBSCRIPTION}
        del env["AZURE_AUTHORITY_HOST"]
        prowler = Path(sys.executable).with_name("prowler")
        done = lab.run([prowler, "azure", "--sp-env-auth", "--subscription-ids", SUBSCRIPTION, "--checks", *CHECKS,
                        "--output-formats", "csv", "--output-directory", sandbox.path, "--output-filename", "found",
                        "--no-banner", "--ignore-exit-code-3"], env, cwd=sandbox.path, timeout=900)
        file = sandbox.path / "found.csv"
        self.assertTrue(file.exists(), done.stdout + done.stderr)
        with open(file) as lines:
            found = {(row["CHECK_ID"], row["RESOURCE_NAME"]): row["STATUS"]
                     for row in csv.DictReader(lines, delimiter=";")}
        # The second check reads a property that the SDK does not have, so it fails whatever the registry allows.
        self.assertEqual(found, {
            (CHECKS[0], "opened"): "FAIL", (CHECKS[0], "closed"): "PASS",
            (CHECKS[1], "opened"): "FAIL", (CHECKS[1], "closed"): "FAIL",
            (CHECKS[2], "opened"): "FAIL", (CHECKS[2], "closed"): "FAIL"}, done.stdout + done.stderr)
        for check in CHECKS:
            matrix.note(CLIENT, VERSION, check, matrix.OK)
