"""Codes, their names and texts, and how NTSTATUS values become them."""

import pytest

from notsock.values import addresses, durations, errors, status


@pytest.mark.parametrize("value", [status.INVALID_HANDLE, status.OBJECT_TYPE_MISMATCH])
def test_both_statuses_of_q155738_reach_winsock_as_10038(value):
    assert errors.wsa_of_status(value) == errors.WSAENOTSOCK == 10038


def test_every_wsa_code_has_its_own_number():
    codes = [value for name, value in vars(errors).items() if name.startswith("WSAE")]
    assert len(codes) == len(set(codes))


def test_a_code_is_named_and_has_windows_text():
    assert errors.name_of(10054) == "WSAECONNRESET"
    assert errors.text_of(10054) == "An existing connection was forcibly closed by the remote host"
    assert errors.text_of(6) == "The handle is invalid"
    assert errors.name_of(99999) == "99999"


def test_the_runtime_maps_an_invalid_handle_to_ebadf_and_an_unknown_code_to_einval():
    assert errors.errno_of_win32(errors.ERROR_INVALID_HANDLE) == errors.EBADF
    assert errors.errno_of_win32(87) == errors.EINVAL


def test_a_status_has_a_name():
    assert status.name_of(0xC0000008) == "STATUS_INVALID_HANDLE"
    assert status.name_of(0xC0FFEE00) == "0xC0FFEE00"


def test_addresses_have_one_spelling():
    assert addresses.canonical("127.0.0.1", addresses.AF_INET) == "127.0.0.1"
    assert addresses.canonical("0:0::1", addresses.AF_INET6) == "::1"
    assert addresses.canonical("localhost", addresses.AF_INET) is None
    assert addresses.unmapped("::ffff:10.0.0.1") == "10.0.0.1"
    assert addresses.unmapped(addresses.mapped("10.0.0.1")) == "10.0.0.1"
    assert addresses.text_of("::1", 80) == "[::1]:80"


def test_a_timeout_is_rounded_up_to_a_nanosecond():
    assert durations.from_seconds(0.5) == 500_000_000
    assert durations.from_seconds(1e-10) == 1
