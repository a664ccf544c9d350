"""python-smpplib, as it is installed: bind, texts of every alphabet and length, receipts, query."""

import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

import pytest
import smpplib.client
import smpplib.consts
import smpplib.gsm

from tests.processes import PASSWORD, GatewayProcess, gonets

PATIENCE_S: Final = 20.0

UCS2 = smpplib.consts.SMPP_ENCODING_ISO10646
LATIN_1 = smpplib.consts.SMPP_ENCODING_ISO88591


class Talk:
    """A client, what it was answered, and what it heard."""

    def __init__(self, client: Any) -> None:
        self.client = client
        self.sent: list[tuple[int, str]] = []
        self.receipts: list[Any] = []
        self.queried: list[Any] = []
        client.set_message_sent_handler(lambda pdu: self.sent.append((pdu.status, _text(pdu.message_id))))
        client.set_message_received_handler(self._received)
        client.set_query_resp_handler(self.queried.append)
        client.set_error_pdu_handler(lambda pdu: None)

    def _received(self, pdu: Any) -> None:
        self.receipts.append(pdu)

    def until(self, wanted: Any) -> None:
        """Read until that is so."""
        deadline = time.monotonic() + PATIENCE_S
        while not wanted():
            assert time.monotonic() < deadline, f"sent {self.sent}, heard {len(self.receipts)}"
            self.client.read_once()

    def send(
        self, text: str, encoding: int | None = None, use_udhi: bool = True, to: str = "79031234567"
    ) -> list[str]:
        """The ids of the parts in which the library sends a text."""
        parts, coding, esm_class = smpplib.gsm.make_parts(text, encoding or 0, use_udhi)
        before = len(self.sent)
        for number, part in enumerate(parts, 1):
            sar = (
                {}
                if use_udhi or len(parts) == 1
                else {
                    "sar_msg_ref_num": 77,
                    "sar_total_segments": len(parts),
                    "sar_segment_seqnum": number,
                }
            )
            self.client.send_message(
                source_addr_ton=smpplib.consts.SMPP_TON_ALNUM,
                source_addr="Bank",
                dest_addr_ton=smpplib.consts.SMPP_TON_INTL,
                destination_addr=to,
                short_message=part,
                data_coding=coding,
                esm_class=esm_class,
                registered_delivery=True,
                **sar,
            )
        self.until(lambda: len(self.sent) >= before + len(parts))
        assert all(status == 0 for status, _ in self.sent[before:]), self.sent
        return [message_id for _, message_id in self.sent[before:]]


def _text(value: Any) -> str:
    return value.decode() if isinstance(value, bytes) else str(value)


@contextmanager
def talking(gateway: GatewayProcess, system_id: str = "plain") -> Iterator[Talk]:
    """A client that is bound as a transceiver."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        client = smpplib.client.Client("127.0.0.1", gateway.ports["smpp"], allow_unknown_opt_params=True)
        client.connect()
        client.bind_transceiver(system_id=system_id, password=PASSWORD)
        try:
            yield Talk(client)
        finally:
            client.unbind()
            client.disconnect()


TEXTS: Final = {
    "GSM 7-bit": ("Hello [world] €10", None),
    "Latin-1": ("café à la crème", LATIN_1),
    "Cyrillic": ("Привет, гонец", UCS2),
    "emoji": ("Ура \U0001f389", UCS2),
}


@pytest.mark.parametrize("name", TEXTS)
def test_a_text_arrives_and_is_reported_and_found(gateway: GatewayProcess, name: str) -> None:
    text, encoding = TEXTS[name]
    with talking(gateway) as talk:
        [message_id] = talk.send(text, encoding)
        talk.until(lambda: talk.receipts)
        [receipt] = talk.receipts
        assert _text(receipt.receipted_message_id) == message_id
        assert receipt.message_state == smpplib.consts.SMPP_MESSAGE_STATE_DELIVERED
        assert b" stat:DELIVRD err:000 " in receipt.short_message
        talk.client.query_message(
            message_id=message_id, source_addr_ton=5, source_addr_npi=0, source_addr="Bank"
        )
        talk.until(lambda: talk.queried)
        assert talk.queried[0].message_state == smpplib.consts.SMPP_MESSAGE_STATE_DELIVERED
    [phone] = gateway.place.phones()
    assert phone.text == text


LONG: Final = "".join(f"{number:04} Гонец едет. " for number in range(26))


@pytest.mark.parametrize("use_udhi", [True, False], ids=["UDH", "SAR"])
def test_a_text_that_the_library_cuts_into_seven_arrives_part_by_part(
    gateway: GatewayProcess, use_udhi: bool
) -> None:
    with talking(gateway) as talk:
        ids = talk.send(LONG, UCS2, use_udhi)
        assert len(ids) == len(set(ids)) == 7
        talk.until(lambda: len(talk.receipts) == 7)
        assert {_text(receipt.receipted_message_id) for receipt in talk.receipts} == set(ids)
    phones = sorted(gateway.place.phones(), key=lambda phone: phone.message)
    assert "".join(phone.text for phone in phones) == LONG


def test_text_commands_of_smsc_ru_in_the_ascii_that_the_library_sends(gateway: GatewayProcess) -> None:
    with talking(gateway, "smsc") as talk:
        talk.client.send_message(
            source_addr="Bank",
            destination_addr="79031234567",
            short_message=b"Hello\n~~~\norder 17",
            registered_delivery=True,
        )
        talk.until(lambda: talk.receipts)
        assert talk.receipts[0].short_message.endswith(b" text:Hello")
    [phone] = gateway.place.phones()
    assert phone.text == "Hello"


def test_parts_that_a_client_cut_are_shown_as_one_text_in_the_history(gateway: GatewayProcess) -> None:
    with talking(gateway) as talk:
        ids = talk.send(LONG, UCS2)
    shown = gonets("message", "--config", str(gateway.place.config), ids[1]).stdout
    assert f"2 of 7 that its client cut: {', '.join(ids)}" in shown
    assert " 7/7 " in gonets("messages", "--config", str(gateway.place.config)).stdout
