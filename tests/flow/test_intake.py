"""The one door: who may come in, what is taken of what they bring, and that it is kept before they hear of it."""

import asyncio
from datetime import timedelta

import msgspec
import pytest

from gonets.flow.ids import IdBlocks
from gonets.flow.intake import Intake
from gonets.model.account import Account, Tariff
from gonets.model.calls import Call, Query, Submission, Submit
from gonets.model.ledger import EntryKind
from gonets.model.message import Channel, MessageId, Pending, Priority, State, Status
from gonets.model.money import ONE, Millionths
from gonets.model.reasons import Reason
from gonets.model.results import Accepted, Found, Outcome, Refused, Replaced
from gonets.model.times import micros
from gonets.ports.edges import ROUTER_LANE
from gonets.stores import settings
from gonets.stores.store import transaction
from tests.clocks import START
from tests.contract.house import BANK, POOR, SHOP, House, told
from tests.flow.works import BANK_LOGIN, SHOP_LOGIN, Works, text

WRONG = msgspec.structs.replace(SHOP_LOGIN, password="wrong")
UNREADABLE = Refused(Reason.BAD_REQUEST, "subject, address and text are required.")


def reasons(outcome: Outcome) -> list[Reason | None]:
    """Why each was refused, None where it was not."""
    assert isinstance(outcome, tuple)
    return [each.reason if isinstance(each, Refused) else None for each in outcome]


def reserve_in_blocks(works: Works) -> None:
    """Let the intake have its ids at hand, so that calls at the same time come to the store at the same time."""
    works.intake = Intake(
        works.directory,
        works.messages,
        IdBlocks(works.messages),
        works.limits,
        works.clock,
        works.bell,
        works.meters,
    )


# ---- who


@told
async def test_without_the_right_secret_nothing_is_taken(house: House) -> None:
    async with Works(house) as works:
        outcome = await works.ask(text(), who=WRONG)
        assert isinstance(outcome, Refused)
        assert outcome.reason is Reason.BAD_CREDENTIALS
        assert house.rows("SELECT * FROM messages") == []
        assert house.balance() == 100 * ONE


@told
async def test_credentials_are_looked_at_before_what_is_wrong_with_a_message(house: House) -> None:
    async with Works(house) as works:
        for items in [(UNREADABLE,), (text("nonsense"), UNREADABLE), ()]:
            outcome = await works.ask(*items, who=WRONG)
            assert isinstance(outcome, Refused)
            assert outcome.reason is Reason.BAD_CREDENTIALS


@told
async def test_an_account_that_is_off_learns_that_and_nothing_is_taken(house: House) -> None:
    with transaction(house.engine) as connection:
        shop = settings.find_account(connection, "shop")
        settings.change_account(connection, msgspec.structs.replace(shop, enabled=False))
    async with Works(house) as works:
        outcome = await works.ask(text())
        assert isinstance(outcome, Refused)
        assert outcome.reason is Reason.ACCOUNT_BLOCKED
        query = await works.intake.answer(Call(SHOP_LOGIN, Query((MessageId(1001),))))
        assert isinstance(query, Refused)


@told
async def test_a_query_without_the_right_secret_learns_nothing(house: House) -> None:
    async with Works(house) as works:
        message = await works.submit(text())
        outcome = await works.intake.answer(Call(WRONG, Query((message,))))
        assert isinstance(outcome, Refused)


# ---- what


@told
async def test_what_is_taken_is_kept_and_charged_before_the_answer(house: House) -> None:
    async with Works(house) as works:
        [result] = await answers(works, text())
        assert result == Accepted(MessageId(1001), 1)
        assert works.states(1001) == [State.QUEUED]
        [charge] = house.entries(EntryKind.CHARGE)
        assert (charge.message, charge.amount) == (1001, -ONE)


async def answers(works: Works, *items: Submission | Refused) -> tuple[object, ...]:
    outcome = await works.ask(*items)
    assert isinstance(outcome, tuple)
    return outcome


