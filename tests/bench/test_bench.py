"""The whole bench at a small size, as a process. No figure is asserted: they belong to the machine."""

import json
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from gonets.cli.talk import Wire

COUNT = 300
FIGURES = {
    "accepted_per_s",
    "end_to_end_per_s",
    "p50_ms",
    "p99_ms",
    "longest_ms",
    "accepted",
    "refused",
    "malformed",
    "lost",
    "duplicated",
    "ledger_flaws",
    "statuses",
    "cpu_s",
    "client_cpu_s",
    "rss_mb",
    "conditions",
}


def bench(*options: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "gonets", "bench", "--count", str(COUNT), "--connections", "8", *options]
    return subprocess.run(command, capture_output=True, text=True, timeout=100, check=False)


def measured(*options: str) -> dict[str, Any]:
    done = bench(*options)
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    figures: dict[str, Any] = json.loads(done.stdout)
    return figures


def promises(figures: dict[str, Any]) -> dict[str, Any]:
    kept = ("accepted", "refused", "malformed", "lost", "duplicated", "ledger_flaws", "statuses")
    return {name: figures[name] for name in kept}


def all_kept(count: int) -> dict[str, Any]:
    return {
        "accepted": count,
        "refused": 0,
        "malformed": 0,
        "lost": 0,
        "duplicated": 0,
        "ledger_flaws": 0,
        "statuses": {"delivered": count},
    }


ALL_KEPT = all_kept(COUNT)


def test_a_small_run_keeps_every_promise_and_prints_one_json_object(tmp_path: Path) -> None:
    folder = tmp_path / "kept"
    figures = measured("--half", "--data", str(folder))
    half = figures.pop("half_load")
    assert set(figures) == FIGURES == set(half)
    assert promises(figures) == ALL_KEPT
    assert promises(half) == all_kept(half["conditions"]["count"])
    assert half["conditions"]["count"] >= COUNT  # ten seconds of half of the load
    assert figures["accepted_per_s"] > 0
    assert 0 < half["p50_ms"] <= half["p99_ms"] <= half["longest_ms"]
    assert half["conditions"]["rate"] > 0
    assert figures["conditions"]["synchronous"] == "FULL"
    assert (folder / "gonets.db").is_file()
    assert (folder / "half" / "gonets.db").is_file()


def test_statuses_may_be_polled_and_messages_go_many_in_a_request() -> None:
    figures = measured("--no-push", "--per-request", "25")
    assert promises(figures) == ALL_KEPT
    assert figures["conditions"]["push"] is False
    assert figures["conditions"]["messages_per_request"] == 25


@pytest.mark.parametrize("protocol", [wire for wire in Wire if wire is not Wire.MFMS])
def test_each_protocol_is_measured_to_the_letter(protocol: Wire) -> None:
    figures = measured("--protocol", protocol.value)
    assert promises(figures) == ALL_KEPT
    assert figures["conditions"]["protocol"] == protocol.value


def test_messages_go_on_over_smpp_and_none_is_lost_or_doubled() -> None:
    figures = measured("--protocol", "smpp", "--upstream", "smpp", "--window", "20", "--rules")
    assert promises(figures) == ALL_KEPT
    conditions = figures["conditions"]
    assert (conditions["upstream"], conditions["window"], conditions["connections"]) == ("smpp", 20, 8)
    assert promises(measured("--upstream", "smpp")) == ALL_KEPT


@pytest.mark.parametrize("upstream", ["simulator", "smpp"])
def test_two_links_share_what_is_sent_and_webhooks_tell_of_all_of_it(tmp_path: Path, upstream: str) -> None:
    folder = tmp_path / "kept"
    figures = measured("--links", "2", "--webhook", "--upstream", upstream, "--data", str(folder))
    assert promises(figures) == ALL_KEPT
    assert (figures["conditions"]["links"], figures["conditions"]["webhook"]) == (2, True)
    with closing(sqlite3.connect(folder / "gonets.db")) as store:
        shares = store.execute("SELECT connector, count(*) FROM parts GROUP BY connector").fetchall()
    assert [name for name, _ in shares] == ["phones-1", "phones-2"]
    assert sum(count for _, count in shares) == COUNT


@pytest.mark.parametrize("protocol", [Wire.SMSCLUB, Wire.SMSCLUB_XML, Wire.SMSCLUB_SOAP])
def test_many_recipients_in_a_request_get_a_message_each(protocol: Wire) -> None:
    assert promises(measured("--protocol", protocol.value, "--per-request", "100")) == ALL_KEPT


def test_what_a_protocol_cannot_do_is_refused() -> None:
    done = bench("--protocol", "sms2", "--per-request", "2")
    assert (done.returncode, done.stdout) == (2, "")
    assert "sms2 takes 1 in a request" in done.stderr
    done = bench("--protocol", "osonsms", "--no-push")
    assert (done.returncode, done.stdout) == (2, "")
    assert "polled in mfms only" in done.stderr
    done = bench("--protocol", "sms2", "--window", "2")
    assert (done.returncode, done.stdout) == (2, "")
    assert "--window is for SMPP" in done.stderr
    done = bench("--protocol", "smpp", "--webhook")
    assert (done.returncode, done.stdout) == (2, "")
    assert "leave --webhook out" in done.stderr


def test_with_every_rule_nothing_of_the_load_is_refused() -> None:
    figures = measured("--rules")
    assert promises(figures) == ALL_KEPT
    assert figures["conditions"]["rules"] is True


def test_rules_are_compared_in_pairs_of_rounds() -> None:
    figures = measured("--compare-rules", "1")
    [[without, ruled]] = figures["pairs"]
    assert promises(without) == promises(ruled) == ALL_KEPT
    assert (without["conditions"].pop("rules"), ruled["conditions"].pop("rules")) == (False, True)
    assert without["conditions"] == ruled["conditions"]
    assert figures["end_to_end_share"] > 0
    assert figures["cpu_share"] > 0
    assert figures["rss_mb_without"] < figures["rss_mb_with"]


def test_a_comparison_goes_alone() -> None:
    done = bench("--compare-rules", "1", "--rules")
    assert (done.returncode, done.stdout) == (2, "")
    assert "goes alone" in done.stderr


def test_a_folder_that_holds_anything_is_refused(tmp_path: Path) -> None:
    (tmp_path / "mine").touch()
    done = bench("--data", str(tmp_path))
    assert (done.returncode, done.stdout) == (2, "")
    assert "is not empty" in done.stderr
