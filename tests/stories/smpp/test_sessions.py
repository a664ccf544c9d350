"""Sessions with a whole gateway: binding, sending, asking, and what ends them."""

import ssl
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path
from urllib.request import urlopen

import pytest
from sqlalchemy import text

from gonets.wire.smpp import codec, tlvs
from gonets.wire.smpp.codes import Command, MessageState, Status, Tag
from gonets.wire.smpp.pdu import (
    AlertNotification,
    Bind,
    BindReceiver,
    BindResp,
    BindTransceiver,
    BindTransmitter,
    CancelSm,
    DataSm,
    DataSmResp,
    DeliverSm,
    EnquireLink,
    EnquireLinkResp,
    GenericNack,
    Outbind,
    Pdu,
    QuerySm,
    QuerySmResp,
    ReplaceSm,
    SmeAddress,
    SubmitMulti,
    SubmitMultiResp,
    SubmitSmResp,
    Unbind,
    UnbindResp,
)
from tests.processes import PASSWORD, Child, GatewayProcess, Place, prepare, running, until
from tests.stories.smpp.esme import Esme, bound, submit


def status_of(answer: Pdu) -> tuple[int, str | None]:
    """Its command_status, and what it says of it."""
    return answer.command_status, tlvs.string(answer.tlvs, Tag.ADDITIONAL_STATUS_INFO_TEXT)


@pytest.mark.parametrize(
    ("listener", "system_id"),
    [
        ("smpp", "plain"),
        ("smpp_smsc", "smsc"),
        ("smpp_smsclub", "380501234567"),
        ("smpp", "smsc"),
        ("smpp_smsclub", "plain"),
    ],
)
def test_every_login_binds_on_every_port(gateway: GatewayProcess, listener: str, system_id: str) -> None:
    with bound(gateway, system_id, listener=listener) as esme:
        [answer] = esme.heard
        assert isinstance(answer, BindResp)
        assert answer.system_id == "Gonets"
        assert isinstance(esme.submit(), SubmitSmResp)
        assert isinstance(esme.ask(Unbind()), UnbindResp)
        assert esme.closed()


def test_a_session_over_tls(gateway: GatewayProcess) -> None:
    context = ssl.create_default_context(cafile=str(gateway.place.data / "tls-cert.pem"))
    with Esme(gateway.ports["smpp_tls"], context) as esme:
        assert esme.ask(BindTransceiver(system_id="plain", password=PASSWORD)).command_status == 0
        assert esme.submit().command_status == 0
        assert len(esme.receipts(1)) == 1


def test_a_message_is_sent_reported_and_can_be_asked_after(gateway: GatewayProcess) -> None:
    with bound(gateway) as esme:
        answer = esme.submit()
        assert isinstance(answer, SubmitSmResp)
        assert answer.message_id == "1001"
        [receipt] = esme.receipts(1)
        assert receipt.short_message.startswith(b"id:1001 sub:001 dlvrd:001 submit date:")
        assert receipt.short_message.endswith(b" stat:DELIVRD err:000 text:Hello")
        found = esme.ask(QuerySm(message_id="1001"))
        assert isinstance(found, QuerySmResp)
        assert (found.message_id, found.message_state, found.error_code) == (
            "1001",
            MessageState.DELIVERED,
            0,
        )
        assert found.final_date.endswith("00+")
    [phone] = gateway.place.phones()
    assert (phone.sender, phone.recipient, phone.text) == ("Bank", "79031234567", "Hello")


def test_what_one_read_brings_is_answered_in_its_order(gateway: GatewayProcess) -> None:
    with bound(gateway, kind=BindTransmitter) as esme:
        requests = [submit(short_message=b"%d" % number) for number in range(50)]
        requests.insert(20, submit(destination_addr="nobody"))
        numbers = esme.send(*requests, QuerySm(message_id="7"))
        answers = [esme.answer(number) for number in numbers]
        assert [each.sequence_number for each in esme.heard[1:]] == numbers
        ids = [each.message_id for each in answers if isinstance(each, SubmitSmResp) and each.message_id]
        assert ids == [str(1001 + number) for number in range(50)]
        assert answers[20].command_status == Status.ESME_RINVDSTADR
        assert answers[-1].command_status == Status.ESME_RQUERYFAIL


