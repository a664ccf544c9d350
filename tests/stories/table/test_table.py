"""Every client through every way: what goes into one gateway in any protocol leaves it in any other, arrives on a phone
of a second gateway, and the first client hears in its own words that it was delivered.

The table is printed: `pytest -s tests/stories/table`.
"""

import hashlib
import sys
from collections.abc import Iterator, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Final

import pytest
from sqlalchemy import update

from gonets.cli.demo import house
from gonets.flow.vault import open_vault
from gonets.model.message import Channel
from gonets.stores.schema import accounts
from gonets.wire.smpp.codes import Status
from tests.processes import GatewayProcess, Place, Starting, gonets, prepare, running, until
from tests.stories.table.clients import Client, Sms2, Smsc, clients

LATIN: Final = "Your code is 4711"
LONG: Final = (
    "Гонец доскакал: это длинное письмо кириллицей. Оно не помещается в одну часть и едет в трёх, "
    "а на телефоне снова становится одним целым."
)
TEXTS: Final = (LATIN, LONG)
PNG: Final = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + bytes(range(256))


def ways(far: GatewayProcess) -> Mapping[str, tuple[str, Mapping[str, str]]]:
    """By the name in the table: the kind of the connector and its settings; the far end has the demo's accounts."""
    site = far.site("")
    club = {"url": site, "user": house.SMSCLUB_LOGIN, "password": house.SMSCLUB_PASSWORD}
    return {
        "SMPP": (
            "smpp",
            {
                "host": "127.0.0.1",
                "port": str(far.ports["smpp_smsc"]),
                "system_id": house.SMSC_LOGIN,
                "password": house.SMSC_PASSWORD,
                "commands": "smsc",
            },
        ),
        "MFMS": (
            "mfms",
            {
                "url": far.url(""),
                "client": "CLIENT",
                "connector": "connectorX",
                "login": house.MFMS_LOGIN,
                "password": house.MFMS_PASSWORD,
            },
        ),
        "SMS2": ("sms2", {"url": site, "user": house.SMS2_LOGIN, "password": house.SMS2_PASSWORD}),
        "Club HTTP": ("smsclub", {**club, "variant": "http"}),
        "Club XML": ("smsclub", {**club, "variant": "xml"}),
        "Club SOAP": ("smsclub", {**club, "variant": "soap"}),
        "OsonSMS": ("osonsms", {"url": site, "login": house.OSON_LOGIN, "pass_salt_hash": house.OSON_SALT}),
    }


def furnish(folder: Path) -> Place:
    """A gateway with the accounts of the demo, which may use any sender and say the same twice."""
    place = prepare(folder, logins={})
    with place.changing() as connection:
        connection.exec_driver_sql("DELETE FROM profiles")
        house.set_up(connection, open_vault(place.data / "secret.key"), datetime.now(UTC))
        connection.execute(
            update(accounts).values(any_sender=True, duplicate_s=0, flood_most=0, flood_gap_s=0)
        )
    return place


def recipient(way: int, client: int, text: int) -> str:
    """A number of its own for each field of the table; the way is told by its prefix."""
    return f"7903{way}{client}{text}0000"


@pytest.fixture
def far(tmp_path: Path, starting: Starting) -> Iterator[GatewayProcess]:
    """The one with the phones."""
    with running(furnish(tmp_path / "far"), starting) as gateway:
        yield gateway


def add_ways(near: Place, far: GatewayProcess) -> list[str]:
    """A connector and a route for each way; their names in the table."""
    names = []
    for number, (name, (kind, settings)) in enumerate(ways(far).items(), 1):
        pairs = [word for key, value in settings.items() for word in ("--set", f"{key}={value}")]
        connector = name.lower().replace(" ", "-")
        for command in (
            ["connector", "add", connector, "--kind", kind, *pairs],
            ["route", "add", connector, "--prefix", f"7903{number}", "--connector", connector],
        ):
            done = gonets(*command, "--config", str(near.config))
            assert done.returncode == 0, done.stderr
        names.append(name)
    return names


