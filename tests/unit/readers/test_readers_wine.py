"""Logs of Wine, line by line: whose close it was, what it meant, and what Wine's results do not say."""

import pytest
from readers_wine_logs import MODULES, THREAD, call, closes, event, opened, server_close

from notsock.readers.judging import judge_reading
from notsock.readers.wine.calls import relay_include
from notsock.readers.wine.reader import Reader, recognises
from notsock.readers.wine.server import sockaddr


def read(log):
    reader = Reader("log")
    reader.feed((MODULES + THREAD + log).strip().split("\n"))
    return reader.finish()


def found(log):
    reading = read(log)
    assert reading.not_understood == 0
    return [finding.rule for finding in judge_reading(reading).findings]


def test_a_clean_life():
    assert found(opened("0030") + call("bind", "00000030") + closes("0030") + opened("0030") + closes("0030")) == []


@pytest.mark.parametrize("claims", ["ffffffff", "00000000"])
def test_closed_twice_whatever_wine_returned(claims):
    assert found(opened("0030") + closes("0030") + closes("0030", inside=False, result=claims)) == ["closed-twice"]


def test_closed_by_number_and_then_as_a_socket():
    log = opened("0030") + closes("0030", name="CloseHandle", result="00000001")
    assert found(log + closes("0030", inside=None)) == ["closed-twice"]
    assert found(log + opened("0030")) == ["stale-context"]
    assert found(log) == []


def test_the_two_low_bits_mean_nothing():
    log = opened("0030") + call("closesocket", "00000031", inside=server_close("0031"))
    assert found(log + closes("0030", inside=False)) == ["closed-twice"]


def descriptor(number, fd):
    return call("_open_osfhandle", f"0000{number},00000000", result=f"0000000{fd}")


def crt_closes(fd, number, tid="0024"):
    return call("_close", f"0000000{fd}", tid, inside=server_close(number, tid))


def test_closed_through_a_descriptor():
    log = opened("0030") + descriptor("0030", 3)
    assert found(log + crt_closes(3, "0030") + closes("0030", inside=None)) == ["closed-through-alias"]
    (finding,) = judge_reading(read(log + crt_closes(3, "0030") + closes("0030", inside=None))).findings
    assert [moment.role for moment in finding.history] == [
        "opened here", "descriptor made for 0x30 here", "closed here first", "closed here again",
    ]  # fmt: skip
    assert found(log + crt_closes(3, "0030")) == []
    twice = crt_closes(3, "0030") + call("_close", "00000003", result="ffffffff")
    assert found(log + twice) == ["closed-twice"]


def test_a_descriptor_whose_number_means_another_object():
    log = opened("0030") + descriptor("0030", 3) + closes("0030") + opened("0030", "0028")
    (finding,) = judge_reading(read(log + crt_closes(3, "0030"))).findings
    assert (finding.rule, finding.severity.value) == ("stale-close", "error")
    assert "_close by thread 0024" in finding.title


def test_what_the_end_of_a_begun_thread_closes():
    begun = call("_beginthread", "140001530", inside=THREAD, result="00000080")
    ends = server_close("0080", "0028")
    killed = "0028: *killed* exit_code=0\n"
    assert found(begun + ends + killed) == []
    closed = closes("0080", name="CloseHandle", result="00000001")
    missed = server_close("0080", "0028", found=False)
    assert found(begun + closed + missed + killed) == ["closed-twice"]
    assert found(begun + closed + opened("0080") + ends + killed) == ["stale-close"]
    assert found(begun + ends + killed + closes("0080", name="CloseHandle", inside=None)) == ["closed-twice"]


def test_a_stale_close_blames_the_closer_and_not_its_victim():
    log = opened("0030") + closes("0030") + opened("0030", "0028") + closes("0030")
    (finding,) = judge_reading(read(log + closes("0030", "0028", inside=False, result="ffffffff"))).findings
    assert (finding.rule, finding.severity.value) == ("stale-close", "error")
    assert "closesocket by thread 0024" in finding.title
    assert found(log + closes("0030", "0028", inside=False, result="ffffffff")
                 + opened("0030") + closes("0030", "0028")) == ["stale-close"]  # fmt: skip
    assert found(log) == []


def test_what_a_library_opens_for_itself():
    log = opened("0030") + closes("0030", name="CloseHandle", result="00000001")
    log += opened("0040") + call("bind", "00000040", inside=event("0030"))
    assert found(log + closes("0030")) == ["stale-close"]


def test_what_wine_closes_for_itself_is_nobodys_fault():
    internal = "1.2:0020:0024:Call KERNEL32.CloseHandle(00000030) ret=370f7ce97\n" + server_close("0030", found=False)
    assert found(opened("0030") + closes("0030") + internal) == []


def test_wine_refuses_duplicates_that_windows_closes():
    copy = "0024: dup_handle( src_process=ffffffff, src_handle=0030, dst_process=ffffffff, options=00000002 )\n"
    log = opened("0030") + call("DuplicateHandle", "ffffffffffffffff,00000030", inside=copy
                                + "0024: dup_handle() = 0 { handle=0034 }\n")  # fmt: skip
    log += closes("0030") + closes("0034", inside=False, result="ffffffff")
    assert found(log) == []
    assert any("refuses" in remark for remark in read(log).remarks)


