"""`gonets smpp` with an SMSC that does what it likes."""

import json
import socket
from collections.abc import Sequence
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from gonets.cli import app
from gonets.wire.smpp import tlvs
from gonets.wire.smpp.codes import Status, Tag
from gonets.wire.smpp.pdu import (
    BindTransceiver,
    BindTransceiverResp,
    DeliverSm,
    EnquireLink,
    EnquireLinkResp,
    GenericNack,
    Pdu,
    QuerySm,
    QuerySmResp,
    SubmitSm,
    Unbind,
)
from tests.cli.scripted import Line, Scripted, polite, refused, report, taken

LONG = "Гонец скакал дальше. " * 10


def run(*words: str, typed: str | None = None, env: dict[str, str] | None = None) -> Result:
    return CliRunner().invoke(app, ["smpp", *words], input=typed, env=env)


def send(smsc: Scripted, *words: str, text: str = "Hello", wait: str = "20") -> Result:
    peer = ("--port", str(smsc.port), "--system-id", "shop", "--password", "secret")
    return run("send", *peer, "--from", "Shop", "--to", "79031234567", "--text", text, "--wait", wait, *words)


def query(smsc: Scripted, *words: str) -> Result:
    return run("query", *words, "--port", str(smsc.port), "--system-id", "shop", "--password", "secret")


def only_line(result: Result) -> str:
    """What a command complains of; fails unless that is one line, and all there is."""
    assert result.exit_code == 1, result.output
    assert result.stdout == ""
    [line] = result.stderr.splitlines()
    assert line.startswith("error: ")
    return line.removeprefix("error: ")


def test_a_message_is_sent_and_its_receipt_shown_as_it_came() -> None:
    with Scripted(polite(lambda submit: [taken(submit), report("1001")])) as smsc:
        result = send(smsc)
    assert result.exit_code == 0, result.output
    assert result.stdout.splitlines() == ["message_id 1001", report("1001").short_message.decode()]
    bind, submit, answer, unbind = smsc.heard
    assert isinstance(bind, BindTransceiver)
    assert (bind.system_id, bind.password) == ("shop", "secret")
    assert isinstance(submit, SubmitSm)
    assert (submit.source_addr, submit.destination_addr) == ("Shop", "79031234567")
    assert submit.short_message == b"Hello"
    assert answer.command_status == 0
    assert isinstance(unbind, Unbind)


def test_it_leaves_at_once_when_it_should_not_wait() -> None:
    with Scripted(polite(lambda submit: [report("1001"), taken(submit)])) as smsc:
        result = send(smsc, wait="0")
    assert (result.exit_code, result.stdout) == (0, "message_id 1001\n")
    assert smsc.answers() == []


def test_a_receipt_may_come_before_the_answer() -> None:
    with Scripted(polite(lambda submit: [report("1001"), taken(submit)])) as smsc:
        result = send(smsc)
    assert result.exit_code == 0
    assert result.stdout.splitlines()[0] == "message_id 1001"
    assert [each.command_status for each in smsc.answers()] == [0]


@pytest.mark.parametrize("message_id", ["00001001", "1001"])
def test_a_receipt_may_write_the_id_with_zeros(message_id: str) -> None:
    with Scripted(polite(lambda submit: [taken(submit), report(message_id)])) as smsc:
        assert send(smsc).exit_code == 0


def test_a_receipt_in_another_base_is_believed_where_the_recipient_is_the_same() -> None:
    script = polite(
        lambda submit: [
            taken(submit, "3E9"),
            report("1001", number=1, recipient="79990000000"),
            report("1001", number=2),
        ]
    )
    with Scripted(script) as smsc:
        assert send(smsc).exit_code == 0
    assert [each.command_status for each in smsc.answers()] == [Status.ESME_RX_T_APPN, 0]


def test_what_belongs_to_others_is_put_off_and_shown() -> None:
    phone = DeliverSm(2, source_addr="79990000000", short_message=b"Stop it")
    script = polite(lambda submit: [report("999"), phone, taken(submit), report("1001", number=3)])
    with Scripted(script) as smsc:
        result = send(smsc)
    assert result.exit_code == 0
    assert [each.command_status for each in smsc.answers()] == [Status.ESME_RX_T_APPN] * 2 + [0]
    assert "id:999" in result.stderr
    assert "Stop it" in result.stderr


def test_an_intermediate_state_is_shown_and_the_final_one_waited_for() -> None:
    script = polite(lambda submit: [taken(submit), report("1001", "ACCEPTD"), report("1001", number=2)])
    with Scripted(script) as smsc:
        result = send(smsc)
    assert result.exit_code == 0
    assert [line.split("stat:")[1][:7] for line in result.stdout.splitlines()[1:]] == ["ACCEPTD", "DELIVRD"]


