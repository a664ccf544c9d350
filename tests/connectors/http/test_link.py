"""The connector over HTTP against a provider that does what providers do."""

import asyncio
from typing import Any

import pytest
from structlog.testing import capture_logs

from gonets.model.message import Channel, Picture
from gonets.model.results import Deferred, Rejected, Returned, Sent, Uncertain
from gonets.ports.edges import Connector, Following
from gonets.ports.stores import StoreUnavailable
from gonets.protocols.mfms.client import HpgSending, HpgSettings
from tests.clocks import settle
from tests.connectors.http.provider import (
    PASSWORD,
    Cut,
    Does,
    Provider,
    Wired,
    answer,
    oson,
    part,
    parts_of,
    wired,
)

LATER = Deferred(255, 0.0)
OK = '{"status":"ok","timestamp":"2026-03-02 14:30:00","txn_id":"7","msg_id":266083}'


def test_it_is_a_connector_that_follows_and_wants_whole_messages() -> None:
    async def story(it: Wired) -> None:
        connector: Connector = it.link
        assert isinstance(connector, Following)
        assert connector.whole

    wired(story)


def test_what_comes_together_leaves_in_one_request_and_each_is_settled_once() -> None:
    async def story(it: Wired) -> None:
        await it.send(*(part(n) for n in range(1, 41)))
        assert await it.settled(*range(1, 41)) == [Sent(f"r{n}") for n in range(1, 41)]
        assert len(it.provider.requests) == 1
        assert it.link.window() == (0, 400)

    wired(story)


def test_no_request_holds_more_than_fits() -> None:
    async def story(it: Wired) -> None:
        await it.send(*(part(n) for n in range(1, 121)))
        await it.settled(*range(1, 121))
        assert [request.count("address[") for request in it.provider.requests] == [50, 50, 20]

    wired(story)


def test_all_parts_of_a_message_have_its_one_result() -> None:
    async def story(it: Wired) -> None:
        await it.send(*parts_of(100, 3), part(7))
        assert await it.settled(100, 101, 102, 7) == [Sent("r100")] * 3 + [Sent("r7")]
        assert "text[100]=part 1 part 2 part 3 " in it.provider.requests[0]

    wired(story)


def test_what_cannot_be_carried_is_rejected_without_being_sent() -> None:
    async def story(it: Wired) -> None:
        await it.send(part(1, channel=Channel.CALL))
        assert await it.settled(1) == [Rejected(21)]
        assert it.provider.requests == []

    wired(story)


def test_of_one_recipient_one_message_at_a_time_is_under_way() -> None:
    async def story(it: Wired) -> None:
        it.provider.then.extend([answer(OK, "201 Created")] * 3)
        it.provider.holding.clear()
        await it.send(part(1, "992918888888"), part(2, "992918888888"), part(3, "992917777777"))
        await it.provider.asked(2)
        await settle()
        assert [request.split("txn_id=")[1].split("&")[0] for request in it.provider.requests] == ["1", "3"]
        it.provider.holding.set()
        await it.settled(1, 2, 3)

    wired(story, speaks=oson)


# ---- what goes wrong


@pytest.mark.parametrize(
    ("does", "result"),
    [
        pytest.param(Does.CLOSES_UNREAD, Uncertain(), id="closed before it was read"),
        pytest.param(Does.CLOSES, Uncertain(), id="closed after it was read"),
        pytest.param(Does.HANGS, Uncertain(), id="no answer"),
        pytest.param(Cut(answer("ok;1;r1", length=100)), Uncertain(), id="half a body"),
        pytest.param(Cut(b"HTTP/1.1 20"), Uncertain(), id="half a head"),
        pytest.param(answer("ok;1;r1", length=100), Uncertain(), id="half a body and then nothing"),
        pytest.param(b"\x00\xff nonsense\r\n\r\n", Uncertain(), id="no HTTP"),
        pytest.param(answer("<html>Welcome</html>"), Uncertain(), id="a page"),
        pytest.param(answer("ok;1"), Uncertain(), id="half a row"),
        pytest.param(answer(""), Uncertain(), id="nothing in it"),
        pytest.param(answer("error-system down", "500 Oh"), LATER, id="500"),
        pytest.param(answer("<html>busy</html>", "503 Busy"), LATER, id="503"),
        pytest.param(answer("<html>bad gateway</html>", "502 Bad"), Uncertain(), id="502"),
        pytest.param(answer("", "429 Slower"), Deferred(220, 0.0), id="429"),
        pytest.param(answer("error-address-format;1;"), Rejected(1), id="refused"),
    ],
)
def test_a_part_is_settled_once_whatever_happens_to_its_request(does: Does | bytes, result: object) -> None:
    async def story(it: Wired) -> None:
        it.provider.then.append(does)
        await it.send(part(1))
        assert await it.settled(1) == [result]
        assert len(it.provider.requests) <= 1

    wired(story, timeout=0.5)


