"""What a text may be in one dialect or another, and what of it is meant for the recipient.

Here are the limits that providers set, and those of channels other than SMS; what no short message can carry is
refused by `splitting`. Nothing is mended: a text is taken as it is, or refused.
"""

import re
from collections.abc import Sequence
from typing import Final

import msgspec

from gonets.model.message import Picture
from gonets.model.reasons import Reason
from gonets.model.results import Refused


class Limit(msgspec.Struct, frozen=True):
    """The most characters of a text."""

    narrow: int
    """Where all of them are U+0001 to U+007E."""
    wide: int
    """Where any other is among them."""


LIMITS: Final[dict[str, Limit]] = {
    "sms2": Limit(narrow=268, wide=268),
    "smsclub": Limit(narrow=1071, wide=469),
}
"""By protocol, as their documents say; in one that is not here a text may be as long as 255 parts hold. They come
to four parts of 67, seven of 153, and seven of 67."""

MMS_OCTETS: Final = 307_200
"""Of an MMS: subject and text in UTF-8 and the picture, together (SMS2: 300 KB)."""

MAIL_OCTETS: Final = 307_200
"""Of an e-mail: subject and text in UTF-8, together; as much as an MMS may have."""
SUBJECT_CHARACTERS: Final = 255
"""Of an e-mail's subject, which is one line."""


class Whole(msgspec.Struct, frozen=True):
    """The most characters of a text that is not parted, and what is said of a longer one."""

    most: int
    refused: Refused


def _most(what: str, most: int) -> Whole:
    return Whole(
        most, Refused(Reason.BAD_TEXT, f"The text of a {what} can have {most:,} characters at most.")
    )


VIBER_LIMIT: Final = _most("Viber message", 1_000)
CALL_LIMIT: Final = _most("call", 1_000)
"""A little over a minute of speech; whoever has more to say is hung up on."""

MIXED_REFUSED: Final = frozenset({"sms2"})
"""Protocols in which no word may mix Latin and Cyrillic letters."""

SEPARATORS: Final = ("\n~~~\n", "\r\n~~~\r\n", "\r\n~~~\n", "\n~~~\r\n")
"""What a comment begins with (SMSC.ru over SMPP), and the line ends of other systems."""

_BEYOND_NARROW: Final = re.compile("[^\x01-\x7e]")

_LATIN: Final = re.compile(
    "[A-Za-zªºÀ-ÖØ-öø-\u02b8\u1d00-\u1d25\u1e00-\u1eff\u2c60-\u2c7f\ua722-\ua787\uff21-\uff3a\uff41-\uff5a]"
)
_CYRILLIC: Final = re.compile("[\u0400-\u0481\u048a-\u052f\u1c80-\u1c88\ua640-\ua66e\ua680-\ua69d]")
_CONTROL: Final = re.compile("[\x00-\x1f\x7f\x85\u2028\u2029]")
"""What ends a line or belongs into none."""
_WORD: Final = re.compile(r"[^\W_]+")

_TOO_LONG: Final[dict[str, Refused]] = {
    protocol: Refused(
        Reason.BAD_TEXT,
        f"The text can have {limit.narrow} characters at most."
        if limit.narrow == limit.wide
        else f"The text can have {limit.narrow} characters at most, {limit.wide} where not all are ASCII.",
    )
    for protocol, limit in LIMITS.items()
}

_TOO_LARGE: Final = Refused(
    Reason.BAD_TEXT, f"Subject, text and picture can have {MMS_OCTETS:,} octets at most, together."
)
_MAIL_TOO_LARGE: Final = Refused(
    Reason.BAD_TEXT, f"Subject and text can have {MAIL_OCTETS:,} octets at most, together."
)
_BAD_SUBJECT: Final = Refused(
    Reason.BAD_TEXT, f"The subject has to be one line of {SUBJECT_CHARACTERS} characters at most."
)
_EMPTY: Final = Refused(Reason.BAD_TEXT, "The text is empty.")
_NO_MAIL: Final = Refused(Reason.BAD_TEXT, "There is neither a text nor a subject.")
_NOTHING: Final = Refused(Reason.BAD_TEXT, "There is neither a text nor a subject nor a picture.")
_NOT_UNICODE: Final = Refused(Reason.BAD_TEXT, "Subject and text have to be Unicode.")
_TEXT_NOT_UNICODE: Final = Refused(Reason.BAD_TEXT, "The text has to be Unicode.")


def check_text(text: str, protocol: str) -> Refused | None:
    """`bad_text` where a protocol's own limits refuse a text; None where they do not.

    Whether it is empty is not asked, nor how many parts it takes.
    """
    if too_long(text, protocol):
        return _TOO_LONG[protocol]
    if protocol in MIXED_REFUSED and (word := mixed_alphabet(text)) is not None:
        return Refused(Reason.BAD_TEXT, f"The word {word!r} mixes Latin and Cyrillic letters.")
    return None


def check_mms(subject: str, text: str, picture: Picture | None) -> Refused | None:
    """`bad_text` where no MMS can carry that, or there is nothing in it; None where one can."""
    octets = _octets(subject, text)
    if octets is None:
        return _NOT_UNICODE
    if picture is not None:
        octets += len(picture.octets)
    if not octets:
        return _NOTHING
    return _TOO_LARGE if octets > MMS_OCTETS else None


def check_mail(subject: str, text: str) -> Refused | None:
    """`bad_text` where no e-mail can carry that, or there is nothing in it; None where one can."""
    octets = _octets(subject, text)
    if octets is None:
        return _NOT_UNICODE
    if len(subject) > SUBJECT_CHARACTERS or _CONTROL.search(subject) is not None:
        return _BAD_SUBJECT
    if not octets:
        return _NO_MAIL
    return _MAIL_TOO_LARGE if octets > MAIL_OCTETS else None


def check_whole(text: str, limit: Whole) -> Refused | None:
    """`bad_text` where a text is empty, longer than its channel lets it be, or none; None where it is good."""
    if not text:
        return _EMPTY
    if _octets(text) is None:
        return _TEXT_NOT_UNICODE
    return limit.refused if len(text) > limit.most else None


def _octets(*texts: str) -> int | None:
    """Of all of these in UTF-8; None where one holds what no store can."""
    octets = 0
    for text in texts:
        if "\0" in text:
            return None
        try:
            octets += len(text.encode())
        except UnicodeEncodeError:
            return None
    return octets


def too_long(text: str, protocol: str) -> bool:
    """Whether a text has more characters (code points) than the protocol's document allows."""
    limit = LIMITS.get(protocol)
    if limit is None or len(text) <= limit.wide:
        return False
    return len(text) > limit.narrow or _BEYOND_NARROW.search(text) is not None


def mixed_alphabet(text: str) -> str | None:
    """The first word that holds Latin and Cyrillic letters; None where there is none.

    A word is letters and digits in a row: `SMS-рассылка` is two of them, `4Gсеть` is one.
    """
    if text.isascii() or _LATIN.search(text) is None or _CYRILLIC.search(text) is None:
        return None
    for match in _WORD.finditer(text):
        word = match[0]
        if _LATIN.search(word) and _CYRILLIC.search(word):
            return word
    return None


def without_comment(text: str, separators: Sequence[str] = SEPARATORS) -> tuple[str, str | None]:
    """A text as it is sent and priced, and the comment after its first separator; None where there is no separator.

    Of separators that begin at the same place the longest counts. The comment may be empty, and hold more of them.
    """
    found = [(at, -len(separator)) for separator in separators if (at := text.find(separator)) >= 0]
    if not found:
        return text, None
    at, length = min(found)
    return text[:at], text[at - length :]
