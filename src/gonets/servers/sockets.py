"""Listening sockets: taken all alike, whatever is spoken on them."""

import errno
import socket
import ssl
from typing import Final

import msgspec

BACKLOG: Final = 2_048
"""Connections that may wait to be accepted."""


class CannotListen(Exception):
    """A listening socket could not be opened; its text is a sentence for the person who starts the server."""


class Listener(msgspec.Struct, frozen=True):
    """A socket to listen on."""

    host: str
    """An address or a name of this machine; `0.0.0.0` and `::` are all of them."""
    port: int
    """0: any free one."""
    context: ssl.SSLContext | None = None
    """TLS, or None for none."""


def bound(host: str, port: int) -> socket.socket:
    """A listening socket; port 0 takes a free one. Raises CannotListen."""
    try:
        return _open(host, port)
    except socket.gaierror:
        raise CannotListen(f"{host} is not an address of this machine") from None
    except OSError as error:
        match error.errno:
            case errno.EADDRINUSE:
                sentence = f"port {port} is taken on {host}; stop what listens there or choose another port"
            case errno.EACCES:
                sentence = f"port {port} may not be opened by this user; choose one above 1023"
            case errno.EADDRNOTAVAIL:
                sentence = f"{host} is not an address of this machine"
            case _:
                sentence = f"cannot listen on {host} port {port}: {error.strerror}"
        raise CannotListen(sentence) from None


def _open(host: str, port: int) -> socket.socket:
    """A listening socket; `::` listens on IPv4 too."""
    family, _, _, _, address = socket.getaddrinfo(
        host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
    )[0]
    both = family == socket.AF_INET6 and host == "::" and socket.has_dualstack_ipv6()
    sock = socket.create_server((str(address[0]), port), family=family, backlog=BACKLOG, dualstack_ipv6=both)
    sock.setblocking(False)
    return sock
