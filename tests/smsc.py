"""`gonets smsc` as a process for tests: on a free port, ended by its own id, its counters and journal read."""

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

PATIENCE_S: Final = 30.0


class SmscProcess:
    """One that listens on `port`."""

    def __init__(self, process: "subprocess.Popen[str]", journal: Path | None) -> None:
        assert process.stdout is not None
        line = process.stdout.readline()
        assert line, f"the SMSC ended with {process.wait()}"
        self.where: dict[str, Any] = json.loads(line)
        self.port: int = self.where["port"]
        self._process = process
        self._journal = journal

    def stop(self, number: signal.Signals = signal.SIGTERM) -> dict[str, int]:
        """Ask it to stop; its counters."""
        self._process.send_signal(number)
        assert self._process.stdout is not None
        said = self._process.stdout.read()
        assert self._process.wait(PATIENCE_S) == 0
        counts: dict[str, int] = json.loads(said)
        return counts

    def kill(self) -> None:
        """End it between any two octets."""
        self._process.kill()
        self._process.wait(PATIENCE_S)

    def journal(self, kind: str = "") -> list[dict[str, Any]]:
        """The lines it has written so far, or those of one kind."""
        assert self._journal is not None
        lines = [json.loads(line) for line in self._journal.read_text(encoding="utf-8").splitlines()]
        return [line for line in lines if not kind or line["line"] == kind]


@contextmanager
def smsc(*options: str, journal: Path | None = None) -> Iterator[SmscProcess]:
    """A process with these options; killed at the end if it still runs."""
    command = [sys.executable, "-m", "gonets", "smsc", "--port", "0", "--json", *options]
    if journal is not None:
        command += ["--journal", str(journal)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield SmscProcess(process, journal)
        finally:
            process.kill()
