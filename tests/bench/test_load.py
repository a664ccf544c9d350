"""The load client against a peer that answers as the protocol says, or as it must not."""

import asyncio
import re
from collections.abc import Callable
from typing import cast
from urllib.parse import parse_qs

import pytest
import uvloop

from gonets.cli.bind import HEAD
from gonets.cli.load import Load, percentile
from gonets.cli.talk import LoadBroken, Plan, Report, Sink, SinkDoor, Wire
from gonets.cli.tongues import Mfms, recipient

_KEY = re.compile(rb"&address%5B(\d+)%5D=")
_ASKED_ID = re.compile(rb"&providerId%5B\d+%5D=(\d+)")


class StandIn:
    """A peer that speaks just enough HTTP: one answer for each request, in order."""

    def __init__(self, answer: Callable[[bytes], bytes]) -> None:
        self.answer = answer
        self.port = 0
        self.requests: list[bytes] = []

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                request = await reader.readuntil(b"\r\n\r\n")
                self.requests.append(request)
                answer = self.answer(request)
                writer.write(answer)
                if not answer:
                    break
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()


def ok(body: bytes, status: bytes = b"200 OK") -> bytes:
    return b"HTTP/1.1 %b\r\ncontent-type: text/plain\r\nContent-Length: %d\r\n\r\n%b" % (
        status,
        len(body),
        body,
    )


def accepting(request: bytes) -> bytes:
    keys = [int(key) for key in _KEY.findall(request)]
    return ok(b"\n".join(b"ok;%d;%d" % (key, key + 1001) for key in keys))


def plan(port: int, **changed: object) -> Plan:
    fields: dict[str, object] = {
        "port": port,
        "path": "/BENCH/connector0",
        "login": "bench",
        "password": "p&ss word",
        "count": 100,
        "connections": 4,
        "rate": 0.0,
        "per_request": 1,
        "push": True,
        "patience_s": 20.0,
    }
    return Plan(**(fields | changed))  # type: ignore[arg-type]


def push(ids: list[int], status: bytes = b"delivered") -> bytes:
    rows = [
        b"providerId%%5B%d%%5D=%d&status%%5B%d%%5D=%b&dateTime%%5B%d%%5D=2026.03.02%%2009:30:00&reason%%5B%d%%5D="
        % (index, each, index, status, index, index)
        for index, each in enumerate(ids)
    ]
    return b"GET /statuses?" + b"&".join(rows) + b" HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"


async def pushed(port: int, request: bytes) -> bytes:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(request)
    answer = await reader.readuntil(b"\r\n\r\n")
    writer.close()
    return answer


def load(
    answer: Callable[[bytes], bytes],
    *,
    pushes: list[bytes] | None = None,
    **changed: object,
) -> tuple[Report, StandIn]:
    """Run the load against a stand-in that gives these answers; `pushes` come before the first request."""

    async def run() -> tuple[Report, StandIn]:
        loop = asyncio.get_running_loop()
        peer = StandIn(answer)
        server = await asyncio.start_server(peer.serve, "127.0.0.1", 0)
        peer.port = server.sockets[0].getsockname()[1]
        sink = Sink()
        door = await loop.create_server(lambda: SinkDoor(sink), "127.0.0.1", 0)
        for request in pushes or []:
            await pushed(door.sockets[0].getsockname()[1], request)
        try:
            return await Load(plan(peer.port, **changed), sink).run(), peer
        finally:
            server.close()
            door.close()

    return uvloop.run(run())


def test_every_message_accepted_and_final_is_counted_once() -> None:
    report, peer = load(accepting, pushes=[push(list(range(1001, 1101)))])
    assert (report.accepted, report.refused, report.malformed, report.lost) == (100, 0, 0, 0)
    assert report.statuses == {"delivered": 100}
    assert len(peer.requests) == 100
    assert 0 < report.p50_ms <= report.p99_ms <= report.longest_ms


def test_a_message_without_a_final_status_is_lost() -> None:
    report, _ = load(accepting, pushes=[push(list(range(1001, 1100)))], patience_s=0.2)
    assert (report.accepted, report.lost) == (100, 1)
    assert report.examples == ["the message 1100 has no final status"]


def test_a_status_that_is_not_final_leaves_a_message_open() -> None:
    report, _ = load(accepting, pushes=[push([1001], b"sent")], count=1, patience_s=0.2)
    assert report.lost == 1


def test_messages_go_many_in_a_request_and_the_last_one_holds_the_rest() -> None:
    report, peer = load(accepting, pushes=[push(list(range(1001, 1101)))], per_request=30)
    assert report.accepted == 100
    assert sorted(len(_KEY.findall(request)) for request in peer.requests) == [10, 30, 30, 30]


