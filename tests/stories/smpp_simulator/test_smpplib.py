"""`gonets smsc` with smpplib as its client: what it does right, and each thing that it does wrong when asked to."""

import signal
from pathlib import Path

import pytest
from msgspec import structs

from gonets.cli.smsc.network import FIRST_ID, REFUSALS
from gonets.connectors.simulator.endings import ENDINGS, Answer
from gonets.wire.smpp.codes import Status
from gonets.wire.smpp.pdu import BindTransceiver, SubmitSm
from tests.smsc import smsc
from tests.stories.smpp_simulator.esme import USUAL, bound, exchange, refused_bind

PREFIX = USUAL[:-4]
FIRST, SECOND = str(FIRST_ID), str(FIRST_ID + 1)
"""Ids of a run with a seed."""


def test_a_message_is_answered_and_its_receipt_names_the_id_of_the_answer() -> None:
    with smsc("--seed", "1") as process, bound(process) as esme:
        esme.send(text=b"Your code is 1234, do not tell it")
        assert esme.hears(2) == [("answer", 0, FIRST), ("receipt", FIRST, "DELIVRD")]
        assert esme.receipts[0].text == "Your code is 1234, d"
        assert (esme.receipts[0].sub, esme.receipts[0].dlvrd, esme.receipts[0].error) == (1, 1, 0)
        counts = process.stop()
    assert (counts["connections"], counts["binds"], counts["submits"], counts["taken"]) == (1, 1, 1, 1)
    assert (counts["receipts_sent"], counts["receipts_taken"]) == (1, 1)


def test_any_login_binds_unless_one_is_given() -> None:
    with smsc() as process:
        assert refused_bind(process, "anybody", "anything") == 0
    with smsc("--system-id", "shop", "--password", "secret") as process:
        assert refused_bind(process, "shop", "secret") == 0
        assert refused_bind(process, "other", "secret") == Status.ESME_RINVSYSID
        assert refused_bind(process, "shop", "wrong") == Status.ESME_RINVPASWD
        assert process.stop()["binds_refused"] == 2


def test_receipts_come_only_where_they_are_asked_for() -> None:
    with smsc() as process, bound(process) as esme:
        for recipient, asked in (
            (USUAL, 0),
            (USUAL, 2),
            (PREFIX + "9901", 2),
            (PREFIX + "9901", 3),
            (USUAL, 3),
        ):
            esme.send(recipient, receipt=asked)
        esme.hears(7)
        assert sorted(stat for kind, _, stat in esme.came if kind == "receipt") == ["DELIVRD", "UNDELIV"]
        assert process.stop()["receipts_sent"] == 2


@pytest.mark.parametrize(
    ("digits", "came"),
    [
        ("9900", [("answer", 0, FIRST), ("receipt", FIRST, "DELIVRD")]),
        ("9901", [("answer", 0, FIRST), ("receipt", FIRST, "UNDELIV")]),
        ("9903", [("answer", 0, FIRST), ("receipt", FIRST, "EXPIRED")]),
        ("9904", [("answer", Status.ESME_RSUBMITFAIL, "")]),
        ("9907", [("receipt", FIRST, "DELIVRD"), ("answer", 0, FIRST)]),
        ("9908", [("answer", 0, FIRST), ("receipt", FIRST, "DELIVRD"), ("receipt", FIRST, "DELIVRD")]),
        ("9910", [("answer", 0, FIRST), ("receipt", FIRST, "ACCEPTD"), ("receipt", FIRST, "DELIVRD")]),
        ("9913", [("answer", Status.ESME_RMSGQFUL, "")]),
    ],
)
def test_the_last_digits_of_a_recipient_say_what_becomes_of_a_message(
    digits: str, came: list[tuple[str, object, str]]
) -> None:
    with smsc("--seed", "1") as process, bound(process) as esme:
        esme.send(PREFIX + digits)
        assert esme.hears(len(came)) == came


def test_every_ending_that_refuses_has_a_command_status() -> None:
    assert REFUSALS.keys() == {ending.digits for ending in ENDINGS if ending.refusal is not None}


