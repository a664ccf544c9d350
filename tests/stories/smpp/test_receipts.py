"""Receipts find their client: now, at the next bind, after a refusal or a power cut; until they are answered for."""

from pathlib import Path

import pytest

from gonets.model.message import State
from gonets.wire.smpp import codec, tlvs
from gonets.wire.smpp.codes import Status, Tag
from gonets.wire.smpp.pdu import (
    BindReceiver,
    BindTransceiver,
    BindTransmitter,
    DeliverSm,
    DeliverSmResp,
    SubmitSmResp,
    Unbind,
)
from tests.processes import GatewayProcess, Place, Starting, prepare, running, until
from tests.stories.smpp.conftest import LOGINS
from tests.stories.smpp.esme import Esme, bound, submit

LATE = {"answer_delay": 0.001, "receipt_delay": 1.0}


def ids(receipts: list[DeliverSm]) -> list[str]:
    """The messages that receipts are of."""
    return [tlvs.string(each.tlvs, Tag.RECEIPTED_MESSAGE_ID) or "" for each in receipts]


def send(esme: Esme, count: int, **fields: object) -> list[str]:
    """The ids of so many messages, taken."""
    numbers = esme.send(*(submit(short_message=b"%d" % number, **fields) for number in range(count)))
    answers = [esme.answer(number) for number in numbers]
    return [each.message_id for each in answers if isinstance(each, SubmitSmResp) and each.message_id]


def mail(place: Place) -> int:
    """How many notices wait."""
    with place.reading() as connection:
        return int(connection.exec_driver_sql("SELECT count(*) FROM mailbox").scalar_one())


def parts(place: Place, state: State) -> int:
    """How many parts stand there."""
    with place.reading() as connection:
        found = connection.exec_driver_sql(f"SELECT count(*) FROM parts WHERE state = {state:d}")
        return int(found.scalar_one())


@pytest.mark.parametrize(
    ("asked", "delivered", "undelivered"),
    [(0x00, 0, 0), (0x01, 1, 1), (0x02, 0, 1), (0x03, 1, 0), (0x11, 3, 2), (0x10, 2, 1)],
)
def test_a_client_hears_what_registered_delivery_asks_for(
    gateway: GatewayProcess, asked: int, delivered: int, undelivered: int
) -> None:
    with bound(gateway) as esme:
        for recipient, expected in (("79031239910", delivered), ("79031239901", undelivered)):
            before = len(esme.heard_of(DeliverSm))
            esme.submit(destination_addr=recipient, registered_delivery=asked)
            if expected:
                esme.receipts(before + expected)
        esme.submit(registered_delivery=1, destination_addr="79031239900")
        found = esme.until(
            lambda: next(
                (each for each in esme.heard_of(DeliverSm) if each.source_addr == "79031239900"), None
            )
        )
        assert found.esm_class == 0x04


def test_an_intermediate_notice_comes_before_the_receipt(gateway: GatewayProcess) -> None:
    with bound(gateway) as esme:
        esme.submit(destination_addr="79031239910", registered_delivery=0x11)
        found = esme.receipts(3)
        assert [each.esm_class for each in found] == [0x20, 0x20, 0x04]
        assert [tlvs.number(each.tlvs, Tag.MESSAGE_STATE) for each in found] == [1, 6, 2]


def test_an_absent_client_hears_everything_at_its_next_bind_oldest_first(gateway: GatewayProcess) -> None:
    with bound(gateway, kind=BindTransmitter) as esme:
        sent = send(esme, 75) + send(esme, 75)
    until(lambda: mail(gateway.place) == 150, 20.0, "the notices are not in the mailbox")
    with bound(gateway, kind=BindReceiver) as listener:
        heard = ids(listener.receipts(150))
        assert sorted(heard, key=int) == sent
        assert heard[:100] == sorted(heard[:100], key=int)
        until(lambda: mail(gateway.place) == 0, 20.0, "the mailbox is not empty")


def test_a_transmitter_is_never_sent_a_receipt(gateway: GatewayProcess) -> None:
    with bound(gateway, kind=BindTransmitter) as esme, bound(gateway, kind=BindReceiver) as listener:
        sent = send(esme, 5)
        assert sorted(ids(listener.receipts(5)), key=int) == sent
        assert esme.heard_of(DeliverSm) == []


def test_receipts_are_spread_over_the_sessions_of_an_account(gateway: GatewayProcess) -> None:
    with bound(gateway) as first, bound(gateway) as second:
        sent = send(first, 100)

        def all_heard() -> bool | None:
            for each in (first, second):
                each.read(0.05)
            return (len(first.heard_of(DeliverSm)) + len(second.heard_of(DeliverSm))) >= 100 or None

        assert first.until(all_heard)
        heard = [ids(each.heard_of(DeliverSm)) for each in (first, second)]
        assert sorted(heard[0] + heard[1], key=int) == sent
        assert all(heard)


