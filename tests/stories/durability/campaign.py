"""A campaign under which the gateway is killed, and what must be true of it in the end.

The numbers are read one by one from the store and from the phones' journal, so that a million of them fit into a test.
"""

import json
import re
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from subprocess import Popen
from typing import Final

import msgspec
from sqlalchemy import Connection, text

from gonets.config import FlowConfig
from gonets.model.campaigns import CampaignState
from gonets.model.message import CampaignId, State
from gonets.model.money import format_amount
from gonets.stores import bases, campaigns, settings, stops
from gonets.stores.schema import AWAY, TO_COME, WAITING
from tests.clocks import START
from tests.processes import ACCOUNT, PRICE, QUICK, GatewayProcess, Place, gonets, prepare, running, until

_TURN: Final = 20_000
_REFUSED_EVERY: Final = 50
"""Of so many numbers one is on the stop list."""
_WINDOW: Final = 100
_KILLED_AT: Final = (0.2, 0.6)
"""Shares of the numbers that are expanded when it is killed."""
_MB: Final = 1 << 20


class _Line(msgspec.Struct):
    line: str
    part: int = 0
    recipient: str = ""


def numbers(count: int) -> Iterator[int]:
    """So many numbers, ascending, whose endings mean nothing to the simulated network."""
    for number in range(count):
        block, ending = divmod(number, 9_900)
        yield 79_000_000_000 + block * 10_000 + ending


def tell(folder: Path, count: int, seconds: float, grows: int) -> None:
    """Run a campaign to `count` numbers through two kills, and prove it.

    `seconds`: patience with all of it; `grows`: by how many MB each process may grow after it was ready.
    """
    place = prepare(
        folder,
        flow=FlowConfig(first_retry_seconds=0.1),
        network={**QUICK, "window": _WINDOW, "journal_size": 1 << 31},
    )
    _fill(place, count)
    said = gonets(
        *("campaign", "start", "-a", ACCOUNT, "--from", "Gonets", "--text", "Sale!", "--base", "Everybody"),
        *("--base", "Some", "--json", "--config", str(place.config)),
    )
    assert said.returncode == 0, said.stderr
    campaign = CampaignId(json.loads(said.stdout)["campaign"])
    began = time.monotonic()
    for share in _KILLED_AT:
        with running(place) as gateway:
            _grown(gateway, grows, lambda share=share: _expanded(place, campaign) >= count * share, seconds)  # type: ignore[misc]
            gateway.kill()
    with running(place) as gateway:
        _grown(gateway, grows, lambda: _settled(place, campaign), seconds)
        sys.stdout.write(f"\n{count} numbers in {time.monotonic() - began:.0f} s, two kills included\n")
        assert gateway.stop() == 0
    _prove(place, campaign, count)


def _fill(place: Place, count: int) -> None:
    """`Everybody` has all the numbers, `Some` a third of them once more."""
    everything = list(numbers(count))
    with place.changing() as connection:
        owner = settings.find_account(connection, ACCOUNT).id
        everybody = bases.create(connection, owner, "Everybody", START)
        some = bases.create(connection, owner, "Some", START)
        stops.add(connection, stops.EVERYONE, everything[::_REFUSED_EVERY])
    for base, wanted in ((everybody, everything), (some, everything[::3])):
        for start in range(0, len(wanted), _TURN):
            with place.changing() as connection:
                bases.add(connection, [(base, wanted[start : start + _TURN])])


def _grown(gateway: GatewayProcess, most: int, done: Callable[[], bool], seconds: float) -> None:
    """Wait until it is done; meanwhile the process may grow by no more than so many MB."""
    assert isinstance(gateway.process, Popen)
    process = Path(f"/proc/{gateway.process.pid}")
    (process / "clear_refs").write_text("5")  # forget the peak of its start (Linux, proc(5))
    status = process / "status"
    ready = _memory(status, "VmRSS")
    until(done, seconds, "the campaign does not go on")
    grown = _memory(status, "VmHWM") - ready
    sys.stdout.write(f"\nwith {ready / _MB:.0f} MB at its start, grown by {grown / _MB:.0f} MB\n")
    assert grown < most * _MB