def test_what_is_not_delivered_is_shown_and_ends_with_1() -> None:
    with Scripted(polite(lambda submit: [taken(submit), report("1001", "UNDELIV")])) as smsc:
        result = send(smsc)
    assert result.exit_code == 1
    assert "stat:UNDELIV" in result.stdout
    assert result.stderr == ""


def test_a_receipt_that_does_not_come_is_a_sentence() -> None:
    with Scripted(polite(lambda submit: [taken(submit)])) as smsc:
        result = send(smsc, wait="0.2")
    assert (result.exit_code, result.stdout) == (1, "message_id 1001\n")
    assert "no final receipt of 1001: none has come within 0.2 seconds" in result.stderr


def test_a_receipt_without_a_text_is_told_by_its_parameters() -> None:
    bare = DeliverSm(
        1,
        esm_class=4,
        tlvs=(tlvs.tlv(Tag.RECEIPTED_MESSAGE_ID, "1001"), tlvs.tlv(Tag.MESSAGE_STATE, 2)),
    )
    with Scripted(polite(lambda submit: [taken(submit), bare])) as smsc:
        result = send(smsc)
    assert (result.exit_code, result.stdout) == (0, "message_id 1001\nid:1001 stat:DELIVRD err:000\n")


def test_each_part_of_a_long_text_has_its_line_and_its_receipt() -> None:
    def submit(request: SubmitSm) -> Sequence[Line]:
        number = request.short_message[5]
        return [taken(request, f"100{number}"), report(f"100{number}", number=number)]

    with Scripted(polite(submit)) as smsc:
        result = send(smsc, text=LONG)
    assert result.exit_code == 0
    lines = result.stdout.splitlines()
    parts = len(smsc.submitted())
    assert parts == 4
    assert lines[:parts] == [f"message_id 100{number}, part {number} of 4" for number in range(1, 5)]
    assert [line[:7] for line in lines[parts:]] == [f"id:100{number}" for number in range(1, 5)]


def test_a_part_that_is_refused_is_named_and_the_others_go_on() -> None:
    def submit(request: SubmitSm) -> Sequence[Line]:
        number = request.short_message[5]
        if number == 2:
            text = tlvs.status_text("flood: Slow down.")
            return [refused(taken(request, ""), Status.ESME_RTHROTTLED, tlvs=text)]
        return [taken(request, f"100{number}"), report(f"100{number}", number=number)]

    with Scripted(polite(submit)) as smsc:
        result = send(smsc, text=LONG)
    assert result.exit_code == 1
    assert result.stderr == (
        "error: part 2 of 4 was not taken: ESME_RTHROTTLED: More messages a second than are allowed."
        " It says: flood: Slow down.\n"
    )
    assert len(result.stdout.splitlines()) == 6


def test_scripts_read_all_of_it() -> None:
    price = tlvs.tlv(Tag.RECEIPT_PRICE, "0.0500")
    receipt = report("1001")
    told = DeliverSm(
        1,
        source_addr=receipt.source_addr,
        esm_class=receipt.esm_class,
        short_message=receipt.short_message,
        tlvs=(price, tlvs.tlv(Tag.MESSAGE_STATE, 2), tlvs.tlv(Tag.NETWORK_ERROR_CODE, b"\3\0\0")),
    )
    with Scripted(polite(lambda submit: [taken(submit), told])) as smsc:
        result = send(smsc, "--json")
    assert result.exit_code == 0
    assert json.loads(result.stdout) == [
        {
            "number": 1,
            "message_id": "1001",
            "command_status": "ESME_ROK",
            "error": "",
            "receipt": {
                "state": "DELIVERED",
                "error": 0,
                "final": True,
                "submitted": "2025-11-25T18:20:00Z",
                "done": "2025-11-25T18:21:00Z",
                "text": receipt.short_message.decode(),
                "tlvs": {"receipt_price": "0.0500", "message_state": 2, "network_error_code": "030000"},
            },
        }
    ]


def test_scripts_read_a_refusal() -> None:
    script = polite(lambda submit: [refused(taken(submit, ""), Status.ESME_RINVDSTADR)])
    with Scripted(script) as smsc:
        result = send(smsc, "--json")
    assert result.exit_code == 1
    [part] = json.loads(result.stdout)
    assert (part["message_id"], part["receipt"]) == ("", None)
    assert part["command_status"] == "ESME_RINVDSTADR"
    assert part["error"] == "ESME_RINVDSTADR: The destination address is not valid."