def test_statuses_are_polled_where_none_are_pushed() -> None:
    def answer(request: bytes) -> bytes:
        if b"/status?" not in request:
            return accepting(request)
        ids = _ASKED_ID.findall(request)
        return ok(b"\n".join(b"ok;%b;delivered;2026.03.02 09:30:00;" % each for each in ids))

    report, peer = load(answer, count=250, push=False)
    assert (report.accepted, report.lost) == (250, 0)
    polls = [len(_ASKED_ID.findall(request)) for request in peer.requests if b"/status?" in request]
    assert polls == [100, 100, 50]


def test_an_offered_rate_sends_all_of_it() -> None:
    report, _ = load(accepting, pushes=[push(list(range(1001, 1101)))], rate=5000.0)
    assert (report.accepted, report.lost) == (100, 0)


def test_refusals_are_counted_and_shown() -> None:
    report, _ = load(lambda request: ok(b"error-system;%b;" % _KEY.findall(request)[0]), count=3)
    assert (report.accepted, report.refused, report.malformed) == (0, 3, 0)
    assert "error-system;" in report.examples[0]


def test_another_http_status_refuses_all_messages_of_the_request() -> None:
    report, _ = load(lambda _: ok(b"error-system", b"500 Internal Server Error"), count=10, per_request=5)
    assert (report.accepted, report.refused) == (0, 10)


@pytest.mark.parametrize("row", [b"ok;%d;", b"ok;%d;12x", b"ok;9%d;1001", b"%d;1001", b"ok;%d;1001;"])
def test_a_row_of_another_form_is_malformed(row: bytes) -> None:
    report, _ = load(lambda request: ok(row % int(_KEY.findall(request)[0])), count=1)
    assert (report.accepted, report.malformed) == (0, 1)


def test_an_id_that_is_given_twice_is_malformed() -> None:
    report, _ = load(
        lambda request: ok(b"ok;%b;1001" % _KEY.findall(request)[0]), count=2, pushes=[push([1001])]
    )
    assert (report.accepted, report.malformed) == (1, 1)


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        (b"", "closed a connection"),
        (b"SSH-2.0-OpenSSH_9.2\r\n\r\n", "answered b'SSH"),
        (b"HTTP/1.1 200 OK\r\n\r\n", "answered b'HTTP"),
        (ok(b"ok;0;1001") + b"HTTP/1.1", "more than was asked"),
    ],
)
def test_a_peer_that_does_not_speak_http_ends_the_load(answer: bytes, sentence: str) -> None:
    with pytest.raises(LoadBroken, match=sentence):
        load(lambda _: answer, count=1)


