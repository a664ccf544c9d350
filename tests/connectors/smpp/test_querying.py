"""What an upstream has taken and not reported on is asked after, ever more rarely, until it says what became of it."""

from datetime import timedelta

import pytest

from gonets.connectors.smpp.querying import MOST_FOLLOWED, Asked, Queries
from gonets.model.message import PartId, State
from gonets.model.results import Receipt, Sent
from gonets.model.times import micros
from gonets.ports.stores import Away
from gonets.wire.smpp.codes import MessageState, Status
from gonets.wire.smpp.pdu import GenericNack, Pdu, QuerySm, QuerySmResp
from tests.clocks import START, settle
from tests.connectors.smpp.peer import Wired, part, until
from tests.contract.house import told

PHONE = "79161234567"


def asked(number: int, remote_id: str = "") -> Asked:
    return Asked(PartId(number), remote_id or f"id-{number}", PHONE)


# ---- when


def test_a_part_is_asked_after_ever_more_rarely() -> None:
    queries = Queries(10.0)
    queries.took(asked(1), 0.0)
    moments = []
    now = 0.0
    for _ in range(5):
        now = queries.next_at()
        moments.append(now)
        assert [each.part for each in queries.due(now, 9)] == [1]
        assert queries.due(now, 9) == []
    assert moments == [10.0, 30.0, 70.0, 150.0, 310.0]


def test_at_most_so_many_are_asked_after_at_once_the_oldest_first() -> None:
    queries = Queries(10.0)
    for number in range(5):
        queries.took(asked(number), float(number))
    assert [each.part for each in queries.due(20.0, 2)] == [0, 1]
    assert [each.part for each in queries.due(20.0, 2)] == [2, 3]


def test_after_a_dozen_questions_a_part_is_left_to_its_receipt() -> None:
    queries = Queries(10.0)
    queries.took(asked(1), 0.0)
    times = 0
    while queries.next_at() < float("inf"):
        times += len(queries.due(queries.next_at(), 9))
    assert times == 12


@pytest.mark.parametrize("remote_id", ["ID-1", "00id-1"])
def test_a_receipt_ends_the_questions_however_it_writes_the_id(remote_id: str) -> None:
    queries = Queries(10.0)
    queries.took(asked(1), 0.0)
    queries.told(Receipt(remote_id, State.DELIVERED, 0, START, PHONE))
    assert queries.due(99.0, 9) == []


def test_a_receipt_in_another_base_ends_them_where_the_recipient_is_the_same() -> None:
    queries = Queries(10.0)
    queries.took(asked(1, "3e9"), 0.0)
    queries.told(Receipt("1001", State.DELIVERED, 0, START, "79990000000", others=("3e9",)))
    queries.told(Receipt("3e9", State.ACCEPTED, 0, START, PHONE))
    assert len(queries.due(10.0, 9)) == 1
    queries.told(Receipt("1001", State.DELIVERED, 0, START, PHONE, others=("3e9",)))
    assert queries.due(99.0, 9) == []


def test_what_has_been_reported_on_is_not_remembered_until_its_time_would_have_come() -> None:
    queries = Queries(3600.0)
    queries.took(asked(1), 0.0)
    for number in range(2, 2 * MOST_FOLLOWED + 5):
        queries.took(asked(number), 1.0)
        queries.told(Receipt(f"id-{number}", State.DELIVERED, 0, START, PHONE))
    assert len(queries._turns) < MOST_FOLLOWED
    assert [each.part for each in queries.due(9999.0, 9)] == [1]


def test_what_is_remembered_is_bounded() -> None:
    queries = Queries(10.0)
    for number in range(MOST_FOLLOWED + 5):
        queries.took(asked(number), 0.0)
    assert [each.part for each in queries.due(10.0, 1)] == [5]


# ---- what is said


@pytest.mark.parametrize(
    ("state", "became"),
    [
        (MessageState.DELIVERED, State.DELIVERED),
        (MessageState.EXPIRED, State.EXPIRED),
        (MessageState.DELETED, State.UNDELIVERED),
        (MessageState.UNDELIVERABLE, State.UNDELIVERED),
        (MessageState.REJECTED, State.REJECTED),
        (MessageState.ACCEPTED, State.ACCEPTED),
        (MessageState.ENROUTE, None),
        (MessageState.UNKNOWN, None),
        (77, None),
    ],
)
def test_an_answer_is_news_where_it_says_an_end_or_that_it_was_accepted(
    state: int, became: State | None
) -> None:
    queries = Queries(10.0)
    queries.took(asked(1), 0.0)
    [question] = queries.due(10.0, 1)
    answer = QuerySmResp(1, message_id="id-1", message_state=state, error_code=6)
    news = queries.news(question, answer, START)
    assert news == (None if became is None else Receipt("id-1", became, 6, START, PHONE))
    assert queries.next_at() == 30.0
    assert bool(queries.due(30.0, 1)) == (became is None or not became.final)
    assert queries.news(question, answer, START) is None