# ---- what goes wrong


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (Status.ESME_RINVPASWD, "ESME_RINVPASWD: The password is wrong."),
        (Status.ESME_RINVSYSID, "ESME_RINVSYSID: There is no such system_id."),
        (0x400, "0x00000400: An error of the other side's own."),
    ],
)
@pytest.mark.parametrize("kind", [BindTransceiverResp, GenericNack])
def test_a_bind_that_is_refused_is_one_sentence(kind: type[Pdu], status: int, words: str) -> None:
    with Scripted(lambda pdu: [kind(pdu.sequence_number, status), None]) as smsc:
        result = send(smsc)
    assert only_line(result) == f"127.0.0.1:{smsc.port} refuses the bind: {words}"


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        ([None], "has closed the connection instead of answering the bind; it may want --tls"),
        ([b"HTTP/1.1 400 Bad Request\r\n\r\n"], "sends is no SMPP; it may want --tls"),
    ],
)
def test_what_speaks_no_smpp_is_one_sentence(lines: list[Line], words: str) -> None:
    with Scripted(lambda pdu: lines) as smsc:
        assert only_line(send(smsc)).endswith(words)


def test_an_smsc_that_says_nothing_is_one_sentence() -> None:
    with Scripted(lambda pdu: []) as smsc:
        result = send(smsc, "--timeout", "0.2")
    assert only_line(result) == f"127.0.0.1:{smsc.port} does not answer within 0.2 seconds"


def test_a_port_that_nobody_listens_on_is_one_sentence() -> None:
    with socket.create_server(("127.0.0.1", 0)) as held:
        port = held.getsockname()[1]
    result = run("query", "1", "--port", str(port), "--system-id", "shop", "--password", "x")
    assert only_line(result) == f"cannot connect to 127.0.0.1:{port}: Connection refused"


@pytest.mark.parametrize("host", ["nowhere.invalid", "x" * 70, "a..b"])
def test_a_host_that_is_none_is_one_sentence(host: str) -> None:
    result = run("query", "1", "--host", host, "--system-id", "shop", "--password", "x")
    assert only_line(result).startswith(f"cannot connect to {host}:2775: ")


def test_there_is_no_tls_with_who_speaks_none() -> None:
    with Scripted(lambda pdu: [], first=b"this is no TLS\r\n") as smsc:
        result = send(smsc, "--tls")
    assert only_line(result).startswith(f"there is no TLS with 127.0.0.1:{smsc.port}: ")


@pytest.mark.parametrize(
    ("line", "words"),
    [
        (None, "has closed the connection"),
        (b"\0\0\0\1" + bytes(12), "sends is no SMPP; it may want --tls"),
    ],
)
def test_a_connection_that_ends_leaves_a_message_without_an_answer(line: Line, words: str) -> None:
    with Scripted(polite(lambda submit: [line])) as smsc:
        result = send(smsc)
    sentence = only_line(result)
    assert sentence.startswith("the message has no answer: ")
    assert sentence.endswith(words)


def test_a_message_without_an_answer_is_told_when_time_is_over() -> None:
    with Scripted(polite(lambda submit: [])) as smsc:
        result = send(smsc, "--timeout", "0.2")
    assert only_line(result) == "the message has no answer: no answer came within 0.2 seconds"


def test_an_answer_by_generic_nack_is_a_refusal() -> None:
    script = polite(lambda submit: [GenericNack(submit.sequence_number, Status.ESME_RINVCMDID)])
    with Scripted(script) as smsc:
        result = send(smsc)
    assert "not taken: ESME_RINVCMDID" in only_line(result)


def test_a_connection_that_ends_before_the_receipt_is_told() -> None:
    with Scripted(polite(lambda submit: [taken(submit), None])) as smsc:
        result = send(smsc)
    assert result.exit_code == 1
    assert "no final receipt of 1001: 127.0.0.1" in result.stderr


def test_it_answers_who_asks_whether_it_is_there() -> None:
    script = polite(lambda submit: [EnquireLink(7), taken(submit), report("1001")])
    with Scripted(script) as smsc:
        assert send(smsc).exit_code == 0
    assert [each for each in smsc.heard if isinstance(each, EnquireLinkResp)] == [EnquireLinkResp(7)]


def test_what_strangers_write_cannot_write_on_the_terminal() -> None:
    with Scripted(polite(lambda submit: [taken(submit, "\x1b[2J"), report("1001")])) as smsc:
        result = send(smsc, wait="0.2")
    assert "\x1b" not in result.output


