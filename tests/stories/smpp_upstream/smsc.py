"""An SMSC with every fault at once, as a process of its own: `python -m tests.stories.smpp_upstream.smsc --help`.

It listens on a free port of the loopback and prints it as its first line. What it takes stands in its journal before
anybody is told, one JSON line a message; what it hands over from phones, and which of that was acknowledged, too. Its
faults come by chance from a seed; after `--faulty` submissions it behaves.
"""

import argparse
import asyncio
import json
import random
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final

from gonets.wire.smpp import coding, segments
from gonets.wire.smpp.codec import encode
from gonets.wire.smpp.codes import ESM_RECEIPT, Status
from gonets.wire.smpp.events import Closed, Event
from gonets.wire.smpp.pdu import (
    Bind,
    DeliverSm,
    DeliverSmResp,
    GenericNack,
    Pdu,
    SubmitSm,
    SubmitSmResp,
    Tlv,
    answer_to,
)
from gonets.wire.smpp.roles import Role, State
from gonets.wire.smpp.session import Limits, Session
from gonets.wire.smpp.timers import Timers

HALF_S: Final = 0.01
"""Between the halves of a PDU."""
RECEIPT_S: Final = 0.05
"""From taking a message to its receipt."""
LATE_S: Final = 2.0
"""After which a late answer comes."""
AGAIN_S: Final = 1.0
"""After which a receipt that nobody acknowledged is handed over again."""

IDS: Final[dict[str, tuple[Callable[[int], str], Callable[[int], str]]]] = {
    "same": (str, str),
    "hex": (lambda number: f"{number:X}", str),
    "decimal": (str, lambda number: f"{number:x}"),
    "zeros": (lambda number: f"{number:064}", str),
    "letters": (lambda number: f"ab-{number}", lambda number: f"00AB-{number}"),
}
"""By name: the id of an answer, and that of its receipts."""
MUTATIONS: Final[dict[str, tuple[Callable[[int], str], Callable[[int], str]]]] = {
    **IDS,
    "small hex": (lambda number: f"{number:x}", str),
    "padded hex": (lambda number: f"{number:016X}", str),
    "hex to padded": (lambda number: f"{number:x}", lambda number: f"{number:012}"),
    "decimal to capitals": (str, lambda number: f"{number:X}"),
    "padded decimal": (lambda number: f"{number:012}", lambda number: f"{number:08X}"),
    "padded in receipts": (str, lambda number: f"{number:012}"),
    "capitals in receipts": (lambda number: f"{number:x}", lambda number: f"{number:X}"),
    "capitals in answers": (lambda number: f"{number:08X}", lambda number: f"{number:x}"),
}
"""All ways there are, those that need no story of their own included."""

FAULTS: Final[dict[str, float]] = {
    "throttled": 0.2,
    "queue full": 0.02,
    "system error": 0.01,
    "nack": 0.01,
    "cut before": 0.003,
    "cut after": 0.003,
    "rubbish": 0.001,
    "no answer": 0.01,
    "late": 0.01,
    "unreadable": 0.005,
    "receipt first": 0.05,
    "receipt twice": 0.05,
    "phone": 0.02,
}
"""How often each befalls a submission; one at most."""


