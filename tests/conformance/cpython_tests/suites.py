"""Which of CPython's test modules judge the machine: those that use what is simulated."""

import os

MODULES = (
    "test_socket test_select test_selectors test_ssl test_httplib test_httpservers test_socketserver test_timeout "
    "test_ftplib test_smtplib test_poplib test_imaplib test_xmlrpc test_docxmlrpc test_wsgiref test_urllib2_localnet "
    "test_threading test_thread test_threadedtempfile test_threading_local test_queue test_sched test_logging "
    "test_msvcrt test_winapi test_signal"
).split()

ASYNCIO = (
    "base_events buffered_proto context eager_task_factory events futures futures2 locks pep492 proactor_events "
    "protocols queues runners selector_events sendfile server sock_lowlevel ssl sslproto staggered streams subprocess "
    "taskgroups tasks threads timeouts transports waitfor windows_events windows_utils"
).split()

SECONDS_WITHOUT_NEWS = float(os.environ.get("NOTSOCK_CONFORMANCE_SECONDS", "120"))
"""Real time after which a test that says nothing has hung: its class goes on, in a new process, with the next one."""


def modules():
    """Return the names of all modules, as they are imported."""
    return [f"test.{name}" for name in MODULES] + [f"test.test_asyncio.test_{name}" for name in ASYNCIO]
