"""`gonets smsc`: what it refuses to be, and how it says where it listens; `stories/smpp_simulator` has the rest."""

import socket
import subprocess
import sys
from pathlib import Path

from typer.testing import CliRunner

from gonets.cli import app


def refused(*options: str) -> str:
    result = CliRunner().invoke(app, ["smsc", "--port", "0", *options])
    assert result.exit_code == 2, result.output
    return " ".join(result.output.split())


def test_shares_that_come_to_more_than_one_are_refused() -> None:
    assert "a message has one fate" in refused("--throttle", "0.6", "--lose", "0.5")
    assert "less than or equal to 1" in refused("--drop", "1.5")


def test_ids_are_written_in_one_way() -> None:
    assert "--long-ids goes without" in refused("--long-ids", "--hex-ids", "upper")
    assert "--long-ids goes without" in refused("--long-ids", "--zeros")


def test_a_port_that_is_taken_is_a_sentence() -> None:
    with socket.create_server(("127.0.0.1", 0)) as held:
        port = str(held.getsockname()[1])
        result = CliRunner().invoke(app, ["smsc", "--port", port])
    assert result.exit_code == 1
    assert f"port {port} is taken" in result.output


def test_a_journal_that_cannot_be_written_is_a_sentence(tmp_path: Path) -> None:
    result = CliRunner().invoke(app, ["smsc", "--port", "0", "--journal", str(tmp_path / "no" / "such")])
    assert result.exit_code == 1
    assert "No such file" in result.output


def test_a_person_is_told_where_it_listens_and_the_counters_at_the_end() -> None:
    command = [sys.executable, "-m", "gonets", "smsc", "--port", "0", "--system-id", "shop"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            line = process.stdout.readline()
            process.terminate()
            rest = process.stdout.read()
        finally:
            process.kill()
    assert line.startswith("An SMSC listens on 127.0.0.1 port ")
    assert line.endswith(" for system_id shop. Ctrl-C stops it.\n")
    assert '"connections": 0' in rest
