"""What a phone says is heard by the client whose number it said it to, over SMPP, until the client has taken it."""

from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import text

from gonets.wire.smpp import coding, segments
from gonets.wire.smpp.codes import Status
from gonets.wire.smpp.pdu import DeliverSm
from tests.processes import ACCOUNT, CONNECTOR, GatewayProcess, Place, Starting, gonets, running, until
from tests.smsc import smsc
from tests.stories.inbound.conftest import NUMBER
from tests.stories.smpp.esme import Esme, bound, submit
from tests.stories.smpp.test_smpplib import Talk, talking

PHONE: Final = "79031234567"
LONG: Final = ("Длинный рассказ о том, как гонец скакал через степь. " * 5).strip()
PARTS: Final = 4
"""Of that."""


def say(place: Place, text: str, *options: str, sender: str = PHONE) -> None:
    """Let a simulated phone say it, by the command that people use."""
    done = gonets("phones", "say", sender, NUMBER, text, *options, "--config", str(place.config))
    assert done.returncode == 0, done.stderr


def link(place: Place, port: int) -> None:
    """Let the gateway have that SMSC for an upstream too."""
    pairs = {"host": "127.0.0.1", "port": str(port), "system_id": "us", "password": "secret"}
    words = [word for name, value in pairs.items() for word in ("--set", f"{name}={value}")]
    done = gonets("connector", "add", "far", "--kind", "smpp", *words, "--config", str(place.config))
    assert done.returncode == 0, done.stderr


def text_of(request: DeliverSm) -> str:
    octets = segments.user_data(request)
    assert isinstance(octets, bytes)
    return coding.decode(octets, request.data_coding)


def texts(requests: Sequence[DeliverSm]) -> list[str]:
    return [text_of(each) for each in requests]


def smpplib_text(pdu: Any) -> str:
    octets = pdu.message_payload or pdu.short_message
    return str(octets.decode("utf-16-be" if pdu.data_coding == 8 else "ascii"))


def test_python_smpplib_hears_what_simulated_phones_say(place: Place, gateway: GatewayProcess) -> None:
    with talking(gateway) as talk:
        assert isinstance(talk, Talk)
        say(place, "Hello")
        talk.until(lambda: len(talk.receipts) >= 1)
        say(place, LONG, "--order", "chance", "--twice")
        talk.until(lambda: len(talk.receipts) >= 2)
    assert [smpplib_text(each) for each in talk.receipts] == ["Hello", LONG]
    assert {(each.source_addr, each.destination_addr, each.esm_class) for each in talk.receipts} == {
        (PHONE.encode(), NUMBER.encode(), 0)
    }


def test_python_smpplib_hears_what_came_through_an_smpp_upstream(place: Place, starting: Starting) -> None:
    with smsc("--say", f"{PHONE} {NUMBER} Hi", "--say", f"{PHONE} {NUMBER} {LONG}") as far:
        link(place, far.port)
        with running(place, starting) as gateway, talking(gateway) as talk:
            talk.until(lambda: len(talk.receipts) >= 2)
            assert [smpplib_text(each) for each in talk.receipts] == ["Hi", LONG]
            assert gateway.stop() == 0
        assert far.stop()["said_taken"] == 1 + PARTS


def test_after_stop_the_phone_gets_nothing_more_from_that_account(
    place: Place, gateway: GatewayProcess
) -> None:
    with bound(gateway) as esme:
        assert esme.submit().command_status == Status.ESME_ROK
        say(place, "«Стоп»!")
        heard = esme.until(lambda: said_to(esme) or None)
        assert texts(heard) == ["«Стоп»!"]
        until(lambda: refused(esme), 20.0, "the gateway does not notice that the phone is stopped")
        assert b"recipient_denied" in esme.submit(short_message=b"again").tlvs[0].value
        assert esme.submit(destination_addr="79030000000").command_status == Status.ESME_ROK
        say(place, "start")
        until(lambda: not refused(esme), 20.0, "the gateway does not notice that the phone is welcome again")


def test_what_is_answered_negatively_is_delivered_again(place: Place, gateway: GatewayProcess) -> None:
    answers = iter([Status.ESME_RX_T_APPN, None, Status.ESME_ROK])
    with bound(gateway) as esme:
        esme.answering = lambda request: next(answers)
        say(place, "Hello")
        esme.until(lambda: said_to(esme) or None)
        esme.until(lambda: len(said_to(esme)) == 2 or None)
    with bound(gateway) as again:  # it was not answered over the session before
        again.answering = lambda request: next(answers)
        assert texts(again.until(lambda: said_to(again) or None)) == ["Hello"]
    until(lambda: not mailbox(place), 20.0, "what was taken stays in the mailbox")


def test_what_a_phone_said_is_heard_though_the_gateway_is_killed(place: Place, starting: Starting) -> None:
    say(place, LONG, "--order", "back")
    with running(place, starting) as first:
        until(lambda: mailbox(place), 20.0, "it is not kept")
        first.kill()
    with running(place, starting) as second, bound(second) as esme:
        assert texts(esme.until(lambda: said_to(esme) or None)) == [LONG]
        say(place, "and that is all")
        assert texts(esme.until(lambda: found if len(found := said_to(esme)) > 1 else None)) == [
            LONG,
            "and that is all",
        ]
        assert second.stop() == 0
    assert list((place.data / "phones" / f"{CONNECTOR}@said").iterdir()) == []


def test_what_is_nobodys_is_given_to_an_account_later(place: Place, gateway: GatewayProcess) -> None:
    config = ("--config", str(place.config))
    done = gonets("phones", "say", PHONE, "5555", "Anybody?", *config)
    assert done.returncode == 0, done.stderr
    until(
        lambda: "Anybody?" in gonets("inbound", "list", "--unrouted", *config).stdout,
        20.0,
        "it is not listed",
    )
    with bound(gateway) as esme:
        assert gonets("inbound", "route", ACCOUNT, "--to", "5555", *config).returncode == 0
        [heard] = esme.until(lambda: said_to(esme) or None)
        assert (text_of(heard), heard.destination_addr) == ("Anybody?", "5555")
    assert "Anybody?" not in gonets("inbound", "list", "--unrouted", *config).stdout
    assert gonets("inbound", "route", ACCOUNT, "--to", "5555", *config).returncode == 1


# ---- looks


def said_to(esme: Esme) -> list[DeliverSm]:
    """What the client heard that is no receipt."""
    return [each for each in esme.heard_of(DeliverSm) if each.esm_class == 0]


def refused(esme: Esme) -> bool:
    """Whether a message to the phone is refused now."""
    status = esme.ask(submit(short_message=b"Once more")).command_status
    assert status in {Status.ESME_ROK, Status.ESME_RINVDSTADR}
    return status == Status.ESME_RINVDSTADR


def mailbox(place: Place) -> list[int]:
    """What waits."""
    with place.reading() as connection:
        return [row[0] for row in connection.execute(text("SELECT id FROM mailbox"))]