def test_the_date_of_the_end_is_the_upstreams() -> None:
    answer = QuerySmResp(1, final_date="261125182100000+", message_state=2)
    news = Queries(1.0).news(asked(1), answer, START)
    assert news is not None
    assert news.at.isoformat() == "2026-11-25T18:21:00+00:00"
    rubbish = Queries(1.0).news(asked(1), QuerySmResp(1, final_date="yesterday", message_state=2), START)
    assert rubbish is not None
    assert rubbish.at == START


# ---- over a link


async def taken(wired: Wired) -> None:
    wired.link.send([part(1)])
    wired.peer.take(await wired.peer.gets(), "A1")
    assert await wired.settled(1) == [Sent("A1")]


async def question(wired: Wired, seconds: float) -> QuerySm:
    await wired.clock.advance(seconds)
    found = await wired.peer.hears()
    assert isinstance(found, QuerySm)
    return found


@told
async def test_the_upstream_is_asked_by_id_and_source_and_its_answer_is_a_receipt() -> None:
    async with Wired(query_after=5.0) as wired:
        await taken(wired)
        asked_after = await question(wired, 7.0)
        assert (asked_after.message_id, asked_after.source_addr, asked_after.source_addr_ton) == (
            "A1",
            "Gonets",
            5,
        )
        assert wired.link.room() == 9
        wired.peer.answers(QuerySmResp(asked_after.sequence_number, message_id="A1", message_state=2))
        await until(wired.receipts)
        assert [(each.remote_id, each.state) for each in wired.receipts()] == [("A1", State.DELIVERED)]
        assert wired.link.room() == 10
        await wired.clock.advance(25.0)
        assert wired.peer.answered.empty()


@told
async def test_unless_it_is_set_nobody_is_asked() -> None:
    async with Wired() as wired:
        await taken(wired)
        wired.link.follow([Away(PartId(7), "B7", PHONE, micros(START))])
        await wired.clock.advance(25.0)
        assert wired.peer.answered.empty()


@told
async def test_a_refused_question_is_no_news_and_is_asked_again() -> None:
    async with Wired(query_after=5.0) as wired:
        await taken(wired)
        first = await question(wired, 7.0)
        wired.peer.answers(QuerySmResp(first.sequence_number, Status.ESME_RQUERYFAIL))
        again = await question(wired, 12.0)
        assert again.message_id == "A1"
        assert wired.receipts() == []


@pytest.mark.parametrize("nacks", [False, True], ids=["query_sm_resp", "generic_nack"])
def test_an_upstream_that_does_not_know_the_question_is_not_asked_again(nacks: bool) -> None:
    @told
    async def run() -> None:
        async with Wired(query_after=5.0) as wired:
            await taken(wired)
            number = (await question(wired, 7.0)).sequence_number
            answer: Pdu = QuerySmResp(number, Status.ESME_RINVCMDID)
            wired.peer.answers(GenericNack(number, Status.ESME_RINVCMDID) if nacks else answer)
            await settle()
            await wired.clock.advance(25.0)
            assert wired.peer.answered.empty()
            wired.link.send([part(2)])
            wired.peer.take(await wired.peer.gets(), "A2")
            assert await wired.settled(2) == [Sent("A2")]

    run()


@told
async def test_what_was_sent_before_a_restart_is_followed_but_not_what_has_no_id() -> None:
    async with Wired(query_after=60.0) as wired:
        left_at = micros(START - timedelta(hours=1))
        wired.link.follow([Away(PartId(7), "B7", PHONE, left_at), Away(PartId(8), "", PHONE, left_at)])
        asked_after = await question(wired, 2.0)
        assert (asked_after.message_id, asked_after.source_addr) == ("B7", "")
        wired.peer.answers(QuerySmResp(asked_after.sequence_number, message_state=5, error_code=1))
        await until(wired.receipts)
        assert [(each.remote_id, each.state, each.error) for each in wired.receipts()] == [
            ("B7", State.UNDELIVERED, 1)
        ]


@told
async def test_questions_take_half_of_a_window_at_most() -> None:
    async with Wired(query_after=60.0, window=4) as wired:
        left_at = micros(START - timedelta(hours=1))
        wired.link.follow([Away(PartId(n), f"B{n}", PHONE, left_at) for n in range(9)])
        await question(wired, 2.0)
        second = await wired.peer.hears()
        assert isinstance(second, QuerySm)
        await settle()
        assert wired.peer.answered.empty()
        assert wired.link.room() == 2


@told
async def test_a_question_whose_connection_ends_is_asked_again_over_the_next() -> None:
    async with Wired(query_after=5.0) as wired:
        await taken(wired)
        await question(wired, 7.0)
        wired.peer.drop()
        await wired.peer.ends()
        await settle()
        await wired.clock.advance(3.0)
        await wired.up(2)
        assert (await question(wired, 12.0)).message_id == "A1"
