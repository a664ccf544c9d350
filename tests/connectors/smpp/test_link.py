"""A link to an upstream, whatever befalls it: every part is settled once, nothing twice, nothing in silence."""

import asyncio

import pytest

from gonets.connectors.smpp import Smpp, SmppSettings
from gonets.model.message import State
from gonets.model.reasons import PLATFORM_ERROR
from gonets.model.results import Deferred, Rejected, Returned, Sent, Uncertain
from gonets.wire.smpp.codes import Command, Status
from gonets.wire.smpp.pdu import (
    BindReceiver,
    BindTransceiver,
    BindTransmitter,
    DeliverSm,
    DeliverSmResp,
    GenericNack,
    SubmitSmResp,
    Tlv,
    Unbind,
)
from tests.clocks import TravelClock, settle
from tests.connectors.smpp.peer import Peer, Smsc, Wired, octets, part, until
from tests.contract.house import told

NOT_SENT = Returned()
PUT_OFF = Deferred(PLATFORM_ERROR, 0.0)


@told
async def test_a_part_is_sent_and_the_answer_brings_its_id() -> None:
    async with Wired() as wired:
        wired.link.send([part(1)])
        submit = await wired.peer.gets()
        assert (submit.source_addr, submit.destination_addr) == ("Gonets", "79161234567")
        assert (submit.short_message, submit.registered_delivery) == (b"Hello", 1)
        assert wired.link.window() == (1, 10)
        wired.peer.take(submit, "00AbC9")
        assert await wired.settled(1) == [Sent("00AbC9")]
        assert wired.link.window() == (0, 10)


@told
async def test_an_id_may_have_64_characters() -> None:
    async with Wired() as wired:
        wired.link.send([part(1)])
        wired.peer.take(await wired.peer.gets(), "f" * 64)
        assert await wired.settled(1) == [Sent("f" * 64)]


@told
async def test_the_bind_says_who_we_are() -> None:
    async with Wired(system_type="SMPP", addr_ton=1, addr_npi=1, address_range="^79") as wired:
        bind = wired.peer.bind
        assert isinstance(bind, BindTransceiver)
        assert (bind.system_id, bind.password, bind.system_type) == ("gonets", "secret", "SMPP")
        assert (bind.addr_ton, bind.addr_npi, bind.address_range) == (1, 1, "^79")


@told
async def test_a_pair_sends_through_its_transmitter_and_hears_through_its_receiver() -> None:
    async with Wired(bind="pair", lines=2) as wired:
        by_kind = {type(peer.bind): peer for peer in wired.smsc.peers}
        sending, hearing = by_kind[BindTransmitter], by_kind[BindReceiver]
        wired.link.send([part(1)])
        sending.take(await sending.gets(), "1")
        await wired.settled(1)
        hearing.report("1")
        assert isinstance(await hearing.hears(), DeliverSmResp)
        assert [receipt.state for receipt in wired.receipts()] == [State.DELIVERED]
        assert wired.link.room() == 10


# ---- how many, and through which


@told
async def test_the_room_is_what_is_left_of_all_windows() -> None:
    async with Wired(binds=3, window=4, lines=3) as wired:
        await until(lambda: wired.link.room() == 12)
        wired.link.send([part(number, f"7916000000{number}") for number in range(5)])
        assert wired.link.room() == 7
        assert wired.link.window() == (5, 12)


@told
async def test_parts_spread_over_the_binds_and_those_of_one_recipient_stay_together_in_order() -> None:
    async with Wired(binds=2, window=10, lines=2) as wired:
        await until(lambda: wired.link.room() == 20)
        wired.link.send([part(number, f"7916000000{number % 2}") for number in range(12)])
        first, second = wired.smsc.peers
        ways = {}
        for peer in (first, second):
            got = [await peer.gets() for _ in range(6)]
            recipients = {each.destination_addr for each in got}
            assert len(recipients) == 1
            ways[recipients.pop()] = [each.sequence_number for each in got]
        assert all(numbers == sorted(numbers) for numbers in ways.values())
        assert len(ways) == 2


@told
async def test_what_one_window_has_no_room_for_waits_its_turn() -> None:
    async with Wired(binds=2, window=2, lines=2) as wired:
        await until(lambda: wired.link.room() == 4)
        wired.link.send([part(number, text=str(number)) for number in range(4)])
        peer = await _busy(wired)
        one, two = await peer.gets(), await peer.gets()
        await settle()
        assert peer.submitted.empty()
        peer.take(two, "b")
        three = await peer.gets()
        assert [each.short_message for each in (one, two, three)] == [b"0", b"1", b"2"]


