"""The demo as a person starts it: a real process, real sockets, real TLS, and the lines it prints typed by hand."""

import json
import os
import re
import shlex
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from gonets.cli.demo.shows import SHOWS
from tests.processes import until

GONETS = [sys.executable, "-m", "gonets"]


def gonets(*words: str, where: Path) -> subprocess.CompletedProcess[str]:
    """A command that was run to its end in that folder."""
    surroundings = {key: value for key, value in os.environ.items() if key != "GONETS_CONFIG"}
    return subprocess.run(
        [*GONETS, *words],
        cwd=where,
        env=surroundings,
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )


def told(*words: str, where: Path) -> Any:
    """What a command says to scripts."""
    done = gonets(*words, "--json", where=where)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@contextmanager
def standing(where: Path) -> Iterator[tuple["subprocess.Popen[bytes]", Path]]:
    """A demo that stays, in `where`, and the file with what it prints."""
    printed = where / "printed.txt"
    with printed.open("wb") as output:
        process = subprocess.Popen(
            [*GONETS, "demo", "--ports", "auto"],
            cwd=where,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
        )
    try:
        yield process, printed
    finally:
        process.kill()
        process.wait()


def test_the_demo_ends_well_when_everything_ends_as_it_should(tmp_path: Path) -> None:
    done = gonets("demo", "--once", "--ports", "auto", where=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stderr == ""
    assert len([line for line in done.stdout.splitlines() if is_request(line)]) == len(SHOWS)
    rows = [line for line in done.stdout.splitlines() if line.endswith("yes")]
    assert [row.split()[0] for row in rows] == [str(number) for number in range(1, len(SHOWS) + 1)]
    in_order = sorted(SHOWS, key=lambda show: show.late)
    for row, show in zip(rows, in_order, strict=True):
        assert show.speech.name in row
        assert row.partition(show.what)[2].count(show.expected) == 2
    assert f"All {len(SHOWS)} went as expected." in done.stdout
    assert not list(tmp_path.iterdir())


@pytest.mark.timeout(400)  # it starts some twenty processes, and types a hundred lines
def test_the_demo_stays_until_it_is_stopped_its_lines_work_and_the_next_one_keeps_what_was_sent(
    tmp_path: Path,
) -> None:
    assert shutil.which("curl"), "curl is not installed; on Debian and Ubuntu: apt install curl"
    with standing(tmp_path) as (process, printed):
        until(lambda: b"Ctrl-C" in printed.read_bytes() or process.poll() is not None, 90)
        assert process.poll() is None, printed.read_text()
        lines = printed.read_text().splitlines()
        told_more = lines.index("Try it yourself, in another terminal:")
        requests = [line for line in lines[:told_more] if is_request(line)]
        for line, show in zip(requests, sorted(SHOWS, key=lambda show: show.late), strict=True):
            code = 0 if line.startswith("curl ") else show.status
            answer = typed(line, tmp_path, code)
            assert show.ids_in(answer) is not None, f"{line}: {answer}"
        tips = [line.strip() for line in lines[told_more:]]
        for line in tips:
            if line.startswith("curl "):
                assert typed(line, tmp_path).startswith(("ok;", '{"ready":true'))
            elif line and not line.startswith(("#", "Try", "Ctrl")):
                typed(" ".join([shlex.join(GONETS), line.partition("gonets ")[2]]), tmp_path)
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 0
    first = listed(tmp_path)
    again = told("demo", "--once", "--ports", "auto", "--data", "gonets-demo", where=tmp_path)
    assert all(each["ok"] for each in again)
    assert listed(tmp_path) >= first
    assert told("ledger", "check", "--data", "gonets-demo", where=tmp_path) == {"ok": True, "flaws": []}
    uncertain = told("messages", "--data", "gonets-demo", "--status", "uncertain", where=tmp_path)
    assert {each["recipient"][-4:] for each in uncertain} == {"9906"}


README = Path(__file__).parents[3] / "README.md"
_PORTS = {
    "8080": "http",
    "8443": "http_tls",
    "9876": "mfms",
    "9875": "mfms_tls",
    "2775": "smpp",
    "3700": "smpp_smsc",
    "2777": "smpp_smsclub",
    "3443": "smpp_tls",
    "9090": "admin",
}


def shown_in_readme() -> list[tuple[str, str]]:
    """Each request of the README with the answer that is shown under it."""
    blocks = re.findall(r"(?:^    .+\n)+", README.read_text(encoding="utf-8"), flags=re.MULTILINE)
    plain = [block.replace("\n    ", "\n").strip() for block in blocks]
    return [(line, answer) for line, answer in pairwise(plain) if is_request(line)]


def test_every_request_of_the_readme_is_answered_as_it_is_shown_there(tmp_path: Path) -> None:
    shown = shown_in_readme()
    assert any("8080/sendsms_v1.php" in line for line, _ in shown)
    with standing(tmp_path) as (process, printed):
        until(lambda: b"Ctrl-C" in printed.read_bytes() or process.poll() is not None, 90)
        ports = dict(re.findall(r"(\w+) (\d+)", printed.read_text().split("It listens: ")[1].split(".")[0]))
        for line, answer in shown:
            here = re.sub(
                r"(?<=127\.0\.0\.1:)\d+|(?<=--port )\d+", lambda found: ports[_PORTS[found[0]]], line
            )
            here = re.sub(r"^(\.venv/bin/)?gonets", shlex.join(GONETS), here)
            form = re.sub(r"[0-9A-F]*[0-9][0-9A-F]*", "[0-9A-F]+", re.escape(answer))
            assert re.fullmatch(form, typed(here, tmp_path).removesuffix("\n")), line


def listed(where: Path) -> set[int]:
    """The ids of all messages of the demo there."""
    return {each["id"] for each in told("messages", "--data", "gonets-demo", "--limit", "1000", where=where)}


def is_request(line: str) -> bool:
    """Whether the demo has printed a request with this line."""
    return re.match(r"curl |(\S+ -m )?\S*gonets smpp ", line) is not None


def typed(line: str, where: Path, code: int = 0) -> str:
    """What a line answers that was typed into a shell in that folder; fails unless it ends with `code`."""
    done = subprocess.run(
        ["sh", "-c", line], cwd=where, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == code, f"{line}: {done.stdout}{done.stderr}"
    return done.stdout + done.stderr if code else done.stdout


def test_a_port_that_is_taken_is_named_with_the_way_out(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            taken.bind(("127.0.0.1", 9876))
            taken.listen()
        except OSError:
            pytest.skip("somebody else has the port, and may let go of it")
        done = gonets("demo", "--once", where=tmp_path)
    assert done.returncode == 1
    assert "9876" in done.stderr
    assert "--ports auto" in done.stderr
    assert len(done.stderr.splitlines()) == 1
