"""What a message PDU carries, and which part of a longer message it is."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gonets.wire import udh
from gonets.wire.smpp import segments, tlvs
from gonets.wire.smpp.codes import ESM_UDHI, Status, Tag
from gonets.wire.smpp.pdu import DataSm, DeliverSm, ReplaceSm, SubmitMulti, SubmitSm, Tlv
from gonets.wire.smpp.segments import Message, Segment, Unfit
from gonets.wire.udh import Concatenation, Element, Header
from tests.wire.smpp.pdus import any_size

SECOND = Concatenation(0x0102, 3, 2, wide=True)
HEAD = Header((udh.concatenated(Concatenation(7, 2, 1)),))


def payload(octets: bytes) -> tuple[Tlv, ...]:
    return (tlvs.tlv(Tag.MESSAGE_PAYLOAD, octets),)


@pytest.mark.parametrize("kind", [SubmitSm, DeliverSm, SubmitMulti, ReplaceSm])
def test_the_octets_stand_in_either_place(kind: type[SubmitSm]) -> None:
    assert segments.user_data(kind(short_message=b"abc")) == b"abc"
    assert segments.user_data(kind(tlvs=payload(b"abc"))) == b"abc"
    assert segments.user_data(kind(short_message=b"abc", tlvs=payload(b""))) == b"abc"
    assert segments.user_data(kind()) == b""


def test_data_sm_has_only_one_place() -> None:
    assert segments.user_data(DataSm(tlvs=payload(b"abc"))) == b"abc"
    assert segments.user_data(DataSm()) == b""


def test_octets_in_both_places_are_refused() -> None:
    found = segments.segment(SubmitSm(short_message=b"a", tlvs=payload(b"b")))
    assert isinstance(found, Unfit)
    assert found.command_status == Status.ESME_ROPTPARNOTALLWD


@pytest.mark.parametrize(
    ("message", "segment"),
    [
        (SubmitSm(short_message=b"abc"), Segment(b"abc")),
        (SubmitSm(short_message=b"abc", tlvs=segments.to_sar(SECOND)), Segment(b"abc", None, SECOND)),
        (
            SubmitSm(esm_class=ESM_UDHI, short_message=HEAD.octets() + b"abc"),
            Segment(b"abc", HEAD, Concatenation(7, 2, 1)),
        ),
        (
            DataSm(esm_class=0x43, tlvs=payload(HEAD.octets() + b"abc")),
            Segment(b"abc", HEAD, Concatenation(7, 2, 1)),
        ),
        (
            # A header counts where both are there.
            DeliverSm(esm_class=ESM_UDHI, short_message=HEAD.octets(), tlvs=segments.to_sar(SECOND)),
            Segment(b"", HEAD, Concatenation(7, 2, 1)),
        ),
        (
            SubmitSm(esm_class=ESM_UDHI, short_message=b"\x03\x24\x01\x01abc", tlvs=segments.to_sar(SECOND)),
            Segment(b"abc", Header((Element(0x24, b"\x01"),)), SECOND),
        ),
        (SubmitSm(short_message=HEAD.octets()), Segment(HEAD.octets())),
    ],
)
def test_a_message_is_taken_apart(message: Message, segment: Segment) -> None:
    assert segments.segment(message) == segment


def test_a_header_that_is_promised_and_not_there_is_refused() -> None:
    found = segments.segment(SubmitSm(esm_class=ESM_UDHI, short_message=b"\x09abc"))
    assert found == Unfit(
        Status.ESME_RINVESMCLASS,
        "esm_class says that there is a header, and the header runs 6 octets too far",
    )


@pytest.mark.parametrize("missing", [0, 1, 2])
def test_sar_parameters_come_all_or_none(missing: int) -> None:
    given = segments.to_sar(SECOND)
    left = given[:missing] + given[missing + 1 :]
    found = segments.from_sar(left)
    assert isinstance(found, Unfit)
    assert found.command_status == Status.ESME_RMISSINGOPTPARAM
    assert segments.from_sar(()) is None
    assert segments.from_sar((Tlv(Tag.SOURCE_PORT, b"\0\1"),)) is None


@pytest.mark.parametrize(("total", "number"), [(3, 4), (3, 0), (0, 0)])
def test_a_segment_that_cannot_be_is_refused(total: int, number: int) -> None:
    given = (
        tlvs.tlv(Tag.SAR_MSG_REF_NUM, 1),
        tlvs.tlv(Tag.SAR_TOTAL_SEGMENTS, total),
        tlvs.tlv(Tag.SAR_SEGMENT_SEQNUM, number),
    )
    found = segments.segment(SubmitSm(tlvs=given))
    assert found == Unfit(Status.ESME_RINVOPTPARAMVAL, f"there is no segment {number} of {total}")


@given(st.integers(0, 0xFFFF), st.integers(1, 255), st.data())
def test_sar_parameters_and_a_wide_header_come_to_the_same(
    reference: int, total: int, data: st.DataObject
) -> None:
    which = Concatenation(reference, total, data.draw(st.integers(1, total)), wide=True)
    assert segments.from_sar(segments.to_sar(which)) == which
    assert Header((udh.concatenated(which),)).concatenation() == which


def test_a_part_that_cannot_be_is_not_written() -> None:
    with pytest.raises(ValueError, match="cannot be"):
        segments.to_sar(Concatenation(1, 2, 3))


@given(st.integers(0, 255), st.binary(max_size=20), st.lists(any_size, max_size=4).map(tuple))
def test_any_message_has_a_segment_or_an_answer(
    esm_class: int, octets: bytes, given_: tuple[Tlv, ...]
) -> None:
    match segments.segment(SubmitSm(esm_class=esm_class, short_message=octets, tlvs=given_)):
        case Segment(_, _, which):
            assert which is None or which.holds()
        case Unfit(status, detail):
            assert status
            assert detail
