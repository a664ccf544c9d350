"""aiosmpplib, as it is installed: texts of every alphabet, in parts and in one piece, and receipts that it matches."""

import asyncio
import struct
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Final

import pytest
from aiosmpplib import (
    ESME,
    AbstractHook,
    DeliverSm,
    OptionalParam,
    PhoneNumber,
    SmppCommand,
    SmppCommandStatus,
    SmppMessage,
    SubmitSm,
    SubmitSmResp,
)
from aiosmpplib.state import SAR_MSG_REF_NUM, SAR_SEGMENT_SEQNUM, SAR_TOTAL_SEGMENTS

from gonets.wire.smpp.codes import Command, MessageState
from tests.processes import PASSWORD, GatewayProcess

PATIENCE_S: Final = 20.0
_RESPONSE: Final = 0x8000_0000


class Heard(AbstractHook):  # type: ignore[misc]  # it has no types
    """What the library tells."""

    def __init__(self) -> None:
        self.changed = asyncio.Event()
        self.pdus: list[bytes] = []
        """All that came, also what it does not tell in its own words."""
        self.answers: list[SubmitSmResp] = []
        self.receipts: list[DeliverSm] = []
        self.errors: list[Exception] = []

    async def sending(self, smpp_message: SmppMessage, pdu: bytes, client_id: str) -> None:
        pass

    async def received(self, smpp_message: SmppMessage | None, pdu: bytes, client_id: str) -> None:
        self.pdus.append(pdu)
        if isinstance(smpp_message, SubmitSmResp):
            self.answers.append(smpp_message)
        elif isinstance(smpp_message, DeliverSm):
            self.receipts.append(smpp_message)
        self.changed.set()

    async def send_error(self, smpp_message: SmppMessage, error: Exception, client_id: str) -> None:
        self.errors.append(error)
        self.changed.set()

    def bodies(self, command: int) -> list[bytes]:
        """Of the PDUs of that kind which say that all is well."""
        return [
            pdu[16:] for pdu in self.pdus if int.from_bytes(pdu[4:8]) == command and pdu[8:12] == bytes(4)
        ]

    async def until(self, condition: Callable[[], bool]) -> None:
        """Wait until that is so."""
        async with asyncio.timeout(PATIENCE_S):
            while not condition():
                assert not self.errors, self.errors
                self.changed.clear()
                await self.changed.wait()


@asynccontextmanager
async def talking(gateway: GatewayProcess) -> AsyncIterator[tuple[ESME, Heard]]:
    """A client that runs. It leaves its stream open when it is stopped, so that is closed here."""
    heard = Heard()
    esme = ESME("127.0.0.1", gateway.ports["smpp"], "plain", PASSWORD, hook=heard, log_level=50)
    running = asyncio.create_task(esme.start())
    try:
        yield esme, heard
    finally:
        stream = esme._writer
        await esme.stop()
        await asyncio.gather(running, return_exceptions=True)
        if stream is not None:
            stream.transport.abort()
            await asyncio.sleep(0)


def message(text: str, **more: object) -> SubmitSm:
    return SubmitSm(
        short_message=text,
        source=PhoneNumber("79990001122"),
        destination=PhoneNumber("79031234567"),
        registered_delivery=1,
        **{"log_id": "one", **more},
    )


LONG: Final = "".join(f"{number:04} Гонец едет. " for number in range(26))
WAYS: Final[dict[str, tuple[str, dict[str, object]]]] = {
    "GSM 7-bit": ("Hello [world] €10", {}),
    "Latin-1": ("Señor Þór Ångström", {"encoding": "latin_1"}),
    "Cyrillic": ("Привет, гонец", {"encoding": "ucs2"}),
    "emoji": ("Ура \U0001f389", {"encoding": "ucs2"}),
    "seven parts by UDH": (LONG, {"encoding": "ucs2", "esm_class": 0x40, "auto_message_payload": False}),
    "seven parts in message_payload": (LONG, {"encoding": "ucs2", "auto_message_payload": True}),
}


