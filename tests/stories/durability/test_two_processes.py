"""Two processes on one store: what is good for one message, or covers so many, is that for both of them together."""

from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Final

import msgspec
import pytest

from gonets.model.calls import Submission
from gonets.model.money import Millionths
from gonets.model.reasons import Reason
from gonets.stores import settings
from gonets.stores.money import adjust, check
from tests.clocks import START
from tests.processes import ACCOUNT, PRICE, Place, prepare
from tests.stories.durability.rivals import ACCEPTED, Plan, run_rivals

EACH: Final = 100
"""Submissions of each process."""
AT_ONCE: Final = 10

Text = Callable[[int], Submission]
"""The submission of that number, 0 .. 2 * EACH - 1."""


def same(number: int) -> Submission:
    return Submission("Sender", "79031234567", "Hello", client_id="order 7", once=True)


def like(number: int) -> Submission:
    return Submission("Sender", "79031234567", "Hello", client_id=str(number))


def other(number: int) -> Submission:
    return Submission("Sender", "79031234567", f"Hello {number}")


@pytest.mark.parametrize(
    ("item", "account", "accepted", "reason"),
    [
        pytest.param(same, {}, 1, Reason.DUPLICATE, id="one client id"),
        pytest.param(like, {"duplicate_s": 600}, 1, Reason.DUPLICATE, id="one text in a window"),
        pytest.param(other, {"flood_most": 5, "flood_gap_s": 600}, 5, Reason.FLOOD, id="one recipient"),
    ],
)
def test_of_what_both_submit_at_once_no_more_is_taken_than_of_one(
    tmp_path: Path, item: Text, account: dict[str, object], accepted: int, reason: Reason
) -> None:
    place = furnished(tmp_path, account)
    assert submit(place, item) == {ACCEPTED: accepted, reason: 2 * EACH - accepted}
    check_ledger(place, accepted)


def test_a_balance_pays_for_no_more_than_it_covers(tmp_path: Path) -> None:
    place = furnished(tmp_path, {}, covers=50)
    assert submit(place, other) == {ACCEPTED: 50, Reason.NO_CREDIT: 150}
    check_ledger(place, 50)
    assert balance(place) == 0


def furnished(tmp_path: Path, changes: dict[str, object], covers: int | None = None) -> Place:
    """A place whose account is set like this, and has what so many messages cost."""
    place = prepare(tmp_path)
    with place.changing() as connection:
        account = settings.find_account(connection, ACCOUNT)
        settings.change_account(connection, msgspec.structs.replace(account, **changes))
        if covers is not None:
            surplus = settings.balance_of(connection, account.id) - covers * PRICE
            adjust(connection, account.id, Millionths(-surplus), "too much", START)
    return place


def submit(place: Place, item: Text) -> dict[str, int]:
    """How many submissions ended how, of two processes that each submit half of them."""
    plans = [
        Plan(str(place.data), ACCOUNT, [item(number) for number in range(half, 2 * EACH, 2)], AT_ONCE)
        for half in (0, 1)
    ]
    return dict(Counter(run_rivals(plans)))


def check_ledger(place: Place, accepted: int) -> None:
    """So many messages are there, and everything adds up."""
    with place.reading() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM messages").scalar_one() == accepted
        assert list(check(connection)) == []


def balance(place: Place) -> int:
    with place.reading() as connection:
        return settings.balance_of(connection, settings.find_account(connection, ACCOUNT).id)
