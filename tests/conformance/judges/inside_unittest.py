"""What runs in the simulated process: lists the tests of a module, or runs those of one class.

Each event goes out at once through ``sys.conformance_report``, which the real process has put there, so that it is
known which test a run hung in.
"""

import importlib
import json
import sys
import traceback
import unittest

RESOURCES = ("cpu", "decimal", "network", "subprocess", "walltime")
"""What Windows' own test runs use, without sound and large files."""


class Reporter(unittest.TestResult):
    """Says each test's start and end."""

    def __init__(self):
        super().__init__()
        self.report = sys.conformance_report
        self.verdict = None

    def startTest(self, test):
        """A test begins."""
        super().startTest(test)
        self.verdict = ("pass", "")
        self.report("start", test.id(), "")

    def stopTest(self, test):
        """A test is over."""
        super().stopTest(test)
        self.report(self.verdict[0], test.id(), self.verdict[1])
        self.verdict = None

    def _judge(self, test, verdict, text):
        if self.verdict is None and isinstance(test, unittest.TestCase):
            self.report(verdict, test.id(), text)  # skipped before it began
        elif self.verdict is None:
            self.report(f"all-{verdict}", str(test), text)
        elif self.verdict[0] == "pass" or verdict == "fail":
            self.verdict = (verdict, text)

    def addError(self, test, err):
        """A test raised, or what comes before or after a class or module did."""
        self._judge(test, "fail", self.text(err))

    addFailure = addError

    def addSubTest(self, test, subtest, err):
        """A part of a test is over."""
        if err is not None:
            self._judge(test, "fail", f"{subtest}\n{self.text(err)}")

    def addSkip(self, test, reason):
        """A test says why it does not run here."""
        self._judge(test, "skip", reason)

    def addUnexpectedSuccess(self, test):
        """A test passed that is expected to fail."""
        self._judge(test, "fail", "unexpected success")

    @staticmethod
    def text(err):
        """Return an error's traceback."""
        return "".join(traceback.format_exception(*err))


def cases(suite):
    """Yield the single tests of a suite."""
    for test in suite:
        if isinstance(test, unittest.TestSuite):
            yield from cases(test)
        else:
            yield test


def group_of(test):
    """Return the name of what is run together: a test's class."""
    kind = type(test)
    return f"{kind.__module__}.{kind.__qualname__}"


def load(name):
    """Return the tests of a module; SkipTest when it does not run here."""
    from test import support

    support.use_resources = RESOURCES
    support.verbose = 0
    module = importlib.import_module(name)
    return unittest.defaultTestLoader.loadTestsFromModule(module)


def main(order):
    """List a module's tests, or run those that ``order`` names."""
    try:
        tests = list(cases(load(order["module"])))
    except unittest.SkipTest as skipped:
        sys.conformance_report("module-skip", order["module"], str(skipped))
        return
    except BaseException:
        sys.conformance_report("module-fail", order["module"], traceback.format_exc())
        return
    if order["group"] is None:
        for test in tests:
            sys.conformance_report("test", test.id(), group_of(test))
        return
    done = set(order["done"])
    chosen = [test for test in tests if group_of(test) == order["group"] and test.id() not in done]
    unittest.TestSuite(chosen).run(Reporter())


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