def test_use_after_close():
    log = opened("0030") + closes("0030") + call("send", "00000030,0021", result="ffffffff")
    assert found(log) == ["use-after-close"]
    assert found(opened("0030") + call("send", "00000030,0021", result="ffffffff")) == []


CHILD = (
    "0024: new_process( token=0000, flags={flags}, info={{}} )\n"
    "0024: new_process() = 0 {{ info=0044, pid=0060, handle=0048 }}\n"
    "0024: new_thread( process=0048, access=001fffff )\n0024: new_thread() = 0 {{ tid=0064, handle=004c }}\n"
)
CONNECTED = (
    "0024: ioctl( code=0012032c, async={handle=0030,event=0034}, "
    "in_data={10,00,00,00,01,00,00,00,02,00,1f,90,7f,00,00,01,00,00,00,00,00,00,00,00} )\n0024: ioctl() = 0 { }\n"
)
SHARE = (
    "0024: dup_handle( src_process=ffffffff, src_handle=0030, dst_process=0048, options=00000002 )\n"
    "0024: dup_handle() = 0 { handle=0020 }\n"
)


def test_a_duplicate_that_its_process_never_opens():
    log = opened("0030") + CONNECTED + CHILD.format(flags="00000000")
    log += call("WSADuplicateSocketA", "00000030,00000060", inside=SHARE) + closes("0030", at="2.0")
    ends = "9.000:0060:0064:Call PE DLL (x)\n0064: *killed* exit_code=0\n"
    assert found(log + ends) == ["leaked-duplicate"]
    opens = "3.0:0060:0064:Call ws2_32.WSASocketA(0,0,0,21) ret=140001000\n"
    opens += "3.000:0060:0064:Ret  ws2_32.WSASocketA() retval=00000020 ret=140001000\n"
    assert "leaked-duplicate" not in found(log + opens + ends)
    assert found(log + ends.replace("9.000", "2.100")) == []


def test_a_listener_that_a_child_inherits():
    listens = "0024: ioctl( code=0001200b, async={handle=0030,event=0000} )\n0024: ioctl() = 0 { }\n"
    ends = "9.000:0060:0064:Call PE DLL (x)\n0064: *killed* exit_code=0\n"
    log = opened("0030") + listens
    assert found(log + CHILD.format(flags="00000004") + closes("0030", at="2.0") + ends) == ["leaked-duplicate"]
    assert found(log + CHILD.format(flags="00000000") + closes("0030", at="2.0") + ends) == []


def test_two_programs_on_one_port():
    def owner(pid, tid, program):
        bound = f"{tid}: ioctl( code=00012003, async={{handle=0030,event=0}}, in_data={{00}} )\n"
        bound += f"{tid}: ioctl() = 0 {{ out_data={{02,00,1f,90,7f,00,00,01,00,00}} }}\n"
        loaded = f'1.0:{pid}:{tid}:trace:loaddll:build_module Loaded L"Z:\\\\{program}" at 0000000140000000: native\n'
        calls = opened("0030", tid) + call("bind", "00000030", tid, inside=bound)
        return loaded + calls.replace(":0020:", f":{pid}:")

    assert found(owner("0060", "0064", "one.exe") + owner("0070", "0074", "two.exe")) == ["shared-port"]
    log = owner("0060", "0064", "one.exe") + owner("0070", "0074", "one.exe")
    assert [finding.severity.value for finding in judge_reading(read(log)).findings] == ["note"]


def test_what_is_not_wines_is_the_programs():
    said = []
    reader = Reader("log", other=said.append)
    log = MODULES + "hello\nhalf 1.100:0020:0024:Call ws2_32.listen(00000030,5) ret=140001000\n"
    log += "sock_reselect(0x1): new\nx0024: close_handle( handle=0030 )\n0024: *wakeup* signaled=0"
    reader.feed(log.split("\n"))
    assert said == ["hello", "half ", "x"]


def test_what_wine_cannot_show_is_not_applicable():
    verdicts = judge_reading(read(opened("0030"))).verdicts
    for rule in ("two-owners", "watched-after-close", "inherited-listener", "stale-use", "half-closed-pile"):
        assert verdicts[rule] == "not applicable"
    own = Reader("log")
    own.feed(opened("0030").split("\n"))
    assert judge_reading(own.finish()).verdicts["closed-through-alias"] == "not applicable"


def test_logs_are_recognised():
    assert recognises((MODULES + THREAD).split("\n"))
    assert not recognises(["100 1.0 close(3) = 0"] * 10)
    assert not recognises([])


def test_the_registry_names_what_is_traced():
    names = relay_include().split(";")
    assert {"ws2_32.closesocket", "msvcrt._close", "ucrtbase._close", "ntdll.NtClose"} <= set(names)


def test_addresses():
    assert sockaddr(bytes([2, 0, 0x1F, 0x90, 127, 0, 0, 1])) == ("127.0.0.1", 8080)
    assert sockaddr(bytes([0x17, 0, 0, 80, *[0] * 4, *[0] * 15, 1])) == ("::1", 80)
    assert sockaddr(b"") is None