def test_a_throttled_recipient_is_reached_at_the_fourth_try_of_the_same_message() -> None:
    with smsc("--seed", "1") as process, bound(process) as esme:
        for tries in range(4):
            esme.send(PREFIX + "9905", b"again and again")
            esme.send(PREFIX + "9905", b"another %d" % tries)
        esme.until(lambda: len([came for came in esme.came if came[0] == "answer"]) == 8)
        answers = [status for kind, status, _ in esme.came if kind == "answer"]
        assert answers == [Status.ESME_RTHROTTLED] * 6 + [0, Status.ESME_RTHROTTLED]


def test_an_answer_that_an_ending_loses_never_comes_and_the_session_can_still_end() -> None:
    assert [ending.digits for ending in ENDINGS if ending.answer is Answer.LOST] == ["9906"]
    with smsc("--seed", "1") as process, bound(process) as esme:
        esme.send(PREFIX + "9906")
        esme.send()
        assert esme.hears(2) == [("answer", 0, SECOND), ("receipt", SECOND, "DELIVRD")]
        assert esme.client.unbind().command == "unbind_resp"
        counts = process.stop()
    assert (counts["taken"], counts["lost"]) == (2, 1)


# ---- faults for all traffic


def test_all_may_be_throttled() -> None:
    with smsc("--throttle", "1") as process, bound(process) as esme:
        esme.send()
        assert esme.hears(1) == [("answer", Status.ESME_RTHROTTLED, "")]
        assert process.stop()["throttled"] == 1


def test_a_share_is_drawn_the_same_with_the_same_seed(tmp_path: Path) -> None:
    def fates(seed: str) -> list[str]:
        journal = tmp_path / "got.jsonl"
        with smsc("--throttle", "0.3", "--seed", seed, journal=journal) as process, bound(process) as esme:
            for _ in range(60):
                esme.send(receipt=0)
            esme.hears(60)
            return [line["fate"] for line in process.journal("submit")]

    first = fates("7")
    assert set(first) == {"taken", "throttled"}
    assert fates("7") == first
    assert fates("8") != first


def test_a_message_may_be_answered_by_generic_nack() -> None:
    with smsc("--nack", "1") as process, bound(process) as esme:
        esme.send()
        assert esme.hears(1) == [("nack", Status.ESME_RINVCMDID, "")]
        assert esme.client.unbind().command == "unbind_resp"
        assert process.stop()["nacked"] == 1


def test_a_connection_may_be_dropped_before_the_answer_or_after_it() -> None:
    with smsc("--drop", "1") as process, bound(process) as esme:
        esme.send()
        assert esme.is_cut_off()
        assert esme.came == []
        counts = process.stop()
        assert (counts["dropped"], counts["taken"]) == (1, 0)
    with smsc("--drop-after", "1", "--seed", "1") as process, bound(process) as esme:
        esme.send()
        assert esme.is_cut_off()
        assert esme.came == [("answer", 0, FIRST)]
        with bound(process) as again:
            assert again.hears(1) == [("receipt", FIRST, "DELIVRD")]
        counts = process.stop()
        assert (counts["dropped_after"], counts["taken"], counts["receipts_taken"]) == (1, 1, 1)


def test_an_answer_may_be_lost_and_its_receipt_come() -> None:
    with smsc("--lose", "1", "--seed", "1") as process, bound(process) as esme:
        esme.send()
        assert esme.hears(1) == [("receipt", FIRST, "DELIVRD")]
        assert esme.client.unbind().command == "unbind_resp"
        assert process.stop()["lost"] == 1


def test_answers_may_be_late_and_still_come_in_order() -> None:
    with smsc("--delay", "0.2", "--receipt-delay", "0", "--seed", "1") as process, bound(process) as esme:
        esme.send()
        esme.send()
        came = esme.hears(4)
        assert [each for each in came if each[0] == "answer"] == [("answer", 0, FIRST), ("answer", 0, SECOND)]
        assert came[0] == ("answer", 0, FIRST)
        assert process.stop()["taken"] == 2


def test_more_than_the_window_is_refused() -> None:
    # smpplib cannot read an answer that says in words why it refuses.
    message = SubmitSm(destination_addr=USUAL, short_message=b"Hello")
    asked = [BindTransceiver(1), *(structs.replace(message, sequence_number=number) for number in (2, 3, 4))]
    with smsc("--delay", "60", "--window", "2") as process:
        _, answer = exchange(process.port, asked, 2)
    assert (answer.sequence_number, answer.command_status) == (4, Status.ESME_RMSGQFUL)


# ---- ids and receipts