def test_submit_multi_and_data_sm(gateway: GatewayProcess) -> None:
    with bound(gateway) as esme:
        to = tuple(SmeAddress(1, 1, number) for number in ("79031234567", "nobody", "79031234568"))
        answer = esme.ask(
            SubmitMulti(source_addr="Bank", dest_address=to, registered_delivery=1, short_message=b"Hi")
        )
        assert isinstance(answer, SubmitMultiResp)
        assert (answer.command_status, answer.message_id) == (0, "1001")
        [failed] = answer.unsuccess_sme
        assert (failed.destination_addr, failed.error_status_code) == ("nobody", Status.ESME_RINVDSTADR)
        data = esme.ask(
            DataSm(
                source_addr="Bank",
                destination_addr="79031234569",
                registered_delivery=1,
                data_coding=8,
                tlvs=(tlvs.tlv(Tag.MESSAGE_PAYLOAD, "Привет".encode("utf-16-be")),),
            )
        )
        assert isinstance(data, DataSmResp)
        assert data.message_id == "1003"
        assert len(esme.receipts(3)) == 3
    texts = {(phone.recipient, phone.text) for phone in gateway.place.phones()}
    assert texts == {("79031234567", "Hi"), ("79031234568", "Hi"), ("79031234569", "Привет")}


def test_a_message_that_waits_can_be_cancelled_once(gateway: GatewayProcess) -> None:
    with bound(gateway) as esme:
        answer = esme.submit(schedule_delivery_time="000001000000000R")
        assert isinstance(answer, SubmitSmResp)
        waiting = esme.ask(QuerySm(message_id=answer.message_id))
        assert isinstance(waiting, QuerySmResp)
        assert (waiting.message_state, waiting.final_date) == (MessageState.ENROUTE, "")
        assert esme.ask(CancelSm(message_id=answer.message_id)).command_status == 0
        [receipt] = esme.receipts(1)
        assert b" stat:DELETED err:000 " in receipt.short_message
        again = esme.ask(CancelSm(message_id=answer.message_id))
        assert again.command_status == Status.ESME_RCANCELFAIL
        assert esme.ask(CancelSm(message_id="7")).command_status == Status.ESME_RCANCELFAIL


def test_all_that_waits_between_two_addresses_can_be_cancelled_at_once(gateway: GatewayProcess) -> None:
    with bound(gateway) as esme:
        for number in range(3):
            esme.submit(schedule_delivery_time="000001000000000R", short_message=b"%d" % number)
        between = CancelSm(source_addr="Bank", destination_addr="+79031234567")
        assert esme.ask(between).command_status == 0
        assert all(b" stat:DELETED " in each.short_message for each in esme.receipts(3))
        assert esme.ask(between).command_status == Status.ESME_RCANCELFAIL
        nobody = CancelSm(source_addr="Bank", destination_addr="nobody")
        assert esme.ask(nobody).command_status == Status.ESME_RCANCELFAIL


def test_a_message_that_waits_is_replaced_and_the_new_text_arrives(gateway: GatewayProcess) -> None:
    with bound(gateway) as esme:
        esme.submit(
            schedule_delivery_time="000001000000000R",
            data_coding=8,
            short_message="Ж".encode("utf-16-be") * 70,
        )
        new = "Привет, world".encode("utf-16-be")
        in_a_second = "000000000001000R"
        replaced = ReplaceSm(
            message_id="1001",
            source_addr="Bank",
            schedule_delivery_time=in_a_second,
            registered_delivery=1,
            short_message=new,
        )
        assert status_of(esme.ask(replaced)) == (0, None)
        [receipt] = esme.receipts(1)
        assert receipt.short_message.startswith(b"id:1001 ")
        again = esme.ask(replaced)
        assert status_of(again) == (
            Status.ESME_RREPLACEFAIL,
            "unknown_message: The message has left already, or has come to its end.",
        )
    [phone] = gateway.place.phones()
    assert phone.text == "Привет, world"


