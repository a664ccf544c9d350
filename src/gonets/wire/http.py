"""An HTTP request and reply as values, so that a dialect over HTTP can be pure."""

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


class Reply(msgspec.Struct, frozen=True, gc=False):
    """A whole reply."""

    status: int
    body: bytes
    content_type: str = "text/plain; charset=utf-8"
