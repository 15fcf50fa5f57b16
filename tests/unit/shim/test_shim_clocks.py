"""``datetime`` and ``uuid`` on the simulated machine: the C types themselves, asked for virtual time."""

import sys
import time

import pytest
from shim_runs import lines, program, run

MOMENTS = """
import datetime as dt, time, warnings
warnings.simplefilter("ignore")
time.sleep(3600)
class Mine(dt.datetime):
    pass
zone = dt.timezone(dt.timedelta(hours=9), "JST")
T = dt.datetime
for made in (T.now(), T.now(zone), Mine.now(dt.timezone.utc), T.utcnow(), T.today()):
    print(type(made).__name__, made.replace(microsecond=0).isoformat())
print(dt.date.today(), dt.date.fromtimestamp(86400), Mine.fromtimestamp(5), dt.datetime.fromtimestamp(5, zone))
print(dt.datetime(2026, 1, 1).timestamp(), dt.datetime(2026, 1, 1, tzinfo=zone).timestamp())
print(dt.datetime(2026, 1, 1).astimezone().tzname(), dt.datetime(2026, 1, 1).astimezone(zone))
print(Mine.strptime("2026-02-03", "%Y-%m-%d"), dt.datetime.__module__, dt.datetime_CAPI is not None)
"""


def test_datetime_tells_virtual_time_in_utc():
    assert lines(MOMENTS) == [
        "datetime 2026-01-01T01:00:00",
        "datetime 2026-01-01T10:00:00+09:00",
        "Mine 2026-01-01T01:00:00+00:00",
        "datetime 2026-01-01T01:00:00",
        "datetime 2026-01-01T01:00:00",
        "2026-01-01 1970-01-02 1970-01-01 00:00:05 1970-01-01 09:00:05+09:00",
        "1767225600.0 1767193200.0",
        "UTC 2026-01-01 09:00:00+09:00",
        "2026-02-03 00:00:00 datetime True",
    ]


HOST = """
import datetime as dt, time
assert abs(dt.datetime.now(dt.UTC).timestamp() - time.time()) < 60
assert abs(dt.datetime.now().timestamp() - time.time()) < 60
assert dt.datetime.fromtimestamp(0).hour == 9
assert dt.datetime(1970, 1, 1, 9).timestamp() == 0
assert dt.datetime(1970, 1, 1).astimezone().utcoffset() == dt.timedelta(hours=9)
assert dt.date.fromtimestamp(16 * 3600) == dt.date(1970, 1, 2)
assert dt.datetime.strptime("2026-02-03", "%Y-%m-%d") == dt.datetime(2026, 2, 3)
"""


def test_the_hosts_own_datetime_still_tells_the_real_time(monkeypatch):
    run(program(MOMENTS))
    monkeypatch.setenv("TZ", "JST-9")
    time.tzset()
    try:
        exec(HOST, {})
    finally:
        monkeypatch.undo()
        time.tzset()


@pytest.mark.skipif(sys.version_info < (3, 12), reason="utcnow warns from 3.12 on")
def test_utcnow_warns_as_it_does():
    said = run(program("import datetime, warnings\nwarnings.simplefilter('always')\ndatetime.datetime.utcnow()"))
    assert "DeprecationWarning" in said.errors


def test_the_arguments_are_checked_as_c_does():
    assert lines("""
    import datetime as dt
    for action in (lambda: dt.datetime.now(5), lambda: dt.datetime.fromtimestamp("x"), lambda: dt.datetime.now(1, 2)):
        try:
            action()
        except TypeError:
            print("refused")
    """) == ["refused"] * 3


def test_uuid1_has_the_machines_card_and_the_virtual_clock():
    first, second, node, version = lines("""
    import uuid
    one, two = uuid.uuid1(), uuid.uuid1()
    print(one.time < two.time, one.node == two.node == uuid.getnode(), hex(one.node), one.version, sep="\\n")
    """)
    assert (first, second, node, version) == ("True", "True", "0x155d000001", "1")
