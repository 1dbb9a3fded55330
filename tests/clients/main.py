"""Runs the tests of a folder and prints how many passed: `main.py FOLDER [NAME…]`, with parts of the tests' names."""

import sys
import time
import unittest
from pathlib import Path

import matrix


# The exit code if no test has such a name.
NOTHING = 5


class Lines(unittest.TestResult):
    """Prints a line per test with its time."""

    def __init__(self):
        super().__init__()
        self.passed = 0

    def startTest(self, test):
        super().startTest(test)
        self.began = time.monotonic()

    def line(self, test, word, why=""):
        name = test.id() if hasattr(test, "id") else str(test)
        took = time.monotonic() - getattr(self, "began", time.monotonic())
        print(f"{word:>6} {took:6.1f}s  {name}{why}", flush=True)

    def addSuccess(self, test):
        super().addSuccess(test)
        self.passed += 1
        self.line(test, "ok")

    def addFailure(self, test, err):
        super().addFailure(test, err)
        self.failed(test, self.failures[-1][1])

    def addError(self, test, err):
        super().addError(test, err)
        self.failed(test, self.errors[-1][1])

    def failed(self, test, why):
        self.line(test, "FAILED", "\n" + why)
        matrix.note("tests", "", test.id(), matrix.DIFFERS, why)

    def addSkip(self, test, reason):
        super().addSkip(test, reason)
        self.line(test, "SKIP", f"\n\n!!! SKIPPED: {reason}\n")


def chosen(suite, words):
    """Returns the tests whose names contain one of the words, or all tests if there are no words."""
    for test in suite:
        if isinstance(test, unittest.TestSuite):
            yield from chosen(test, words)
        elif not words or any(word in test.id() for word in words):
            yield test


def main():
    loader = unittest.TestLoader()
    found = loader.discover(str(Path(__file__).parent / sys.argv[1]))
    result = Lines()
    suite = unittest.TestSuite(chosen(found, sys.argv[2:]))
    suite.run(result)
    failed = len(result.failures) + len(result.errors) + len(result.unexpectedSuccesses)
    print(f"{result.passed} passed, {failed} failed, {len(result.skipped)} skipped")
    if failed:
        sys.exit(1)
    sys.exit(0 if result.passed or result.skipped else NOTHING)


main()
