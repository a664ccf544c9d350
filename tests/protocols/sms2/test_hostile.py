"""Whatever is sent to SMS2's scripts, there is an answer, and it is one of the document's."""

import asyncio
import re
from collections.abc import AsyncIterator, Sequence
from typing import assert_never

from hypothesis import given
from hypothesis import strategies as st

from gonets.model.calls import (
    AddPhones,
    Balance,
    BaseCall,
    Call,
    HasPhone,
    ListBases,
    Query,
    ReadBase,
    RemovePhone,
    StartCampaign,
    Submission,
    Submit,
)
from gonets.model.message import CampaignId, MessageId, Status
from gonets.model.money import Millionths
from gonets.model.reasons import Reason
from gonets.model.results import (
    Accepted,
    BaseFault,
    BaseLine,
    BaseOutcome,
    BaseRefused,
    BasesListed,
    CampaignStarted,
    Found,
    Funds,
    Outcome,
    PhoneHeld,
    PhoneRemoved,
    PhonesAdded,
    PhonesListed,
    Refused,
)
from gonets.protocols.sms2.bases import _FUNCTIONS
from gonets.wire.http import Request
from tests.clocks import START
from tests.protocols.sms2.recorded import PNG, sms2

SCRIPTS = ["/sms.cgi", "/sms_status2.cgi", "/get_credit_info.cgi", "/api_call.cgi", "/api.php"]
NAMES = [
    b"user",
    b"login",
    b"pass",
    b"hash",
    b"phone",
    b"message",
    b"from",
    b"flash",
    b"enc",
    b"send_at",
    b"start_at",
    b"mess_id",
    b"function",
    b"base",
    b"bases",
    b"phones",
    b"subject",
    b"text",
    b"picture",
]
VALUES = [
    b"utf-8",
    b"1",
    b"79119876543",
    b"modern",
    b"2026-07-01+09:30",
    b"0001-01-01 00:00",
    b"9999-12-31 23:59",
    b"%98",
    b"%00",
    b"Demo,Protected",
    PNG,
    *_FUNCTIONS,
]

names = st.sampled_from(NAMES) | st.binary(max_size=6)
values = st.sampled_from(VALUES) | st.binary(max_size=12)
payloads = st.lists(st.builds(lambda name, value: name + b"=" + value, names, values), max_size=12).map(
    b"&".join
) | st.binary(max_size=60)
parts = st.lists(
    st.builds(
        lambda name, value: b'--x\r\nContent-Disposition: form-data; name="%b"\r\n\r\n%b\r\n' % (name, value),
        names,
        values,
    ),
    max_size=8,
).map(lambda each: b"".join(each) + b"--x--\r\n")
requests = st.builds(
    Request,
    method=st.sampled_from(["GET", "POST"]),
    path=st.sampled_from(SCRIPTS) | st.text(max_size=12),
    query=payloads,
    content_type=st.sampled_from(
        [
            "",
            "application/x-www-form-urlencoded",
            "multipart/form-data; boundary=x",
            "multipart/form-data",
            "text/xml",
        ]
    )
    | st.text(max_size=10),
    body=payloads | parts | st.binary(max_size=60),
)

ANSWER = re.compile(
    rb"Message successfully sent! Message_ID=1|Ok_1|Status: (unknown|delivered|not_delivered)"
    rb"|Balance: 1\.00; Overdraft: -2\.00|Error: [a-z' ]+|Success|Yes|No|79119876543\n79119876544"
    rb"|\[\{\"base_name\": \"[ -~]*\", \"id\": \"7\", \"phones_total\": \"3\"\}\]"
    rb"|\{\"success\"(=>| ?: )[0-9]+, \"errors\"(=>| ?: )\[[ -~]*\]\}"
)


async def _batches() -> AsyncIterator[Sequence[int]]:
    yield [79119876543]
    yield [79119876544]


def outcome_of(call: Call, reason: Reason | None, fault: BaseFault | None) -> Outcome:
    """What was asked for, or the reason or fault in its place."""
    match call.what:
        case Submit((Refused() as item,)):
            return (item,)
        case Submit((Submission(),)):
            return (Refused(reason),) if reason else (Accepted(MessageId(1), 1),)
        case Submit():
            raise AssertionError("a request is one message")
        case Query():
            return (Refused(reason),) if reason else (Found(MessageId(1), Status.FAILED, START),)
        case Balance():
            return Funds(Millionths(1_000_000), Millionths(2_000_000), "RUB")
        case _:
            refused = BaseRefused(fault) if fault else reason and Refused(reason)
            return refused or of_bases(call.what)
    assert_never(call.what)


def of_bases(what: BaseCall) -> BaseOutcome:
    """What was asked for."""
    match what:
        case ListBases():
            return BasesListed((BaseLine(7, 'Ж"\0\ud83d', 3),))
        case ReadBase():
            return PhonesListed(_batches())
        case AddPhones(_, phones):
            return PhonesAdded(0, phones)
        case HasPhone():
            return PhoneHeld(True)
        case RemovePhone():
            return PhoneRemoved()
        case StartCampaign():
            return CampaignStarted(CampaignId(7))
    assert_never(what)


async def whole(body: bytes, rest: AsyncIterator[bytes] | None) -> bytes:
    if rest is not None:
        async for piece in rest:
            body += piece
    return body


@given(
    requests,
    st.none() | st.sampled_from(Reason),
    st.none() | st.sampled_from(Reason),
    st.none() | st.sampled_from(BaseFault),
)
def test_anything_sent_is_answered_in_the_documents_words(
    request: Request, refused: Reason | None, reason: Reason | None, fault: BaseFault | None
) -> None:
    server = sms2()
    read = server.parse(request)
    if isinstance(read, Refused):
        reply = server.render(request, None, read)
    else:
        outcome = Refused(refused) if refused else outcome_of(read, reason, fault)
        reply = server.render(request, read, outcome)
    assert reply.content_type == "text/plain"
    assert reply.status in {200, 429, 500}
    assert ANSWER.fullmatch(asyncio.run(whole(reply.body, reply.rest)))


@given(st.sampled_from(SCRIPTS), st.binary(max_size=300))
def test_no_octets_are_too_strange_for_a_query_or_a_body(path: str, octets: bytes) -> None:
    server = sms2()
    for kind in ("", "multipart/form-data; boundary=x"):
        server.parse(Request("POST", path, octets, kind, octets))
