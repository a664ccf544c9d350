"""Requests that wait for their answers."""

from math import inf

from gonets.wire.smpp.codes import RESPONSE, Command
from gonets.wire.smpp.pdu import PDUS
from gonets.wire.smpp.window import Waiting, first, key_of, nacked, overdue, parts_of


def test_a_request_and_its_answer_have_one_key_and_no_other() -> None:
    keys = set()
    for kind in PDUS:
        for number in (0, 1, 0x7FFFFFFF, 0xFFFFFFFF):
            key = key_of(kind.command_id, number)
            assert parts_of(key) == (kind.command_id & ~RESPONSE, number)
            assert key == key_of(kind.command_id | RESPONSE, number)
            keys.add(key)
    commands = {kind.command_id & ~RESPONSE for kind in PDUS}
    assert len(keys) == 4 * len(commands)


def test_the_first_that_waits_is_the_first_that_is_due() -> None:
    waiting: Waiting = {key_of(4, 1): 10.0, key_of(4, 2): 11.0, key_of(3, 3): inf}
    assert first(waiting) == 10.0
    assert overdue(waiting, 9.9) == []
    assert overdue(waiting, 10.0) == [key_of(4, 1)]
    assert overdue(waiting, 1e9) == [key_of(4, 1), key_of(4, 2)]
    assert first({}) == inf
    assert overdue({}, 0.0) == []


def test_a_nack_finds_the_request_of_its_number_whatever_it_was() -> None:
    messages: Waiting = {key_of(Command.DATA_SM, 7): 1.0}
    keeping: Waiting = {key_of(Command.ENQUIRE_LINK, 8): 1.0}
    assert nacked(7, messages, keeping) == key_of(Command.DATA_SM, 7)
    assert nacked(8, messages, keeping) == key_of(Command.ENQUIRE_LINK, 8)
    assert nacked(9, messages, keeping) == 0
    assert nacked(0, messages, keeping) == 0