@told
async def test_each_message_is_taken_or_refused_by_itself_and_in_order(house: House) -> None:
    async with Works(house) as works:
        outcome = await works.ask(
            text(), UNREADABLE, text("nonsense"), text("380675126767"), text("12025550123"), text()
        )
        assert reasons(outcome) == [
            None,
            Reason.BAD_REQUEST,
            Reason.BAD_RECIPIENT,
            None,
            Reason.NO_ROUTE,
            None,
        ]
        assert house.balance() == 97 * ONE
        assert house.rows("SELECT count(*) FROM messages") == [(3,)]
        assert isinstance(outcome, tuple)
        assert outcome[1] is UNREADABLE


@told
async def test_when_all_is_refused_the_store_is_not_asked(house: House) -> None:
    async with Works(house) as works:
        await works.directory.verify(SHOP_LOGIN)
        await house.store.close()
        assert reasons(await works.ask(UNREADABLE, text("nonsense"))) == [
            Reason.BAD_REQUEST,
            Reason.BAD_RECIPIENT,
        ]
        assert await works.ask() == ()


@told
async def test_a_long_text_is_as_many_parts_as_it_needs_and_has_as_many_ids(house: House) -> None:
    async with Works(house) as works:
        long = Submission("Sender", "79031234567", "x" * 400)
        outcome = await works.ask(long, text())
        assert outcome == (Accepted(MessageId(1001), 3), Accepted(MessageId(1004), 1))
        assert house.balance() == 96 * ONE


@told
async def test_the_price_is_the_tariffs_of_the_longest_prefix(house: House) -> None:
    with transaction(house.engine) as connection:
        settings.put_tariff(connection, Tariff("retail", Channel.SMS, "7903", Millionths(7)))
        settings.put_tariff(connection, Tariff("retail", Channel.SMS, "79031111", Millionths(7), closed=True))
    async with Works(house) as works:
        outcome = await works.ask(text("79031234567"), text("79161234567"), text("79031111111"))
        assert reasons(outcome) == [None, None, Reason.DIRECTION_CLOSED]
        assert house.balance() == 99 * ONE - 7


@told
async def test_without_credit_only_what_cannot_be_paid_is_refused(house: House) -> None:
    async with Works(house) as works:
        poor = msgspec.structs.replace(SHOP_LOGIN, login="poor")
        outcome = await works.ask(*[text()] * 5, who=poor)
        assert reasons(outcome) == [None, None, None, Reason.NO_CREDIT, Reason.NO_CREDIT]
        assert house.balance(POOR) == -3 * ONE


@told
async def test_what_a_client_writes_is_kept_as_it_was_written(house: House) -> None:
    async with Works(house) as works:
        item = Submission(
            "Sender",
            "+7 (903) 123-45-67",
            "Привет",
            client_id="my;id",
            priority=Priority.HIGH,
            start_at=START + timedelta(minutes=5),
            validity=timedelta(minutes=10),
        )
        await works.submit(item)
        assert house.rows("SELECT protocol, client_id, sender, recipient, text, encoding FROM messages") == [
            ("mfms", "my;id", "Sender", "79031234567", "Привет", 8)
        ]
        assert house.rows("SELECT state, priority FROM parts") == [(State.SCHEDULED, Priority.HIGH)]


@told
async def test_the_links_of_the_route_are_woken_and_the_router_for_what_is_scheduled(house: House) -> None:
    async with Works(house) as works:
        await works.submit(text("79031234567"))
        assert await works.rung("alpha")
        assert not await works.rung("beta")
        assert not await works.rung(ROUTER_LANE)
        await works.submit(text("380675126767", start_at=START + timedelta(minutes=1)))
        assert await works.rung("beta")
        assert await works.rung(ROUTER_LANE)


# ---- where it stands


@told
async def test_an_account_finds_its_messages_and_no_others(house: House) -> None:
    async with Works(house) as works:
        mine, theirs = await works.submit(text()), await works.submit(text(), who=BANK_LOGIN)
        found = await works.find(mine, theirs, None, MessageId(10**25), mine)
        assert [isinstance(each, Found) for each in found] == [True, False, False, False, True]
        assert [each.reason for each in found if isinstance(each, Refused)] == [Reason.UNKNOWN_MESSAGE] * 3
        assert await works.status(theirs, who=BANK_LOGIN) is Status.QUEUED


@told
async def test_asking_for_nothing_finds_nothing(house: House) -> None:
    async with Works(house) as works:
        assert await works.intake.answer(Call(SHOP_LOGIN, Query(()))) == ()
        [refused] = await works.find(None)
        assert isinstance(refused, Refused)


