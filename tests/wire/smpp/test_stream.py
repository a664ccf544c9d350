"""Octets to PDUs: need more, this one is bad, the stream is lost."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gonets.wire.smpp.codec import encode
from gonets.wire.smpp.codes import Command, Status
from gonets.wire.smpp.pdu import EnquireLink, Pdu, SubmitSm, SubmitSmResp, Unbind
from gonets.wire.smpp.stream import Bad, Lost, Read, Stream
from tests.conftest import SCALE
from tests.wire.smpp.pdus import pdus

ENQUIRE = bytes.fromhex("00000010 00000015 00000000 00000001")
UNKNOWN = bytes.fromhex("00000012 00000099 00000000 00000007 abcd")
CUT = bytes.fromhex("00000013 00000004 00000000 00000008 000101")


def octets(*given: Pdu) -> bytes:
    out = bytearray()
    for each in given:
        encode(out, each)
    return bytes(out)


def whole(data: bytes) -> list[Read]:
    return Stream().feed(data)


def one_by_one(data: bytes) -> list[Read]:
    stream = Stream()
    return [found for place in range(len(data)) for found in stream.feed(data[place : place + 1])]


def test_nothing_is_said_until_a_pdu_is_whole() -> None:
    stream = Stream()
    for cut in range(16):
        assert stream.feed(ENQUIRE[cut : cut + 1]) == ([EnquireLink(1)] if cut == 15 else [])
    assert len(stream) == 0


def test_all_that_is_whole_is_said_and_the_tail_is_held() -> None:
    stream = Stream()
    data = octets(EnquireLink(1), SubmitSm(2, short_message=b"x"), Unbind(3))
    assert stream.feed(data + ENQUIRE[:9]) == [EnquireLink(1), SubmitSm(2, short_message=b"x"), Unbind(3)]
    assert len(stream) == 9
    assert stream.feed(ENQUIRE[9:]) == [EnquireLink(1)]


def test_a_bad_pdu_says_what_to_answer_and_the_next_one_is_read() -> None:
    assert whole(UNKNOWN + ENQUIRE + CUT + ENQUIRE) == [
        Bad(0x99, 7, Status.ESME_RINVCMDID, "there is no command 0x00000099"),
        EnquireLink(1),
        Bad(Command.SUBMIT_SM, 8, Status.ESME_RINVCMDLEN, "source_addr has no end"),
        EnquireLink(1),
    ]


@pytest.mark.parametrize("length", [0, 1, 15, 64 * 1024 + 1, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF])
def test_a_length_that_cannot_be_loses_the_stream(length: int) -> None:
    broken = length.to_bytes(4)
    for data in (broken, broken + bytes(12), broken + ENQUIRE * 3):
        assert whole(ENQUIRE + data) == [EnquireLink(1), Lost(length)]
        assert one_by_one(ENQUIRE + data) == [EnquireLink(1), Lost(length)]


def test_after_it_is_lost_nothing_is_read_or_held() -> None:
    stream = Stream()
    stream.feed(bytes(4))
    assert stream.feed(ENQUIRE) == []
    assert len(stream) == 0


@pytest.mark.parametrize("length", [16, 17, 64 * 1024])
def test_the_shortest_and_the_longest_are_read(length: int) -> None:
    data = length.to_bytes(4) + ENQUIRE[4:] + bytes(length - 16)
    [found] = whole(data)
    assert isinstance(found, EnquireLink if length in {16, 64 * 1024} else Bad)


def test_the_longest_pdu_byte_by_byte_is_held_once() -> None:
    data = (64 * 1024).to_bytes(4) + UNKNOWN[4:16] + bytes(64 * 1024 - 16)
    stream = Stream()
    most = 0
    found: list[Read] = []
    for place in range(len(data)):
        found += stream.feed(data[place : place + 1])
        most = max(most, len(stream))
    assert most == 64 * 1024 - 1
    assert found == [Bad(0x99, 7, Status.ESME_RINVCMDID, "there is no command 0x00000099")]


def test_a_response_with_an_id_that_is_too_long_is_bad() -> None:
    body = b"x" * 65 + b"\0"
    data = (16 + len(body)).to_bytes(4) + (0x80000004).to_bytes(4) + bytes(4) + (5).to_bytes(4) + body
    [found] = whole(data)
    assert found == Bad(
        Command.SUBMIT_SM_RESP, 5, Status.ESME_RINVMSGID, "message_id is longer than 64 characters"
    )


@given(st.lists(pdus, max_size=5), st.data())
def test_however_the_octets_are_cut_the_outcomes_are_the_same(given_: list[Pdu], data: st.DataObject) -> None:
    wire = octets(*given_)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(wire)), max_size=6)))
    stream = Stream()
    found = [
        each
        for start, stop in zip([0, *cuts], [*cuts, len(wire)], strict=True)
        for each in stream.feed(wire[start:stop])
    ]
    assert found == whole(wire) == one_by_one(wire) == given_
    assert len(stream) == 0


@given(st.lists(pdus, min_size=1, max_size=3), st.data())
def test_whatever_is_changed_on_the_way_every_octet_has_an_outcome(
    given_: list[Pdu], data: st.DataObject
) -> None:
    wire = bytearray(octets(*given_))
    for _ in range(data.draw(st.integers(1, 4))):
        place = data.draw(st.integers(0, len(wire) - 1))
        match data.draw(st.sampled_from(["set", "drop", "add"])):
            case "set":
                wire[place] = data.draw(st.integers(0, 255))
            case "drop":
                del wire[place : place + data.draw(st.integers(1, 8))]
            case _:
                wire[place:place] = data.draw(st.binary(max_size=8))
        if not wire:
            break
    stream = Stream()
    found = stream.feed(bytes(wire))
    assert found == one_by_one(bytes(wire))
    assert [each for each in found[:-1] if isinstance(each, Lost)] == []
    assert len(stream) <= 64 * 1024
    for each in found:
        if isinstance(each, Bad):
            assert each.command_status in set(Status) - {Status.ESME_ROK}
            assert each.detail
        elif isinstance(each, Pdu):
            out = bytearray()
            encode(out, each)
            assert whole(bytes(out)) == [each]


def test_random_octets_never_raise_and_are_never_kept() -> None:
    # A generator of our own: no shrinking is wanted, and it is much faster than hypothesis.
    state = 0x2545F491
    stream = Stream()
    for _ in range(round(400_000 * SCALE)):
        state ^= state << 13 & 0xFFFFFFFF
        state ^= state >> 17
        state ^= state << 5 & 0xFFFFFFFF
        length = 16 + state % 90
        body = (state * 0x9E3779B97F4A7C15 % 2**640).to_bytes(80) * 2
        command = (0, 3, 4, 5, 9, 0x15, 0x21, 0x103, 0x102)[state >> 8 & 7] | state >> 16 & 0x80000000
        wire = length.to_bytes(4) + command.to_bytes(4) + body[: length - 8]
        assert len(stream.feed(wire)) == 1
        assert len(stream) == 0


def test_one_answer_in_a_batch_of_many_is_not_lost() -> None:
    given = [SubmitSmResp(number, message_id=str(number)) for number in range(1, 1001)]
    assert whole(octets(*given)) == given
