"""One end or both ends of a session, with what they said, for stories that are told in PDUs."""

from collections.abc import Sequence
from typing import Final

from gonets.wire.smpp.codec import encode
from gonets.wire.smpp.events import Event
from gonets.wire.smpp.pdu import Bind, BindTransceiver, DeliverSm, Pdu, SubmitSm, answer_to
from gonets.wire.smpp.roles import Role, State
from gonets.wire.smpp.session import Limits, Session
from gonets.wire.smpp.stream import Read, Stream

START: Final = 1000.0

MESSAGE: Final = SubmitSm(source_addr="Gonets", destination_addr="79161234567", short_message=b"Hello")
RECEIPT: Final = DeliverSm(esm_class=4, short_message=b"id:1001 stat:DELIVRD")


def octets(*given: Pdu) -> bytes:
    out = bytearray()
    for each in given:
        encode(out, each)
    return bytes(out)


class End:
    """A session under test, and what the other side reads of it."""

    def __init__(self, role: Role, limits: Limits | None = None) -> None:
        self.session = Session(role, START, limits)
        self.now = START
        self._reader = Stream()

    def hears(self, *given: Pdu | bytes) -> list[Event]:
        """The other side sends this, in one piece."""
        data = b"".join(each if isinstance(each, bytes) else octets(each) for each in given)
        return self.session.receive(data, self.now)

    def said(self) -> list[Read]:
        """What it has written since it was asked last."""
        return self._reader.feed(bytes(self.session.octets()))

    def state(self) -> State:
        return self.session.state

    def asks(self, request: Pdu) -> int:
        return self.session.ask(request, self.now)

    def answers(self, response: Pdu) -> Sequence[Event]:
        return self.session.answer(response)

    def passes(self, seconds: float) -> list[Event]:
        self.now += seconds
        return self.session.tick(self.now)


def bound(role: Role, bind: Bind | None = None, limits: Limits | None = None) -> End:
    """An end that is bound, with nothing left to read of it."""
    end = End(role, limits)
    bind = bind or BindTransceiver()
    if role is Role.SMSC:
        end.hears(type(bind)(1))
        end.answers(answer_to(bind.command_id, 1))
    else:
        end.hears(answer_to(bind.command_id, end.asks(bind)))
    assert end.state() is State.BOUND
    end.said()
    return end


class Pair:
    """An ESME and an SMSC on one wire."""

    def __init__(self, limits: Limits | None = None) -> None:
        self.esme = End(Role.ESME, limits)
        self.smsc = End(Role.SMSC, limits)

    def flow(self) -> tuple[list[Event], list[Event]]:
        """Carry what was written, both ways, until nothing is; what the ESME and the SMSC hear."""
        esme: list[Event] = []
        smsc: list[Event] = []
        while True:
            down = bytes(self.smsc.session.octets())
            up = bytes(self.esme.session.octets())
            if not down and not up:
                return esme, smsc
            esme += self.esme.session.receive(down, self.esme.now)
            smsc += self.smsc.session.receive(up, self.smsc.now)