# ---- without a store


@told
async def test_what_cannot_be_kept_is_refused_and_what_was_wrong_stays_wrong(house: House) -> None:
    async with Works(house) as works:
        await works.submit(text())
        works.break_store()
        outcome = await works.ask(text(), UNREADABLE, text(), text("nonsense"))
        assert reasons(outcome) == [
            Reason.STORE_UNAVAILABLE,
            Reason.BAD_REQUEST,
            Reason.STORE_UNAVAILABLE,
            Reason.BAD_RECIPIENT,
        ]
        works.mend_store()
        assert house.rows("SELECT count(*) FROM messages") == [(1,)]
        assert house.balance() == 99 * ONE
        assert reasons(await works.ask(text())) == [None]


@pytest.mark.parametrize("count", [1, 3])
def test_without_ids_nothing_is_taken(house: House, count: int) -> None:
    @told
    async def story() -> None:
        async with Works(house) as works:
            await works.directory.verify(SHOP_LOGIN)
            await house.store.close()
            assert reasons(await works.ask(*[text()] * count, UNREADABLE)) == [Reason.STORE_UNAVAILABLE] * (
                count + 1
            )

    story()


@told
async def test_a_query_that_cannot_be_answered_says_so(house: House) -> None:
    async with Works(house) as works:
        message = await works.submit(text())
        await house.store.close()
        outcome = await works.intake.answer(Call(SHOP_LOGIN, Query((message,))))
        assert isinstance(outcome, Refused)
        assert outcome.reason is Reason.STORE_UNAVAILABLE


@told
async def test_many_calls_at_once_are_each_answered_with_their_own(house: House) -> None:
    async with Works(house) as works:
        calls = [Call(who, Submit((text(),) * 2)) for who in (SHOP_LOGIN, BANK_LOGIN) * 20]
        outcomes = await asyncio.gather(*(works.intake.answer(call) for call in calls))
        ids = [result.message for outcome in outcomes for result in outcome if isinstance(result, Accepted)]  # type: ignore[union-attr]
        assert len(set(ids)) == 80
        owners = dict(house.rows("SELECT id, account_id FROM messages"))
        for call, outcome in zip(calls, outcomes, strict=True):
            assert isinstance(outcome, tuple)
            expected = SHOP if call.who is SHOP_LOGIN else BANK
            assert {owners[each.message] for each in outcome if isinstance(each, Accepted)} == {expected}
        assert house.flaws() == []


