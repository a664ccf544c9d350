"""A link learns from its first receipts how they write ids, and is not led astray by a coincidence."""

import pytest

from gonets.connectors.smpp.ids import IdForms
from gonets.connectors.smpp.settings import Ids
from gonets.model.message import State
from gonets.model.results import Receipt
from tests.clocks import START

PHONE = "79161234567"


def receipt(remote_id: str, recipient: str = PHONE) -> Receipt:
    return Receipt(remote_id, State.DELIVERED, 0, START, recipient)


def told(receipts: object) -> list[tuple[str, tuple[str, ...]]]:
    assert isinstance(receipts, list | tuple)
    return [(each.remote_id, each.others) for each in receipts]


def test_while_a_link_is_strange_its_receipts_say_what_else_they_may_mean() -> None:
    assert told(IdForms(Ids.AUTO).reported(receipt("1001"))) == [("1001", ("3e9", "4097"))]
    assert told(IdForms(Ids.AUTO).reported(receipt("0A1B"))) == [("0A1B", ("2587",))]
    assert told(IdForms(Ids.AUTO).reported(receipt("m-1"))) == [("m-1", ())]


@pytest.mark.parametrize(("answer", "said"), [("1001", "1001"), ("00AB", "ab"), ("x-Y", "X-y")])
def test_one_receipt_with_the_very_id_of_its_answer_says_that_they_are_the_same(
    answer: str, said: str
) -> None:
    ids = IdForms(Ids.AUTO)
    ids.answered(answer, PHONE)
    ids.reported(receipt(said))
    assert ids.ids is Ids.SAME
    assert told(ids.reported(receipt("4097"))) == [("4097", ())]


def test_three_receipts_in_decimal_teach_that_answers_are_hexadecimal() -> None:
    ids = IdForms(Ids.AUTO)
    for number in (0xA001, 0xA002, 0xA003):
        ids.answered(f"0000{number:X}", PHONE)
    assert told(ids.reported(receipt(str(0xA001)))) == [("40961", ("a001", "264545"))]
    ids.reported(receipt(str(0xA002)))
    again = ids.reported(receipt(str(0xA003)))
    assert ids.ids is Ids.HEX
    assert [each.remote_id for each in again] == ["a001", "a002", "a003"]
    assert told(ids.reported(receipt("255"))) == [("ff", ("255",))]
    assert told(ids.reported(receipt("zz"))) == [("zz", ())]


def test_three_receipts_in_hexadecimal_teach_that_answers_are_decimal() -> None:
    ids = IdForms(Ids.AUTO)
    for number in (700, 701, 702):
        ids.answered(str(number), PHONE)
        ids.reported(receipt(f"{number:X}"))
    assert ids.ids is Ids.DECIMAL
    assert told(ids.reported(receipt("2BF"))) == [("703", ("2BF",))]


def test_receipts_before_their_answers_teach_too_and_are_told_again_then() -> None:
    ids = IdForms(Ids.AUTO)
    for number in (0xAA, 0xAB, 0xAC):
        ids.reported(receipt(str(number)))
    assert ids.answered("AA", PHONE) == ()
    assert ids.answered("AB", PHONE) == ()
    assert [each.remote_id for each in ids.answered("AC", PHONE)] == ["aa", "ab", "ac"]
    assert ids.ids is Ids.HEX


def test_an_early_receipt_with_the_very_id_teaches_that_they_are_the_same() -> None:
    ids = IdForms(Ids.AUTO)
    ids.reported(receipt("1001"))
    assert ids.answered("1001", PHONE) == ()
    assert ids.ids is Ids.SAME


def test_the_same_digits_for_another_recipient_teach_nothing() -> None:
    ids = IdForms(Ids.AUTO)
    for number in range(1, 10):
        ids.answered(f"{number + 0x3E8:x}", "79990000000")
        ids.reported(receipt(str(number + 0x3E8)))
    assert ids.ids is Ids.AUTO


def test_one_coincidence_teaches_nothing() -> None:
    ids = IdForms(Ids.AUTO)
    for number in range(4090, 4100):
        ids.answered(str(number), PHONE)
    ids.reported(receipt("1001"))  # before its answer, and 4097 is 0x1001
    assert told(ids.reported(receipt("5001"))) == [("5001", ("1389", "20481"))]
    ids.reported(receipt("4090"))
    assert ids.ids is Ids.SAME


def test_a_setting_leaves_nothing_to_learn() -> None:
    assert told(IdForms(Ids.SAME).reported(receipt("10"))) == [("10", ())]
    assert told(IdForms(Ids.HEX).reported(receipt("10"))) == [("a", ("10",))]
    assert told(IdForms(Ids.DECIMAL).reported(receipt("10"))) == [("16", ("10",))]


def test_what_is_kept_of_a_link_that_teaches_nothing_is_bounded() -> None:
    ids = IdForms(Ids.AUTO)
    for number in range(30_000):
        ids.answered(f"a-{number}", PHONE)
        ids.reported(receipt(f"b-{number}"))
    assert len(ids._answers) <= 10_000
    assert len(ids._meant) <= 10_000
    assert len(ids._told) <= 1_000
