"""Whatever a client puts into a message, it is a submission or a refusal, and the answer can be written."""

from hypothesis import given
from hypothesis import strategies as st

from gonets.model.calls import Submission
from gonets.model.message import AccountId, Channel, Encoding, MessageId, State
from gonets.model.money import Millionths
from gonets.model.reasons import Reason
from gonets.model.results import Accepted, Lookup, Refused
from gonets.ports.stores import Notice
from gonets.protocols.smsc.receipts import receipt_of
from gonets.protocols.smsc.server import SmppServing
from gonets.wire import gsm7
from gonets.wire.smpp import codec
from gonets.wire.smpp.codes import Tag
from gonets.wire.smpp.pdu import BindTransceiver, DataSm, SmeAddress, SubmitMulti, SubmitSm, Tlv
from tests.protocols.smsc.asked import NOW

SERVING = SmppServing(lambda login, protocols: login)
TEXTS = [
    "__MMS__: a\nsubj:b",
    "__MAIL__: to:a@b.example\nHi",
    "__CALL__: x\nvoice:w\n~~~\n",
    "__HLR__",
    "a\n~~~\nb",
]

octet = st.integers(0, 255)
latin = st.text(st.characters(max_codepoint=0xFF, exclude_characters="\0"), max_size=20)
times = st.sampled_from(["", "000000000500000R", "990000000000000R", "269902100000000+", "260302093000048-"])
texts = (
    st.binary(max_size=200)
    | st.sampled_from(TEXTS).map(str.encode)
    | st.sampled_from(TEXTS).map(gsm7.encode)
    | st.sampled_from(TEXTS).map(lambda text: text.encode("utf-16-be"))
    | st.builds(bytes.__add__, st.just(bytes.fromhex("050003070201")), st.sampled_from(TEXTS).map(str.encode))
)
tags = st.sampled_from(
    [Tag.MESSAGE_PAYLOAD, Tag.DESTINATION_EMAIL, Tag.SAR_MSG_REF_NUM, Tag.SAR_TOTAL_SEGMENTS]
)
given_tlvs = st.lists(st.builds(Tlv, tags | st.integers(0, 0xFFFF), texts), max_size=3).map(tuple)
handling = {
    "esm_class": octet | st.sampled_from([0, 0x40]),
    "priority_flag": octet | st.just(0),
    "schedule_delivery_time": times | latin.map(lambda text: text[:16]),
    "validity_period": times | latin.map(lambda text: text[:16]),
    "registered_delivery": octet,
    "replace_if_present_flag": st.sampled_from([0, 0, 1]),
    "data_coding": octet | st.sampled_from([0, 4, 8]),
    "sm_default_msg_id": octet | st.just(0),
    "short_message": texts,
    "tlvs": given_tlvs,
}
requests = (
    st.builds(SubmitSm, source_addr=latin, destination_addr=latin, **handling)
    | st.builds(
        SubmitMulti,
        source_addr=latin,
        dest_address=st.lists(st.builds(SmeAddress, octet, octet, latin), min_size=1, max_size=3).map(tuple),
        **handling,
    )
    | st.builds(
        DataSm,
        source_addr=latin,
        destination_addr=latin,
        esm_class=octet,
        registered_delivery=octet,
        data_coding=octet,
        tlvs=given_tlvs,
    )
)


@given(
    requests,
    st.sampled_from(["smsc", "smpp", "smsclub"]),
    st.sampled_from(["", "ISO"]),
    st.none() | st.sampled_from(Reason),
)
def test_any_message_is_read_or_refused_and_answered(
    request: SubmitSm | SubmitMulti | DataSm, protocol: str, system_type: str, reason: Reason | None
) -> None:
    bind = BindTransceiver(system_id=protocol, system_type=system_type)
    talk = SERVING.conversation(SERVING.login(bind, "", protocol), bind)
    items = talk.read(request, NOW)
    assert items
    results = [
        item if isinstance(item, Refused) else Refused(reason) if reason else Accepted(MessageId(number), 1)
        for number, item in enumerate(items, 1)
    ]
    out = bytearray()
    codec.encode(out, SERVING.answer(request, results))
    answer = codec.decode(bytes(out))
    assert (answer.command_status == 0) is any(isinstance(result, Accepted) for result in results)
    for item in items:
        if isinstance(item, Submission):
            assert item.channel in Channel
            assert item.user_data is None or item.channel is Channel.SMS


words = st.text(max_size=30)
numbers = st.integers(0, 2**62)


@given(
    st.builds(
        Notice,
        id=numbers,
        account=st.just(AccountId(1)),
        message=numbers.map(MessageId),
        state=st.sampled_from(State),
        error=st.integers(-5, 70_000),
        at=st.integers(0, 2**51),
        created_at=st.just(0),
        sender=latin.map(lambda text: text[:15]),
        recipient=st.from_regex(r"\A[0-9]{8,15}\Z") | st.from_regex(r"\A[a-z]{1,60}@[a-z]{1,9}\.example\Z"),
        accepted_at=st.integers(0, 2**51),
        text=words,
        parts=st.integers(1, 255),
        price=st.integers(0, 10**12).map(Millionths),
        channel=st.sampled_from(Channel),
        encoding=st.sampled_from(Encoding),
        flash=st.booleans(),
        lookup=st.none() | st.builds(Lookup, *[words] * 8),
    )
)
def test_every_notice_can_be_delivered(notice: Notice) -> None:
    codec.encode(bytearray(), receipt_of(notice, NOW.tzinfo))  # type: ignore[arg-type]
