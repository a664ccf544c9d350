"""Requests over SMPP: each as a line of `gonets smpp`, and as the demo does the same itself."""

import shlex
from enum import Enum
from secrets import randbelow
from typing import Final

import msgspec

from gonets.cli.console import FAILED, REFUSED, CommandFailed, CommandRefused
from gonets.cli.demo.doors import Answer, Doors
from gonets.cli.demo.shell import Worked, pieces_of, said, word
from gonets.cli.smpp import sending
from gonets.cli.smpp.esme import Peer
from gonets.cli.smpp.sending import NotTaken
from gonets.cli.smpp.texts import Long, submits

_WAIT_S: Final = 10.0
"""What the command waits for receipts unless told otherwise."""


class SmppDoor(Enum):
    """Where a session goes; the value is the name of the port in the settings."""

    PLAIN = "smpp"
    SMSC = "smpp_smsc"
    SMSCLUB = "smpp_smsclub"
    TLS = "smpp_tls"


class Who(msgspec.Struct, frozen=True):
    """Who binds, and where."""

    system_id: str
    password: str
    door: SmppDoor


class Send(msgspec.Struct, frozen=True):
    """A text to one number."""

    who: Who
    to: str | Worked
    text: str | Worked
    sender: str = ""
    long: Long = Long.UDH
    flash: bool = False


class Query(msgspec.Struct, frozen=True):
    """Where messages stand."""

    who: Who
    message_ids: tuple[str, ...]


def line_of(ask: Send | Query, doors: Doors) -> str:
    """The request as one line for a shell."""
    peer = _peer(ask.who, doors)
    at = ["--host", shlex.quote(peer.host), "--port", str(peer.port)]
    if peer.tls:
        at += ["--tls", "--cacert", shlex.quote(str(peer.trusted))]
    at += ["--system-id", shlex.quote(peer.system_id), "--password", shlex.quote(peer.password)]
    if isinstance(ask, Query):
        return " ".join([doors.gonets, "smpp", "query", *map(shlex.quote, ask.message_ids), *at])
    words = [*at, "--from", shlex.quote(ask.sender)] if ask.sender else at
    words += ["--to", word(pieces_of(ask.to)), "--text", word(pieces_of(ask.text))]
    words += [] if ask.long is Long.UDH else ["--long", ask.long.value]
    words += ["--flash"] if ask.flash else []
    return " ".join([doors.gonets, "smpp", "send", *words])


def answer_to(ask: Send | Query, doors: Doors) -> Answer:
    """What the command would print, on both outputs, and its exit code."""
    try:
        return _sent(ask, doors) if isinstance(ask, Send) else _asked(ask, doors)
    except CommandRefused as error:
        return Answer(REFUSED, f"error: {error}\n")
    except CommandFailed as error:
        return Answer(FAILED, f"error: {error}\n")


def _sent(ask: Send, doors: Doors) -> Answer:
    requests = submits(
        ask.sender, said(ask.to), said(ask.text), long=ask.long, flash=ask.flash, reference=randbelow(256)
    )
    told = list(sending.send(_peer(ask.who, doors), requests, _WAIT_S))
    lines = [f"error: {each.line()}" if isinstance(each, NotTaken) else each.line() for each in told]
    return Answer(0 if sending.went_well(told) else FAILED, "".join(f"{line}\n" for line in lines))


def _asked(ask: Query, doors: Doors) -> Answer:
    found = sending.query(_peer(ask.who, doors), ask.message_ids)
    lines = [f"error: {each.line()}" if each.why else each.line() for each in found]
    return Answer(FAILED if any(each.why for each in found) else 0, "".join(f"{line}\n" for line in lines))


def _peer(who: Who, doors: Doors) -> Peer:
    tls = who.door is SmppDoor.TLS
    return Peer(
        doors.host.strip("[]"),
        doors.ports[who.door.value],
        who.system_id,
        who.password,
        tls=tls,
        trusted=doors.certificate if tls else None,
    )
