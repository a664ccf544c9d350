"""SMS2's api.php: an MMS with a picture, as a part of a form or in base64 (MMS gate, section 1).

A picture is known by its content, whatever its name and type say; refused is what is neither PNG nor JPEG nor GIF. How
large the message may be is a rule.
"""

import hashlib
from binascii import a2b_base64
from typing import Final
from zoneinfo import ZoneInfo

from gonets.model.calls import Submission, Submit
from gonets.model.message import Channel, Picture
from gonets.model.reasons import Reason
from gonets.model.results import Refused
from gonets.protocols.sms2.fields import Fields
from gonets.wire.pictures import kind_of

_FOLDED: Final = b"\r\n\t"
_NO_TEXT: Final = Refused(Reason.BAD_TEXT, "subject and text must be UTF-8.")
_NO_PICTURE: Final = Refused(Reason.BAD_REQUEST, "picture must be a PNG, JPEG or GIF, or one in base64.")


def read(fields: Fields, zone: ZoneInfo) -> Submit:
    """The message; its refusal where it cannot be read."""
    subject, text = fields.exact(b"subject"), fields.exact(b"text")
    if subject is None or text is None:
        return Submit((_NO_TEXT,))
    picture: Picture | None = None
    sent = fields.octets(b"picture")
    if sent:
        picture = picture_of(sent)
        if picture is None:
            return Submit((_NO_PICTURE,))
    phone = fields.text(b"phone")
    return Submit((Submission("", phone, text, channel=Channel.MMS, subject=subject, picture=picture),))


def picture_of(sent: bytes) -> Picture | None:
    """The picture that was sent as it is or in base64; None: it is neither."""
    octets = sent if kind_of(sent) is not None else _decoded(sent)
    kind = kind_of(octets)
    return None if kind is None else Picture(hashlib.sha256(octets).hexdigest(), kind, octets)


def _decoded(sent: bytes) -> bytes:
    """What base64 (RFC 4648 §4) stands for, its lines folded or not; empty: it is none.

    A blank stands for the plus that it was before a client forgot to escape it.
    """
    bare = sent.strip().translate(None, _FOLDED).replace(b" ", b"+").rstrip(b"=")
    try:
        return a2b_base64(bare + b"=" * (-len(bare) % 4), strict_mode=True)
    except ValueError:
        return b""