@pytest.mark.parametrize(
    ("options", "answered", "reported"),
    [
        (["--hex-ids", "upper"], "F4241", "1000001"),
        (["--hex-ids", "lower"], "f4241", "1000001"),
        (["--zeros"], "1000001", "00000000000001000001"),
        (["--hex-ids", "lower", "--zeros"], "f4241", "00000000000001000001"),
    ],
)
def test_ids_may_be_written_otherwise_in_receipts(options: list[str], answered: str, reported: str) -> None:
    with smsc("--seed", "1", *options) as process, bound(process) as esme:
        esme.send()
        assert esme.hears(2) == [("answer", 0, answered), ("receipt", reported, "DELIVRD")]


def test_ids_may_have_64_characters() -> None:
    with smsc("--long-ids") as process, bound(process) as esme:
        esme.send()
        (_, _, answered), (_, reported, _) = esme.hears(2)
        assert answered == reported
        assert len(answered) == 64


def test_ids_differ_from_run_to_run_where_there_is_no_seed() -> None:
    found = set()
    for _ in range(2):
        with smsc() as process, bound(process) as esme:
            esme.send(receipt=0)
            found.add(esme.hears(1)[0][2])
    assert len(found) == 2


def test_receipts_may_come_before_answers_twice_or_never() -> None:
    receipt = ("receipt", FIRST, "DELIVRD")
    with smsc("--seed", "1", "--receipts-first") as process, bound(process) as esme:
        esme.send()
        assert esme.hears(2) == [receipt, ("answer", 0, FIRST)]
    with smsc("--seed", "1", "--receipts-twice") as process, bound(process) as esme:
        esme.send()
        assert esme.hears(3) == [("answer", 0, FIRST), receipt, receipt]
    with smsc("--no-receipts") as process, bound(process) as esme:
        esme.send()
        esme.hears(1)
        assert process.stop()["receipts_sent"] == 0


def test_unknown_optional_parameters_are_in_answers_and_receipts() -> None:
    with smsc("--seed", "1", "--unknown-tlvs") as process, bound(process) as esme:
        esme.send()
        assert esme.hears(2) == [("answer", 0, FIRST), ("receipt", FIRST, "DELIVRD")]


def test_the_receipts_of_a_transmitter_go_to_a_receiver_of_the_same_login() -> None:
    with smsc("--seed", "1") as process, bound(process, "transmitter") as sender:
        sender.send()
        assert sender.hears(1) == [("answer", 0, FIRST)]
        with bound(process, "receiver", system_id="stranger"), bound(process, "receiver") as receiver:
            assert receiver.hears(1) == [("receipt", FIRST, "DELIVRD")]


# ---- what it tells of it


def test_the_journal_has_what_was_got(tmp_path: Path) -> None:
    journal = tmp_path / "got.jsonl"
    with smsc("--seed", "1", journal=journal) as process:
        with bound(process) as esme:
            esme.send("79161239904", "Привет".encode("utf-16-be"), data_coding=8)
            esme.send(text=b"\x05\x00\x03\x07\x02\x01part", esm_class=0x40)
            esme.hears(3)
            esme.client.unbind()
        process.stop()
        bind, refused, taken, receipt, end = process.journal()
    assert (bind["line"], bind["system_id"], bind["command_status"]) == ("bind", "shop", 0)
    assert (refused["text"], refused["fate"], refused["command_status"]) == ("Привет", "refused", 0x45)
    assert (taken["text"], taken["part"], taken["octets"]) == ("part", [7, 2, 1], b"part".hex())
    assert (taken["destination_addr"], taken["fate"], taken["message_id"]) == (USUAL, "taken", FIRST)
    assert (receipt["line"], receipt["message_id"], receipt["state"]) == ("receipt", FIRST, "delivered")
    assert (end["line"], end["why"]) == ("end", "unbound")


def test_a_stop_says_goodbye_to_sessions_and_counts() -> None:
    with smsc() as process, bound(process) as esme:
        assert process.stop(signal.SIGINT)["binds"] == 1
        assert esme.client.read_pdu().command == "unbind"


def test_what_is_not_done_is_answered_so() -> None:
    with smsc() as process, bound(process) as esme:
        esme.client.query_message(message_id="1", source_addr_ton=5, source_addr="Gonets")
        assert esme.client.read_pdu().status == Status.ESME_RQUERYFAIL
        assert process.stop()["not_done"] == 1
