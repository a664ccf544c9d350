"""The processes of a measurement: the load client and the gateway, started, watched from outside and stopped.

What they cost is read from /proc, so it is for Linux. Refused: a gateway that does not start, stop or go on.
"""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import msgspec

from gonets.cli import talk
from gonets.cli.console import CommandFailed
from gonets.cli.place import CONFIG_NAME

_LOG: Final = "gateway.log"
_UPSTREAM_LOG: Final = "upstream.log"
_START_S: Final = 30.0
_STOP_S: Final = 30.0

_lines: Final[msgspec.json.Decoder[talk.Line]] = msgspec.json.Decoder(talk.Line)


class Client:
    """The load client's process."""

    def __init__(self, process: "subprocess.Popen[bytes]") -> None:
        """Wait until it listens for statuses, on `sink_port`. Raises CommandFailed."""
        self._process = process
        opened = self._hear()
        if not isinstance(opened, talk.SinkOpen):
            raise CommandFailed(f"the load client said {opened} instead of its port")
        self.sink_port = opened.port

    def say(self, plan: talk.Plan) -> None:
        """Let it begin."""
        assert self._process.stdin is not None
        self._process.stdin.write(msgspec.json.encode(plan) + b"\n")
        self._process.stdin.flush()

    def _hear(self) -> talk.Line:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise CommandFailed(f"the load client ended with status {self._process.wait()}")
        return _lines.decode(line)

    def report(self, on_progress: Callable[[talk.Progress], None]) -> talk.Report | talk.Trouble:
        """Wait for the end. Raises CommandFailed when it dies before."""
        while True:
            line = self._hear()
            if isinstance(line, talk.Report | talk.Trouble):
                return line
            if isinstance(line, talk.Progress):
                on_progress(line)


@contextmanager
def client() -> Iterator[Client]:
    """The load client, listening for statuses; gone at the end. Raises CommandFailed."""
    command = [sys.executable, "-c", "from gonets.cli.load import main; main()"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        try:
            yield Client(process)
        finally:
            process.kill()


@contextmanager
def gateway(folder: Path, port: int) -> Iterator["subprocess.Popen[bytes]"]:
    """`gonets serve` on that folder, ready; stopped at the end as an operator would. Raises CommandFailed."""
    command = [sys.executable, "-m", "gonets", "serve", "--config", str(folder / CONFIG_NAME)]
    with (folder / _LOG).open("wb") as log, subprocess.Popen(command, stdout=log, stderr=log) as process:
        try:
            _wait_ready(folder, port, process)
            yield process
            process.terminate()
            status = process.wait(_STOP_S)
            if status:
                raise CommandFailed(f"the gateway ended with status {status}{last_words(folder)}")
        except subprocess.TimeoutExpired:
            raise CommandFailed(f"the gateway did not stop within {_STOP_S:g} seconds") from None
        finally:
            process.kill()


@contextmanager
def upstream(folder: Path, journal: Path) -> Iterator[int]:
    """`gonets smsc` on a free port, which is given; stopped at the end. Raises CommandFailed."""
    command = [sys.executable, "-m", "gonets", "smsc", "--port", "0", "--json", "--journal", str(journal)]
    with (
        (folder / _UPSTREAM_LOG).open("wb") as log,
        subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log) as process,
    ):
        try:
            assert process.stdout is not None
            said = process.stdout.readline()
            if not said:
                raise CommandFailed(f"the upstream did not start; {folder / _UPSTREAM_LOG} says why")
            yield msgspec.json.decode(said)["port"]
            process.terminate()
            process.wait(_STOP_S)
        finally:
            process.kill()


def _wait_ready(folder: Path, port: int, process: "subprocess.Popen[bytes]") -> None:
    """Until it takes connections."""
    deadline = time.monotonic() + _START_S
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise CommandFailed(f"the gateway did not start{last_words(folder)}")
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise CommandFailed(f"the gateway took no connections for {_START_S:g} seconds{last_words(folder)}")


def last_words(folder: Path) -> str:
    """The end of the gateway's log, to go behind a sentence."""
    lines = (folder / _LOG).read_text(encoding="utf-8", errors="replace").split("\n")
    said = " | ".join([line.strip()[:300] for line in lines if line.strip()][-5:])
    return f"; its log ends with: {said}" if said else ""


def free_port() -> int:
    """A port that nobody has on 127.0.0.1, for now."""
    with socket.create_server(("127.0.0.1", 0)) as held:
        port: int = held.getsockname()[1]
        return port


def cpu_seconds(pid: int) -> float:
    """User and system time of a process so far (proc(5), /proc/pid/stat, fields 14 and 15)."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def peak_mib(pid: int) -> float:
    """The most memory a process had resident so far (proc(5), VmHWM in KiB)."""
    for line in Path(f"/proc/{pid}/status").read_text(encoding="ascii").splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) / 1024
    return 0.0


_FORMS: Final = {".svg": "flamegraph", ".json": "speedscope"}


@contextmanager
def profiled(measured: "subprocess.Popen[bytes]", profile: Path | None) -> Iterator[None]:
    """With py-spy looking at all its threads from outside. Raises CommandFailed where there is no py-spy."""
    if profile is None:
        yield
        return
    beside = Path(sys.executable).parent / "py-spy"
    spy = str(beside) if beside.exists() else shutil.which("py-spy")
    if spy is None:
        raise CommandFailed("--profile needs py-spy: pip install py-spy")
    form = _FORMS.get(profile.suffix, "raw")
    command = [spy, "record", "--pid", str(measured.pid), "--threads", "--rate", "500"]
    with subprocess.Popen(
        [*command, "--format", form, "--output", str(profile)], stdout=sys.stderr
    ) as spying:
        try:
            time.sleep(0.5)  # until it has found the threads
            yield
        finally:
            spying.send_signal(signal.SIGINT)
            spying.wait(_STOP_S)
