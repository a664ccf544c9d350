"""Every reason for a refusal, provoked at the one door; and of two that hold at once, the earlier is the answer."""

from collections.abc import Callable
from itertools import combinations, pairwise
from typing import Final

import msgspec
import pytest
from sqlalchemy import Connection

from gonets.flow.intake import Intake
from gonets.model.account import Tariff
from gonets.model.calls import Call, Login, Query, Submission, Submit
from gonets.model.message import AccountId, Channel, MessageId
from gonets.model.money import ONE, Millionths
from gonets.model.reasons import Reason
from gonets.model.results import Accepted, Refused
from gonets.rules.guarding import DUPLICATE, FLOOD, SEEN
from gonets.stores import settings, stops
from gonets.stores.store import transaction
from tests.contract.house import SCALE, SHOP, House, told
from tests.flow.works import SHOP_LOGIN, Works, text

NOBODY: Final = AccountId(0)
"""As the owner of a stop list or word: whoever sends."""
FAR: Final = "12025550123"
"""There is a price to it and no route."""
SHORT: Final = "7903"
"""Too short for a number."""


class Flaw(msgspec.Struct, frozen=True):
    """Something that is wrong with a call, and what is answered to it."""

    answer: Reason | Refused
    settings: Callable[[Connection], object] = lambda connection: None
    """What is set."""
    login: dict[str, str] = {}
    """Of the call, other than usual."""
    item: dict[str, object] = {}
    """Of the submission, other than usual."""
    what: Query | Refused | None = None
    """What is asked instead of a submission, or what the dialect could not read."""
    earlier: bool = False
    """One like it, with nothing wrong, was taken a moment before and before anything was set."""
    rate_is_used_up: bool = False
    links_are_down: bool = False
    store_is_down: bool = False


def account(**changes: object) -> Callable[[Connection], object]:
    """The account that asks is set like this."""

    def change(connection: Connection) -> None:
        shop = settings.find_account(connection, "shop")
        settings.change_account(connection, msgspec.structs.replace(shop, **changes))

    return change


def tariff(prefix: str, price: int, *, closed: bool = False) -> Callable[[Connection], object]:
    return lambda connection: settings.put_tariff(
        connection, Tariff("retail", Channel.SMS, prefix, Millionths(price), closed)
    )


def stopped(*numbers: int) -> Callable[[Connection], object]:
    return lambda connection: stops.add(connection, NOBODY, numbers)


def stop_word(word: str) -> Callable[[Connection], object]:
    return lambda connection: stops.put_words(connection, NOBODY, "word", [word])


UNREADABLE: Final = Refused(Reason.BAD_REQUEST, "subject, address and text are required.")

FLAWS: Final = {
    "wrong password": Flaw(Reason.BAD_CREDENTIALS, login={"password": "wrong"}),
    "another network": Flaw(Reason.HOST_NOT_ALLOWED, account(networks=("192.0.2.0/24",))),
    "switched off": Flaw(Reason.ACCOUNT_BLOCKED, account(enabled=False)),
    "rate used up": Flaw(Reason.TOO_MANY_REQUESTS, account(rate=1), rate_is_used_up=True),
    "no recipient": Flaw(Reason.BAD_REQUEST, item={"recipient": ""}),
    "sender's form": Flaw(Reason.BAD_SENDER, item={"sender": "far too long a name"}),
    "sender not registered": Flaw(Reason.UNKNOWN_SENDER, account(any_sender=False)),
    "text too long": Flaw(Reason.BAD_TEXT, item={"text": "x" * 50_000}),
    "no number": Flaw(Reason.BAD_RECIPIENT, item={"recipient": SHORT}),
    "stop list": Flaw(Reason.RECIPIENT_DENIED, stopped(79031234567, int(SHORT), int(FAR))),
    "closed": Flaw(Reason.DIRECTION_CLOSED, tariff("", 200 * ONE, closed=True)),
    "no route": Flaw(Reason.NO_ROUTE, item={"recipient": FAR}),
    "stop word": Flaw(Reason.BLOCKED_TEXT, stop_word("hello")),
    "client id seen": Flaw(SEEN, item={"client_id": "7", "once": True}, earlier=True),
    "duplicate": Flaw(DUPLICATE, account(duplicate_s=60), earlier=True),
    "flood": Flaw(FLOOD, account(flood_most=1, flood_gap_s=60), earlier=True),
    "no credit": Flaw(Reason.NO_CREDIT, tariff("", 200 * ONE)),
}
"""In the order of the checks. None of them mends another."""

