"""Notices of one account on their way to its connections."""

from collections.abc import Sequence
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from gonets.flow.rounds import TRIES, Round
from gonets.model.account import Account
from gonets.model.message import AccountId, MessageId, State
from gonets.model.money import Millionths
from gonets.ports.stores import Mail, Notice

ACCOUNT = Account(AccountId(1), "shop", "g", "RUB", Millionths(0), "RU", ZoneInfo("UTC"))


def notice(number: int) -> Notice:
    return Notice(number, ACCOUNT.id, MessageId(1000 + number), State.DELIVERED, 0, 0, 0)


class Line:
    """An outlet that keeps what it is handed."""

    def __init__(self, window: int = 3) -> None:
        self.window = window
        self.open: list[int] = []
        self.handed: list[int] = []

    def room(self) -> int:
        return self.window - len(self.open)

    def hand(self, notices: Sequence[Mail], account: Account) -> None:
        assert account is ACCOUNT
        assert len(notices) <= self.room()
        self.open += [each.id for each in notices]
        self.handed += [each.id for each in notices]

    def settle(self, going: Round, *taken: int, now: float = 0.0) -> None:
        self.open = [each for each in self.open if each not in taken]
        going.settle(taken, [], now)

    def refuse(self, going: Round, *refused: int, now: float = 0.0) -> list[int]:
        self.open = [each for each in self.open if each not in refused]
        return going.settle([], refused, now)


def begun(*outlets: Line, count: int = 6) -> Round:
    going = Round()
    for outlet in outlets:
        going.join(outlet)
    assert going.read([notice(number) for number in range(1, count + 1)])
    going.hand(ACCOUNT, 0.0)
    return going


def test_as_many_are_handed_over_as_there_is_room_for_the_oldest_first() -> None:
    line = Line()
    going = begun(line)
    assert line.handed == [1, 2, 3]
    line.settle(going, 2)
    going.hand(ACCOUNT, 0.0)
    assert line.handed == [1, 2, 3, 4]


def test_several_outlets_share() -> None:
    first, second = Line(), Line()
    begun(first, second)
    assert (first.handed, second.handed) == ([1, 2, 3], [4, 5, 6])


def test_what_was_taken_is_known_until_it_is_dismissed() -> None:
    line = Line()
    going = begun(line, count=3)
    line.settle(going, 1, 2)
    assert going.taken() == [1, 2]
    assert not going.read([notice(1), notice(2), notice(3)])
    going.dismissed([1, 2])
    assert going.taken() == []
    assert going.read([notice(1)])


def test_what_was_refused_is_handed_over_again_after_pauses_that_double() -> None:
    line = Line(1)
    going = begun(line, count=1)
    now = 0.0
    for pause in (1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0):
        assert line.refuse(going, 1, now=now) == []
        assert not going.idle
        going.hand(ACCOUNT, now + pause - 0.01)
        assert line.open == []
        now += pause
        assert going.due(now)
        going.hand(ACCOUNT, now)
        assert line.open == [1]
    assert len(line.handed) == TRIES
    assert line.refuse(going, 1, now=now) == [1]
    assert going.idle
    assert not going.read([notice(1)])


def test_what_was_set_aside_has_another_chance_with_the_next_connection() -> None:
    line = Line(1)
    going = begun(line, count=1)
    for turn in range(TRIES):
        line.refuse(going, 1, now=1000.0 * turn)
        going.hand(ACCOUNT, 1000.0 * (turn + 1))
    other = Line()
    going.join(other)
    assert going.read([notice(1)])
    going.hand(ACCOUNT, 9000.0)
    assert line.open + other.open == [1]


def test_what_was_refused_goes_before_what_is_younger() -> None:
    line = Line(1)
    going = begun(line, count=3)
    line.refuse(going, 1)
    going.hand(ACCOUNT, 0.5)
    line.settle(going, 2)
    going.hand(ACCOUNT, 1.0)
    assert line.handed == [1, 2, 1]


def test_what_an_outlet_that_leaves_had_is_handed_to_another() -> None:
    first, second = Line(), Line()
    going = begun(first, second)
    second.settle(going, 4, 5, 6)
    going.leave(first)
    going.hand(ACCOUNT, 0.0)
    assert second.open == [1, 2, 3]
    assert going.taken() == [4, 5, 6]


def test_when_the_last_one_leaves_only_what_was_taken_is_still_known() -> None:
    line = Line()
    going = begun(line)
    line.settle(going, 1)
    going.leave(line)
    going.leave(line)
    assert not going.open
    assert (going.taken(), going.known(), going.idle) == ([1], 1, False)
    going.dismissed([1])
    assert going.idle


def test_more_is_read_while_there_is_room_and_not_from_a_client_that_takes_nothing() -> None:
    line = Line(2_000)
    going = Round()
    going.join(line)
    assert going.wants()
    going.read([notice(number) for number in range(1, 1_001)])
    assert going.wants()
    going.hand(ACCOUNT, 0.0)
    line.refuse(going, *range(1, 1_001))
    assert not going.wants()


actions = st.lists(
    st.tuples(st.sampled_from(["take", "refuse", "hand", "read", "join", "leave"]), st.integers(0, 5)),
    max_size=40,
)


@settings(deadline=None)
@given(actions)
def test_whatever_happens_each_notice_is_in_one_place(script: list[tuple[str, int]]) -> None:
    going = Round()
    lines: list[Line] = []
    mailbox = dict.fromkeys(range(1, 30))
    now = 0.0
    for action, which in script:
        now += 1.0
        line = lines[which % len(lines)] if lines else None
        match action:
            case "join":
                lines.append(Line())
                going.join(lines[-1])
            case "read":
                going.read([notice(number) for number in list(mailbox)[:10]])
            case "hand":
                going.hand(ACCOUNT, now)
            case "take" if line is not None and line.open:
                line.settle(going, line.open[0], now=now)
                dismissed = going.taken()
                for number in dismissed:
                    del mailbox[number]
                going.dismissed(dismissed)
            case "refuse" if line is not None and line.open:
                line.refuse(going, line.open[0], now=now)
            case "leave" if line is not None:
                lines.remove(line)
                going.leave(line)
        open_now = [number for each in lines for number in each.open]
        assert len(open_now) == len(set(open_now))
        assert set(open_now) <= set(mailbox)
        assert going.known() <= len(mailbox)