# ---- asking after messages


def standing(request: QuerySm) -> Pdu:
    if request.message_id == "7":
        return refused(QuerySmResp(request.sequence_number), Status.ESME_RQUERYFAIL)
    final = "251125182000000+" if request.message_id == "1001" else ""
    state, error = (5, 13) if final else (1, 0)
    return QuerySmResp(request.sequence_number, 0, (), request.message_id, final, state, error)


def asked(pdu: Pdu) -> Sequence[Line]:
    return [standing(pdu)] if isinstance(pdu, QuerySm) else polite(lambda submit: [])(pdu)


def test_messages_are_asked_after() -> None:
    with Scripted(asked) as smsc:
        result = query(smsc, "1001", "1002")
    assert result.exit_code == 0
    assert result.stdout.splitlines() == [
        "1001: UNDELIVERABLE, error_code 13, final_date 2025-11-25 18:20:00",
        "1002: ENROUTE",
    ]


def test_a_message_that_is_not_known_is_a_sentence_and_the_others_are_shown() -> None:
    with Scripted(asked) as smsc:
        result = query(smsc, "7", "1002")
    assert (result.exit_code, result.stdout) == (1, "1002: ENROUTE\n")
    assert result.stderr == "error: 7: ESME_RQUERYFAIL: The message could not be queried.\n"


def test_scripts_read_where_messages_stand() -> None:
    with Scripted(asked) as smsc:
        result = query(smsc, "1001", "7", "--json")
    assert result.exit_code == 1
    known, unknown = json.loads(result.stdout)
    assert known == {
        "message_id": "1001",
        "message_state": "UNDELIVERABLE",
        "error_code": 13,
        "final_date": "2025-11-25T18:20:00Z",
        "command_status": "ESME_ROK",
        "error": "",
    }
    assert (unknown["message_state"], unknown["command_status"]) == ("", "ESME_RQUERYFAIL")


# ---- how it is asked


def bound_with(*words: str, typed: str | None = None, env: dict[str, str] | None = None) -> str:
    """The password that a bind had."""
    with Scripted(asked) as smsc:
        peer = ("--port", str(smsc.port), "--system-id", "shop")
        result = run("query", "1002", *peer, *words, typed=typed, env=env)
    assert result.exit_code == 0, result.output
    assert "secret" not in result.output
    bind = smsc.heard[0]
    assert isinstance(bind, BindTransceiver)
    return bind.password


def test_a_password_need_not_stand_in_the_shells_history() -> None:
    assert bound_with("--password", "-", typed="secret\n") == "secret"
    assert bound_with(typed="secret\n") == "secret"
    assert bound_with(env={"GONETS_SMPP_PASSWORD": "secret"}) == "secret"
    assert bound_with("--password", "") == ""


def test_a_text_may_be_read() -> None:
    with Scripted(polite(lambda submit: [taken(submit)])) as smsc:
        peer = ("--port", str(smsc.port), "--system-id", "shop", "--password", "secret")
        result = run(
            "send", *peer, "--to", "79031234567", "--text", "-", "--wait", "0", typed="one\n~~~\ntwo\n"
        )
    assert result.exit_code == 0
    assert [each.short_message for each in smsc.submitted()] == [b"one\n\x1b=\x1b=\x1b=\ntwo"]


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("--cacert", "cert.pem"), "go with --tls"),
        (("--insecure",), "go with --tls"),
        (("--tls", "--insecure", "--cacert", "cert.pem"), "not both"),
        (("--system-id", "x" * 65), "system_id is longer"),
        (("--from", "x" * 21), "source_addr is longer"),
        (("--password", "-", "--text", "-"), "GONETS_SMPP_PASSWORD"),
        (("--tls", "--cacert", "nowhere/cert.pem"), "nowhere/cert.pem cannot be read"),
    ],
)
def test_what_cannot_be_asked_is_refused_before_anybody_is_called(
    words: tuple[str, ...], sentence: str
) -> None:
    usual = ("--system-id", "shop", "--password", "x", "--to", "79031234567", "--text", "x")
    result = run("send", *usual, "--port", "1", *words, typed="x")
    assert result.exit_code == 2, result.output
    assert sentence in result.stderr
    assert len(result.stderr.splitlines()) == 1


def test_a_file_that_is_no_certificate_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "cert.pem"
    file.write_text("no certificate")
    result = run("query", "1", "--system-id", "x", "--password", "x", "--tls", "--cacert", str(file))
    assert result.exit_code == 2
    assert f"{file} is no certificate" in result.stderr
