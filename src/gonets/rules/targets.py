"""Which addresses of clients' servers are called: those of the public internet, and those that a person allows.

Everything else (private and shared networks, this machine, link-local addresses with the metadata of clouds behind
them, multicast) would let a client reach through us what it cannot reach itself. An IPv4 address within an IPv6 one
(mapped, compatible, 6to4, NAT64, Teredo) is judged as what it is.
"""

from collections.abc import Iterable, Iterator
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from typing import Final

from gonets.model.tables import Network

_Address = IPv4Address | IPv6Address

_HOLDING_IPV4: Final = (IPv6Network("::/96"), IPv6Network("64:ff9b::/96"), IPv6Network("64:ff9b:1::/48"))
"""Networks whose addresses end with an IPv4 one: compatible (RFC 4291 §2.5.5.1), NAT64 (RFC 6052, RFC 8215)."""
_CARRYING: Final = (_HOLDING_IPV4[1], IPv6Network("2002::/16"))
"""NAT64 and 6to4 (RFC 3056): as public as the address within, which is looked at too (Pythons differ here)."""


def may_be_called(address: str, allowed: Iterable[Network]) -> bool:
    """Whether a connection may be opened to this address, which is one that a name was resolved to, not a name."""
    try:
        read = ip_address(address.partition("%")[0])
    except ValueError:
        return False
    within = list(_within(read))
    if any(each in network for network in allowed for each in within if each.version == network.version):
        return True
    return all(map(_is_public, within))


def _within(address: _Address) -> Iterator[_Address]:
    """The address, or for a mapped one the IPv4 address that it is; and those that are carried within it."""
    if isinstance(address, IPv4Address):
        yield address
        return
    if address.ipv4_mapped is not None:
        yield address.ipv4_mapped
        return
    yield address
    if address.sixtofour is not None:
        yield address.sixtofour
    if address.teredo is not None:
        yield from address.teredo
    if any(address in network for network in _HOLDING_IPV4):
        yield IPv4Address(int(address) & 0xFFFF_FFFF)


def _is_public(address: _Address) -> bool:
    if isinstance(address, IPv6Address) and any(address in network for network in _CARRYING):
        return True
    if isinstance(address, IPv6Address) and address.is_site_local:
        return False
    return address.is_global and not (address.is_multicast or address.is_reserved or address.is_unspecified)
