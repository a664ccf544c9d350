"""Campaigns from the command line; the stage that expands them is run by the tests, in place of a gateway."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from prometheus_client import CollectorRegistry

from gonets.app import SystemClock
from gonets.bells.local import LocalBell
from gonets.cli import campaign as module
from gonets.flow.campaigns import Campaigns
from gonets.flow.directory import Directory
from gonets.flow.ids import IdBlocks
from gonets.flow.meters import Meters
from gonets.flow.router import Router
from gonets.model.campaigns import CampaignState
from gonets.model.message import CampaignId
from gonets.model.times import micros
from gonets.stores import campaigns
from gonets.stores.store import open_database, open_store, transaction
from tests.cli.conftest import Cli

Told = Callable[..., Any]
FIRST = 79031234500


@pytest.fixture
def demo(cli: Cli, shop: str) -> str:
    """A base of the shop with ten numbers, of which one is in a closed direction."""
    cli("base", "create", "Demo", "-a", shop)
    cli("base", "add", "Demo", *(str(FIRST + n) for n in range(9)), "79541234567", "-a", shop)
    return "Demo"


def start(told: Told, *words: str) -> str:
    """The id of a campaign of the shop."""
    said = ("-a", "shop", "--from", "Shop", "--text", "Hello", "--base", "Demo")
    return str(told("campaign", "start", *said, *words)["campaign"])


def work(folder: Path, batch: int = 500, steps: int = 100) -> None:
    """What a gateway does by itself, but for sending."""

    async def run() -> None:
        store = open_store(f"sqlite:///{folder / 'gonets.db'}")
        clock = SystemClock()
        bell = LocalBell(clock)
        directory = Directory(store.settings, clock, b"k" * 32)
        await directory.refresh()
        meters = Meters(CollectorRegistry())
        ids = IdBlocks(store.messages, block=1)
        stage = Campaigns(directory, store.campaigns, ids, clock, bell, meters, batch=batch)
        for _ in range(steps):
            if not await stage.step():
                break
        await Router(directory, store.messages, clock, bell).step()
        await store.close()

    asyncio.run(run())


def test_a_campaign_is_started_expanded_and_reported_on(
    cli: Cli, told: Told, demo: str, folder: Path
) -> None:
    assert "campaign start" in cli("campaign", "list").stdout
    number = start(told)
    [listed] = told("campaign", "list")
    assert (listed["state"], listed["bases"], listed["accepted"]) == ("running", ["Demo"], 0)
    work(folder)
    shown = told("campaign", "show", number)
    assert (shown["state"], shown["account"], shown["sender"]) == ("finished", "shop", "Shop")
    assert (shown["accepted"], shown["refused"]) == (9, 1)
    assert (shown["statuses"], shown["refusals"]) == ({"queued": 9}, {"direction_closed": 1})
    assert (shown["parts"], shown["charged"], shown["refunded"], shown["cost"]) == (9, "0.45", "0.00", "0.45")
    assert shown["ended_at"] is not None
    output = cli("campaign", "show", number).stdout
    assert "refused: direction_closed" in output
    assert "0.45 RUB" in output
    assert cli("campaign", "refusals", number).stdout == "phone,reason\n79541234567,direction_closed\n"
    assert len(told("messages")) == 9
    assert "Hello" in cli("campaign", "list", "-a", "shop").stdout
    assert told("ledger", "check")["ok"] is True


def test_a_campaign_for_later_says_so_and_waits(told: Told, demo: str, folder: Path) -> None:
    at = (datetime.now(UTC) + timedelta(days=1)).isoformat()
    number = start(told, "--at", at)
    work(folder)
    shown = told("campaign", "show", number)
    assert (shown["state"], shown["accepted"]) == ("scheduled", 0)
    assert shown["start_at"].startswith(at[:16])


def test_a_campaign_is_paused_resumed_and_cancelled(
    cli: Cli, told: Told, demo: str, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_BATCH", 2)
    number = start(told)
    work(folder, batch=5, steps=1)
    assert told("campaign", "pause", number) == {"campaign": int(number), "state": "paused"}
    work(folder)
    assert told("campaign", "show", number)["accepted"] == 5
    assert "goes on" in cli("campaign", "resume", number).stdout
    work(folder)
    assert told("campaign", "show", number)["statuses"] == {"queued": 9}
    cli("campaign", "cancel", number, typed="n\n", code=1)
    assert "9 messages" in cli("campaign", "cancel", number, typed="y\n").stderr
    shown = told("campaign", "show", number)
    assert (shown["state"], shown["statuses"], shown["cost"]) == ("cancelled", {"cancelled": 9}, "0.00")
    assert told("account", "show", "shop")["balance"] == "100.00"
    assert told("ledger", "check")["ok"] is True


def test_what_was_interrupted_is_ended_by_the_same_command(
    cli: Cli, told: Told, demo: str, folder: Path
) -> None:
    number = start(told)
    work(folder)
    engine = open_database(f"sqlite:///{folder / 'gonets.db'}")
    now = datetime.now(UTC)
    with transaction(engine) as connection:
        campaigns.turn(connection, CampaignId(int(number)), CampaignState.CANCELLED, now)
        assert campaigns.sweep(connection, [(CampaignId(int(number)), 4, micros(now))]) == [4]
    engine.dispose()
    assert told("campaign", "show", number)["statuses"] == {"queued": 5, "cancelled": 4}
    cli("campaign", "cancel", number, "--yes")
    assert told("campaign", "show", number)["statuses"] == {"cancelled": 9}
    cli("campaign", "cancel", number, "--yes", code=2)


def test_an_account_that_is_switched_off_says_why_its_campaign_waits(
    cli: Cli, told: Told, demo: str, folder: Path
) -> None:
    number = start(told)
    cli("account", "disable", "shop")
    work(folder)
    shown = told("campaign", "show", number)
    assert (shown["state"], shown["reason"]) == ("paused", "account_blocked")
    assert "paused (account_blocked)" in cli("campaign", "show", number).stdout
    assert "account enable shop" in cli("campaign", "resume", number, code=2).stderr
    cli("account", "enable", "shop")
    cli("campaign", "resume", number)
    work(folder)
    assert told("campaign", "show", number)["accepted"] == 9


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("start", "-a", "nobody", "-t", "Hi", "-b", "Demo"), "no account"),
        (("start", "-a", "shop", "-t", "Hi", "-b", "Demo", "-b", "demo", "-f", "Shop"), "gonets base list"),
        (("start", "-a", "shop", "-t", "", "-b", "Demo", "-f", "Shop"), "bad_text"),
        (("start", "-a", "shop", "-t", "Hi", "-b", "Demo", "-f", "Магазин"), "bad_sender"),
        (
            ("start", "-a", "shop", "-t", "Hi", "-b", "Demo", "-f", "Shop", "--at", "2999-01-01"),
            "a year ahead",
        ),
        (("start", "-a", "shop", "-t", "Hi", "-b", "Demo", "--at", "soon"), "no moment"),
        (("show", "77"), "no campaign 77"),
        (("pause", "77"), "no campaign 77"),
        (("resume", "77"), "no campaign 77"),
        (("cancel", "77", "--yes"), "no campaign 77"),
        (("refusals", "77"), "no campaign 77"),
        (("list", "-a", "nobody"), "no account"),
    ],
)
def test_what_cannot_be_is_one_sentence(
    cli: Cli, told: Told, demo: str, words: tuple[str, ...], why: str
) -> None:
    assert why in cli("campaign", *words, code=2).stderr
    assert told("campaign", "list") == []


def test_an_account_that_is_off_starts_no_campaign(cli: Cli, told: Told, demo: str) -> None:
    cli("account", "disable", "shop")
    words = ("start", "-a", "shop", "-t", "Hi", "-b", "Demo", "-f", "Shop")
    assert "account enable shop" in cli("campaign", *words, code=2).stderr


def test_what_waits_of_one_campaign_can_be_cancelled_like_other_messages(
    cli: Cli, told: Told, demo: str, folder: Path
) -> None:
    one, two = start(told), start(told)
    work(folder)
    cli("cancel", "--campaign", "77", code=2)
    cli("cancel", "--campaign", one, "--account", "shop", code=2)
    assert "of campaign" in cli("cancel", "--campaign", one, typed="n\n", code=1).stderr
    done = told("cancel", "--campaign", one, "--yes")
    assert (done["messages"], done["cancelled"]) == (9, 9)
    assert f"Nothing of campaign {one} waits" in cli("cancel", "--campaign", one).stdout
    assert told("campaign", "show", one)["statuses"] == {"cancelled": 9}
    assert told("campaign", "show", two)["statuses"] == {"queued": 9}
