"""An HTTP request and reply as values, so that a dialect over HTTP can be pure."""

from collections.abc import AsyncIterator

import msgspec


class Request(msgspec.Struct, frozen=True, gc=False):
    """A whole request, body read."""

    method: str
    path: str
    """Percent-decoded, as sent."""
    query: bytes = b""
    """Raw, without the question mark."""
    content_type: str = ""
    body: bytes = b""
    address: str = ""
    """The peer's IP address."""
    host: str = ""
    """The host and port that were asked, as the client names them."""
    scheme: str = "http"
    """Or `https`."""
    authorization: str = ""
    """The header field of that name."""
    headers: tuple[tuple[str, str], ...] = ()
    """Other header fields of a request of ours."""


class Reply(msgspec.Struct, frozen=True, gc=False):
    """A whole reply."""

    status: int
    body: bytes
    content_type: str = "text/plain; charset=utf-8"
    rest: AsyncIterator[bytes] | None = None
    """What follows `body`, where the whole is too long to be held."""