def test_a_request_over_a_kept_connection_that_dies_is_not_sent_a_second_time() -> None:
    async def story(it: Wired) -> None:
        await it.send(part(1))
        await it.settled(1)
        it.provider.then.append(Does.CLOSES)
        await it.send(part(2))
        assert await it.settled(2) == [Uncertain()]
        assert it.provider.connections == 1
        assert len(it.provider.requests) == 2

    wired(story)


def test_where_nobody_listens_all_goes_back_at_once_and_the_link_pauses_longer_each_time() -> None:
    async def story(it: Wired) -> None:
        it.provider.stop()
        await it.send(part(1), *parts_of(100, 2))
        assert await it.settled(1, 100, 101) == [Returned()] * 3
        assert it.link.room() == 0
        await it.clock.advance(1.0)
        assert it.link.room() == 50
        await it.send(part(2))
        assert await it.settled(2) == [Returned()]
        assert it.link.window() == (0, 0)

    wired(story)


def test_what_is_sent_into_a_pause_goes_back() -> None:
    async def story(it: Wired) -> None:
        it.provider.then.append(answer("error-auth"))
        await it.send(part(1))
        await it.settled(1)
        await it.send(part(2))
        assert await it.settled(2) == [Returned()]
        assert len(it.provider.requests) == 1

    wired(story)


def test_a_redirect_is_not_followed_and_is_a_trouble() -> None:
    async def story() -> None:
        async with Provider() as other, Wired() as it:
            it.provider.then.append(answer("", "302 Found", f"Location: {other.url}/CLIENT/connector0/send"))
            await it.send(part(1))
            assert await it.settled(1) == [LATER]
            assert "another address" in it.link.trouble
            assert other.requests == []

    asyncio.run(story())


def test_a_trouble_stops_the_link_for_longer_each_time_and_is_logged_once() -> None:
    async def story(it: Wired) -> None:
        it.provider.then.extend([answer("error-auth")] * 2)
        with capture_logs() as logs:
            await it.send(part(1))
            assert await it.settled(1) == [LATER]
            assert "password" in it.link.trouble
            assert it.link.room() == 0
            await it.clock.advance(9.9)
            assert it.link.room() == 0
            await it.clock.advance(0.1)
            assert it.link.room() == 50  # one request, to see whether it is over
            await it.send(part(2))
            assert await it.settled(2) == [LATER]
            await it.clock.advance(19.9)
            assert it.link.room() == 0
            await it.clock.advance(0.1)
            await it.send(part(3))
            assert await it.settled(3) == [Sent("r3")]
        assert it.link.trouble == ""
        assert it.link.room() == 400
        actions = [line["action"] for line in logs]
        assert actions == ["upstream_troubled", "upstream_well"]

    wired(story)


def test_what_waits_goes_back_when_the_link_pauses() -> None:
    async def story(it: Wired) -> None:
        it.provider.then.append(Does.CLOSES)
        it.provider.holding.clear()
        await it.send(part(1))
        await it.provider.asked(1)
        it.link.send([part(2)])
        it.provider.holding.set()
        assert await it.settled(1, 2) == [Uncertain(), Returned()]
        assert it.link.room() == 0

    wired(story, concurrency=1)