BESIDE: Final = {
    "not of a message": Flaw(Reason.UNKNOWN_MESSAGE, what=Query((MessageId(7), None))),
    "no such operation": Flaw(Reason.UNSUPPORTED, what=Refused(Reason.UNSUPPORTED)),
    "not readable": Flaw(UNREADABLE, what=UNREADABLE),
    "no store": Flaw(Reason.STORE_UNAVAILABLE, store_is_down=True),
    "no link": Flaw(Reason.UPSTREAM_UNAVAILABLE, account(refuse_when_down=True), links_are_down=True),
}
"""Those that have no place in that order."""

PAIRS: Final = [*(combinations(FLAWS, 2) if SCALE >= 1 else pairwise(FLAWS))]
"""Neighbours; at full size every two."""

EVERY: Final = FLAWS | BESIDE


def reason_of(answer: Reason | Refused) -> Reason:
    return answer.reason if isinstance(answer, Refused) else answer


def test_every_reason_is_provoked() -> None:
    assert {reason_of(flaw.answer) for flaw in EVERY.values()} == set(Reason)


@pytest.mark.parametrize("what", EVERY)
def test_a_call_with_a_flaw_is_refused_for_it_and_costs_nothing(house: House, what: str) -> None:
    check(house, EVERY[what], EVERY[what].answer)


@pytest.mark.parametrize(("earlier", "later"), PAIRS)
def test_of_two_flaws_the_one_that_is_looked_for_first_is_the_answer(
    house: House, earlier: str, later: str
) -> None:
    first, second = FLAWS[earlier], FLAWS[later]

    def both(connection: Connection) -> None:
        second.settings(connection)
        first.settings(connection)

    check(
        house,
        Flaw(
            first.answer,
            both,
            first.login | second.login,
            second.item | first.item,
            earlier=first.earlier or second.earlier,
            rate_is_used_up=first.rate_is_used_up or second.rate_is_used_up,
        ),
        first.answer,
    )


def test_what_cannot_be_read_is_told_before_what_is_wrong_with_other_messages(house: House) -> None:
    @told
    async def story() -> None:
        async with Works(house) as works:
            outcome = await works.ask(text("nonsense"), UNREADABLE)
            assert isinstance(outcome, tuple)
            assert [reason_of(each) for each in outcome if isinstance(each, Refused)] == [
                Reason.BAD_RECIPIENT,
                Reason.BAD_REQUEST,
            ]

    story()


def check(house: House, flaw: Flaw, answer: Reason | Refused) -> None:
    """A call with that flaw gets that answer, and nothing is kept or charged."""

    @told
    async def story() -> None:
        who = msgspec.structs.replace(SHOP_LOGIN, **flaw.login)
        item = msgspec.structs.replace(text(), **flaw.item)
        async with Works(house) as works:
            if flaw.earlier:
                await works.submit(msgspec.structs.replace(text(), client_id=item.client_id, once=item.once))
            with transaction(house.engine) as connection:
                flaw.settings(connection)
            await works.directory.refresh()
            if flaw.rate_is_used_up:
                assert works.limits.allows(works.directory.tables.accounts[SHOP], 1)
            before = house.balance(), house.rows("SELECT id FROM messages")
            if flaw.store_is_down:
                works.break_store()
            refused = await answered(works, flaw, who, item)
            if isinstance(answer, Refused):
                assert refused == answer
            assert refused.reason is reason_of(answer)
            assert (house.balance(), house.rows("SELECT id FROM messages")) == before

    story()


async def answered(works: Works, flaw: Flaw, who: Login, item: Submission) -> Refused:
    """Of a whole call, or of each of its items."""
    intake = works.intake
    if flaw.links_are_down:
        intake = Intake(
            works.directory,
            works.messages,
            works.ids,
            works.limits,
            works.clock,
            works.bell,
            works.meters,
            lambda connector: False,
        )
    what = flaw.what if isinstance(flaw.what, Query) else Submit((flaw.what or item,))
    outcome = await intake.answer(Call(who, what))
    if isinstance(outcome, Refused):
        return outcome
    assert isinstance(outcome, tuple)
    assert not any(isinstance(each, Accepted) for each in outcome), outcome
    [refused] = {each.reason: each for each in outcome if isinstance(each, Refused)}.values()
    return refused
