"""Whose tests judge the machine, and which of their modules: those that use what is simulated."""

import os
from dataclasses import dataclass

_CPYTHON = (
    "test_socket test_select test_selectors test_ssl test_httplib test_httpservers test_socketserver test_timeout "
    "test_ftplib test_smtplib test_poplib test_imaplib test_xmlrpc test_docxmlrpc test_wsgiref test_urllib2_localnet "
    "test_threading test_thread test_threadedtempfile test_threading_local test_queue test_sched test_logging "
    "test_msvcrt test_winapi test_signal"
).split()

_ASYNCIO = (
    "base_events buffered_proto context eager_task_factory events futures futures2 locks pep492 proactor_events "
    "protocols queues runners selector_events sendfile server sock_lowlevel ssl sslproto staggered streams subprocess "
    "taskgroups tasks threads timeouts transports waitfor windows_events windows_utils"
).split()

_TRIO_CORE = (
    "asyncgen cancelled exceptiongroup_gc guest_mode instrumentation io ki local mock_clock parking_lot run "
    "thread_cache tutil unbounded_queue windows"
).split()

_TRIO = (
    "abc channel contextvars deprecate deprecate_strict_exception_groups_false dtls exports fakenet file_io "
    "highlevel_generic highlevel_open_tcp_listeners highlevel_open_tcp_stream highlevel_open_unix_stream "
    "highlevel_serve_listeners highlevel_socket highlevel_ssl_helpers path repl scheduler_determinism signals socket "
    "ssl subprocess sync testing testing_raisesgroup threads timeouts tracing trio unix_pipes util wait_for_object "
    "windows_pipes"
).split()

SECONDS_WITHOUT_NEWS = float(os.environ.get("NOTSOCK_CONFORMANCE_SECONDS", "120"))
"""Real time after which a test that says nothing has hung: its class goes on, in a new process, with the next one."""


@dataclass(frozen=True)
class Suite:
    """A package's own tests: ``title`` names them, ``prefix`` is what their names have in common.

    ``inside`` is the module that runs them in the simulated process, ``preloaded`` what it imports before the first
    child is forked.
    """

    title: str
    prefix: str
    inside: str
    modules: tuple[str, ...]
    preloaded: frozenset[str]


CPYTHON = Suite(
    "CPython",
    "test.",
    "inside_unittest.py",
    (*(f"test.{name}" for name in _CPYTHON), *(f"test.test_asyncio.test_{name}" for name in _ASYNCIO)),
    frozenset({"unittest", "unittest.mock", "asyncio", "test.support", "concurrent.futures", "logging"}),
)
TRIO = Suite(
    "trio",
    "trio.",
    "inside_pytest.py",
    (*(f"trio._core._tests.test_{name}" for name in _TRIO_CORE), *(f"trio._tests.test_{name}" for name in _TRIO)),
    frozenset({"pytest", "_pytest", "trio", "trio.testing", "trio._tests.pytest_plugin"}),
)
SUITES = (CPYTHON, TRIO)


def suite_of(module):
    """Return the suite that a module is of; one that runs unittest's cases for any other."""
    return TRIO if module.startswith(TRIO.prefix) else CPYTHON
