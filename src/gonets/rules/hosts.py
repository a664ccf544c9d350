"""Where an account may call from: networks of IPv4 and IPv6 (CIDR, RFC 4632 and RFC 4291 §2.3).

A peer that comes through a dual-stack socket (`::ffff:192.0.2.1`, RFC 4291 §2.5.5.2) is taken for what it is, an
IPv4 one, and so is a network that is written like that. Refuses host names: nothing is looked up.
"""

from collections.abc import Iterable
from functools import lru_cache
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    collapse_addresses,
    ip_address,
    ip_network,
)
from typing import Final

from gonets.model.tables import Network

_MAPPED: Final = IPv6Network("::ffff:0:0/96")


def parse_networks(texts: Iterable[str]) -> tuple[Network, ...]:
    """Networks from what a person wrote: `192.0.2.0/24`, `192.0.2.0/255.255.255.0`, `2001:db8::/32`, or a sole
    address. IPv4 first; those that touch or hold one another are one.

    Raises ValueError with a sentence for whoever wrote it, where one is no network or has bits beyond its mask.
    """
    fours: list[IPv4Network] = []
    sixes: list[IPv6Network] = []
    for text in texts:
        network = _network(text.strip())
        if isinstance(network, IPv4Network):
            fours.append(network)
        elif network.subnet_of(_MAPPED):
            bits = int(network.network_address) & 0xFFFF_FFFF
            fours.append(IPv4Network((bits, network.prefixlen - _MAPPED.prefixlen)))
        else:
            sixes.append(network)
    return (*collapse_addresses(fours), *collapse_addresses(sixes))


def allows(address: str, networks: Iterable[Network]) -> bool:
    """Whether a peer at this address may call; no networks at all allow everyone.

    An address that is none (a local socket has none) is outside every network. The zone of a link-local IPv6
    address (`fe80::1%eth0`) is left aside.
    """
    if not networks:
        return True
    peer = _peer(address)
    if peer is None:
        return False
    return any(peer in network for network in networks if network.version == peer.version)


@lru_cache(maxsize=4_096)
def _peer(address: str) -> IPv4Address | IPv6Address | None:
    """Who calls, None where it is no address; the same few peers call again and again, and reading costs most of it."""
    try:
        peer = ip_address(address.partition("%")[0])
    except ValueError:
        return None
    return (peer.ipv4_mapped or peer) if isinstance(peer, IPv6Address) else peer


def _network(text: str) -> Network:
    try:
        return ip_network(text)
    except ValueError:
        pass
    try:
        wider = ip_network(text, strict=False)
    except ValueError:
        raise ValueError(
            f"{text!r} is not a network; write one like 192.0.2.0/24 or 2001:db8::/32."
        ) from None
    address = text.partition("/")[0]
    raise ValueError(
        f"{text!r} has bits beyond its mask; write {wider} for the network or {address} for the address."
    )
