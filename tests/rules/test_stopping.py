"""Who is on a stop list."""

from array import array
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gonets.rules.stopping import StopList, build, holds, is_stopped

NUMBERS = st.integers(min_value=0, max_value=2**64 - 1) | st.integers(min_value=0, max_value=30)
LISTS: dict[int, StopList] = {
    0: build([[79990000001, 380990000001]]),
    7: build([[79990000007]]),
}


@pytest.mark.parametrize(
    ("recipient", "account", "stopped"),
    [
        ("79990000001", 7, True),
        ("79990000001", 8, True),
        ("380990000001", 7, True),
        ("79990000007", 7, True),
        ("79990000007", 8, False),
        ("79990000002", 7, False),
        ("7999000000", 7, False),
        ("799900000011", 7, False),
        ("1", 7, False),
        ("999999999999999", 7, False),
        ("", 7, False),
        ("someone@example.com", 7, False),
    ],
)
def test_a_list_holds_for_everybody_or_for_one_account(recipient: str, account: int, stopped: bool) -> None:
    assert is_stopped(recipient, account, LISTS) is stopped


def test_without_lists_nobody_is_stopped() -> None:
    assert not is_stopped("79990000001", 1, {})
    assert not is_stopped("79990000001", 1, {0: build([]), 1: build([[]])})


def test_an_account_without_a_list_of_its_own_has_everybody_s() -> None:
    assert is_stopped("79990000001", 1, {0: LISTS[0]})
    assert not is_stopped("79990000001", 1, {7: LISTS[0]})


@given(st.lists(st.lists(NUMBERS)))
def test_a_list_is_its_numbers_in_order_and_none_twice(chunks: list[list[int]]) -> None:
    built = build(chunks)
    assert built.typecode == "Q"
    assert list(built) == sorted({number for chunk in chunks for number in chunk})


@given(st.sets(NUMBERS), NUMBERS)
def test_a_list_holds_its_numbers_and_no_other(numbers: set[int], other: int) -> None:
    built = build([numbers])
    assert all(holds(built, number) for number in numbers)
    assert holds(built, other) == (other in numbers)


@pytest.mark.parametrize("step", [1, -1, 7919])
def test_many_numbers_are_put_in_order_whatever_order_they_come_in(step: int) -> None:
    """More than are sorted at a time: in order, in reverse, and all over the place."""
    count = 200_003
    assert build([(step * at % count for at in range(count))]) == array("Q", range(count))


def test_numbers_that_come_twice_far_apart_are_there_once() -> None:
    assert build([range(100_000), range(50_000, 150_000)]) == array("Q", range(150_000))


def test_chunks_are_taken_one_by_one() -> None:
    taken: list[int] = []

    def chunks() -> Iterator[list[int]]:
        for at in range(5):
            assert len(taken) == at
            taken.append(at)
            yield [at]

    assert list(build(chunks())) == taken


@pytest.mark.parametrize("number", [-1, 2**64])
def test_what_no_list_can_hold_is_an_error(number: int) -> None:
    with pytest.raises(OverflowError):
        build([[number]])