async def _busy(wired: Wired) -> Peer:
    """The connection that something came through."""
    await until(lambda: any(not peer.submitted.empty() for peer in wired.smsc.peers))
    return next(peer for peer in wired.smsc.peers if not peer.submitted.empty())


@told
async def test_a_rate_is_kept_and_no_more_is_taken_than_leaves_in_a_second() -> None:
    async with Wired(window=100, rate=10.0) as wired:
        assert wired.link.room() == 10
        wired.link.send([part(number, f"791600000{number:02}") for number in range(10)])
        await settle()
        assert wired.peer.submitted.qsize() == 1
        assert wired.link.room() == 1
        await wired.clock.advance(0.5)
        await until(lambda: wired.peer.submitted.qsize() in {5, 6})
        await wired.clock.advance(1.0)
        await until(lambda: wired.peer.submitted.qsize() == 10)


# ---- answers


@pytest.mark.parametrize(
    ("status", "result"),
    [
        (Status.ESME_RTHROTTLED, Deferred(220, 0.0)),
        (Status.ESME_RMSGQFUL, Deferred(220, 0.0)),
        (Status.ESME_RSYSERR, Deferred(PLATFORM_ERROR, 0.0)),
        (Status.ESME_RINVDSTADR, Rejected(1)),
        (Status.ESME_RINVSRCADR, Rejected(21)),
        (Status.ESME_RSUBMITFAIL, Rejected(PLATFORM_ERROR)),
        (0x4FF, Rejected(PLATFORM_ERROR)),
    ],
)
def test_an_answer_that_is_none_of_taking_it_defers_or_rejects(status: int, result: object) -> None:
    @told
    async def story() -> None:
        async with Wired() as wired:
            wired.link.send([part(1)])
            wired.peer.refuse(await wired.peer.gets(), status)
            assert await wired.settled(1) == [result]

    story()


@told
async def test_a_generic_nack_puts_the_part_off() -> None:
    async with Wired() as wired:
        wired.link.send([part(1)])
        submit = await wired.peer.gets()
        wired.peer.writes(octets(GenericNack(submit.sequence_number, Status.ESME_RINVCMDID)))
        assert await wired.settled(1) == [PUT_OFF]


@told
async def test_a_generic_nack_to_nothing_changes_nothing() -> None:
    async with Wired() as wired:
        wired.link.send([part(1)])
        submit = await wired.peer.gets()
        wired.peer.writes(octets(GenericNack(0, Status.ESME_RINVCMDID), GenericNack(999)))
        wired.peer.take(submit, "1")
        assert await wired.settled(1) == [Sent("1")]


@told
async def test_an_answer_that_cannot_be_read_leaves_the_part_uncertain() -> None:
    async with Wired() as wired:
        wired.link.send([part(1), part(2)])
        one, two = await wired.peer.gets(), await wired.peer.gets()
        broken = bytearray(octets(SubmitSmResp(one.sequence_number)))
        broken[16:] = b"y" * 80  # an id longer than any may be
        broken[0:4] = len(broken).to_bytes(4)
        wired.peer.writes(bytes(broken))
        wired.peer.take(two, "2")
        assert await wired.settled(1, 2) == [Uncertain(), Sent("2")]


@told
async def test_without_an_answer_in_time_a_part_is_uncertain_and_a_late_answer_still_counts() -> None:
    async with Wired(answer_timeout=5.0, enquire_after=100.0) as wired:
        wired.link.send([part(1), part(2)])
        one, _ = await wired.peer.gets(), await wired.peer.gets()
        await wired.clock.advance(4.0)
        assert wired.results() == {}
        await wired.clock.advance(2.0)
        assert await wired.settled(1, 2) == [Uncertain(), Uncertain()]
        assert wired.link.room() == 10
        wired.peer.take(one, "late")
        await until(lambda: len(wired.results()[1]) == 2)
        assert wired.results() == {1: [Uncertain(), Sent("late")], 2: [Uncertain()]}
        wired.peer.writes(octets(SubmitSmResp(one.sequence_number, message_id="again")))
        wired.link.send([part(3)])
        wired.peer.take(await wired.peer.gets(), "3")
        assert await wired.settled(3) == [Sent("3")]
        assert len(wired.results()[1]) == 2


@told
async def test_answers_may_come_in_any_order_and_in_halves() -> None:
    async with Wired() as wired:
        wired.link.send([part(number) for number in (1, 2, 3)])
        got = [await wired.peer.gets() for _ in range(3)]
        data = octets(*(SubmitSmResp(got[n].sequence_number, message_id=f"m{n}") for n in (2, 0, 1)))
        for start in range(0, len(data), 7):
            wired.peer.writes(data[start : start + 7])
            await settle()
        assert await wired.settled(1, 2, 3) == [Sent("m0"), Sent("m1"), Sent("m2")]