@pytest.mark.parametrize(
    ("fields", "status", "why"),
    [
        ({"message_id": "1"}, Status.ESME_RREPLACEFAIL, "unknown_message: There is no such message"),
        ({"message_id": "x"}, Status.ESME_RREPLACEFAIL, "unknown_message: There is no such message"),
        ({"source_addr": "Shop"}, Status.ESME_RREPLACEFAIL, "unknown_message: The message is from another"),
        ({"short_message": b"x" * 161}, Status.ESME_RREPLACEFAIL, "unsupported: The new text takes 2 parts"),
        ({"short_message": b""}, Status.ESME_RREPLACEFAIL, "bad_text: "),
        (
            {"validity_period": "000000000000100R", "short_message": b""},
            Status.ESME_RREPLACEFAIL,
            "bad_text: ",
        ),
        ({"schedule_delivery_time": "26"}, Status.ESME_RINVSCHED, "bad_request: schedule_delivery_time"),
        ({"validity_period": "rubbish"}, Status.ESME_RINVEXPIRY, "bad_request: validity_period"),
    ],
)
def test_a_replacement_that_cannot_be_is_refused_and_says_why(
    gateway: GatewayProcess, fields: dict[str, object], status: Status, why: str
) -> None:
    with bound(gateway) as esme:
        esme.submit(schedule_delivery_time="000000000003000R")
        usual: dict[str, object] = {"message_id": "1001", "source_addr": "Bank", "short_message": b"Goodbye"}
        code, said = status_of(esme.ask(ReplaceSm(**{**usual, **fields})))  # type: ignore[arg-type]
        assert code == status
        assert said is not None
        assert said.startswith(why), said
        esme.receipts(1)
    [phone] = gateway.place.phones()
    assert phone.text == "Hello"


@pytest.mark.parametrize("kind", [BindTransmitter, BindReceiver])
def test_a_bind_of_one_direction_is_held_to_it(gateway: GatewayProcess, kind: type[Bind]) -> None:
    with bound(gateway, kind=kind) as esme:
        answer = esme.submit()
        assert answer.command_status == (0 if kind is BindTransmitter else Status.ESME_RINVBNDSTS)
        assert isinstance(esme.ask(EnquireLink()), EnquireLinkResp)
        assert esme.heard_of(DeliverSm) == []


@pytest.mark.parametrize(
    ("request_", "status"),
    [
        (submit(), Status.ESME_RINVBNDSTS),
        (QuerySm(message_id="1001"), Status.ESME_RINVBNDSTS),
        (Outbind(), Status.ESME_RINVCMDID),
        (AlertNotification(), Status.ESME_RINVCMDID),
        (DeliverSm(), Status.ESME_RINVCMDID),
    ],
)
def test_what_is_not_allowed_is_answered_and_the_session_goes_on(
    gateway: GatewayProcess, request_: Pdu, status: Status
) -> None:
    with Esme(gateway.ports["smpp"]) as esme:
        assert esme.ask(request_).command_status == status
        assert esme.ask(BindTransceiver(system_id="plain", password=PASSWORD)).command_status == 0
        assert esme.ask(BindTransceiver()).command_status == Status.ESME_RALYBND


def test_a_broken_length_is_answered_and_ends_the_session(gateway: GatewayProcess) -> None:
    with bound(gateway) as esme:
        esme.socket.sendall(b"\xff\xff\xff\xff" + bytes(12))
        assert esme.closed()
        nack = esme.heard[-1]
        assert isinstance(nack, GenericNack)
        assert nack.command_status == Status.ESME_RINVCMDLEN


@pytest.mark.parametrize(
    ("system_id", "password", "status"),
    [
        ("plain", "wrong", Status.ESME_RINVPASWD),
        ("nobody", PASSWORD, Status.ESME_RINVSYSID),
        ("", "", Status.ESME_RINVSYSID),
    ],
)
def test_a_bind_that_is_refused_may_be_tried_again(
    gateway: GatewayProcess, system_id: str, password: str, status: Status
) -> None:
    with Esme(gateway.ports["smpp"]) as esme:
        answer = esme.ask(BindTransceiver(system_id=system_id, password=password))
        assert isinstance(answer, BindResp)
        assert (answer.command_status, answer.system_id) == (status, "Gonets")
        assert esme.ask(BindTransceiver(system_id="plain", password=PASSWORD)).command_status == 0


def set_account(gateway: GatewayProcess, **changes: object) -> None:
    """Change the account's settings in the store; the gateway knows within a second."""
    clause = ", ".join(f"{name} = :{name}" for name in changes)
    with gateway.place.changing() as connection:
        connection.execute(text(f"UPDATE accounts SET {clause}"), changes)
        connection.execute(text("UPDATE counters SET value = value + 1 WHERE name = 'revision'"))


def test_an_account_has_as_many_sessions_as_it_may_have(gateway: GatewayProcess) -> None:
    set_account(gateway, smpp_binds=2)

    def refused() -> bool:
        with bound(gateway), bound(gateway), Esme(gateway.ports["smpp"]) as third:
            answer = third.ask(BindTransceiver(system_id="plain", password=PASSWORD))
            return answer.command_status == Status.ESME_RBINDFAIL

    assert until(refused, 10.0)
    with bound(gateway), bound(gateway):
        pass