@pytest.mark.timeout(300)
def test_what_any_client_sends_goes_any_way_and_comes_back_delivered(
    tmp_path: Path, starting: Starting, far: GatewayProcess
) -> None:
    near_place = furnish(tmp_path / "near")
    names = add_ways(near_place, far)
    with running(near_place, starting) as near, clients(near) as people:
        fields = [
            (way, client, text, people[client].send(recipient(way + 1, client, text), TEXTS[text]))
            for way in range(len(names))
            for client in range(len(people))
            for text in range(len(TEXTS))
        ]
        waiting = dict.fromkeys(fields)

        def all_delivered() -> bool:
            for field in list(waiting):
                if people[field[1]].delivered(field[3]):
                    del waiting[field]
            return not waiting

        with suppress(AssertionError):  # the table tells which
            until(all_delivered, 90.0)
        sys.stdout.write(f"\n{table(names, [each.name for each in people], waiting)}\n")
        assert not waiting, [(names[way], people[client].name) for way, client, *_ in waiting]
        assert near.stop() == 0
    arrived = sorted((each.recipient, each.text) for each in far.place.phones() if each.total == 1)
    assert [each for each in arrived if each[1] == LATIN] == sorted(
        (recipient(way + 1, client, 0), LATIN) for way in range(len(names)) for client in range(len(people))
    )
    parts: dict[str, list[tuple[int, str]]] = {}
    for each in far.place.phones():
        if each.total > 1:
            parts.setdefault(each.recipient, []).append((each.number, each.text))
    assert {to: "".join(text for _, text in sorted(group)) for to, group in parts.items()} == {
        recipient(way + 1, client, 1): LONG for way in range(len(names)) for client in range(len(people))
    }


@pytest.mark.timeout(120)
def test_an_mms_and_a_look_up_go_where_the_protocol_has_them(
    tmp_path: Path, starting: Starting, far: GatewayProcess
) -> None:
    near_place = furnish(tmp_path / "near")
    names = add_ways(near_place, far)
    smpp, sms2 = names.index("SMPP") + 1, names.index("SMS2") + 1
    picture = tmp_path / "picture.png"
    picture.write_bytes(PNG)
    # Its own simulated network would carry what the ways cannot.
    assert gonets("route", "disable", "all", "--config", str(near_place.config)).returncode == 0
    with running(near_place, starting) as near, clients(near) as people:
        _, old, _, smsc, _ = people
        assert isinstance(old, Sms2)
        assert isinstance(smsc, Smsc)
        sent: dict[str, tuple[Client, str]] = {
            "MMS by SMS2": (old, old.send_mms(recipient(sms2, 8, 0), "Весна", "Привет!", picture)),
            "MMS by SMPP": (smsc, smsc.send(recipient(smpp, 8, 0), "__MMS__: Hello\nsubj:Spring")),
            "HLR by SMPP": (smsc, smsc.send(recipient(smpp, 8, 1), "__HLR__")),
        }
        for what, (client, message) in sent.items():
            until(partial(client.delivered, message), 30.0, f"{what} does not come back")
        [found] = [each.short_message for each in smsc.receipts() if b" imsi:" in each.short_message]
        assert b" mcc:250 " in found
        for none in set(range(1, len(names) + 1)) - {smpp, sms2}:  # refused, and not lost on the way
            refused = smsc.refused(recipient(none, 8, 2), "__MMS__: Hello\nsubj:Spring")
            assert refused == Status.ESME_RINVCMDID, names[none - 1]
        assert near.stop() == 0
    arrived = {each.recipient: each for each in far.place.phones()}
    shown = arrived[recipient(sms2, 8, 0)]
    assert (shown.channel, shown.subject, shown.text) == (Channel.MMS, "Весна", "Привет!")
    assert shown.picture == hashlib.sha256(PNG).hexdigest()
    plain = arrived[recipient(smpp, 8, 0)]
    assert (plain.channel, plain.subject, plain.text) == (Channel.MMS, "Spring", "Hello")


def table(names: list[str], people: list[str], waiting: object) -> str:
    """A row for each client, a column for each way."""
    assert isinstance(waiting, dict)
    late = {(way, client) for way, client, *_ in waiting}
    width = max(map(len, names)) + 2
    lines = [" " * 10 + "".join(name.center(width) for name in names)]
    for client, person in enumerate(people):
        marks = ("no" if (way, client) in late else "✓" for way in range(len(names)))
        lines.append(person.ljust(10) + "".join(mark.center(width) for mark in marks))
    return "\n".join(lines)