class Smsc:
    """What all connections share."""

    def __init__(self, journal: Path, seed: int, ids: str, faulty: int, early: int) -> None:
        self.chance = random.Random(seed)
        self.answer_id, self.receipt_id = MUTATIONS[ids]
        self.loop = asyncio.get_running_loop()
        self.connections: set[Connection] = set()
        self.owed: dict[int, DeliverSm] = {}
        """Receipts and messages from phones that nobody has acknowledged."""
        self._journal = journal.open("a", encoding="utf-8")
        self._faulty = faulty
        self._early = early
        self._next = 1_000_000 + self.chance.randrange(1_000_000)
        self.binds = 0

    def write(self, **facts: object) -> None:
        self._journal.write(json.dumps(facts) + "\n")
        self._journal.flush()

    def fault(self) -> str:
        """What befalls the next submission; empty: nothing."""
        if self._early > 0:
            self._early -= 1
            return "receipt first"
        if self._faulty <= 0:
            return ""
        self._faulty -= 1
        at = self.chance.random()
        for name, share in FAULTS.items():
            at -= share
            if at < 0:
                return name
        return ""

    def number(self) -> int:
        self._next += 1
        return self._next

    def hand_over(self, key: int) -> None:
        """What is owed under that key, through whichever connection there is; again until it is acknowledged."""
        request = self.owed.get(key)
        if request is None:
            return
        bound = [each for each in self.connections if each.session.state is State.BOUND]
        if bound:
            self.chance.choice(bound).deliver(key, request)
        self.loop.call_later(AGAIN_S, self.hand_over, key)

    def acknowledged(self, key: int) -> None:
        request = self.owed.pop(key, None)
        if request is not None:
            kind = "told" if request.esm_class == ESM_RECEIPT else "heard"
            self.write(kind=kind, text=request.short_message.decode())