@told
async def test_a_large_request_and_a_small_one_at_the_same_time_are_both_taken(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gonets.flow.intake._MOST_UNDER_WAY", 5)
    monkeypatch.setattr("gonets.flow.intake._TURN", 2, raising=False)
    async with Works(house) as works:
        reserve_in_blocks(works)
        calls = [works.intake.answer(Call(SHOP_LOGIN, Submit((text(),) * count))) for count in (1, 9, 1)]
        outcomes = [reasons(outcome) for outcome in await asyncio.gather(*calls)]
        assert outcomes == [[None], [None] * 9, [None]]
        assert house.flaws() == []


@told
async def test_of_a_large_request_what_was_stored_before_the_store_failed_is_told_with_its_ids(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gonets.flow.intake._TURN", 2, raising=False)
    house.tamper_schema(
        "CREATE TRIGGER breaking BEFORE INSERT ON messages WHEN NEW.recipient = '79035550099'"
        " BEGIN SELECT abs(-9223372036854775807 - 1); END"
    )
    async with Works(house) as works:
        broken = text("79035550099")
        outcome = await works.ask(text(), text(), text(), broken, text("nonsense"), text())
        assert reasons(outcome) == [None, None, *[Reason.STORE_UNAVAILABLE] * 4]
        stored = [each.message for each in outcome if isinstance(each, Accepted)]  # type: ignore[union-attr]
        assert house.rows("SELECT id FROM messages ORDER BY id") == [(message,) for message in stored]
        assert house.balance() == 98 * ONE
        assert house.flaws() == []


@told
async def test_more_messages_than_can_be_stored_in_time_are_refused_and_one_large_request_alone_is_not(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gonets.flow.intake._MOST_UNDER_WAY", 5)
    async with Works(house) as works:
        reserve_in_blocks(works)
        assert reasons(await works.ask(*[text()] * 7)) == [None] * 7
        calls = [works.intake.answer(Call(SHOP_LOGIN, Submit((text(),) * 3))) for _ in range(3)]
        outcomes = [reasons(outcome) for outcome in await asyncio.gather(*calls)]
        assert outcomes == [[None] * 3, [Reason.STORE_UNAVAILABLE] * 3, [Reason.STORE_UNAVAILABLE] * 3]
        assert reasons(await works.ask(text())) == [None]
        assert house.rows("SELECT count(*) FROM messages") == [(11,)]


# ---- replaced


async def waiting(works: Works, validity: timedelta | None = None) -> tuple[Account, Pending]:
    """A message of the shop that waits, and its account."""
    account = works.intake.account(SHOP)
    assert account is not None
    pending = await works.intake.pending(account, await works.submit(text(validity=validity)))
    assert isinstance(pending, Pending)
    return account, pending


@told
async def test_a_message_that_waits_is_replaced_and_its_lane_rung(house: House) -> None:
    async with Works(house) as works:
        account, pending = await waiting(works)
        assert await works.rung("alpha")
        new = Submission("Sender", pending.recipient, "Goodbye")
        assert await works.intake.replace(account, SHOP_LOGIN, pending, new) == Replaced(pending.id, 1)
        assert await works.rung("alpha")
        assert house.rows("SELECT text FROM messages") == [("Goodbye",)]


@told
async def test_a_replacement_passes_the_checks_of_any_message(house: House) -> None:
    async with Works(house) as works:
        account, pending = await waiting(works)
        for wrong, reason in (
            (Submission("Sender", pending.recipient, ""), Reason.BAD_REQUEST),
            (Submission("Other", pending.recipient, "x"), Reason.UNKNOWN_MESSAGE),
            (Submission("Sender", pending.recipient, "x" * 161), Reason.UNSUPPORTED),
            (Submission("Sender", "nobody", "x"), Reason.BAD_RECIPIENT),
        ):
            refused = await works.intake.replace(account, SHOP_LOGIN, pending, wrong)
            assert isinstance(refused, Refused), wrong
            assert refused.reason is reason
        assert house.rows("SELECT text FROM messages") == [("Hello",)]
        assert house.balance() == 99 * ONE


@told
async def test_a_validity_that_is_not_given_stays_and_one_that_is_holds(house: House) -> None:
    async with Works(house) as works:
        account, pending = await waiting(works, validity=timedelta(hours=1))
        new = Submission("Sender", pending.recipient, "Goodbye")
        await works.intake.replace(account, SHOP_LOGIN, pending, new)
        assert house.rows("SELECT expires_at FROM messages") == [(micros(START + timedelta(hours=1)),)]
        new = msgspec.structs.replace(new, validity=timedelta(hours=2))
        await works.intake.replace(account, SHOP_LOGIN, pending, new)
        assert house.rows("SELECT expires_at FROM messages") == [(micros(START + timedelta(hours=2)),)]


@told
async def test_what_has_left_meanwhile_or_was_never_there_is_not_replaced(house: House) -> None:
    async with Works(house) as works:
        account, pending = await waiting(works)
        await works.leave()
        new = Submission("Sender", pending.recipient, "Goodbye")
        for refused in (
            await works.intake.replace(account, SHOP_LOGIN, pending, new),
            await works.intake.pending(account, pending.id),
            await works.intake.pending(account, MessageId(77)),
            await works.intake.pending(account, None),
        ):
            assert isinstance(refused, Refused)
            assert refused.reason is Reason.UNKNOWN_MESSAGE


@told
async def test_a_replacement_that_cannot_be_stored_is_refused(house: House) -> None:
    async with Works(house) as works:
        account, pending = await waiting(works)
        works.break_store()
        new = Submission("Sender", pending.recipient, "Goodbye")
        for refused in (
            await works.intake.replace(account, SHOP_LOGIN, pending, new),
            await works.intake.pending(account, pending.id),
        ):
            assert isinstance(refused, Refused)
            assert refused.reason is Reason.STORE_UNAVAILABLE
        works.mend_store()
