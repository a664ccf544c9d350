"""The simulated network and all that is no short message: how it ends, what it finds, what the phones keep."""

import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from gonets.connectors.simulator.endings import ENDINGS, ending_of
from gonets.connectors.simulator.lookups import ABROAD, COUNTRIES, look_up
from gonets.connectors.simulator.network import SimulatorSettings
from gonets.connectors.simulator.phones import read_inbox, read_phones
from gonets.model.message import Channel, Outgoing, Speech, State, Status, Voice
from gonets.model.results import Lookup, Receipt
from tests.connectors.simulator.listening import Listener, keeping, part, receipts, remote_ids

OTHERS = tuple(channel for channel in Channel if channel is not Channel.SMS)


def of(channel: Channel, number: int, recipient: str = "79161234567", **changes: object) -> Outgoing:
    return msgspec.structs.replace(part(number, recipient), channel=channel, **changes)


def heard(folder: Path, *parts: Outgoing, settings: SimulatorSettings | None = None) -> list[Receipt]:
    """All the receipts of these parts, in the order in which they were told."""

    async def story(network: Listener) -> None:
        network.simulator.send(parts)
        await network.clock.advance(20)

    return receipts(keeping(story, folder).events)


def found(folder: Path, recipient: str) -> tuple[State, int, Lookup | None]:
    *_, last = heard(folder, of(Channel.HLR, 1, recipient))
    return last.state, last.error, last.lookup


# ---- endings


@pytest.mark.parametrize("channel", OTHERS)
@pytest.mark.parametrize("ending", ["9900", "9901", "9902", "9903", "9908", "9910", "9911", "9914", "9915"])
def test_whatever_the_channel_it_ends_as_its_recipient_says(
    tmp_path: Path, channel: Channel, ending: str
) -> None:
    number = f"7916555{ending}"
    recipient = f"{number}@example.com" if channel is Channel.MAIL else number
    told = [(one.state, one.error) for one in heard(tmp_path, of(channel, 1, recipient))]
    assert told == [(one.state, one.error) for one in ending_of(number).receipts]
    assert [line.outcome for line in read_phones(tmp_path)] == [ending_of(number).outcome]


def test_of_an_address_the_digits_before_the_last_at_choose_the_ending() -> None:
    assert ending_of("9901@example.com").digits == "9901"
    assert ending_of('"9901@9902"@example.com').digits == ""
    assert ending_of("name@9901.example.com").digits == ""


# ---- look-ups


def test_a_look_up_finds_sim_card_switch_country_and_network(tmp_path: Path) -> None:
    assert found(tmp_path, "79031234567") == (
        State.DELIVERED,
        0,
        Lookup("250999031234567", "79031230000", "250", "99", "Russian Federation", "Beeline"),
    )


@pytest.mark.parametrize(
    ("number", "mcc", "mnc", "country", "network"),
    [
        ("79261234567", "250", "02", "Russian Federation", "MegaFon"),
        ("79521234567", "250", "20", "Russian Federation", "T2"),
        ("380501234567", "255", "01", "Ukraine", "Vodafone"),
        ("380671234567", "255", "03", "Ukraine", "Kyivstar"),
        ("380631234567", "255", "06", "Ukraine", "lifecell"),
        ("992937380000", "436", "01", "Tajikistan", "Tcell"),
        ("992918123456", "436", "05", "Tajikistan", "ZET-MOBILE"),
        ("77011234567", "401", "02", "Kazakhstan", "Kcell/Activ"),
        ("77051234567", "401", "01", "Kazakhstan", "Beeline"),
        ("375291234567", "257", "01", "Belarus", "Velcom"),
        ("375331234567", "257", "02", "Belarus", "MTS"),
        ("74951234567", "250", "01", "Russian Federation", "MTS"),
        ("4915112345678", "001", "01", "DE", "T-Mobile"),
        ("12025550123", "001", "01", "US", "Test PLMN 1-1"),
        ("447700900123", "001", "01", "GB", "Test PLMN 1-1"),
        ("99999999999999", "001", "01", "", "Test PLMN 1-1"),
    ],
)
def test_country_and_network_are_those_a_number_was_given_out_in(
    number: str, mcc: str, mnc: str, country: str, network: str
) -> None:
    lookup = look_up(number, Status.DELIVERED)
    assert (lookup.mcc, lookup.mnc, lookup.cn, lookup.net) == (mcc, mnc, country, network)
    assert len(lookup.imsi) == 15
    assert lookup.imsi.startswith(mcc + mnc)
    assert lookup.msc.isdecimal()
    assert lookup == look_up(number, Status.DELIVERED)


def test_codes_of_countries_and_networks_have_their_form() -> None:
    for country in COUNTRIES.values():
        assert len(country.mcc) == 3
        assert all(len(mnc) == 2 and mnc.isdecimal() for mnc in country.networks.values())
        assert len(set(country.networks.values())) == len(country.networks)