def test_a_gateway_that_is_not_there_ends_the_load() -> None:
    async def run() -> None:
        server = await asyncio.start_server(lambda _reader, _writer: None, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        server.close()
        await server.wait_closed()
        await Load(plan(port), Sink()).run()

    with pytest.raises(LoadBroken, match="cannot connect"):
        uvloop.run(run())


class Written(asyncio.Transport):
    """Keeps what is written to it."""

    def __init__(self) -> None:
        super().__init__()
        self.data = b""

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self.data += data


def heard(*pieces: bytes) -> tuple[Sink, bytes]:
    """What a sink keeps and answers when a connection brings these pieces."""
    sink, written = Sink(), Written()
    door = SinkDoor(sink)
    door.connection_made(written)
    for piece in pieces:
        door.data_received(piece)
    return sink, written.data


def test_pushes_are_heard_however_they_are_cut() -> None:
    both = push(list(range(1001, 1101))) + push([1101], b"undelivered")
    for pieces in ([both], [both[start : start + 1] for start in range(len(both))]):
        sink, written = heard(*pieces)
        assert len(sink.final) == 101
        assert sink.final[b"1101"] == b"undelivered"
        assert written.count(b"HTTP/1.1 200 OK") == 2


def test_webhooks_are_heard_however_they_are_cut() -> None:
    body = b'{"events":[{"message":1001,"status":"delivered"},{"message":1002,"status":"failed"}]}'
    request = b"POST /statuses HTTP/1.1\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body)
    for pieces in ([request * 2], [request[start : start + 1] for start in range(len(request))]):
        sink, written = heard(*pieces)
        assert sink.final == {b"1001": b"delivered", b"1002": b"failed"}
        assert written.count(b"HTTP/1.1 200 OK") == len(b"".join(pieces)) // len(request)


def test_brackets_may_come_as_they_are() -> None:
    sink, _ = heard(b"GET /statuses?providerId[0]=1001&status[0]=delivered&reason[0]= HTTP/1.1\r\n\r\n")
    assert sink.final == {b"1001": b"delivered"}


def test_a_push_without_a_status_is_not_taken() -> None:
    sink, written = heard(b"GET /statuses HTTP/1.1\r\n\r\n")
    assert written.startswith(b"HTTP/1.1 400")
    assert len(sink.malformed) == 1


def test_texts_all_differ_and_recipients_are_ten_thousand_without_a_magic_ending() -> None:
    requests = Mfms(plan(1))
    target = requests.send(0, 100).split(b" ")[1].decode()
    assert target.startswith("/BENCH/connector0/send?")
    fields = parse_qs(target.partition("?")[2], strict_parsing=True)
    assert (fields["login"], fields["password"]) == (["bench"], ["p&ss word"])
    assert len({fields[f"text[{key}]"][0] for key in range(100)}) == 100
    recipients = {recipient(number) for number in range(20_000)}
    assert len(recipients) == 10_000
    assert all(len(each) == 11 and not each.endswith(b"99", 7, 9) for each in recipients)


def test_a_percentile_is_one_of_the_values() -> None:
    values = [float(value) for value in range(1, 101)]
    assert [percentile(values, share) for share in (0.5, 0.99, 1.0)] == [50.0, 99.0, 100.0]
    assert percentile([7.0], 0.5) == 7.0


# ---- over SMPP


def pdu(command: int, number: int, body: bytes = b"", status: int = 0) -> bytes:
    return HEAD.pack(16 + len(body), command, status, number) + body


def receipt(given: bytes, stat: bytes = b"DELIVRD") -> bytes:
    text = b"id:%b sub:001 dlvrd:001 submit date:2603020930 done date:2603020930 stat:%b err:000 text:" % (
        given,
        stat,
    )
    return pdu(
        5, 1, b"\0\1\1" + b"79161000000\0" + b"\5\0Gonets\0\4\0\0\0\0\0\0\0\0" + bytes([len(text)]) + text
    )


class Smsc(asyncio.Protocol):
    """A peer that answers a bind with a status, and each message with what a function of its number gives."""

    def __init__(self, status: int, answer: Callable[[int], bytes]) -> None:
        self.status = status
        self.answer = answer
        self.most = 0
        self.held = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        self.held += data
        numbers = []
        while len(self.held) >= 16 and len(self.held) >= (length := HEAD.unpack_from(self.held)[0]):
            _, command, _, number = HEAD.unpack_from(self.held)
            self.held = self.held[length:]
            if command == 9:
                self.transport.write(pdu(0x80000009, number, b"Peer\0", self.status))
            elif command == 4:
                numbers.append(number)
        self.most = max(self.most, len(numbers))
        self.transport.write(b"".join(self.answer(number) for number in numbers))


def over_smpp(answer: Callable[[int], bytes], *, status: int = 0, **changed: object) -> tuple[Report, Smsc]:
    async def run() -> tuple[Report, Smsc]:
        loop = asyncio.get_running_loop()
        peer = Smsc(status, answer)
        server = await loop.create_server(lambda: peer, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        given = {"protocol": Wire.SMPP, "connections": 1, "window": 10, **changed}
        try:
            return await Load(plan(port, **given), Sink()).run(), peer
        finally:
            server.close()

    return uvloop.run(run())


def taken(number: int) -> bytes:
    return pdu(0x80000004, number, b"%d\0" % (number + 1000)) + receipt(b"%d" % (number + 1000))


def test_over_smpp_a_window_of_messages_is_in_flight_and_receipts_tell_the_statuses() -> None:
    report, peer = over_smpp(taken)
    assert (report.accepted, report.refused, report.malformed, report.lost) == (100, 0, 0, 0)
    assert report.statuses == {"delivered": 100}
    assert peer.most == 10
    assert 0 < report.p50_ms <= report.p99_ms


def test_over_smpp_an_offered_rate_sends_all_of_it() -> None:
    report, _ = over_smpp(taken, rate=5000.0)
    assert (report.accepted, report.lost) == (100, 0)


def test_over_smpp_refusals_odd_answers_and_lost_messages_are_told_apart() -> None:
    def answer(number: int) -> bytes:
        match number:
            case 1:
                return pdu(0x80000004, number, b"\0", 0x58)
            case 2:
                return taken(number) + pdu(0x80000004, 77, b"1\0")
            case 3:
                return pdu(0x80000004, number, b"3\0") + pdu(5, 9, b"no receipt")
            case _:
                return taken(number)

    report, _ = over_smpp(answer, count=10, patience_s=0.2)
    assert (report.accepted, report.refused, report.malformed, report.lost) == (9, 1, 2, 1)


@pytest.mark.parametrize(
    ("answer", "status", "sentence"),
    [(taken, 0x0E, "refused a bind: command_status 0x0000000e"), (lambda _: b"\0" * 16, 0, "no PDU")],
)
def test_over_smpp_a_peer_that_is_no_gateway_ends_the_load(
    answer: Callable[[int], bytes], status: int, sentence: str
) -> None:
    with pytest.raises(LoadBroken, match=sentence):
        over_smpp(answer, status=status, count=1)
