"""What can be set of every link over HTTP, beside what its protocol needs, and what each setting means.

Refused here, with a sentence: what cannot be.
"""

import ssl
from typing import Annotated, Final
from urllib.parse import urlsplit

import msgspec
from msgspec import Meta

_Seconds = Annotated[float, Meta(gt=0.0, le=86_400.0)]


class HttpSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What can be set; `msgspec.convert` makes it of a mapping, and names the field at fault if it cannot.

    `MEANINGS` says what each is for.
    """

    concurrency: Annotated[int, Meta(ge=1, le=128)] = 4
    rate: Annotated[float, Meta(ge=0.0)] = 0.0
    timeout: _Seconds = 30.0
    ca_file: str = ""
    verify: bool = True
    proxy: str = ""
    first_poll: _Seconds = 5.0
    longest_poll: _Seconds = 300.0

    def __post_init__(self) -> None:
        if self.first_poll > self.longest_poll:
            raise ValueError("first_poll cannot be longer than longest_poll")
        if self.ca_file and not self.verify:
            raise ValueError("ca_file is for verify = true")
        if self.proxy and not is_url(self.proxy):
            raise ValueError("proxy has to be a URL like http://proxy.example.net:3128")


MEANINGS: Final[dict[str, str]] = {
    "concurrency": "requests at a time that send, and as many that ask for states",
    "rate": "parts a second of the whole link; 0: no limit",
    "timeout": "seconds for a whole request",
    "ca_file": "PEM certificates to trust instead of the system's",
    "verify": "false: speak TLS to whoever answers, for trying things out only",
    "proxy": "an HTTP proxy to go through, as a URL; kept sealed",
    "first_poll": "seconds after which the state of a message is asked for, each wait twice as long as the one before",
    "longest_poll": "seconds of the longest such wait",
}
"""By setting; all of them."""


def is_url(text: str) -> bool:
    """Whether this is an absolute URL of HTTP or HTTPS that names a host."""
    try:
        parts = urlsplit(text)
        return parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False


def tls_context(settings: HttpSettings) -> ssl.SSLContext:
    """Who is trusted. Raises OSError or ValueError where the CA file cannot be used."""
    context = ssl.create_default_context(cafile=settings.ca_file or None)
    if not settings.verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context