def _memory(status: Path, field: str) -> int:
    """Octets."""
    match = re.search(rf"^{field}:\s+(\d+) kB", status.read_text(), re.MULTILINE)
    assert match
    return int(match[1]) * 1024


def _expanded(place: Place, campaign: CampaignId) -> int:
    with place.reading() as connection:
        found = campaigns.find_campaign(connection, campaign)
    return found.accepted + found.refused


def _settled(place: Place, campaign: CampaignId) -> bool:
    """Whether every number is expanded, and every part at its end or in doubt."""
    with place.reading() as connection:
        if campaigns.find_campaign(connection, campaign).state is not CampaignState.FINISHED:
            return False
        waits = (
            WAITING,
            TO_COME,
            f"{AWAY} AND state <> {State.UNCERTAIN:d}",
        )
        return not any(
            connection.execute(text(f"SELECT 1 FROM parts WHERE {where} LIMIT 1")).first() for where in waits
        )


def _prove(place: Place, campaign: CampaignId, count: int) -> None:
    refused = set(list(numbers(count))[::_REFUSED_EVERY])
    with place.reading() as connection:
        uncertain = _prove_store(connection, count, refused)
    _prove_phones(place, count - len(refused), uncertain)
    _prove_report(place, campaign, count - len(refused), len(refused), len(uncertain))
    checked = gonets("ledger", "check", "--json", "--config", str(place.config), seconds=600)
    assert (checked.returncode, json.loads(checked.stdout)["ok"]) == (0, True), checked.stdout


def _prove_store(connection: Connection, count: int, refused: set[int]) -> set[int]:
    """Every number has one message or one refusal; returns the parts that are in doubt."""
    expected = (number for number in numbers(count) if number not in refused)
    found = connection.execute(text("SELECT recipient FROM messages ORDER BY recipient, id"))
    for number, (recipient,) in zip(expected, found, strict=True):
        assert int(recipient) == number
    noted = connection.execute(text("SELECT phone, reason FROM campaign_refusals"))
    assert {phone for phone, reason in noted if reason == "recipient_denied"} == refused
    doubts = connection.execute(text(f"SELECT id FROM parts WHERE state = {State.UNCERTAIN:d}"))
    return set(doubts.scalars())


def _prove_phones(place: Place, accepted: int, uncertain: set[int]) -> None:
    """Each phone got its message once; one that got none is known to be in doubt."""
    parts: set[int] = set()
    recipients: set[str] = set()
    decode = msgspec.json.Decoder(_Line).decode
    for journal in (place.data / "phones").glob("*.jsonl"):
        with journal.open("rb") as lines:
            for line in lines:
                taken = decode(line)
                if taken.line != "received":
                    continue
                assert taken.part not in parts, "a phone got a part twice"
                assert taken.recipient not in recipients, "a phone got two messages"
                parts.add(taken.part)
                recipients.add(taken.recipient)
    assert len(uncertain) <= len(_KILLED_AT) * _WINDOW
    assert accepted - len(uncertain) <= len(parts) <= accepted


def _prove_report(place: Place, campaign: CampaignId, accepted: int, refused: int, uncertain: int) -> None:
    said = gonets("campaign", "show", str(campaign), "--json", "--config", str(place.config), seconds=600)
    assert said.returncode == 0, said.stderr
    report = json.loads(said.stdout)
    doubts = {"uncertain": uncertain} if uncertain else {}
    assert report["statuses"] == {"delivered": accepted - uncertain, **doubts}
    assert (report["state"], report["accepted"], report["refused"]) == ("finished", accepted, refused)
    assert report["refusals"] == {"recipient_denied": refused}
    assert (report["parts"], report["cost"]) == (accepted, format_amount(PRICE * accepted))
