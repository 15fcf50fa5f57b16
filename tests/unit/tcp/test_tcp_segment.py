from tcp_line import segment

from notsock.tcp.segment import after, describe, length, reset_for


def test_numbers_wrap():
    assert after(1, 0)
    assert not after(0, 0)
    assert after(5, 0xFFFFFFF0)
    assert not after(0xFFFFFFF0, 5)


def test_syn_and_fin_take_a_number_each():
    assert length(segment("x", "SYN", 1)) == 1
    assert length(segment("x", "FIN,ACK", 1, data=b"abc")) == 4
    assert length(segment("x", "ACK", 1)) == 0


def test_a_segment_for_nobody_is_reset_with_the_number_its_ack_asks_for():
    answer = reset_for(segment("me", "ACK", 7, ack=9, data=b"abc"), "them")
    assert answer == ("them", 9, 0, 4, 0, b"", 0)


def test_a_syn_for_nobody_is_reset_and_acknowledged():
    answer = reset_for(segment("me", "SYN", 0xFFFFFFFF), "them")
    assert answer == ("them", 0, 0, 20, 0, b"", 0)
    assert describe(answer) == "<SEQ=0><ACK=0><WND=0><CTL=RST,ACK>"


def test_a_reset_for_nobody_is_not_answered():
    assert reset_for(segment("me", "RST,ACK", 7, ack=9), "them") is None


def test_describe_names_what_a_segment_carries():
    told = describe(segment("me", "SYN", 1, mss=1460))
    assert told == "<SEQ=1><WND=65535><MSS=1460><CTL=SYN>"
    told = describe(segment("me", "PSH,ACK", 1, ack=2, data=b"abc"))
    assert told == "<SEQ=1><ACK=2><WND=65535><DATA=3><CTL=PSH,ACK>"
