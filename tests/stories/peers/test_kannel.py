"""Kannel sends through a whole gateway: texts arrive, receipts are called home, and its window of 300 is held."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from gonets.connectors.simulator.phones import Received, read_inbox
from gonets.wire.smpp.codes import Command
from tests.processes import GatewayProcess, until
from tests.stories.peers.clients import EMOJI, LATIN, LONG_LATIN, LONG_RUSSIAN, PARTS, RUSSIAN, SENDER
from tests.stories.peers.conftest import ALONE
from tests.stories.peers.kannel import ENDS, WINDOW, Kannel, kannel
from tests.stories.peers.wiretap import Wiretap

GSM, UCS2 = 0, 2
TAKEN = "0: Accepted for delivery"
_RESPONSE = 0x8000_0000
_SECONDS = 30.0


@pytest.fixture(scope="module")
def tap(gateway: GatewayProcess) -> Iterator[Wiretap]:
    with Wiretap(gateway.ports["smpp"]) as tap:
        yield tap


@pytest.fixture(scope="module")
def peer(tap: Wiretap, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kannel]:
    with kannel(tmp_path_factory.mktemp("kannel"), tap.port) as peer:
        yield peer


def delivered(peer: Kannel, key: str, count: int = 1) -> None:
    until(lambda: peer.delivered(key) >= count, _SECONDS, f"Kannel does not hear that {key!r} is delivered")


@pytest.mark.parametrize(
    ("recipient", "text", "coding", "parts"),
    [
        ("79170000001", LATIN, GSM, 1),
        ("79170000002", RUSSIAN, UCS2, 1),
        ("79170000003", EMOJI, UCS2, 1),
        ("79170000004", LONG_LATIN, GSM, PARTS),
        ("79170000005", LONG_RUSSIAN, UCS2, PARTS),
    ],
)
def test_a_text_is_on_the_phone_and_its_receipt_is_called_home(
    gateway: GatewayProcess, peer: Kannel, recipient: str, text: str, coding: int, parts: int
) -> None:
    assert peer.send(recipient, [recipient], text, coding) == TAKEN
    delivered(peer, recipient)

    def arrived() -> bool:
        inbox = read_inbox(gateway.place.data / "phones", recipient)
        return [(each.text, each.sender) for each in inbox] == [(text, SENDER)]

    until(arrived, _SECONDS, "the phone shows another text")
    told = {each.kind: each.answer for each in peer.heard if each.key == recipient}
    assert "stat:DELIVRD err:000" in told[1]
    assert len([line for line in gateway.place.phones() if line.recipient == recipient]) == parts


def test_seven_parts_by_sar_are_on_the_phone_and_each_receipt_is_called_home(
    gateway: GatewayProcess, peer: Kannel
) -> None:
    to = "79170000007"
    text = "".join(f"{number:04} Гонец едет. " for number in range(26))
    pieces = [text[start : start + 67] for start in range(0, len(text), 67)]
    assert len(pieces) == PARTS
    for number, piece in enumerate(pieces, 1):
        sar = {"reference": "77", "total": str(PARTS), "number": str(number)}
        assert peer.send(f"sar {number}", [to], piece, UCS2, parameters=sar) == TAKEN
    for number in range(1, PARTS + 1):
        delivered(peer, f"sar {number}")
    parts = sorted((line for line in gateway.place.phones() if line.recipient == to), key=_number)
    assert [(line.number, line.total) for line in parts] == [
        (number, PARTS) for number in range(1, PARTS + 1)
    ]
    assert "".join(line.text for line in parts) == text


def _number(line: Received) -> int:
    return line.number


def test_a_long_text_in_message_payload_is_on_the_phone(gateway: GatewayProcess, peer: Kannel) -> None:
    to = "79170000008"
    text = "".join(f"{number:04} The messenger rides. " for number in range(40))
    assert peer.send("payload", [to], "", GSM, parameters={"payload": text}) == TAKEN
    delivered(peer, "payload")
    assert [each.text for each in read_inbox(gateway.place.data / "phones", to)] == [text]
    assert len([line for line in gateway.place.phones() if line.recipient == to]) == PARTS


@pytest.mark.parametrize(
    ("to", "text", "coding"), [("79170000009", LONG_LATIN, GSM), ("79170000010", LONG_RUSSIAN, UCS2)]
)
def test_a_long_text_that_it_puts_into_message_payload_itself_is_on_the_phone(
    gateway: GatewayProcess, tmp_path: Path, to: str, text: str, coding: int
) -> None:
    with (
        Wiretap(gateway.ports["smpp_smsc"]) as tap,
        kannel(tmp_path, tap.port, ALONE, more="max-sms-octets = 1500") as whole,
    ):
        assert whole.send(to, [to], text, coding) == TAKEN
        delivered(whole, to)
        assert tap.commands()[Command.SUBMIT_SM] == 1
    assert [each.text for each in read_inbox(gateway.place.data / "phones", to)] == [text]
    assert len([line for line in gateway.place.phones() if line.recipient == to]) == PARTS


def test_what_cannot_be_delivered_is_called_home_too(peer: Kannel) -> None:
    assert peer.send("unknown", ["79170009901"], "Hello", GSM) == TAKEN
    until(lambda: any(each == ("unknown", 2, each.answer) for each in peer.heard), _SECONDS)
    [answer] = [each.answer for each in peer.heard if (each.key, each.kind) == ("unknown", 2)]
    assert "stat:UNDELIV err:001" in answer


def test_its_window_of_300_fills_up_and_nothing_in_it_is_refused(peer: Kannel, tap: Wiretap) -> None:
    before = tap.commands()
    tap.answering.clear()
    for hundred in range(10):
        recipients = [f"791710{hundred}{number:04}" for number in range(100)]
        for start in range(0, 100, 20):
            assert peer.send("burst", recipients[start : start + 20], "Burst", GSM, ENDS) == TAKEN

    def submitted() -> int:
        return (tap.commands() - before)[Command.SUBMIT_SM]

    until(lambda: submitted() >= WINDOW, _SECONDS, "Kannel does not fill its window")
    assert submitted() == WINDOW
    tap.answering.set()
    delivered(peer, "burst", 1000)
    answers = [pdu for pdu in tap.pdus() if int.from_bytes(pdu[4:8]) == Command.SUBMIT_SM_RESP]
    assert {pdu[8:12] for pdu in answers} == {bytes(4)}
    assert submitted() == 1000


def test_latin_1_letters_that_it_sends_as_data_coding_0_arrive_where_it_says_iso(
    gateway: GatewayProcess, tmp_path: Path
) -> None:
    text = "Él señor Müller à Ålborg"  # letters that GSM 03.38 has too: it knows no others here
    to = "79170000006"
    with kannel(tmp_path, gateway.ports["smpp_smsc"], ALONE, "ISO", 'alt-charset = "ISO-8859-1"') as latin:
        assert latin.send(to, [to], text, GSM) == TAKEN
        delivered(latin, to)
    assert [each.text for each in read_inbox(gateway.place.data / "phones", to)] == [text]


def test_wireshark_finds_nothing_malformed_in_what_was_said(
    tap: Wiretap, peer: Kannel, tmp_path: Path
) -> None:
    assert peer.send("last", ["79170000099"], "Bye", GSM) == TAKEN
    delivered(peer, "last")
    dissected = tap.dissected(tmp_path)
    assert dissected.complaints == []
    assert dissected.commands[Command.SUBMIT_SM] == dissected.commands[Command.SUBMIT_SM_RESP] > 0
    assert dissected.commands[Command.DELIVER_SM] > 0
