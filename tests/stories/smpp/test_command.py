"""`gonets smpp` with a whole gateway."""

from typer.testing import CliRunner, Result

from gonets.cli import app
from gonets.wire.smpp.pdu import BindReceiver, BindTransmitter, SubmitSmResp
from tests.processes import PASSWORD, GatewayProcess, until
from tests.stories.smpp.esme import bound


def run(gateway: GatewayProcess, command: str, *words: str, listener: str = "smpp") -> Result:
    peer = ("--port", str(gateway.ports[listener]), "--system-id", "plain", "--password", PASSWORD)
    return CliRunner().invoke(app, ["smpp", command, *peer, *words])


def send(gateway: GatewayProcess, *words: str, listener: str = "smpp") -> Result:
    message = ("--from", "Bank", "--to", "79031234567", "--text", "Hello", "--wait", "20")
    return run(gateway, "send", *message, *words, listener=listener)


def mail(gateway: GatewayProcess) -> int:
    """How many receipts wait."""
    with gateway.place.reading() as connection:
        return int(connection.exec_driver_sql("SELECT count(*) FROM mailbox").scalar_one())


def test_a_message_is_sent_reported_and_can_be_asked_after(gateway: GatewayProcess) -> None:
    sent = send(gateway)
    assert sent.exit_code == 0, sent.output
    first, second = sent.stdout.splitlines()
    assert first == "message_id 1001"
    assert second.startswith("id:1001 sub:001 dlvrd:001 submit date:")
    assert second.endswith(" stat:DELIVRD err:000 text:Hello")
    asked = run(gateway, "query", "1001")
    assert (asked.exit_code, asked.stdout[:29]) == (0, "1001: DELIVERED, final_date 2")


def test_a_certificate_is_trusted_when_it_is_named_or_when_nobody_cares(gateway: GatewayProcess) -> None:
    named = ("--cacert", str(gateway.place.data / "tls-cert.pem"))
    assert send(gateway, "--tls", *named, listener="smpp_tls").exit_code == 0
    assert send(gateway, "--tls", "--insecure", listener="smpp_tls").exit_code == 0
    unknown = send(gateway, "--tls", listener="smpp_tls")
    assert unknown.exit_code == 1
    assert unknown.stderr.endswith("self-signed certificate; --cacert FILE names one to trust\n")
    plain = send(gateway, listener="smpp_tls")
    assert (plain.exit_code, plain.stderr.endswith("; it may want --tls\n")) == (1, True)


def test_the_receipts_of_others_are_put_off_and_reach_them(gateway: GatewayProcess) -> None:
    with bound(gateway, kind=BindTransmitter) as esme:
        answer = esme.submit(destination_addr="79031239900")
        assert isinstance(answer, SubmitSmResp)
    until(lambda: mail(gateway) == 1, 20, "there is no receipt")
    sent = send(gateway)
    assert sent.exit_code == 0, sent.output
    assert f"id:{answer.message_id} " in sent.stderr
    with bound(gateway, kind=BindReceiver) as esme:
        [receipt] = esme.receipts(1)
        assert f"id:{answer.message_id} ".encode() in receipt.short_message