# ---- the connection


@told
async def test_parts_written_when_the_connection_breaks_are_uncertain_and_the_others_put_off() -> None:
    async with Wired(window=2) as wired:
        wired.link.send([part(1), part(2), part(3)])
        await wired.peer.gets()
        wired.peer.drop()
        assert await wired.settled(1, 2, 3) == [Uncertain(), Uncertain(), NOT_SENT]
        assert wired.link.room() == 0


@told
async def test_what_waits_when_its_session_ends_goes_to_another() -> None:
    async with Wired(binds=2, window=2, lines=2) as wired:
        await until(lambda: wired.link.room() == 4)
        wired.link.send([part(number) for number in range(4)])
        busy = await _busy(wired)
        [other] = [each for each in wired.smsc.peers if each is not busy]
        await busy.gets()
        busy.drop()
        assert await wired.settled(0, 1) == [Uncertain(), Uncertain()]
        for number in (2, 3):
            other.take(await other.gets(), str(number))
        assert await wired.settled(2, 3) == [Sent("2"), Sent("3")]


@told
async def test_a_link_that_is_down_puts_off_what_it_is_given() -> None:
    async with Wired(bound=False) as wired:
        wired.link.send([part(1)])
        assert await wired.settled(1) == [NOT_SENT]


@told
async def test_a_broken_link_is_opened_again_after_a_second_and_goes_on() -> None:
    async with Wired() as wired:
        wired.peer.drop()
        await until(lambda: wired.link.window()[1] == 0)
        await wired.clock.advance(1.5)
        peer = await wired.up(2)
        wired.link.send([part(1)])
        peer.take(await peer.gets(), "1")
        assert await wired.settled(1) == [Sent("1")]


@told
async def test_where_nobody_listens_it_is_tried_until_somebody_does() -> None:
    smsc = Smsc()
    async with smsc:
        port = smsc.port
    clock = TravelClock()
    link = Smpp("alpha", SmppSettings(host="127.0.0.1", port=port), clock, lambda: 0.0)
    await link.start()
    await until(lambda: clock.sleepers > 1)  # its timers, and the line that waits to try again
    assert link.room() == 0
    smsc = Smsc()
    smsc.port = port
    async with smsc:
        await clock.advance(1.0)
        await smsc.connected()
        await until(lambda: link.room() == 10)
        await link.close()


@pytest.mark.parametrize("status", [Status.ESME_RINVPASWD, Status.ESME_RALYBND, 0x401])
def test_a_bind_that_is_refused_is_tried_again(status: int) -> None:
    @told
    async def story() -> None:
        smsc = Smsc()
        smsc.bind_status = status
        async with Wired(smsc, bound=False) as wired:
            [peer] = await smsc.connected()
            await peer.ends()
            assert wired.link.room() == 0
            smsc.bind_status = Status.ESME_ROK
            await settle()
            await wired.clock.advance(1.0)
            await wired.up(2)

    story()


@told
async def test_a_bind_that_is_not_answered_is_given_up_and_tried_again() -> None:
    smsc = Smsc()
    smsc.bind_status = -1
    async with Wired(smsc, bound=False, connect_timeout=3.0) as wired:
        [peer] = await smsc.connected()
        await wired.clock.advance(3.5)
        await peer.ends()
        smsc.bind_status = Status.ESME_ROK
        await settle()
        await wired.clock.advance(1.0)
        await wired.up(2)


@pytest.mark.parametrize("said", [octets(GenericNack(1, 3)), b"HTTP/1.1 400 Bad Request\r\n\r\n"])
def test_a_bind_answered_by_generic_nack_or_with_rubbish_is_tried_again(said: bytes) -> None:
    @told
    async def story() -> None:
        smsc = Smsc()
        smsc.bind_status = -1
        async with Wired(smsc, bound=False) as wired:
            [peer] = await smsc.connected()
            smsc.bind_status = Status.ESME_ROK
            peer.writes(said)
            await peer.ends()
            await settle()
            await wired.clock.advance(1.0)
            await wired.up(2)

    story()


@told
async def test_rubbish_ends_the_connection_and_what_was_written_is_uncertain() -> None:
    async with Wired() as wired:
        wired.link.send([part(1)])
        await wired.peer.gets()
        wired.peer.writes(b"\x00\x00\x00\x05rubbish")
        assert await wired.settled(1) == [Uncertain()]
        await wired.peer.ends()