@pytest.mark.parametrize(
    ("number", "country", "network", "switch"),
    [
        ("79031239915", "Belarus", "Velcom", "375290000000"),
        ("375291239915", "Russian Federation", "MTS", "79160000000"),
        ("12025559915", "Russian Federation", "MTS", "79160000000"),
    ],
)
def test_a_phone_abroad_is_found_roaming(
    tmp_path: Path, number: str, country: str, network: str, switch: str
) -> None:
    state, error, lookup = found(tmp_path, number)
    assert (state, error) == (State.DELIVERED, 0)
    assert lookup is not None
    assert (lookup.rcn, lookup.rnet, lookup.msc) == (country, network, switch)
    assert lookup.cn != country
    assert ABROAD in {ending.digits for ending in ENDINGS}


@pytest.mark.parametrize(
    ("ending", "state", "error"),
    [
        ("9901", State.UNDELIVERED, 1),
        ("9902", State.UNDELIVERED, 6),
        ("9903", State.EXPIRED, 0),
        ("9911", State.UNDELIVERED, 13),
    ],
)
def test_a_look_up_that_failed_tells_no_more_than_the_number_does(
    tmp_path: Path, ending: str, state: State, error: int
) -> None:
    number = f"7903555{ending}"
    home = Lookup(mcc="250", mnc="99", cn="Russian Federation", net="Beeline")
    assert found(tmp_path, number) == (state, error, home)


def test_only_the_last_word_on_a_look_up_tells_what_was_found(tmp_path: Path) -> None:
    told = heard(tmp_path, of(Channel.HLR, 1, "79035559910"))
    assert [(one.state, one.lookup is not None) for one in told] == [
        (State.ACCEPTED, False),
        (State.DELIVERED, True),
    ]


@pytest.mark.parametrize("channel", [channel for channel in Channel if channel is not Channel.HLR])
def test_on_no_other_channel_is_anything_looked_up(tmp_path: Path, channel: Channel) -> None:
    assert [one.lookup for one in heard(tmp_path, of(channel, 1))] == [None]


def test_what_a_look_up_owes_is_told_after_a_restart_with_what_was_found(tmp_path: Path) -> None:
    async def story(network: Listener) -> None:
        network.simulator.send([of(Channel.HLR, 1, "79035559912"), of(Channel.PING, 2, "79035559912")])
        await network.clock.advance(1)

    first = keeping(story, tmp_path)
    assert receipts(first.events) == []

    async def later(network: Listener) -> None:
        await network.clock.advance(6)

    again = receipts(keeping(later, tmp_path, Listener(folder=tmp_path, clock=first.clock)).events)
    assert sorted((one.remote_id, one.lookup is not None) for one in again) == sorted(
        zip(remote_ids(first.events), [True, False], strict=True)
    )


def test_text_messages_never_have_the_metadata_of_networks_read() -> None:
    script = """
import asyncio, sys
from tests.connectors.simulator.listening import Listener, part, receipts

async def story():
    async with Listener() as network:
        network.simulator.send([part(1), part(2, "79165559901")])
        await network.clock.advance(5)
        assert len(receipts(network.events)) == 2

asyncio.run(story())
print("phonenumbers.carrierdata" in sys.modules)
"""
    said = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert (said.stdout, said.stderr) == ("False\n", "")


# ---- kept


def test_the_phones_keep_what_each_channel_brings(tmp_path: Path) -> None:
    speech = Speech(Voice.W4, "again=1")
    heard(
        tmp_path,
        of(Channel.CALL, 1, speech=speech),
        of(Channel.CALL, 2),
        of(Channel.MAIL, 3, "name@example.com", subject="Весна"),
        of(Channel.VIBER, 4),
        of(Channel.HLR, 5, text=""),
        of(Channel.PING, 6, text=""),
    )
    kept = [(line.channel, line.recipient, line.subject, line.speech) for line in read_phones(tmp_path)]
    number = "79161234567"
    assert kept == [
        (Channel.CALL, number, "", speech),
        (Channel.CALL, number, "", None),
        (Channel.MAIL, "name@example.com", "Весна", None),
        (Channel.VIBER, number, "", None),
        (Channel.HLR, number, "", None),
        (Channel.PING, number, "", None),
    ]
    inbox = [(text.message, text.channel, text.speech) for text in read_inbox(tmp_path)]
    assert inbox == [
        (1, Channel.CALL, speech),
        (2, Channel.CALL, None),
        (3, Channel.MAIL, None),
        (4, Channel.VIBER, None),
        (6, Channel.PING, None),
    ]
    assert [text.message for text in read_inbox(tmp_path, "name@example.com")] == [3]


def test_a_plain_text_message_is_kept_without_a_word_about_channels(tmp_path: Path) -> None:
    heard(tmp_path, part(1))
    plain = (tmp_path / "phones.jsonl").read_bytes().splitlines()[0]
    assert not any(word in plain for word in (b"channel", b"speech", b"subject"))
