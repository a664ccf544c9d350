"""Whatever is sent to OsonSMS, there is an answer and it is the JSON of the dialect."""

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from gonets.model.calls import Balance, Call, Query, Submit
from gonets.model.message import MessageId, Status
from gonets.model.money import Millionths
from gonets.model.reasons import Reason
from gonets.model.results import Accepted, Found, Funds, Outcome, Refused
from gonets.wire.http import Request
from tests.clocks import START
from tests.protocols.osonsms.recorded import BALANCE, MESSAGE, QUERIES, QUERY, SEND, oson

NAMES = [name.encode() for name in (*MESSAGE, "msg_id")]
VALUES = [b"", b"oson", b"1001", b"%FF", b"%00", b"992900000009", b"%ED%A0%80", b"9" * 30]

names = st.sampled_from(NAMES) | st.binary(max_size=8)
values = st.sampled_from(VALUES) | st.binary(max_size=12)
parameters = st.builds(lambda name, value: name + b"=" + value, names, values)
complete = st.lists(values, min_size=len(NAMES), max_size=len(NAMES)).map(
    lambda given: b"&".join(name + b"=" + value for name, value in zip(NAMES, given, strict=True))
)
payloads = complete | st.lists(parameters, max_size=12).map(b"&".join) | st.binary(max_size=60)
requests = st.builds(
    Request,
    method=st.sampled_from(["GET", "POST", "HEAD"]),
    path=st.sampled_from([SEND, QUERY, QUERIES, BALANCE, "//sendsms_v1.php"]) | st.text(max_size=20),
    query=payloads,
    content_type=st.sampled_from(["", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"])
    | st.text(max_size=10),
    body=payloads,
    authorization=st.sampled_from(["Bearer x", "Bearer \xff", "bearer"]) | st.text(max_size=12),
)


def outcome_of(call: Call) -> Outcome:
    """What it comes to where nothing is in its way."""
    match call.what:
        case Submit((item,)):
            return (item if isinstance(item, Refused) else Accepted(MessageId(2**40), 255),)
        case Query((message,)):
            if message is None:
                return (Refused(Reason.UNKNOWN_MESSAGE),)
            return (Found(message, Status.FAILED, START),)
        case Balance():
            return Funds(Millionths(-(2**60)), Millionths(0), "TJS")
        case _:
            raise AssertionError("OsonSMS asks for nothing else")


@given(requests, st.none() | st.builds(Refused, st.sampled_from(Reason), st.text(), st.booleans()))
def test_anything_sent_is_answered_with_one_object(request: Request, refused: Refused | None) -> None:
    server = oson()
    read = server.parse(request)
    if isinstance(read, Refused):
        reply = server.render(request, None, read)
    else:
        reply = server.render(request, read, refused or outcome_of(read))
    assert reply.content_type == "application/json"
    assert not reply.body.endswith(b"\n")
    answer = msgspec.json.decode(reply.body, type=dict[str, object])
    if reply.status >= 400:
        assert list(answer) == ["error"]
        error = answer["error"]
        assert isinstance(error, dict)
        assert list(error) == ["code", "msg", "timestamp"]
        assert isinstance(error["code"], int)
    else:
        assert "timestamp" in answer


@given(st.binary(max_size=300))
def test_no_octets_are_too_strange_for_a_query_or_a_body(octets: bytes) -> None:
    for path in (SEND, QUERY, QUERIES, BALANCE):
        oson().parse(Request("POST", path, octets, "", octets))
