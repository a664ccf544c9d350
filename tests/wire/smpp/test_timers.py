"""What is due next, as a value."""

from math import inf

import pytest

from gonets.wire.smpp.timers import Due, Timers, Watch, due

ALL = Timers(session_init=30.0, enquire_link=30.0, inactivity=120.0, response=60.0)
NONE = Timers(session_init=None, enquire_link=None, inactivity=None, response=None)


@pytest.mark.parametrize(
    ("timers", "watch", "expected"),
    [
        (ALL, Watch(opened=100.0, heard=100.0), (130.0, Due.INIT)),
        (ALL, Watch(opened=100.0, heard=129.0), (130.0, Due.INIT)),
        (ALL, Watch(opened=100.0, heard=110.0, bound=True), (230.0, Due.INACTIVE)),
        (ALL, Watch(opened=100.0, heard=110.0, bound=True, enquiring=True), (140.0, Due.ENQUIRE)),
        (
            Timers(enquire_link=200.0),
            Watch(opened=100.0, heard=110.0, bound=True, enquiring=True),
            (230.0, Due.INACTIVE),
        ),
        (
            Timers(enquire_link=None),
            Watch(opened=100.0, heard=110.0, bound=True, enquiring=True),
            (230.0, Due.INACTIVE),
        ),
        (Timers(inactivity=None), Watch(opened=100.0, heard=110.0), (130.0, Due.INIT)),
        (Timers(inactivity=5.0), Watch(opened=100.0, heard=110.0), (115.0, Due.INACTIVE)),
    ],
)
def test_the_earliest_is_due_next(timers: Timers, watch: Watch, expected: tuple[float, Due]) -> None:
    assert due(timers, watch) == expected


@pytest.mark.parametrize("bound", [False, True])
def test_without_timers_nothing_is_ever_due(bound: bool) -> None:
    at, _ = due(NONE, Watch(opened=0.0, heard=0.0, bound=bound, enquiring=bound))
    assert at == inf
