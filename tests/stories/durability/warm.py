"""Gateways that start quickly: a process that has loaded everything forks them, one after another.

What such a gateway runs is `gonets serve` and nothing else; only the loading of modules, most of the time of a start,
is done once for all of them. It makes fifty restarts affordable.
"""

import json
import os
import select
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Final

from tests.processes import Child, Place, Starting

_ROOT: Final = Path(__file__).parents[3]
"""Where `tests` can be imported from."""


class Forked:
    """A gateway that was forked; `tests.processes.Child`."""

    def __init__(self, pid: int, told: IO[bytes]) -> None:
        """`told`: where its exit code will be said."""
        self._pid = pid
        self._told = told
        self._code: int | None = None

    def poll(self) -> int | None:
        """Its exit code, None while it runs."""
        return self._read(0.0)

    def wait(self, timeout: float | None = None) -> int:
        """Its exit code once it has ended."""
        code = self._read(timeout)
        if code is None:
            raise subprocess.TimeoutExpired("gonets serve", timeout or 0.0)
        return code

    def send_signal(self, sig: int) -> None:
        """To it alone; not when it is known to have ended."""
        if self._code is None:
            os.kill(self._pid, sig)

    def kill(self) -> None:
        """SIGKILL; harmless when it has ended."""
        if self.poll() is None:
            self.send_signal(signal.SIGKILL)

    def _read(self, timeout: float | None) -> int | None:
        if self._code is None and select.select([self._told], [], [], timeout)[0]:
            self._code = int(self._told.readline())
        return self._code


@contextmanager
def warm_starts() -> Iterator[Starting]:
    """A way to start gateways, one at a time; it goes when they are done with."""
    with subprocess.Popen(
        [sys.executable, "-m", __name__], cwd=_ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0
    ) as nest:
        asked, told = nest.stdin, nest.stdout
        assert asked is not None
        assert told is not None

        def start(place: Place) -> Child:
            asked.write(json.dumps([str(place.config), str(place.log)]).encode() + b"\n")
            return Forked(int(told.readline()), told)

        yield start


def _nest() -> None:
    """Fork a gateway for every line, say its process id, and its exit code when it has ended."""
    import gonets.app
    import gonets.cli.process
    import uvloop  # noqa: F401

    for line in sys.stdin:
        config, log = json.loads(line)
        pid = os.fork()
        if pid == 0:
            _become_gateway(config, log)
        os.write(1, b"%d\n" % pid)
        os.write(1, b"%d\n" % os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))


def _become_gateway(config: str, log: str) -> None:
    from gonets.__main__ import main

    output = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.dup2(output, 1)
    os.dup2(output, 2)
    sys.argv = ["gonets", "serve", "--config", config]
    sys.exit(main())


if __name__ == "__main__":
    _nest()
