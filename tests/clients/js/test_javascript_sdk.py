"""Runs each test in JavaScript (*.test.mjs) as a test of this folder: the SDKs, and specs in an editor."""

import os
import re
import unittest
from pathlib import Path

import lab
from lab import SUBSCRIPTION, Sandbox, registry, vnet

HERE = Path(__file__).parent
# The names are listed here, so that a missing test is an error.
TESTS = re.compile(r'^test\("([^"]+)"', re.MULTILINE)


class JavaScript(unittest.TestCase):
    """The tests of one script, which runs once, beside a sandbox of its own."""

    script, resources = None, []

    @classmethod
    def setUpClass(cls):
        packages = os.environ.get("RINGFENCE_NODE_CLIENTS")
        if not packages:
            raise unittest.SkipTest("the JavaScript SDK is not installed: its tests were not run")
        sandbox = Sandbox(cls.resources)
        cls.addClassCleanup(sandbox.stop)
        env = sandbox.environment() | {"RINGFENCE_NODE_CLIENTS": packages, "RINGFENCE_SUBSCRIPTION": SUBSCRIPTION,
                                       "RINGFENCE_MATRIX": os.environ.get("RINGFENCE_MATRIX", ""),
                                       "RINGFENCE_BIN": lab.RINGFENCE}
        done = lab.run(["node", "--test", "--test-reporter=tap", HERE / cls.script], env)
        cls.said = done.stdout + done.stderr
        lines = re.findall(r"^\s*(ok|not ok) \d+ - (.+)$", done.stdout, re.MULTILINE)
        cls.results = {name.strip(): word for word, name in lines}
        cls.refused = sandbox.gate.refused

    def no_other_host_was_contacted(self):
        self.assertEqual(self.refused, [])


class RegistriesTest(JavaScript):
    script, resources = "registries.test.mjs", [registry("contoso"), registry("ruled")]


class ManagementTest(JavaScript):
    script, resources = "management.test.mjs", [registry("contoso"), vnet("hub", ["build"])]


class EditorTest(JavaScript):
    script = "editor.test.mjs"


def case(name):
    def test(self):
        self.assertEqual(self.results.get(name), "ok", self.said)
    return test


def add_cases(kind):
    kind.test_no_other_host_was_contacted = JavaScript.no_other_host_was_contacted
    for name in TESTS.findall((HERE / kind.script).read_text()):
        setattr(kind, "test_" + re.sub(r"\W+", "_", name.lower()), case(name))


add_cases(RegistriesTest)
add_cases(ManagementTest)
add_cases(EditorTest)