@told
async def test_an_upstream_that_says_goodbye_still_answers_what_it_has() -> None:
    async with Wired() as wired:
        wired.link.send([part(1)])
        submit = await wired.peer.gets()
        wired.peer.writes(octets(SubmitSmResp(submit.sequence_number, message_id="1"), Unbind(77)))
        assert await wired.settled(1) == [Sent("1")]
        await until(lambda: wired.link.room() == 0)


@told
async def test_a_silent_upstream_is_asked_and_then_left() -> None:
    async with Wired(enquire_after=10.0, answer_timeout=5.0) as wired:
        peer = wired.peer
        peer.data_received = lambda data: None  # type: ignore[method-assign]
        await wired.clock.advance(14.0)
        assert not peer.ended.done()
        await wired.clock.advance(1.5)
        await peer.ends()
        await until(lambda: wired.link.room() == 0)


@told
async def test_closing_says_goodbye_puts_off_what_waits_and_doubts_what_was_not_answered() -> None:
    wired = Wired(window=1)
    async with wired:
        wired.link.send([part(1), part(2)])
        await wired.peer.gets()
    assert wired.results() == {1: [Uncertain()], 2: [NOT_SENT]}
    assert wired.link.room() == 0
    assert await wired.link.hear() == []


# ---- receipts and what phones send


@told
async def test_a_receipt_is_answered_only_when_it_is_durable() -> None:
    async with Wired() as wired:
        wired.acknowledges = False
        wired.peer.report("1")
        await until(wired.receipts)
        await settle()
        assert wired.peer.answered.empty()
        wired.link.acknowledge(wired.heard)
        answer = await wired.peer.hears()
        assert (answer.command_id, answer.command_status) == (Command.DELIVER_SM_RESP, Status.ESME_ROK)
        wired.link.acknowledge(wired.heard)
        await settle()
        assert wired.peer.answered.empty()


@told
async def test_what_cannot_be_written_is_left_to_the_upstream_for_the_moment() -> None:
    async with Wired() as wired:
        wired.acknowledges = False
        wired.peer.report("1")
        await until(wired.receipts)
        wired.link.refuse(wired.heard)
        assert (await wired.peer.hears()).command_status == Status.ESME_RX_T_APPN


@told
async def test_a_receipt_whose_connection_is_gone_may_be_acknowledged_all_the_same() -> None:
    async with Wired() as wired:
        wired.acknowledges = False
        wired.peer.report("1")
        await until(wired.receipts)
        wired.peer.drop()
        await until(lambda: wired.link.window()[1] == 0)
        wired.link.acknowledge(wired.heard)


@pytest.mark.parametrize("stat", ["ENROUTE", "BUFFERED", "", "NONSENSE"])
def test_what_is_no_news_is_answered_at_once(stat: str) -> None:
    @told
    async def story() -> None:
        async with Wired() as wired:
            wired.acknowledges = False
            wired.peer.report("1", stat)
            assert (await wired.peer.hears()).command_status == Status.ESME_ROK
            assert wired.heard == []

    story()


@told
async def test_a_receipt_with_unknown_tlvs_is_read() -> None:
    async with Wired() as wired:
        wired.peer.report("1", tlvs=(Tlv(0x1500, b"\x01\x02"), Tlv(0x3FFF, b"")))
        assert (await wired.peer.hears()).command_status == Status.ESME_ROK
        assert [(each.remote_id, each.error) for each in wired.receipts()] == [("1", 6)]


@told
async def test_a_message_from_a_phone_is_told_and_answered_when_it_is_durable() -> None:
    async with Wired() as wired:
        wired.peer.deliver(
            DeliverSm(
                source_addr="79031234567",
                destination_addr="4242",
                data_coding=8,
                short_message="Привет".encode("utf-16-be"),
            )
        )
        await wired.peer.hears()
        [said] = wired.inbound()
        assert (said.sender, said.recipient, said.text, said.binary) == (
            "79031234567",
            "4242",
            "Привет",
            False,
        )


@told
async def test_many_receipts_are_answered_in_one_write() -> None:
    async with Wired() as wired:
        for number in range(100):
            wired.peer.report(str(number))
        answered = [await wired.peer.hears() for _ in range(100)]
        assert {answer.command_status for answer in answered} == {0}
        assert len(wired.receipts()) == 100


@told
async def test_closing_waits_for_what_was_heard_to_be_written() -> None:
    wired = Wired()
    async with wired:
        peer = wired.peer
        wired.acknowledges = False
        peer.report("1")
        await until(wired.receipts)
        closing = asyncio.create_task(wired.link.close())
        await settle()
        wired.link.acknowledge(wired.heard)
        await closing
        assert (await peer.hears()).command_status == Status.ESME_ROK
