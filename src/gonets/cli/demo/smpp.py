"""The demo's SMPP: the account of an SMSC.ru customer with its text commands, a plain one, and SMS Club's.

SMSC.ru's account refuses the same message again within a minute, and so each part of a text that its client cut. So a
line that sends one has the shell put a number into the text that comes once, or, where that cannot be, sends it to
another number each second.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Final

from gonets.cli.demo.esme import Query, Send, SmppDoor, Who
from gonets.cli.demo.house import (
    CLOSED,
    PLAIN_LOGIN,
    PLAIN_PASSWORD,
    SMSC_LOGIN,
    SMSC_PASSWORD,
    SMSCLUB_LOGIN,
    SMSCLUB_PASSWORD,
    STOP_WORD,
    STOPPED,
)
from gonets.cli.demo.shell import NOW, Worked, printed
from gonets.cli.demo.showing import Scene, Show, Speech
from gonets.cli.smpp.texts import Long

_SENDER: Final = "Gonets"
_ENDED: Final = frozenset({"DELIVERED", "EXPIRED", "DELETED", "UNDELIVERABLE", "REJECTED", "UNKNOWN"})
_LONG_TEXT: Final = "Гонец доскакал по SMPP: это письмо кириллицей не помещается в одну часть. " * 2
"""More than 134 characters, so three parts of at most 67."""

_SMSC: Final = Who(SMSC_LOGIN, SMSC_PASSWORD, SmppDoor.SMSC)
_SMSC_TLS: Final = Who(SMSC_LOGIN, SMSC_PASSWORD, SmppDoor.TLS)
_PLAIN: Final = Who(PLAIN_LOGIN, PLAIN_PASSWORD, SmppDoor.PLAIN)
_CLUB: Final = Who(SMSCLUB_LOGIN, SMSCLUB_PASSWORD, SmppDoor.SMSCLUB)


def _wrong(who: Who) -> Who:
    return Who(who.system_id, "wrong", who.door)


# ---- requests


def _send(
    who: Who, to: str, text: str, *, sender: str = _SENDER, long: Long = Long.UDH, flash: bool = False
) -> Callable[[Scene], Send]:
    """A text as it is."""
    return lambda scene: Send(who, to, text, sender, long, flash)


def _once(
    to: str, text: str, *, who: Who = _SMSC, long: Long = Long.UDH, flash: bool = False
) -> Callable[[Scene], Send]:
    """A text that ends in a number that comes once."""
    return lambda scene: Send(who, to, Worked(text, NOW, scene.run), _SENDER, long, flash)


def _lines(to: str, form: str) -> Callable[[Scene], Send]:
    """A text of several lines, in which `%s` is a number that comes once."""
    return lambda scene: Send(_SMSC, to, printed(form, scene.run), _SENDER)


def _by_second(last: int, text: str, sender: str = "") -> Callable[[Scene], Send]:
    """A text as it is, to a number that the second of the minute is part of."""
    return lambda scene: Send(
        _SMSC, Worked("79031260", f"$(date +%S){last}", f"{scene.at:%S}{last}"), text, sender
    )


# ---- how it is asked where messages stand


def _heard(ids: Sequence[str], bodies: Sequence[str]) -> Mapping[str, str]:
    return dict(re.findall("^([0-9]+): ([A-Z]+)", bodies[0], re.MULTILINE))


def _speech(name: str, who: Who) -> Speech:
    return Speech(name, lambda ids: [Query(who, tuple(ids))], _heard, _ENDED)


SMSC: Final = _speech("SMSC.ru", _SMSC)
PLAIN: Final = _speech("SMPP", _PLAIN)
CLUB: Final = _speech("SMS Club over SMPP", _CLUB)


# ---- the shows


def _receipt(stat: str, error: int = 0, parts: int = 1) -> str:
    delivered = parts if stat == "DELIVRD" else 0
    dates = "submit date:… done date:…"
    return f"id:… sub:{parts:03} dlvrd:{delivered:03} {dates} stat:{stat} err:{error:03} text:…\n"


_FOUND: Final = (
    "id:… stat:DELIVRD err:000 imsi:… msc:… mcc:250 mnc:… cn:Russian+Federation net:… rcn: rnet:\n"
)
_DELIVERED: Final = _receipt("DELIVRD")


def _taken(
    speech: Speech, what: str, ask: Callable[[Scene], Send], receipt: str = _DELIVERED, end: str = "DELIVERED"
) -> Show:
    """One request; what is not delivered ends the command with 1."""
    return Show(speech, what, ask, f"message_id №\n{receipt}", end, status=int(end != "DELIVERED"))


def _cut(speech: Speech, what: str, ask: Callable[[Scene], Send], parts: int) -> Show:
    ids = "".join(f"message_id №, part {number} of {parts}\n" for number in range(1, parts + 1))
    return Show(speech, what, ask, ids + parts * _DELIVERED, "DELIVERED", status=0)


def _refused(speech: Speech, what: str, ask: Callable[[Scene], Send], status: str, why: str) -> Show:
    form = f"error: the message was not taken: {status}: … It says: {why}: …\n"
    return Show(speech, what, ask, form, f"{status}, {why}", status=1)


def _unbound(speech: Speech, what: str, ask: Callable[[Scene], Send], status: str) -> Show:
    return Show(speech, what, ask, f"error: … refuses the bind: {status}: …\n", status, status=1)


def _standing(speech: Speech, who: Who) -> Show:
    return Show(
        speech,
        "where the first message stands",
        lambda scene: Query(who, (scene.first(speech.name),)),
        "…: DELIVERED, final_date …\n",
        "DELIVERED",
        status=0,
        late=True,
    )


SHOWS: Final = (
    _taken(SMSC, "a text", _once("79031260001", "Hello from SMPP ")),
    _cut(SMSC, "three parts of Cyrillic", _by_second(3, _LONG_TEXT, _SENDER), 3),
    _taken(
        SMSC,
        "the same whole, in message_payload",
        _once("79031260003", _LONG_TEXT, long=Long.PAYLOAD),
        _receipt("DELIVRD", parts=3),
    ),
    _taken(SMSC, "over TLS, flash", _once("79031260004", "Привет по TLS ", who=_SMSC_TLS, flash=True)),
    _taken(SMSC, "a comment after the separator", _lines("79031260005", "Ready %s\n~~~\norder 17")),
    _taken(SMSC, "a look-up", _by_second(1, "__HLR__"), _FOUND),
    _taken(SMSC, "a ping", _by_second(2, "__PING__")),
    _taken(SMSC, "an MMS", _lines("79031260006", "__MMS__: Письмо %s\nsubj:Весна")),
    _taken(SMSC, "a Viber message", _once("79031260007", "__VIBER__: Hello ")),
    _taken(SMSC, "a call, read out", _lines("79031260008", "__CALL__: Your code is %s\nvoice:w")),
    _taken(SMSC, "an e-mail", _lines("79031260009", "__MAIL__: to:ann@example.com\nHello %s\nsubj:Spring")),
    _taken(SMSC, "unknown number", _once("79031269901", "Hello "), _receipt("UNDELIV", 1), "UNDELIVERABLE"),
    _unbound(SMSC, "wrong password", _once("79031260010", "Hello ", who=_wrong(_SMSC)), "ESME_RINVPASWD"),
    _refused(
        SMSC,
        "to a closed direction",
        _once(f"{CLOSED[0]}1260010", "Hello "),
        "ESME_RINVDSTADR",
        "direction_closed",
    ),
    _refused(
        SMSC,
        "a voice that is none",
        _lines("79031260010", "__CALL__: Hello %s\nvoice:x"),
        "ESME_RINVMSGLEN",
        "bad_text",
    ),
    _taken(PLAIN, "a text", _send(_PLAIN, "79031270001", "Hello from SMPP")),
    _taken(PLAIN, "a text in UCS-2", _send(_PLAIN, "79031270002", "Привет по SMPP")),
    _taken(PLAIN, "a command is a text here", _send(_PLAIN, "79031270003", "__PING__")),
    _taken(
        PLAIN,
        "it expires on the way",
        _send(_PLAIN, "79031279903", "Hello"),
        _receipt("EXPIRED"),
        "EXPIRED",
    ),
    _taken(
        PLAIN,
        "the network rejects it",
        _send(_PLAIN, "79031279904", "Hello"),
        _receipt("REJECTD", 11),
        "REJECTED",
    ),
    _unbound(PLAIN, "wrong password", _send(_wrong(_PLAIN), "79031270004", "Hello"), "ESME_RINVPASWD"),
    _unbound(
        PLAIN,
        "nobody's system_id",
        _send(Who("nobody", "wrong", SmppDoor.PLAIN), "79031270004", "Hello"),
        "ESME_RINVSYSID",
    ),
    _refused(
        PLAIN,
        "to a number on the stop list",
        _send(_PLAIN, str(STOPPED[0]), "Hello"),
        "ESME_RINVDSTADR",
        "recipient_denied",
    ),
    _refused(
        PLAIN,
        "a stop word in the text",
        _send(_PLAIN, "79031270004", f"Try {STOP_WORD} now"),
        "ESME_RSUBMITFAIL",
        "blocked_text",
    ),
    _taken(CLUB, "a text, to a national number", _send(_CLUB, "0675130001", "Привіт по SMPP")),
    _cut(CLUB, "three parts of Cyrillic", _send(_CLUB, "380675130002", _LONG_TEXT, long=Long.SAR), 3),
    _unbound(CLUB, "wrong password", _send(_wrong(_CLUB), "380675130003", "Привіт"), "ESME_RINVPASWD"),
    _refused(
        CLUB,
        "to a closed direction",
        _send(_CLUB, f"{CLOSED[1]}1230020", "Привіт"),
        "ESME_RINVDSTADR",
        "direction_closed",
    ),
    _refused(
        CLUB,
        "a sender that is too long",
        _send(_CLUB, "380675130003", "Привіт", sender="Gonets Gonets"),
        "ESME_RINVSRCADR",
        "bad_sender",
    ),
    _standing(SMSC, _SMSC),
    _standing(PLAIN, _PLAIN),
    _standing(CLUB, _CLUB),
)
