"""Where an account may call from."""

from ipaddress import IPv4Address, IPv6Address, ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gonets.rules.hosts import allows, parse_networks

SOME = parse_networks(["192.0.2.0/24", "198.51.100.7", "2001:db8::/32", "::1"])


@pytest.mark.parametrize(
    ("address", "allowed"),
    [
        ("192.0.2.0", True),
        ("192.0.2.255", True),
        ("192.0.3.0", False),
        ("198.51.100.7", True),
        ("198.51.100.8", False),
        ("::ffff:192.0.2.1", True),
        ("::ffff:c000:201", True),
        ("::ffff:192.0.3.1", False),
        ("2001:db8::1", True),
        ("2001:DB8:ffff::", True),
        ("2001:db9::1", False),
        ("::1", True),
        ("0:0:0:0:0:0:0:1", True),
        ("::", False),
        ("127.0.0.1", False),
        ("::192.0.2.1", False),
        ("2001:db8::1%eth0", True),
        ("", False),
        ("localhost", False),
        ("192.0.2.1:80", False),
        ("192.0.2", False),
        ("192.0.2.01", False),
        (" 192.0.2.1", False),
    ],
)
def test_a_peer_is_let_in_from_its_networks_alone(address: str, allowed: bool) -> None:
    assert allows(address, SOME) is allowed


@pytest.mark.parametrize("address", ["192.0.2.1", "::1", "", "nonsense"])
def test_no_networks_let_everybody_in(address: str) -> None:
    assert allows(address, ())
    assert allows(address, parse_networks([]))


@pytest.mark.parametrize(
    ("texts", "networks"),
    [
        (["192.0.2.0/24"], ["192.0.2.0/24"]),
        ([" 192.0.2.1 "], ["192.0.2.1/32"]),
        (["192.0.2.0/255.255.255.0"], ["192.0.2.0/24"]),
        (["2001:db8::1"], ["2001:db8::1/128"]),
        (["::ffff:192.0.2.0/120"], ["192.0.2.0/24"]),
        (["::ffff:0:0/96"], ["0.0.0.0/0"]),
        (["::/0"], ["::/0"]),
        (["::1", "10.0.0.0/8"], ["10.0.0.0/8", "::1/128"]),
        (["10.1.0.0/16", "10.0.0.0/8", "10.0.0.0/8"], ["10.0.0.0/8"]),
        (["10.0.0.0/9", "10.128.0.0/9"], ["10.0.0.0/8"]),
    ],
)
def test_networks_are_read_as_people_write_them(texts: list[str], networks: list[str]) -> None:
    assert parse_networks(texts) == tuple(map(ip_network, networks))


@pytest.mark.parametrize(
    "text", ["", "example.com", "192.0.2.0/33", "192.0.2/24", "2001:db8::/129", "*", "10."]
)
def test_what_is_no_network_is_refused_in_a_sentence(text: str) -> None:
    with pytest.raises(ValueError, match=r"is not a network; write one like .*\.$"):
        parse_networks(["192.0.2.0/24", text])


@pytest.mark.parametrize(
    ("text", "wider", "address"),
    [("192.0.2.1/24", "192.0.2.0/24", "192.0.2.1"), ("2001:db8::1/32", "2001:db8::/32", "2001:db8::1")],
)
def test_bits_beyond_the_mask_are_refused_with_both_ways_out(text: str, wider: str, address: str) -> None:
    with pytest.raises(ValueError, match=f"write {wider} for the network or {address} for the address"):
        parse_networks([text])


addresses = st.one_of(
    st.integers(0, 2**32 - 1).map(IPv4Address),
    st.integers(0, 2**128 - 1).map(IPv6Address),
    st.integers(0, 2).map(IPv4Address),
    st.integers(0xFFFF_0000_0000, 0xFFFF_0000_0002).map(IPv6Address),
)


def plain(address: IPv4Address | IPv6Address) -> IPv4Address | IPv6Address:
    return address.ipv4_mapped or address if isinstance(address, IPv6Address) else address


@given(st.lists(addresses, min_size=1), addresses)
def test_sole_addresses_let_in_exactly_themselves(
    known: list[IPv4Address | IPv6Address], peer: IPv4Address | IPv6Address
) -> None:
    networks = parse_networks(map(str, known))
    assert all(allows(str(each), networks) for each in known)
    assert allows(str(peer), networks) == (plain(peer) in map(plain, known))


@given(st.integers(0, 2**32 - 1), st.integers(0, 32))
def test_a_v4_peer_is_the_same_through_a_dual_stack_socket(bits: int, length: int) -> None:
    networks = parse_networks([str(ip_network((bits >> 32 - length << 32 - length, length)))])
    for peer in (IPv4Address(bits), IPv4Address(bits ^ 1), IPv4Address(bits ^ 1 << 31)):
        assert allows(f"::ffff:{peer}", networks) == allows(str(peer), networks)
    assert allows(str(IPv4Address(bits)), networks)
