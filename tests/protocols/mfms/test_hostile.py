"""Whatever is sent to MFMS HPG, there is an answer and it is well formed."""

from hypothesis import given
from hypothesis import strategies as st

from gonets.model.calls import Call, Query, Submit
from gonets.model.message import MessageId, Status
from gonets.model.reasons import Reason
from gonets.model.results import Accepted, Found, Outcome, Refused
from gonets.wire.http import Request
from tests.clocks import START
from tests.protocols.mfms.recorded import hpg

NAMES = [b"subject", b"address", b"text", b"priority", b"startTime", b"validityPeriodMinutes", b"clientId"]
VALUES = [
    b"low",
    b"2030.01.01+00:00:00",
    b"0001.01.01+00:00:00",
    b"9999.12.31+23:59:59",
    b"7",
    b"1001",
    b"%FF",
]

names = st.sampled_from([*NAMES, b"providerId", b"login", b"password", b"pass"]) | st.binary(max_size=8)
keys = st.sampled_from([b"", b"[0]", b"[1]", b"%5Bx%5D", b"[", b"[]", b"[;]", b"[%0A]"]) | st.binary(
    max_size=6
)
values = st.sampled_from(VALUES) | st.binary(max_size=12)
parameters = st.builds(lambda name, key, value: name + key + b"=" + value, names, keys, values)
payloads = st.lists(parameters, max_size=12).map(b"&".join) | st.binary(max_size=60)
paths = st.sampled_from(
    [
        "/CLIENT/connectorX/send",
        "/CLIENT/connectorX/status",
        "/CLIENT/connector0//send",
        "/NY/connector0/status",
        "/x/y/send",
    ]
)
requests = st.builds(
    Request,
    method=st.sampled_from(["GET", "POST"]),
    path=paths | st.text(max_size=20),
    query=payloads,
    content_type=st.sampled_from(["", "application/x-www-form-urlencoded", "text/xml"])
    | st.text(max_size=10),
    body=payloads,
)


def outcome_of(call: Call, refusals: list[Reason | None]) -> Outcome:
    """Every item refused or taken, as `refusals` says in turn."""
    turn = [refusals[place % len(refusals)] if refusals else None for place in range(1_000)]
    match call.what:
        case Submit(items):
            return tuple(
                item
                if isinstance(item, Refused)
                else Refused(reason)
                if reason
                else Accepted(MessageId(1), 1)
                for item, reason in zip(items, turn, strict=False)
            )
        case Query(messages):
            return tuple(
                Refused(reason or Reason.UNKNOWN_MESSAGE)
                if message is None or reason
                else Found(message, Status.FAILED, START)
                for message, reason in zip(messages, turn, strict=False)
            )
        case _:
            raise AssertionError("MFMS asks for nothing else")


@given(
    requests, st.lists(st.none() | st.sampled_from(Reason), max_size=4), st.none() | st.sampled_from(Reason)
)
def test_anything_sent_is_answered_in_whole_rows(
    request: Request, refusals: list[Reason | None], whole: Reason | None
) -> None:
    server = hpg()
    read = server.parse(request)
    if isinstance(read, Refused):
        reply = server.render(request, None, read)
        assert (reply.status, reply.body) == (200, b"error-syntax")
        return
    reply = server.render(request, read, Refused(whole) if whole else outcome_of(read, refusals))
    reply.body.decode()
    assert not reply.body.endswith((b"\n", b"\r"))
    assert reply.content_type == "text/plain; charset=utf-8"
    if reply.status != 200:
        assert reply.body.startswith(b"error-system ")
        return
    assert isinstance(read.what, Submit | Query)
    asked = read.what.items if isinstance(read.what, Submit) else read.what.messages
    rows = reply.body.split(b"\n")
    assert len(rows) == max(len(asked), 1)
    if asked:
        separators = 2 if isinstance(read.what, Submit) else 4
        assert {row.count(b";") for row in rows} == {separators}
    else:
        assert b";" not in reply.body


@given(st.binary(max_size=300))
def test_no_octets_are_too_strange_for_a_query_or_a_body(octets: bytes) -> None:
    server = hpg()
    for path in ("/CLIENT/connectorX/send", "/CLIENT/connectorX/status"):
        server.parse(Request("POST", path, octets, "", octets))