def test_what_is_known_again_is_put_off_when_cut_off_and_taken_when_it_was_before() -> None:
    async def story(it: Wired) -> None:
        duplicate = '{"error":{"code":108,"msg":"Duplicate txn_id. It should be unique."}}'
        it.provider.then.extend([Does.CLOSES, answer(duplicate, "409 Conflict")])
        await it.send(part(7))
        assert await it.settled(7) == [Deferred(255, 0.0, doubtful=True)]
        await it.clock.advance(2)
        it.heard.clear()
        await it.send(part(7, attempts=2))
        assert await it.settled(7) == [Sent("txn_id 7")]

    wired(story, speaks=oson)


class Broken(HpgSending):
    """Has a defect in one of its functions."""

    broken = ""

    def __getattribute__(self, name: str) -> Any:
        if name == super().__getattribute__("broken"):
            raise ZeroDivisionError
        return super().__getattribute__(name)


@pytest.mark.parametrize(
    ("broken", "result", "requests"),
    [
        ("unable", LATER, 0),
        ("fits", Sent("r1"), 1),
        ("ask", LATER, 0),
        ("hear", Uncertain(), 1),
        ("trouble", Uncertain(), 1),
    ],
)
def test_a_defect_costs_one_message_and_not_the_link(broken: str, result: object, requests: int) -> None:
    async def story(it: Wired) -> None:
        sending = it.sending
        assert isinstance(sending, Broken)
        with capture_logs() as logs:
            sending.broken = broken
            await it.send(part(1))
            assert await it.settled(1) == [result]
            sending.broken = ""
            await it.send(part(2))
            assert await it.settled(2) == [Sent("r2")]
        assert [line["action"] for line in logs] == ["link_failed"]
        assert len(it.provider.requests) == requests + 1

    wired(story, speaks=lambda url, clock: Broken(HpgSettings(url=url, client="CLIENT"), clock))


# ---- pace, pictures, the end


def test_a_rate_lets_so_many_parts_leave_in_a_second() -> None:
    async def story(it: Wired) -> None:
        it.provider.then.extend([answer(OK, "201 Created")] * 20)
        assert it.link.room() == 4
        for n in range(1, 5):
            await it.send(part(n))
        await it.provider.asked(1)
        before = len(it.provider.requests)
        await it.clock.advance(2.0)
        await it.settled(1, 2, 3, 4)
        assert before < 4

    wired(story, speaks=oson, rate=4)


@pytest.mark.parametrize(
    ("found", "result"),
    [
        pytest.param(None, Rejected(255), id="gone"),
        pytest.param(Picture("aa", "png", b"x"), Rejected(21), id="not carried"),
        pytest.param(StoreUnavailable(), Returned(), id="no store"),
    ],
)
def test_a_picture_is_asked_for_before_its_message_leaves(
    found: Picture | Exception | None, result: object
) -> None:
    async def pictures(name: str) -> Picture | None:
        assert name == "aa"
        if isinstance(found, Exception):
            raise found
        return found

    async def story(it: Wired) -> None:
        await it.send(part(1, channel=Channel.MMS, picture="aa"))
        assert await it.settled(1) == [result]
        assert it.link.window()[0] == 0

    wired(story, pictures=pictures)


def test_closing_settles_what_is_under_way_and_what_waits_and_ends_what_is_heard() -> None:
    async def story() -> None:
        it = Wired(concurrency=1)
        async with it:
            it.provider.holding.clear()
            await it.send(part(1))
            await it.provider.asked(1)
            it.link.send([part(2)])
        assert it.ended
        assert it.results() == {1: [Uncertain()], 2: [Returned()]}
        assert it.link.room() == 0
        it.link.send([part(3)])
        assert await it.link.hear()

    asyncio.run(story())


def test_no_secret_no_number_and_no_text_reaches_the_log() -> None:
    async def story(it: Wired) -> None:
        it.provider.then.extend([Does.CLOSES, answer("error-auth"), answer("", "302 Found", "Location: /")])
        with capture_logs() as logs:
            for n in range(1, 4):
                await it.send(part(n, "79167654321", "Secret text"))
                await it.settled(n)
                await it.clock.advance(400)
        assert len(logs) >= 3
        for secret in (PASSWORD, "79167654321", "Secret", "/CLIENT/"):
            assert secret not in str(logs)

    wired(story)