def test_beyond_the_window_the_queue_is_full_and_the_session_goes_on(gateway: GatewayProcess) -> None:
    set_account(gateway, smpp_window=3)
    with bound(gateway, kind=BindTransmitter) as esme:

        def full() -> list[int] | None:
            numbers = esme.send(*(submit() for _ in range(10)))
            statuses = [esme.answer(number).command_status for number in numbers]
            return statuses if any(statuses) else None

        assert until(full, 10.0) == [0] * 3 + [Status.ESME_RMSGQFUL] * 7
        assert esme.submit().command_status == 0


def test_beyond_the_rate_messages_are_throttled_and_the_session_goes_on(gateway: GatewayProcess) -> None:
    set_account(gateway, rate=2)
    with bound(gateway, kind=BindTransmitter) as esme:

        def throttled() -> Pdu | None:
            answers = [esme.answer(number) for number in esme.send(*(submit() for _ in range(6)))]
            return answers[-1] if answers[-1].command_status else None

        last = until(throttled, 10.0)
        assert last is not None
        assert status_of(last) == (
            Status.ESME_RTHROTTLED,
            "too_many_requests: The account's rate is used up; slow down.",
        )
        assert until(lambda: esme.submit().command_status == 0, 10.0)


def test_an_account_that_is_switched_off_is_said_goodbye_to(gateway: GatewayProcess) -> None:
    with bound(gateway) as esme:
        set_account(gateway, enabled=False)
        esme.until(lambda: next(iter(esme.heard_of(Unbind)), None))
        with Esme(gateway.ports["smpp"]) as other:
            answer = other.ask(BindTransceiver(system_id="plain", password=PASSWORD))
            assert answer.command_status == Status.ESME_RBINDFAIL


def test_a_client_that_sends_and_does_not_read_costs_nobody_else(gateway: GatewayProcess) -> None:
    with bound(gateway) as deaf, bound(gateway) as esme:
        deaf.socket.setblocking(False)
        big = submit(tlvs=(tlvs.tlv(0x1FFF, b"x" * 60_000),), destination_addr="nobody")
        try:
            for _ in range(2_000):
                deaf.send(big)
        except BlockingIOError:
            pass  # it is not read from any more
        assert esme.submit().command_status == 0


def test_the_admin_port_counts_sessions(gateway: GatewayProcess) -> None:
    url = f"http://127.0.0.1:{gateway.ports['admin']}/metrics"
    with bound(gateway), bound(gateway, kind=BindTransmitter), urlopen(url) as answer:
        metrics = answer.read().decode()
    assert 'gonets_smpp_sessions{account="demo",mode="transceiver"} 1.0' in metrics
    assert 'gonets_smpp_sessions{account="demo",mode="transmitter"} 1.0' in metrics


def test_a_gateway_that_stops_answers_and_says_goodbye(gateway: GatewayProcess) -> None:
    with bound(gateway) as esme:
        numbers = esme.send(*(submit() for _ in range(20)))
        esme.answer(numbers[0])
        gateway.terminate()
        assert all(esme.answer(number).command_status == 0 for number in numbers)
        esme.until(lambda: next(iter(esme.heard_of(Unbind)), None))
        [goodbye] = esme.heard_of(Unbind)
        out = bytearray()
        codec.encode(out, UnbindResp(goodbye.sequence_number))
        esme.socket.sendall(out)
        assert esme.closed()
        assert Command(goodbye.command_id) is Command.UNBIND


def narrowly(place: Place) -> Child:
    """`gonets serve` where the shell allows 100 open files."""
    with place.log.open("ab") as log:
        return subprocess.Popen(
            [
                "sh",
                "-c",
                'ulimit -S -n 100; exec "$0" -m gonets serve --config "$1"',
                sys.executable,
                place.config,
            ],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
        )


def test_more_sessions_are_held_than_the_usual_limit_of_open_files_allows(tmp_path: Path) -> None:
    place = prepare(tmp_path, logins={"smpp": "plain"})
    with running(place, narrowly) as gateway, ExitStack() as stack:
        sessions = [stack.enter_context(bound(gateway)) for _ in range(150)]
        assert all(each.submit().command_status == 0 for each in sessions[::50])
