"""Ansible's azure.azcollection, unchanged: a playbook that runs twice, and changes nothing the second time."""

import json
import os
import sys
import unittest
from importlib.metadata import version
from pathlib import Path

import lab
import matrix
from lab import AZURE, SUBSCRIPTION, Sandbox, registry, registry_id, subnet_id

PLAYBOOK = Path(__file__).with_name("playbook.yml")
CLIENT, VERSION = "Ansible (azure.azcollection)", version("ansible")


class AnsibleTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.sandbox = Sandbox([registry("contoso")], names=AZURE)
        cls.addClassCleanup(cls.sandbox.stop)
        ready = cls.sandbox.ready
        binaries = Path(sys.executable).parent
        cls.env = cls.sandbox.environment() | {
            "AZURE_SECRET": ready["client_secret"], "AZURE_TENANT": ready["tenant_id"],
            "AZURE_SUBSCRIPTION_ID": SUBSCRIPTION, "ANSIBLE_PYTHON_INTERPRETER": sys.executable,
            "ANSIBLE_STDOUT_CALLBACK": "ansible.posix.json", "ANSIBLE_LOCALHOST_WARNING": "false",
            "PATH": f"{binaries}{os.pathsep}{os.environ['PATH']}"}

    def play(self):
        """Runs the playbook and returns the result of each task by its name."""
        done = lab.run(["ansible-playbook", "-i", "localhost,", PLAYBOOK], self.env, timeout=900)
        self.assertEqual(done.returncode, 0, done.stdout[-4000:] + done.stderr)
        tasks = json.loads(done.stdout[done.stdout.index("{"):])["plays"][0]["tasks"]
        return {task["task"]["name"]: task["hosts"]["localhost"] for task in tasks}

    def test_second_run_changes_nothing(self):
        first = self.play()
        self.assertTrue(first["azure_rm_containerregistry"]["changed"] and first["azure_rm_subnet"]["changed"])
        self.assertEqual(self.sandbox.resource(registry_id("byansible"))["tags"], {"team": "core"})
        network = self.sandbox.resource(subnet_id("build", "byansible").rsplit("/subnets", 1)[0])
        endpoints = network["properties"]["subnets"][0]["properties"]["serviceEndpoints"]
        self.assertEqual([one["service"] for one in endpoints], ["Microsoft.ContainerRegistry"])
        second = self.play()
        self.assertEqual({name for name, result in second.items() if result.get("changed")}, set())
        for name in second:
            matrix.note(CLIENT, VERSION, name, matrix.OK)
        self.assertEqual(self.sandbox.gate.refused, [], "the client tried to reach somebody else")
