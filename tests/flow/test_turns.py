"""No part overtakes an earlier one to the same recipient because a link died or put it off."""

import msgspec

from gonets.flow.turns import GRACE, LOOK_AGAIN, Turns
from gonets.model.message import AccountId, Channel, PartId
from gonets.model.results import Deferred, Returned, Sent, Settled
from gonets.ports.stores import PutOff

NOW = 1_000_000_000


class Waiting(msgspec.Struct, frozen=True):
    id: PartId
    recipient: str = "79031234567"
    account: AccountId = AccountId(1)
    channel: Channel = Channel.SMS


def waiting(*ids: int) -> list[Waiting]:
    return [Waiting(PartId(each)) for each in ids]


def put_off(turns: Turns, part: int, until: int, connector: str = "alpha") -> None:
    settled = [Settled(PartId(part), Deferred(220, 5.0))]
    turns.settled(connector, settled, [PutOff(PartId(part), until)])


def test_parts_to_one_recipient_may_all_go_through_one_link() -> None:
    turns = Turns()
    assert turns.take("alpha", waiting(1, 2), NOW) == [0, 0]
    assert turns.take("alpha", waiting(3), NOW) == [0]


def test_a_part_waits_while_an_earlier_one_is_on_its_way_through_another_link() -> None:
    turns = Turns()
    turns.take("alpha", waiting(1), NOW)
    assert turns.take("beta", waiting(2), NOW) == [NOW + LOOK_AGAIN]
    turns.settled("alpha", [Settled(PartId(1), Sent("a"))], [])
    assert turns.take("beta", waiting(2), NOW + LOOK_AGAIN) == [0]


def test_an_earlier_part_never_waits_for_a_later_one() -> None:
    turns = Turns()
    turns.take("alpha", waiting(2), NOW)
    assert turns.take("beta", waiting(1), NOW) == [0]


def test_other_recipients_accounts_and_channels_do_not_wait() -> None:
    turns = Turns()
    turns.take("alpha", waiting(1), NOW)
    others = [
        Waiting(PartId(2), recipient="79031234568"),
        Waiting(PartId(3), account=AccountId(2)),
        Waiting(PartId(4), channel=Channel.VIBER),
    ]
    assert turns.take("beta", others, NOW) == [0, 0, 0]


def test_a_part_waits_for_an_earlier_one_that_was_put_off_whatever_its_link() -> None:
    turns = Turns()
    turns.take("alpha", waiting(1), NOW)
    put_off(turns, 1, NOW + 5_000_000)
    assert turns.take("alpha", waiting(2), NOW) == [NOW + 5_000_000]
    assert turns.take("beta", waiting(3), NOW) == [NOW + 5_000_000]


def test_what_waits_is_waited_for_itself() -> None:
    turns = Turns()
    turns.take("alpha", waiting(1), NOW)
    assert turns.take("beta", waiting(2), NOW) == [NOW + LOOK_AGAIN]
    turns.settled("alpha", [Settled(PartId(1), Sent("a"))], [])
    assert turns.take("alpha", waiting(3), NOW + 1) == [NOW + LOOK_AGAIN]


def test_what_comes_back_in_one_batch_leaves_in_its_order() -> None:
    turns = Turns()
    turns.take("alpha", waiting(1, 2), NOW)
    turns.settled(
        "alpha",
        [Settled(PartId(1), Returned()), Settled(PartId(2), Returned())],
        [PutOff(PartId(1), NOW), PutOff(PartId(2), NOW)],
    )
    assert turns.take("beta", waiting(3), NOW) == [NOW + LOOK_AGAIN]
    assert turns.take("beta", waiting(1, 2, 3), NOW + 1) == [0, 0, 0]


def test_a_part_that_was_put_off_and_never_came_back_holds_nobody_up_for_ever() -> None:
    turns = Turns()
    turns.take("alpha", waiting(1), NOW)
    put_off(turns, 1, NOW + 10)
    assert turns.take("alpha", waiting(2), NOW + 10 + GRACE) == [0]


def test_an_answer_through_a_link_that_lost_the_part_says_nothing_of_the_one_that_has_it() -> None:
    turns = Turns()
    turns.take("alpha", waiting(1), NOW)
    turns.take("beta", waiting(1), NOW)
    turns.settled("alpha", [Settled(PartId(1), Returned())], [PutOff(PartId(1), NOW)])
    assert turns.take("alpha", waiting(2), NOW) == [NOW + LOOK_AGAIN]


def test_a_link_that_is_opened_anew_has_nothing_on_its_way() -> None:
    turns = Turns()
    turns.take("alpha", waiting(1), NOW)
    turns.forget("alpha")
    assert turns.take("beta", waiting(2), NOW) == [0]


class Compared(int):
    """A part's id that counts how often it is compared."""

    times = 0

    def __ge__(self, other: int) -> bool:
        Compared.times += 1
        return int(self) >= other

    def __le__(self, other: int) -> bool:
        Compared.times += 1
        return int(self) <= other


def test_a_line_of_very_many_to_one_recipient_is_not_gone_through_for_each_of_them() -> None:
    turns = Turns()
    turns.take("alpha", waiting(1), NOW)
    line = [Waiting(PartId(Compared(each))) for each in range(2, 1002)]
    assert set(turns.take("beta", line, NOW)) == {NOW + LOOK_AGAIN}
    assert Compared.times <= 2 * len(line)


def test_a_part_looks_again_only_later_while_an_earlier_one_is_not_back_in_its_lane() -> None:
    turns = Turns()
    turns.take("alpha", waiting(1), NOW)
    put_off(turns, 1, NOW + 5)
    assert turns.take("alpha", waiting(2), NOW + 6) == [NOW + 6 + LOOK_AGAIN]


def test_what_comes_late_into_a_line_stands_where_its_id_has_it() -> None:
    turns = Turns()
    turns.take("alpha", waiting(5), NOW)
    turns.take("beta", waiting(2), NOW)
    assert turns.take("alpha", waiting(3), NOW) == [NOW + LOOK_AGAIN]
    assert turns.take("gamma", waiting(1), NOW) == [0]
