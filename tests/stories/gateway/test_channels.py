"""Every channel through a running gateway: sent from the command line, carried, reported on, and on the phones."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from gonets.model.account import Tariff
from gonets.model.message import Channel
from gonets.model.money import ONE, Millionths
from gonets.stores import settings
from tests.processes import ACCOUNT, GatewayProcess, Starting, gonets, prepare, running


@pytest.fixture(scope="module")
def priced(tmp_path_factory: pytest.TempPathFactory, starting: Starting) -> Iterator[GatewayProcess]:
    """A gateway with a price for every channel."""
    place = prepare(tmp_path_factory.mktemp("channels"))
    with place.changing() as connection:
        for channel in Channel:
            settings.put_tariff(connection, Tariff("standard", channel, "", Millionths(ONE)))
    with running(place, starting) as gateway:
        yield gateway
        assert gateway.stop() == 0


def sent(gateway: GatewayProcess, *words: str, code: int = 0) -> dict[str, Any]:
    """What became of a message that somebody waited for."""
    place = ("--config", str(gateway.place.config))
    done = gonets("send", "-a", ACCOUNT, "--wait", "20", "--json", *place, *words)
    assert done.returncode == code, done.stderr
    [told] = json.loads(done.stdout)
    assert isinstance(told, dict)
    return told


@pytest.mark.parametrize(
    ("to", "words"),
    [
        ("79031230001", ("--text", "Hi", "--from", "Shop")),
        ("79031230001", ("--channel", "mms", "--text", "Hi")),
        ("ann@example.com", ("--channel", "mail", "--text", "Hi", "--subject", "Spring")),
        ("79031230001", ("--channel", "call", "--text", "Hi", "--voice", "w2")),
        ("79031230001", ("--channel", "viber", "--text", "Hi", "--from", "Shop")),
        (
            "79031230001",
            (
                "--channel",
                "ping",
            ),
        ),
    ],
    ids=["sms", "mms", "mail", "call", "viber", "ping"],
)
def test_what_is_sent_is_delivered_and_on_the_phone(
    priced: GatewayProcess, to: str, words: tuple[str, ...]
) -> None:
    told = sent(priced, "--to", to, *words)
    assert (told["status"], told["final"], told["recipient"]) == ("delivered", True, to)
    [kept] = [line for line in priced.place.phones() if line.message == told["id"]]
    channel = words[1] if words[0] == "--channel" else "sms"
    assert (kept.recipient, kept.channel.value) == (to, channel)


@pytest.mark.parametrize(
    ("ending", "status", "reason", "known"),
    [
        ("9900", "delivered", "", True),
        ("9901", "undelivered", "unknown-subscriber", False),
        ("9902", "undelivered", "absent-subscriber", False),
        ("9907", "delivered", "", True),
        ("9911", "undelivered", "subscriber-barred", False),
    ],
)
def test_a_look_up_ends_with_its_result(
    priced: GatewayProcess, ending: str, status: str, reason: str, known: bool
) -> None:
    told = sent(
        priced, "--channel", "hlr", "--to", f"7903123{ending}", code=0 if status == "delivered" else 1
    )
    assert (told["status"], told["reason"]) == (status, reason)
    lookup = told["lookup"]
    assert (lookup["mcc"], lookup["mnc"], lookup["cn"]) == ("250", "99", "Russian Federation")
    assert bool(lookup["imsi"]) is known
    assert bool(lookup["msc"]) is known
