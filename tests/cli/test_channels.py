"""E-mails, calls, Viber messages, look-ups and pings from the command line; no gateway runs, so nothing leaves."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest

from gonets.connectors.simulator.phones import Received
from gonets.model.message import Channel, Encoding, MessageId, PartId, Speech, State, Status, Voice
from gonets.model.results import Lookup, Receipt, Sent, Settled
from gonets.stores.store import open_store
from tests.cli.conftest import Cli
from tests.clocks import START
from tests.contract.house import told as run

Told = Callable[..., Any]

NUMBER = "79031234567"
ADDRESS = "ann@example.com"
PNG = b"\x89PNG\r\n\x1a\n and more"
PRICES: dict[Channel, str] = {
    channel: f"{number}.00" for number, channel in enumerate(Channel, start=1) if channel is not Channel.SMS
}


@pytest.fixture
def priced(cli: Cli, shop: str) -> str:
    """The shop, with a price for every channel."""
    for channel, price in PRICES.items():
        cli("tariff", "set", "standard", price, "--channel", channel.value)
    return shop


@pytest.fixture
def picture(tmp_path: Path) -> str:
    file = tmp_path / "spring.png"
    file.write_bytes(PNG)
    return str(file)


def sent(told: Told, channel: Channel, to: str, *words: str, code: int = 0) -> dict[str, Any]:
    [found] = told("send", "-a", "shop", "--channel", channel.value, "--to", to, *words, code=code)
    assert isinstance(found, dict)
    return found


def lines(output: str) -> set[tuple[str, ...]]:
    """Facts as they are shown: name and value."""
    return {tuple(re.split(r"  +", line.strip(), maxsplit=1)) for line in output.splitlines()}


# ---- sent


@pytest.mark.parametrize(
    ("channel", "to", "words", "kept"),
    [
        (Channel.MMS, NUMBER, ("--subject", "Весна", "--picture", "@"), {"subject": "Весна", "text": ""}),
        (Channel.MAIL, "Ann@Example.COM", ("--subject", "Весна", "--text", "Hi"), {"subject": "Весна"}),
        (Channel.MAIL, ADDRESS, ("--subject", "Весна"), {"text": ""}),
        (Channel.CALL, NUMBER, ("--text", "Hi"), {"voice": None, "parameters": ""}),
        (Channel.CALL, NUMBER, ("--text", "Hi", "--voice", "w3"), {"voice": "w3", "parameters": ""}),
        (Channel.CALL, NUMBER, ("--text", "Hi", "--parameters", "a=1"), {"voice": "m", "parameters": "a=1"}),
        (Channel.VIBER, NUMBER, ("--text", "<button:Open>", "--from", "Shop"), {"text": "<button:Open>"}),
        (Channel.HLR, NUMBER, (), {"text": "", "sender": "", "lookup": None}),
        (Channel.PING, NUMBER, (), {"text": "", "sender": "", "lookup": None}),
    ],
    ids=lambda value: value.value if isinstance(value, Channel) else "",
)
def test_a_channel_takes_what_is_its_own_at_its_own_price(
    told: Told,
    priced: str,
    picture: str,
    channel: Channel,
    to: str,
    words: tuple[str, ...],
    kept: dict[str, Any],
) -> None:
    taken = sent(told, channel, to, *(picture if word == "@" else word for word in words))
    assert (taken["status"], taken["parts"], taken["lookup"]) == ("queued", 1, None)
    message = told("message", str(taken["id"]))
    assert (message["channel"], message["price"]) == (channel.value, PRICES[channel])
    assert message["recipient"] == ("Ann@example.com" if to.startswith("Ann") else to)
    assert {name: message[name] for name in kept} == kept
    shown = message["picture"]
    assert (shown is not None and (shown["kind"], shown["size"]) == ("png", len(PNG))) is (
        channel is Channel.MMS
    )


@pytest.mark.parametrize(
    ("channel", "to", "words", "reason"),
    [
        (Channel.MAIL, NUMBER, ("--text", "Hi"), "bad_recipient"),
        (Channel.MAIL, "ann@localhost", ("--text", "Hi"), "bad_recipient"),
        (Channel.CALL, ADDRESS, ("--text", "Hi"), "bad_recipient"),
        (Channel.MAIL, ADDRESS, (), "bad_text"),
        (Channel.MAIL, ADDRESS, ("--subject", "a\nb"), "bad_text"),
        (Channel.MMS, NUMBER, (), "bad_text"),
        (Channel.HLR, NUMBER, ("--text", "Hi"), "bad_text"),
        (Channel.VIBER, NUMBER, ("--text", "ж" * 1001, "--from", "Shop"), "bad_text"),
        (Channel.CALL, NUMBER, ("--text", "ж" * 1001), "bad_text"),
    ],
)
def test_what_a_channel_cannot_carry_is_refused_and_explained_alike(
    told: Told, priced: str, channel: Channel, to: str, words: tuple[str, ...], reason: str
) -> None:
    assert sent(told, channel, to, *words, code=2)["reason"] == reason
    explained = told("explain", "-a", "shop", "--channel", channel.value, "--to", to, *words, code=2)
    assert (explained["taken"], explained["reason"]) == (False, reason)


def test_a_channel_without_a_price_is_closed(told: Told, shop: str) -> None:
    assert sent(told, Channel.HLR, NUMBER, code=2)["reason"] == "direction_closed"


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ((), "say what the SMS says with --text"),
        (("--channel", "call"), "say what the voice call says with --text"),
        (
            ("--text", "Hi", "--subject", "S"),
            "--subject goes with --channel mms or --channel mail, not with sms",
        ),
        (("--channel", "hlr", "--voice", "w"), "--voice goes with --channel call, not with hlr"),
        (("--channel", "mail", "--parameters", ""), "--parameters goes with --channel call, not with mail"),
        (("--channel", "mail", "--picture", "x.png"), "--picture goes with --channel mms, not with mail"),
        (("--channel", "mms", "--picture", "gonets.toml"), "gonets.toml is no PNG, JPEG or GIF picture"),
        (("--channel", "fax", "--text", "Hi"), "'fax'"),
        (("--channel", "call", "--text", "Hi", "--voice", "x"), "'x'"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
@pytest.mark.parametrize("command", ["send", "explain"])
def test_options_that_make_no_sense_send_nothing(
    cli: Cli,
    told: Told,
    priced: str,
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    command: str,
    words: tuple[str, ...],
    sentence: str,
) -> None:
    monkeypatch.chdir(folder)
    assert sentence in cli(command, "-a", "shop", "--to", NUMBER, *words, code=2).stderr
    assert told("messages") == []


def test_a_picture_that_cannot_be_read_is_named(cli: Cli, told: Told, priced: str) -> None:
    words = ("--channel", "mms", "--picture", "missing.png")
    assert "missing.png: No such file" in cli("send", "-a", "shop", "--to", NUMBER, *words, code=1).stderr
    assert told("messages") == []


# ---- explained


@pytest.mark.parametrize("channel", [Channel.HLR, Channel.PING])
def test_a_look_up_is_explained_without_a_text(cli: Cli, told: Told, priced: str, channel: Channel) -> None:
    asked = ("explain", "-a", "shop", "--channel", channel.value, "--to", NUMBER)
    explained = told(*asked)
    assert (explained["taken"], explained["text"], explained["total"]) == (True, None, PRICES[channel])
    text = next(each for each in explained["checks"] if each["name"] == "text")
    assert text["detail"] == f"{channel.value.upper()}, 1 part"
    assert "It would be taken." in cli(*asked).stdout


def test_an_address_is_explained_with_the_way_of_every_number(cli: Cli, told: Told, priced: str) -> None:
    cli("route", "add", "russia", "--prefix", "7", "--connector", "sim")
    explained = told("explain", "-a", "shop", "--channel", "mail", "--to", "7903@example.com", "--text", "Hi")
    assert explained["recipient"] == "7903@example.com"
    assert [each["name"] for each in explained["routes"]] == ["everything"]


# ---- asked after


@pytest.fixture
def looked_up(told: Told, priced: str, folder: Path) -> int:
    """A look-up with what it found."""
    message = sent(told, Channel.HLR, NUMBER)["id"]
    found = Lookup("250990031234567", "375290000000", "250", "99", "Russia", "Beeline", "Belarus", "Velcom")

    @run
    async def story() -> None:
        store = open_store(f"sqlite:///{folder / 'gonets.db'}")
        [part] = await store.messages.claim("sim", [1], 10, START)  # type: ignore[list-item]
        await store.messages.settle("sim", [Settled(part.id, Sent("r1"))], START)
        receipt = Receipt("r1", State.DELIVERED, 0, START, lookup=found)
        await store.messages.apply("sim", [receipt], START)
        await store.close()

    story()
    assert isinstance(message, int)
    return message


def test_a_message_shows_what_its_look_up_found(cli: Cli, told: Told, looked_up: int) -> None:
    message = told("message", str(looked_up))
    assert message["status"] == "delivered"
    assert message["lookup"] == {
        "imsi": "250990031234567",
        "msc": "375290000000",
        "mcc": "250",
        "mnc": "99",
        "cn": "Russia",
        "net": "Beeline",
        "rcn": "Belarus",
        "rnet": "Velcom",
    }
    assert {
        ("kind", "look-up"),
        ("at home in", "Beeline, Russia (mcc 250, mnc 99)"),
        ("roams in", "Velcom, Belarus"),
        ("imsi", "250990031234567"),
        ("msc", "375290000000"),
    } <= lines(cli("message", str(looked_up)).stdout)


def test_a_message_shows_how_a_call_is_read_out(cli: Cli, told: Told, priced: str) -> None:
    words = ("--text", "Hi", "--voice", "w4", "--parameters", "again=1")
    output = cli("message", str(sent(told, Channel.CALL, NUMBER, *words)["id"])).stdout
    assert {("kind", "voice call"), ("voice", "w4"), ("parameters", "again=1")} <= lines(output)


def test_messages_are_found_by_channel_and_by_address(cli: Cli, told: Told, priced: str) -> None:
    cli("send", "-a", "shop", "--from", "Shop", "--to", NUMBER, "--text", "Hi")
    assert "channel" not in cli("messages").stdout
    mail = sent(told, Channel.MAIL, ADDRESS, "--text", "Hi")["id"]
    ping = sent(told, Channel.PING, NUMBER)["id"]
    assert [each["id"] for each in told("messages", "--channel", "ping")] == [ping]
    assert [each["id"] for each in told("messages", "--to", "ann@EXAMPLE.com")] == [mail]
    assert [each["id"] for each in told("messages", "--channel", "mail", "--to", NUMBER)] == []
    assert "No message passes" in cli("messages", "--channel", "viber").stdout
    assert "channel" in cli("messages").stdout
    cli("messages", "--to", "ann@nowhere", code=2)


# ---- on the phones


def test_the_phones_say_what_came_and_how(cli: Cli, told: Told, folder: Path) -> None:
    usual = Received(
        PartId(1001), MessageId(1001), 1, 1, "", NUMBER, "Hi", Encoding.UCS2, "1", 0, Status.DELIVERED
    )
    kinds: tuple[dict[str, object], ...] = (
        {"channel": Channel.CALL, "speech": Speech(Voice.W, "again=1")},
        {"channel": Channel.MAIL, "recipient": ADDRESS, "subject": "Spring"},
        {"channel": Channel.HLR, "text": ""},
        {"channel": Channel.PING, "text": ""},
    )
    kept = [
        msgspec.structs.replace(usual, message=MessageId(1001 + number), **changes)
        for number, changes in enumerate(kinds)
    ]
    (folder / "phones").mkdir()
    (folder / "phones/sim.jsonl").write_bytes(msgspec.json.Encoder().encode_lines(kept))
    call, ping = told("phones", NUMBER)
    assert (call["channel"], call["voice"], call["parameters"]) == ("call", "w", "again=1")
    assert (ping["channel"], ping["voice"], ping["parameters"]) == ("ping", None, "")
    output = cli("phones", NUMBER).stdout
    assert "message 1001, voice call" in output
    assert "\n  Hi\n  Voice: w\n  Parameters: again=1\n" in output
    assert "message 1004, ping" in output
    assert [each["subject"] for each in told("phones", ADDRESS)] == ["Spring"]
    assert "\n  Subject: Spring\n  Hi\n" in cli("phones", ADDRESS).stdout


# ---- prices


def test_an_address_has_no_prefix_to_price(cli: Cli, told: Told, shop: str) -> None:
    words = ("tariff", "set", "standard", "1", "--channel", "mail")
    assert "without --prefix" in cli(*words, "--prefix", "7903", code=2).stderr
    cli(*words, "--prefix", "*")
    assert [each["prefix"] for each in told("tariff", "list") if each["channel"] == "mail"] == [""]


def test_prices_of_every_channel_come_and_go_as_csv_and_as_a_platform_file(
    cli: Cli, told: Told, priced: str, tmp_path: Path
) -> None:
    before = told("tariff", "list")
    assert {each["channel"] for each in before} == {channel.value for channel in Channel}
    prices, platform = tmp_path / "prices.csv", tmp_path / "platform.toml"
    prices.write_text(cli("tariff", "export").stdout)
    cli("export", "--out", str(platform))
    for back in (("tariff", "import", str(prices)), ("apply", str(platform), "--yes")):
        for channel in Channel:
            cli("tariff", "remove", "standard", "--channel", channel.value)
        assert [each["prefix"] for each in told("tariff", "list")] == ["7954"]
        cli(*back)
        assert told("tariff", "list") == before
