"""A part as a mail: its envelope and its octets (RFC 5322, MIME by the standard library).

Everything leaves as seven-bit lines, so that any server can take it. Line ends in a subject or a sender's name become
blanks: they would begin another header. Refused here: parts that are no e-mails.
"""

import re
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from typing import Final

import msgspec

from gonets.connectors.smtp.settings import SmtpSettings
from gonets.model.message import Channel, Outgoing
from gonets.rules.emails import address_of

_POLICY: Final = SMTP.clone(cte_type="7bit")
_DOT: Final = re.compile(rb"^\.", re.MULTILINE)
_UNSEEN: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")


class Mail(msgspec.Struct, frozen=True, gc=False):
    """A mail as it is handed over."""

    id: str
    """Its Message-ID, without the angle brackets."""
    envelope: str
    """Its number in what the server reports of it (ENVID, RFC 3461 §4.4)."""
    sender: str
    """The envelope's: where bounces go."""
    recipient: str
    octets: bytes
    """Head and body, lines ended by CR LF and their first dots doubled (RFC 5321 §4.5.2); the last line, which is but a
    dot, is not there."""


def mail_of(part: Outgoing, settings: SmtpSettings, at: datetime) -> Mail | None:
    """The mail that a part is, dated `at`; None: it is no e-mail."""
    if part.channel is not Channel.MAIL or address_of(part.recipient) != part.recipient:
        return None
    own = address_of(part.sender)
    message = EmailMessage(_POLICY)
    if own is not None:
        message["From"] = Address(addr_spec=own)
    else:
        message["From"] = Address(_one_line(part.sender), addr_spec=settings.sender)
    message["To"] = Address(addr_spec=part.recipient)
    message["Subject"] = _one_line(part.subject)
    message["Date"] = at
    identity = f"{part.id}@{settings.ids_under}"
    message["Message-ID"] = f"<{identity}>"
    message["Auto-Submitted"] = "auto-generated"  # so that no holiday note answers it (RFC 3834 §5)
    message.set_content(_encodable(part.text))
    octets = message.as_bytes()
    return Mail(
        identity,
        str(part.id),
        settings.sender,
        part.recipient,
        _DOT.sub(b"..", octets.rstrip(b"\r\n") + b"\r\n"),
    )


def _one_line(text: str) -> str:
    return _UNSEEN.sub(" ", _encodable(text)).strip()


def _encodable(text: str) -> str:
    """Half a surrogate pair has no octets in any charset."""
    return text.encode("utf-8", "replace").decode()
