"""Real SMPP clients talk to a whole gateway: what they send arrives, and what they are told they understand."""

import re
from collections import Counter
from pathlib import Path

import pytest

from gonets.wire.smpp.codes import Command, MessageState
from tests.processes import GatewayProcess
from tests.stories.peers.clients import CLIENTS, SENDER, Client, Run, plan, run
from tests.stories.peers.wiretap import Chunk, dissect

_RECEIPT = re.compile(
    r"id:(\d+) sub:(\d{3}) dlvrd:(\d{3}) submit date:(\d{10}) done date:(\d{10}) stat:(\w+) err:(\d{3}) text:(.*)",
    re.DOTALL,
)


@pytest.fixture(scope="module", params=CLIENTS, ids=lambda client: client.name)
def told(
    request: pytest.FixtureRequest, gateway: GatewayProcess, tmp_path_factory: pytest.TempPathFactory
) -> Run:
    """What each client has sent and heard."""
    client: Client = request.param
    messages = plan(client, 100 * CLIENTS.index(client))
    return run(client, gateway, messages, tmp_path_factory.mktemp("client"))


def test_it_is_bound_and_each_of_its_parts_gets_an_id_of_its_own(told: Run) -> None:
    assert told.said.bound == "Gonets"
    assert told.said.statuses == {}
    assert {key: len(ids) for key, ids in told.said.ids.items()} == {
        message.key: message.ids for message in told.messages
    }
    ids = [each for ids in told.said.ids.values() for each in ids]
    assert all(each.isdecimal() for each in ids)
    assert len(set(ids)) == len(ids)


def test_its_texts_are_on_the_phones_to_the_letter(told: Run) -> None:
    for message in told.messages:
        assert told.inbox[message.to] == [message.text], message.key


def test_it_hears_one_receipt_for_each_id_in_words_and_in_parameters(told: Run) -> None:
    receipts = {receipt.id: receipt for receipt in told.said.receipts}
    assert Counter(receipt.id for receipt in told.said.receipts) == Counter(
        each for ids in told.said.ids.values() for each in ids
    )
    for message in told.messages:
        inside = message.parts // message.ids
        for each in told.said.ids[message.key]:
            receipt = receipts[each]
            read = _RECEIPT.fullmatch(receipt.text)
            assert read, receipt.text
            message_id, sub, dlvrd, submitted, done, stat, err, _ = read.groups()
            assert (message_id, int(sub), int(dlvrd), stat, err) == (each, inside, inside, "DELIVRD", "000")
            assert submitted <= done
            assert (receipt.source, receipt.destination) == (message.to, SENDER)
            assert (receipt.state, receipt.error) == (MessageState.DELIVERED, "030000")
            assert receipt.price.rstrip("\0") == f"{inside}.0000"
            assert (receipt.type, int(receipt.parts, 16)) == ("0000", inside)


def test_its_questions_are_answered_with_what_the_receipts_said(told: Run) -> None:
    done = {receipt.id: _RECEIPT.fullmatch(receipt.text) for receipt in told.said.receipts}
    assert set(told.said.states) == set(done)
    for each, (state, final_date, error) in told.said.states.items():
        receipt = done[each]
        assert receipt
        assert (state, final_date, error) == (MessageState.DELIVERED, receipt[5], 0)


def test_wireshark_finds_nothing_malformed_in_what_was_said(told: Run, tmp_path: Path) -> None:
    dissected = told.tap.dissected(tmp_path)
    assert dissected.complaints == []
    assert dissected.commands == told.tap.commands()
    ids = sum(message.ids for message in told.messages)
    for command in (Command.SUBMIT_SM, Command.DELIVER_SM, Command.QUERY_SM):
        assert (dissected.commands[command], dissected.commands[command | 0x8000_0000]) == (ids, ids)
    assert dissected.commands[Command.UNBIND_RESP] == 1


def test_wireshark_would_find_a_pdu_that_is_malformed(tmp_path: Path) -> None:
    cut = b"\0\0\0\x15" + b"\0\0\0\x04" + b"\0\0\0\0" + b"\0\0\0\x01" + b"\0\x05\0Go"
    assert dissect([Chunk(0, True, 0.0, cut)], tmp_path / "cut.pcap").complaints
