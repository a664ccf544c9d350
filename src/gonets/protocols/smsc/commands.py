"""SMSC.ru's text commands: messages of other channels, look-ups and pings in the text of a submit_sm.

    __MMS__: <message>\\nsubj:<subject>      __MAIL__: <message>\\nsubj:<subject>
    __CALL__: <message>\\nvoice:<voice>      __VIBER__: <message>      __HLR__      __PING__

Everything after a line of three tildes is a comment, but behind a call it is the call's parameters. Client software
in the field sends raw ASCII where data_coding says GSM 03.38: there `__HLR__` reads `§§HLR§§`, and the tildes are
`üüü`. So commands and the separator are looked for in both forms, and where the raw one has them, all of the text is
ASCII.

A command is understood only as a whole: in the first part of a text that its client cut it is refused, for the parts
would go out as short messages.
"""

import re
from collections.abc import Callable, Sequence
from typing import Final

import msgspec

from gonets.model.calls import Submission
from gonets.model.message import Channel, Encoding, Hears, Speech, UserData, Voice
from gonets.rules.emails import address_of
from gonets.rules.texts import SEPARATORS, without_comment
from gonets.wire import gsm7
from gonets.wire.smpp import coding, tlvs
from gonets.wire.smpp.codes import Status, Tag
from gonets.wire.smpp.coding import Alphabet
from gonets.wire.smpp.pdu import Tlv
from gonets.wire.smpp.segments import Unfit

_COMMAND: Final = re.compile(r"__(MMS|MAIL|CALL|VIBER)__: ?(.*)|__(HLR|PING)__\s*", re.DOTALL)
_BEGINS: Final = re.compile(r"__(?:(?:MMS|MAIL|CALL|VIBER)__:|(?:HLR|PING)__)")
_SUBJECT: Final = re.compile(r"(.*?)(?:\A|\r?\n)subj:([^\r\n]*)\s*", re.DOTALL)
_VOICE: Final = re.compile(r"(.*?)(?:\A|\r?\n)voice:([^\r\n]*)\s*", re.DOTALL)
_TO: Final = re.compile(r"to:([^\r\n]*)(?:\r?\n(.*)|\Z)", re.DOTALL)
_SEPARATOR: Final = SEPARATORS[0]

_RESULT: Final = Hears.SUCCESS | Hears.FAILURE
_CUT: Final = Unfit(
    Status.ESME_RINVMSGLEN, "a command has to come whole; put a long one into the TLV message_payload"
)
_NO_VOICE: Final = Unfit(Status.ESME_RINVMSGLEN, f"the voice is one of {', '.join(Voice)}")
_NO_ADDRESS: Final = Unfit(
    Status.ESME_RINVDSTADR,
    "an e-mail needs an address: in destination_addr, in the TLV 0x1401, or in a first line `to:<address>`",
)

Given = Sequence[Tlv]
Read = Callable[[Submission, str, Given], Submission | Unfit]


def understood(submission: Submission, octets: bytes, kind: Alphabet, given: Given) -> Submission | Unfit:
    """What a submission is whose text stood in these octets and this alphabet: a command, or a text as it is.

    Comments stay at the end of the text, for the rules to take off; of a part that goes on as it came they are cut.
    """
    text, ready = submission.text, submission.user_data
    if ready is not None and text == ready.octets.hex():
        return submission
    raw = coding.raw_ascii(octets) if kind is Alphabet.GSM else None
    if raw is not None and _speaks(raw) and not _speaks(text):
        text = raw
        submission = msgspec.structs.replace(submission, text=text)
    if ready is not None:
        return _CUT if _BEGINS.match(text) else _without_comment(submission, ready)
    command = _COMMAND.match(text)
    if command is None:
        return submission
    body, comment = without_comment(text)
    command = _COMMAND.fullmatch(body)
    if command is None:
        return submission
    found = _READERS[command[1] or command[3]](submission, command[2] or "", given)
    if isinstance(found, Unfit) or comment is None:
        return found
    if found.channel is Channel.CALL:
        speech = msgspec.structs.replace(found.speech or Speech(), parameters=comment)
        return msgspec.structs.replace(found, speech=speech)
    return msgspec.structs.replace(found, text=f"{found.text}{_SEPARATOR}{comment}")


def _speaks(text: str) -> bool:
    """Whether a text has something in it that only SMSC.ru's customers say."""
    body, comment = without_comment(text)
    return comment is not None or _COMMAND.fullmatch(body) is not None


def _without_comment(submission: Submission, ready: UserData) -> Submission:
    """A part that goes on as it came, but for a comment at its end."""
    text, comment = without_comment(submission.text)
    if comment is None:
        return submission
    if ready.encoding is Encoding.GSM7 and gsm7.fits(text):
        octets = gsm7.encode(text)
    else:
        octets = ready.octets[
            : len(text.encode("utf-16-be")) if ready.encoding is Encoding.UCS2 else len(text)
        ]
    return msgspec.structs.replace(submission, user_data=msgspec.structs.replace(ready, octets=octets))


# ---- command by command


def _mms(submission: Submission, body: str, given: Given) -> Submission:
    text, subject = _trailer(_SUBJECT, body)
    return _of(submission, Channel.MMS, text, subject=subject)


def _mail(submission: Submission, body: str, given: Given) -> Submission | Unfit:
    text, subject = _trailer(_SUBJECT, body)
    line = _TO.fullmatch(text)
    written = ""
    if line is not None and address_of(line[1]) is not None:
        written, text = line[1], line[2] or ""
    recipient = submission.recipient
    if "@" not in recipient:
        recipient = tlvs.string(given, Tag.DESTINATION_EMAIL) or written
    if not recipient:
        return _NO_ADDRESS
    return _of(submission, Channel.MAIL, text, subject=subject, recipient=recipient)


def _call(submission: Submission, body: str, given: Given) -> Submission | Unfit:
    text, voice = _trailer(_VOICE, body)
    voice = voice.strip() or Voice.M
    if voice not in Voice.__members__.values():
        return _NO_VOICE
    return _of(submission, Channel.CALL, text, speech=Speech(Voice(voice)))


def _viber(submission: Submission, body: str, given: Given) -> Submission:
    return _of(submission, Channel.VIBER, body)


def _hlr(submission: Submission, body: str, given: Given) -> Submission:
    return _of(submission, Channel.HLR, "", hears=_always(submission))


def _ping(submission: Submission, body: str, given: Given) -> Submission:
    return _of(submission, Channel.PING, "", hears=_always(submission))


_READERS: Final[dict[str, Read]] = {
    "MMS": _mms,
    "MAIL": _mail,
    "CALL": _call,
    "VIBER": _viber,
    "HLR": _hlr,
    "PING": _ping,
}


def _of(submission: Submission, channel: Channel, text: str, **more: object) -> Submission:
    return msgspec.structs.replace(submission, channel=channel, text=text, **more)


def _trailer(form: re.Pattern[str], body: str) -> tuple[str, str]:
    """A message and what its last line says."""
    found = form.fullmatch(body)
    return (body, "") if found is None else (found[1], found[2])


def _always(submission: Submission) -> Hears:
    """A look-up or a ping is asked for its result, whatever registered_delivery says."""
    return (submission.hears or Hears.NOTHING) | _RESULT
