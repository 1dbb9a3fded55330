"""Runs each test of the JavaScript SDK (sdk.test.mjs) as a test of this folder."""

import os
import re
import unittest
from pathlib import Path

import lab
from lab import SUBSCRIPTION, Sandbox, registry

SCRIPT = Path(__file__).with_name("sdk.test.mjs")
# The names are listed here, so that a missing test is an error.
NAMES = re.findall(r'^test\("([^"]+)"', SCRIPT.read_text(), re.MULTILINE)


class JavaScriptSdkTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        packages = os.environ.get("RINGFENCE_NODE_CLIENTS")
        if not packages:
            raise unittest.SkipTest("the JavaScript SDK is not installed: its tests were not run")
        sandbox = Sandbox([registry("contoso"), registry("ruled")])
        cls.addClassCleanup(sandbox.stop)
        env = sandbox.environment() | {"RINGFENCE_NODE_CLIENTS": packages, "RINGFENCE_SUBSCRIPTION": SUBSCRIPTION}
        done = lab.run(["node", "--test", "--test-reporter=tap", SCRIPT], env)
        cls.said = done.stdout + done.stderr
        lines = re.findall(r"^\s*(ok|not ok) \d+ - (.+)$", done.stdout, re.MULTILINE)
        cls.results = {name.strip(): word for word, name in lines}
        cls.refused = sandbox.gate.refused

    def test_no_other_host_was_contacted(self):
        self.assertEqual(self.refused, [])


def case(name):
    def test(self):
        self.assertEqual(self.results.get(name), "ok", self.said)
    return test


for name in NAMES:
    setattr(JavaScriptSdkTest, "test_" + re.sub(r"\W+", "_", name.lower()), case(name))