@pytest.mark.parametrize("name", WAYS)
def test_a_text_arrives_and_its_receipt_is_matched(gateway: GatewayProcess, name: str) -> None:
    text, more = WAYS[name]

    async def story() -> None:
        async with talking(gateway) as (esme, heard):
            await esme.broker.enqueue(message(text, **more))
            await heard.until(lambda: bool(heard.receipts))
            assert [answer.command_status for answer in heard.answers] == [SmppCommandStatus.ESME_ROK]
            receipt = heard.receipts[0]
            assert receipt.is_receipt()
            assert receipt.log_id == "one"
            assert receipt.parse_receipt()["stat"] == "DELIVRD"

    asyncio.run(story())
    phones = sorted(gateway.place.phones(), key=lambda phone: (phone.message, phone.number))
    assert "".join(phone.text for phone in phones) == text


def test_seven_parts_by_sar_arrive_and_all_their_receipts_are_matched(gateway: GatewayProcess) -> None:
    """The library's own splitting by SAR uses a variable that it has not set; so the parts are cut here.

    It tells of one answer and one receipt, once all parts have theirs.
    """
    pieces = [LONG[start : start + 67] for start in range(0, len(LONG), 67)]
    assert len(pieces) == 7

    async def story() -> None:
        async with talking(gateway) as (esme, heard):
            for number, piece in enumerate(pieces, 1):
                sar = ((SAR_MSG_REF_NUM, 77), (SAR_TOTAL_SEGMENTS, len(pieces)), (SAR_SEGMENT_SEQNUM, number))
                parameters = [OptionalParam(tag, value) for tag, value in sar]
                part = message(
                    piece,
                    log_id=str(number),
                    encoding="ucs2",
                    optional_params=parameters,
                    auto_message_payload=True,
                )
                await esme.broker.enqueue(part)
            await heard.until(lambda: bool(heard.receipts))
            assert [answer.command_status for answer in heard.answers] == [SmppCommandStatus.ESME_ROK]
            assert heard.receipts[0].parse_receipt()["stat"] == "DELIVRD"
            ids = heard.bodies(Command.SUBMIT_SM | _RESPONSE)
            assert len(ids) == len(set(ids)) == len(pieces)
            receipts = heard.bodies(Command.DELIVER_SM)
            assert len(receipts) == len(ids)
            for message_id in ids:
                [receipt] = [each for each in receipts if b"id:%b sub:" % message_id.rstrip(b"\0") in each]
                assert b" sub:001 dlvrd:001 " in receipt
                assert b" stat:DELIVRD err:000 " in receipt

    asyncio.run(story())
    phones = sorted(gateway.place.phones(), key=lambda phone: phone.number)
    assert [(phone.number, phone.total) for phone in phones] == [(number, 7) for number in range(1, 8)]
    assert "".join(phone.text for phone in phones) == LONG


class QuerySm(SmppMessage):  # type: ignore[misc]  # it has no types
    """The library has none of its own; it sends one that it is given, and tells of the answer as octets only."""

    message_id: str
    source: PhoneNumber

    @property
    def smpp_command(self) -> SmppCommand:
        return SmppCommand.QUERY_SM

    def pdu(self) -> bytes:
        source = struct.pack("!BB", self.source.ton, self.source.npi) + self.source.number.encode("ascii")
        body = b"%b\0%b\0" % (self.message_id.encode("ascii"), source)
        return b"%b%b" % (self.pack_header(16 + len(body)), body)


def test_a_query_sm_that_its_user_adds_is_answered_with_what_the_receipt_said(
    gateway: GatewayProcess,
) -> None:
    async def story() -> None:
        async with talking(gateway) as (esme, heard):
            sent = message("Hello")
            await esme.broker.enqueue(sent)
            await heard.until(lambda: bool(heard.receipts))
            query = QuerySm()
            query.message_id, query.source = heard.answers[0].message_id, sent.source
            await esme.broker.enqueue(query)
            await heard.until(lambda: bool(heard.bodies(Command.QUERY_SM | _RESPONSE)))
            [answer] = heard.bodies(Command.QUERY_SM | _RESPONSE)
            message_id, final_date, rest = answer.split(b"\0", 2)
            assert message_id.decode() == query.message_id
            [receipt] = heard.bodies(Command.DELIVER_SM)
            assert b" done date:%b stat:DELIVRD err:000 " % final_date[:10] in receipt
            assert rest == bytes((MessageState.DELIVERED, 0))

    asyncio.run(story())
