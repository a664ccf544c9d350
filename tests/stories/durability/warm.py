"""Gateways that start quickly: a process that has loaded everything, the nest, forks them.

What such a gateway runs is `gonets serve` and nothing else; only the loading of modules, most of the time of a start,
is done once for all of them. It makes fifty restarts affordable. When the nest goes, so do all that came from it.
"""

import importlib
import json
import os
import select
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import monotonic
from typing import IO, Final, NoReturn

from tests.processes import Child, Place, Starting

_ROOT: Final = Path(__file__).parents[3]
"""Where `tests` can be imported from."""
_STARTED, _ENDED = "started", "ended"


class Told:
    """What the nest tells of its gateways, line by line."""

    def __init__(self, lines: IO[bytes]) -> None:
        """`lines` is not buffered, so that what can be read is seen."""
        self._lines = lines
        self.codes: dict[int, int] = {}
        """Exit codes by process id."""

    def started(self) -> int:
        """The process id of the gateway that was asked for."""
        while True:
            pid = self._hear()
            if pid is not None:
                return pid

    def ended(self, pid: int, seconds: float | None) -> int | None:
        """Its exit code; None: it has not ended within so long (None: for ever)."""
        until = None if seconds is None else monotonic() + seconds
        while pid not in self.codes:
            left = None if until is None else max(0.0, until - monotonic())
            if not select.select([self._lines], [], [], left)[0]:
                return None
            self._hear()
        return self.codes[pid]

    def _hear(self) -> int | None:
        line = self._lines.readline()
        assert line, "the nest has ended"
        what, pid, code = line.split()
        if what.decode() == _STARTED:
            return int(pid)
        self.codes[int(pid)] = int(code)
        return None


class Forked:
    """A gateway that was forked; `tests.processes.Child`."""

    def __init__(self, pid: int, told: Told) -> None:
        self.pid = pid
        self._told = told

    def poll(self) -> int | None:
        """Its exit code, None while it runs."""
        return self._told.ended(self.pid, 0.0)

    def wait(self, timeout: float | None = None) -> int:
        """Its exit code once it has ended."""
        code = self._told.ended(self.pid, timeout)
        if code is None:
            raise subprocess.TimeoutExpired("gonets serve", timeout or 0.0)
        return code

    def send_signal(self, sig: int) -> None:
        """To it alone; not when it is known to have ended."""
        if self.poll() is None:
            os.kill(self.pid, sig)

    def kill(self) -> None:
        """SIGKILL; harmless when it has ended."""
        self.send_signal(signal.SIGKILL)


@contextmanager
def warm_starts() -> Iterator[Starting]:
    """A way to start gateways; it goes when they are done with."""
    command = [sys.executable, "-m", __name__]
    with subprocess.Popen(
        command, cwd=_ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0
    ) as nest:
        assert nest.stdin is not None
        assert nest.stdout is not None
        asked, told = nest.stdin, Told(nest.stdout)

        def start(place: Place) -> Child:
            asked.write(json.dumps([str(place.config), str(place.log)]).encode() + b"\n")
            return Forked(told.started(), told)

        yield start


# ---- in the nest


def _nest() -> None:
    """Fork a gateway for every line, and tell when it has ended; at the end of the lines end all of them."""
    for name in ("uvloop", "gonets.app", "gonets.cli.process"):
        importlib.import_module(name)
    woken, wakes = os.pipe()
    os.set_blocking(wakes, False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.set_wakeup_fd(wakes)
    running: set[int] = set()
    asked = os.fdopen(0, "rb", buffering=0, closefd=False)
    while True:
        ready, _, _ = select.select([asked.fileno(), woken], [], [])
        if woken in ready:
            os.read(woken, 4096)
            while running:
                pid, status = os.waitpid(-1, os.WNOHANG)
                if not pid:
                    break
                running.remove(pid)
                _tell(_ENDED, pid, os.waitstatus_to_exitcode(status))
        if asked.fileno() in ready:
            line = asked.readline()
            if not line:
                break
            pid = os.fork()
            if not pid:
                _become_gateway(*json.loads(line))
            running.add(pid)
            _tell(_STARTED, pid, 0)
    for pid in running:
        os.kill(pid, signal.SIGKILL)


def _tell(what: str, pid: int, code: int) -> None:
    os.write(1, f"{what} {pid} {code}\n".encode())


def _become_gateway(config: str, log: str) -> NoReturn:
    from gonets.__main__ import main  # noqa: PLC0415

    signal.set_wakeup_fd(-1)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    output = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.dup2(output, 1)
    os.dup2(output, 2)
    sys.argv = ["gonets", "serve", "--config", config]
    main()
    sys.exit()


if __name__ == "__main__":
    _nest()
