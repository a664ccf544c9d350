"""Clients' servers are called on the public internet, and elsewhere only where a person allows it."""

import pytest

from gonets.rules.hosts import parse_networks
from gonets.rules.targets import may_be_called

PUBLIC = ["93.184.216.34", "2606:2800:220:1::1", "::ffff:8.8.8.8", "64:ff9b::8.8.8.8", "2002:808:808::1"]
OTHERS = [
    "127.0.0.1",
    "127.255.0.9",
    "0.0.0.0",
    "0.1.2.3",
    "10.1.2.3",
    "100.64.0.1",
    "169.254.169.254",
    "172.16.0.1",
    "192.168.1.1",
    "192.0.2.1",
    "198.18.0.1",
    "224.0.0.1",
    "239.1.1.1",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::127.0.0.1",
    "::ffff:127.0.0.1",
    "::ffff:169.254.169.254",
    "64:ff9b::10.0.0.1",
    "64:ff9b:1::8.8.8.8",
    "2002:7f00:1::1",
    "2001:0:a9fe:a9fe::1",
    "fc00::1",
    "fd12:3456::1",
    "fe80::1",
    "fe80::1%eth0",
    "fec0::1",
    "ff02::1",
    "2001:db8::1",
    "localhost",
    "",
    "127.1",
]


@pytest.mark.parametrize("address", PUBLIC)
def test_the_public_internet_is_called(address: str) -> None:
    assert may_be_called(address, ())


@pytest.mark.parametrize("address", OTHERS)
def test_nothing_else_is(address: str) -> None:
    assert not may_be_called(address, ())


@pytest.mark.parametrize(
    "address", ["127.0.0.1", "::ffff:127.0.0.1", "10.9.9.9", "fd00::7", "::1", "::ffff:10.0.0.1"]
)
def test_what_a_person_allows_is_called_in_any_spelling(address: str) -> None:
    allowed = parse_networks(("127.0.0.0/8", "10.0.0.0/8", "fd00::/8", "::1/128"))
    assert may_be_called(address, allowed)
    assert not may_be_called("192.168.0.1", allowed)
    assert not may_be_called("fe80::1", allowed)
