"""What can be set of a mail server, and what each setting means.

Refused here, with a sentence: addresses and names that no mail could bear, and a CA file where nothing is verified.
"""

from enum import StrEnum
from typing import Annotated, Final

import msgspec
from msgspec import Meta

from gonets.rules.emails import address_of


class Security(StrEnum):
    """How a connection is kept from others' eyes."""

    STARTTLS = "starttls"
    """Plain at first, TLS before anything is said that matters; a server without it is not used."""
    TLS = "tls"
    """From the first octet."""
    PLAIN = "plain"


PORTS: Final[dict[Security, int]] = {Security.STARTTLS: 587, Security.TLS: 465, Security.PLAIN: 25}
"""Where no port is set (RFC 8314 §3.3, RFC 5321 §4.5.4.2)."""


class SmtpSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What can be set; `msgspec.convert` makes it of a mapping, and names the field at fault if it cannot.

    `MEANINGS` says what each is for.
    """

    host: Annotated[str, Meta(min_length=1, max_length=253)]
    port: Annotated[int, Meta(ge=0, le=65535)] = 0
    security: Security = Security.STARTTLS
    ca_file: str = ""
    login: Annotated[str, Meta(max_length=255)] = ""
    password: Annotated[str, Meta(max_length=255)] = ""
    sender: Annotated[str, Meta(min_length=1)]
    domain: Annotated[str, Meta(max_length=253)] = ""
    connections: Annotated[int, Meta(ge=1, le=64)] = 2
    dsn: bool = True
    delivered_when_taken: bool = True
    answer_timeout: Annotated[float, Meta(gt=0.0)] = 60.0
    connect_timeout: Annotated[float, Meta(gt=0.0)] = 10.0
    noop_after: Annotated[float, Meta(gt=0.0)] = 60.0

    def __post_init__(self) -> None:
        if address_of(self.sender) != self.sender:
            raise ValueError("sender has to be an address; write it like noreply@example.com")
        if self.domain and address_of(f"a@{self.domain}") != f"a@{self.domain}":
            raise ValueError("domain has to be a whole name in lower case; write it like mail.example.com")
        if not self.host.isprintable() or not self.host.isascii() or " " in self.host:
            raise ValueError("host is neither a name nor an address")
        if self.security is Security.PLAIN and self.ca_file:
            raise ValueError("ca_file is for security = starttls or tls")

    @property
    def ids_under(self) -> str:
        """The domain that our Message-IDs are made under, and that we say we are."""
        return self.domain or self.sender.rpartition("@")[2]

    @property
    def port_there(self) -> int:
        """The port that is set, or the usual one."""
        return self.port or PORTS[self.security]


MEANINGS: Final[dict[str, str]] = {
    "host": "the mail server that takes our mail",
    "port": "and at which port; 0: 587, or 465 with tls, or 25 with plain",
    "security": "starttls, tls (from the first octet) or plain",
    "ca_file": "PEM certificates to trust instead of the system's",
    "login": "our login there; empty: none is needed",
    "password": "our password there; kept sealed, never shown",
    "sender": "our address: mail is from it where its sender is no address, and bounces go to it",
    "domain": "the domain of Message-IDs, and who we say we are; empty: that of sender",
    "connections": "how many at once; each takes one mail after another",
    "dsn": "ask for delivery notifications where the server offers them; they go to sender",
    "delivered_when_taken": "a mail that the server took counts as delivered; false: it stays sent",
    "answer_timeout": "seconds without an answer after which a mail is uncertain",
    "connect_timeout": "seconds to wait for a connection",
    "noop_after": "seconds of silence after which the server is asked whether it is there",
}
"""By setting; all of them."""
