"""Mutated PDUs into a bound session of either role: it raises nothing and holds no more than it has announced.

A generator of our own, for a million of them: nothing is shrunk, and the seed is told when one fails.
"""

import random
from collections.abc import Sequence

import pytest

from gonets.wire.smpp.codes import RESPONSE
from gonets.wire.smpp.events import Closed, Event
from gonets.wire.smpp.pdu import BindTransceiver, DeliverSm, EnquireLink, Pdu, QuerySm, SubmitSm, answer_to
from gonets.wire.smpp.roles import Role
from gonets.wire.smpp.session import Limits
from tests.contract.house import scaled
from tests.wire.smpp.ends import RECEIPT, End, bound, octets
from tests.wire.smpp.recorded import RECORDED

MUTATED = scaled(500_000)
"""For each role."""
WINDOW = 20
LARGEST = 64 * 1024

SAMPLES = [wire for wire, _ in RECORDED] + [octets(RECEIPT), octets(SubmitSm(), EnquireLink(), QuerySm())]


def mutated(chance: random.Random, *, whole: bool) -> bytes:
    """A PDU with some octets changed, doubled, cut out or put in; `whole`: its length is made right again."""
    wire = bytearray(chance.choice(SAMPLES))
    for _ in range(chance.randint(1, 3)):
        at = chance.randrange(len(wire) + 1)
        match chance.randrange(4):
            case 0:
                wire[at : at + 1] = bytes((chance.randrange(256),))
            case 1:
                wire[at:at] = chance.randbytes(chance.randint(1, 8))
            case 2:
                del wire[at : at + chance.randint(1, 8)]
            case _:
                wire[at:at] = wire[at : at + chance.randint(1, 40)]
    if whole:
        wire.extend(bytes(max(0, 16 - len(wire))))
        wire[:4] = len(wire).to_bytes(4)
    return bytes(wire)


@pytest.mark.timeout(1800)
@pytest.mark.parametrize("role", Role)
def test_a_session_that_gets_mutated_pdus_raises_nothing_and_holds_what_it_announced(role: Role) -> None:
    chance = random.Random(34)
    limits = Limits(window=WINDOW, their_window=WINDOW)
    end = bound(role, BindTransceiver(), limits)
    ended = 0
    for _ in range(MUTATED):
        whole = chance.random() < 0.99
        events = end.hears(mutated(chance, whole=whole))
        end.now += 0.01
        assert end.session.owing() <= WINDOW
        assert end.session.waiting() <= WINDOW
        assert len(end.session.octets()) <= LARGEST
        answer(end, events, chance)
        events += end.passes(0.0)
        closed = any(isinstance(event, Closed) for event in events)
        ended += closed
        if closed or not whole:  # else what came next would be taken for the rest of it
            end = bound(role, BindTransceiver(), limits)
    assert ended < MUTATED / 10


def answer(end: End, events: Sequence[Event], chance: random.Random) -> None:
    """As an owner does: answer some of what was asked, and ask something now and then."""
    for event in events:
        if isinstance(event, Pdu) and not event.command_id & RESPONSE and chance.random() < 0.8:
            response = answer_to(event.command_id, event.sequence_number, 0)
            try:
                end.answers(response)
            except ValueError:  # NotNow: a request without an answer, or one that was unbound in between
                pass
    if end.session.room():
        end.asks(SubmitSm() if end.session.role is Role.ESME else DeliverSm())