@pytest.mark.parametrize("status", [Status.ESME_RX_T_APPN, Status.ESME_RX_P_APPN, Status.ESME_RSYSERR])
def test_a_receipt_that_was_refused_comes_again(gateway: GatewayProcess, status: Status) -> None:
    with bound(gateway) as esme:
        answers = [status, status]
        esme.answering = lambda receipt: answers.pop() if answers else Status.ESME_ROK
        esme.submit()
        first, *again = esme.receipts(3)
        assert [each.short_message for each in again] == [first.short_message] * 2
        until(lambda: mail(gateway.place) == 0, 20.0, "the notice stays in the mailbox")


def test_a_receipt_that_is_refused_holds_up_no_other(gateway: GatewayProcess) -> None:
    with bound(gateway) as esme:
        esme.answering = lambda receipt: (
            Status.ESME_RX_T_APPN if b" text:0" in receipt.short_message else Status.ESME_ROK
        )
        sent = send(esme, 10)
        esme.receipts(10)
        until(lambda: mail(gateway.place) == 1, 20.0, "more than the refused one stays")
        assert set(ids(esme.heard_of(DeliverSm))) == set(sent)


def test_receipts_without_an_answer_keep_to_the_window_and_come_again_at_the_next_bind(
    gateway: GatewayProcess,
) -> None:
    with bound(gateway) as esme:
        esme.answering = lambda receipt: None
        sent = send(esme, 100) + send(esme, 50)
        unanswered = ids(esme.receipts(100))
        assert len(unanswered) == 100
        assert len(sent) == 150
    with bound(gateway) as again:
        assert sorted(ids(again.receipts(150)), key=int) == sent


def test_a_client_that_says_goodbye_loses_nothing(gateway: GatewayProcess) -> None:
    with bound(gateway) as esme:
        esme.answering = lambda receipt: None
        sent = send(esme, 3)
        esme.receipts(3)
        esme.send(Unbind())
        assert esme.closed()
    with bound(gateway) as again:
        assert sorted(ids(again.receipts(3)), key=int) == sent


def test_a_receipt_that_is_answered_together_with_a_goodbye_comes_no_second_time(
    gateway: GatewayProcess,
) -> None:
    with bound(gateway) as esme:
        esme.answering = lambda receipt: None
        esme.submit()
        [receipt] = esme.receipts(1)
        out = bytearray()
        codec.encode(out, DeliverSmResp(receipt.sequence_number))
        codec.encode(out, Unbind(), 1000)
        esme.socket.sendall(out)
        assert esme.closed()
    until(lambda: mail(gateway.place) == 0, 20, "the receipt stays in the mailbox")


def test_one_receipt_is_of_all_the_parts(gateway: GatewayProcess) -> None:
    with bound(gateway) as esme:
        text = "Гонец " * 70
        payload = (tlvs.tlv(Tag.MESSAGE_PAYLOAD, text.encode("utf-16-be")),)
        esme.submit(data_coding=8, short_message=b"", tlvs=payload)
        [receipt] = esme.receipts(1)
        assert receipt.short_message.startswith(b"id:1001 sub:007 dlvrd:007 ")
        assert receipt.short_message.endswith(b" text:")
        assert tlvs.string(receipt.tlvs, Tag.RECEIPT_PRICE) == "7.0000"
        assert tlvs.number(receipt.tlvs, Tag.RECEIPT_PARTS) == 7
        esme.submit(destination_addr="79031239900")
        assert len(esme.receipts(2)) == 2


def test_receipts_survive_a_power_cut(tmp_path: Path, starting: Starting) -> None:
    place = prepare(tmp_path, logins=LOGINS, network=LATE)
    with running(place, starting) as gateway, bound(gateway) as esme:
        esme.answering = lambda receipt: None
        sent = send(esme, 60)
        esme.receipts(60)
        sent += send(esme, 40)
        until(lambda: parts(place, State.SENT) == 40, 20.0, "the messages are not sent")
        gateway.kill()
    with running(place, starting) as gateway, bound(gateway) as again:
        heard = again.receipts(100)
        assert set(ids(heard)) == set(sent)
        until(lambda: mail(place) == 0, 20.0, "the mailbox is not empty")


def test_what_was_answered_for_before_a_power_cut_comes_no_second_time(
    tmp_path: Path, starting: Starting
) -> None:
    place = prepare(tmp_path, logins=LOGINS)
    with running(place, starting) as gateway:
        with bound(gateway) as esme:
            first = send(esme, 30)
            esme.receipts(30)
            until(lambda: mail(place) == 0, 20.0, "the mailbox is not empty")
        with bound(gateway, kind=BindTransmitter) as esme:
            second = send(esme, 30)
        until(lambda: mail(place) == 30, 20.0, "the notices are not in the mailbox")
        gateway.kill()
    with running(place, starting) as gateway, bound(gateway, kind=BindTransceiver) as again:
        assert sorted(ids(again.receipts(30)), key=int) == second
        assert not set(first) & set(second)