class Connection(asyncio.Protocol):
    def __init__(self, smsc: Smsc) -> None:
        timers = Timers(response=None)
        self.session = Session(Role.SMSC, smsc.loop.time(), Limits(10_000, 10_000, timers))
        self._smsc = smsc
        self._handed: dict[int, int] = {}
        self._held = b""  # the second half of a PDU
        self._transport: Any = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport
        self._smsc.connections.add(self)

    def connection_lost(self, error: Exception | None) -> None:
        self._smsc.connections.discard(self)
        self.session.gone()

    def data_received(self, data: bytes) -> None:
        self._heard(self.session.receive(data, self._smsc.loop.time()))

    def _heard(self, events: Sequence[Event]) -> None:
        for event in events:
            match event:
                case Bind():
                    self._bind(event)
                case SubmitSm():
                    self._submitted(event)
                case DeliverSmResp(command_status=Status.ESME_ROK, sequence_number=number):
                    self._smsc.acknowledged(self._handed.pop(number, 0))
                case Closed():
                    self.flush()
                    self._transport.close()
                case _:
                    pass
            if self._transport.is_closing():
                return
        self.flush()

    def _bind(self, bind: Bind) -> None:
        self._smsc.binds += 1
        status = Status.ESME_RALYBND if self._smsc.binds % 5 == 1 else Status.ESME_ROK
        if bind.password != "secret":
            status = Status.ESME_RINVPASWD
        self.session.answer(answer_to(bind.command_id, bind.sequence_number, status))

    # ---- taking

    def _submitted(self, submit: SubmitSm) -> None:
        smsc, number = self._smsc, submit.sequence_number
        fault = smsc.fault()
        match fault:
            case "throttled":
                self.session.answer(SubmitSmResp(number, Status.ESME_RTHROTTLED))
            case "queue full":
                self.session.answer(SubmitSmResp(number, Status.ESME_RMSGQFUL))
            case "system error":
                self.session.answer(SubmitSmResp(number, Status.ESME_RSYSERR))
            case "nack":
                self.write(GenericNack(number, Status.ESME_RINVCMDID))
            case "cut before":
                self._transport.abort()
            case "rubbish":
                self._let_all_go()
                self._transport.write(b"\xff\xff\xff\xffrubbish")
            case _:
                self._take(submit, fault)

    def _take(self, submit: SubmitSm, fault: str) -> None:
        smsc, number = self._smsc, submit.sequence_number
        found = segments.segment(submit)
        assert isinstance(found, segments.Segment)
        part = 1 if found.concatenation is None else found.concatenation.number
        text = coding.decode(found.text, submit.data_coding)
        taken = smsc.number()
        smsc.write(kind="taken", to=submit.destination_addr, part=part, text=text, fault=fault)
        smsc.owed[taken] = DeliverSm(
            source_addr=submit.destination_addr,
            destination_addr=submit.source_addr,
            esm_class=ESM_RECEIPT,
            short_message=f"id:{smsc.receipt_id(taken)} stat:DELIVRD err:000 Text:".encode(),
            tlvs=(Tlv(0x1501, b"unknown"),) if taken % 3 else (),
        )
        smsc.loop.call_later(RECEIPT_S, smsc.hand_over, taken)
        answer = SubmitSmResp(number, message_id=smsc.answer_id(taken))
        match fault:
            case "cut after":
                self._transport.abort()
            case "no answer":
                pass
            case "late":
                smsc.loop.call_later(LATE_S, self._answer, answer)
            case "unreadable":
                self._let_all_go()
                self._transport.write(bytes(self.session.octets()) + _broken(number))
            case "receipt first":
                smsc.hand_over(taken)
                smsc.loop.call_later(RECEIPT_S, self._answer, answer)
            case _:
                self.session.answer(answer)
        if fault == "receipt twice":
            self.deliver(taken, smsc.owed[taken])
            self.deliver(taken, smsc.owed[taken])
        if fault == "phone":
            key = smsc.number()
            said = f"from a phone {key}"
            smsc.owed[key] = DeliverSm(
                source_addr=submit.destination_addr, destination_addr="4242", short_message=said.encode()
            )
            smsc.hand_over(key)

    def _answer(self, answer: Pdu) -> None:
        if self.session.state is State.BOUND:
            self.session.answer(answer)
            self.flush()

    def deliver(self, key: int, request: DeliverSm) -> None:
        if self.session.state is State.BOUND and self.session.room():
            self._handed[self.session.ask(request, self._smsc.loop.time())] = key
            self.flush()

    # ---- writing

    def write(self, pdu: Pdu) -> None:
        """Something that the session would not say."""
        self._let_all_go()
        out = self.session.octets()
        encode(out, pdu)
        self._transport.write(bytes(out))

    def flush(self) -> None:
        """Now and then the last PDU comes in two halves."""
        if self._held or self._transport is None or self._transport.is_closing():
            return
        octets = bytes(self.session.octets())
        if len(octets) > 20 and self._smsc.chance.random() < 0.1:
            self._transport.write(octets[:-9])
            self._held = octets[-9:]
            self._smsc.loop.call_later(HALF_S, self._let_go)
        elif octets:
            self._transport.write(octets)

    def _let_all_go(self) -> None:
        """Nothing comes between the halves of a PDU: what an upstream garbles there could not be told from an id."""
        while self._held and not self._transport.is_closing():
            self._let_go()

    def _let_go(self) -> None:
        held, self._held = self._held, b""
        if held and not self._transport.is_closing():
            self._transport.write(held)
            self.flush()


def _broken(number: int) -> bytes:
    """A submit_sm_resp whose id is longer than any may be."""
    body = b"9" * 80
    return (16 + len(body)).to_bytes(4) + bytes.fromhex("8000000400000000") + number.to_bytes(4) + body


async def serve(journal: Path, port: int, seed: int, ids: str, faulty: int, early: int) -> None:
    smsc = Smsc(journal, seed, ids, faulty, early)
    server = await smsc.loop.create_server(lambda: Connection(smsc), "127.0.0.1", port)
    sys.stdout.write(f"{server.sockets[0].getsockname()[1]}\n")
    sys.stdout.flush()
    await server.serve_forever()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--journal", type=Path, required=True)
    parser.add_argument("--port", type=int, default=0, help="0: a free one")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--ids", choices=MUTATIONS, default="same")
    parser.add_argument("--faulty", type=int, default=2**31)
    parser.add_argument(
        "--early", type=int, default=0, help="so many receipts come before their answers, at first"
    )
    asked = parser.parse_args()
    asyncio.run(serve(asked.journal, asked.port, asked.seed, asked.ids, asked.faulty, asked.early))
