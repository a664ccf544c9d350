"""A relay before a server that keeps every octet in both directions, and what Wireshark says of them.

Nothing is captured from a network, which takes rights that not everybody has: what was relayed is written as a capture
file, packet by packet, under addresses of its own.
"""

import shutil
import socket
import struct
import subprocess
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Final, NamedTuple, Self

_PORT: Final = 2775
"""Of the server, in captures."""
_HEADER: Final = 16
"""Octets of a PDU at least."""
_FIRST_PORT: Final = 40_000
_RAW_IP: Final = 101
"""LINKTYPE_RAW: each packet begins with its IP header."""
_MOST: Final = 16_384
"""Octets in one packet; those of IPv4 are up to 65,535 long."""


class Chunk(NamedTuple):
    """What one read brought."""

    connection: int
    """Counted from 0."""
    asks: bool
    """Whether the client has written it."""
    at: float
    """Seconds since 1970."""
    octets: bytes


class Dissected(NamedTuple):
    """What Wireshark finds in a capture."""

    commands: Counter[int]
    """PDUs by command_id."""
    complaints: list[str]
    """Of packets that it finds malformed."""


class Wiretap:
    """Listens at `port` and relays every connection to the port that it is given."""

    def __init__(self, behind: int) -> None:
        self.chunks: list[Chunk] = []
        self.answering = threading.Event()
        """While it is cleared, clients get nothing of what the server writes."""
        self.answering.set()
        self._behind = behind
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listening.getsockname()[1]
        self._sockets: list[socket.socket] = [self._listening]
        self._threads = [threading.Thread(target=self._accept)]

    def __enter__(self) -> Self:
        self._threads[0].start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._end(self._listening)
        self._threads[0].join()
        self.answering.set()
        for each in self._sockets:
            self._end(each)
        for thread in self._threads[1:]:
            thread.join()
        for each in self._sockets:
            each.close()

    def pdus(self) -> Iterator[bytes]:
        """Those that are whole, in the order in which their last octets came, told apart by their lengths alone."""
        rest: dict[tuple[int, bool], bytes] = {}
        for connection, asks, _, octets in list(self.chunks):
            octets = rest.get((connection, asks), b"") + octets
            while len(octets) >= _HEADER and len(octets) >= (length := int.from_bytes(octets[:4])):
                yield octets[:length]
                octets = octets[length:]
            rest[connection, asks] = octets

    def commands(self) -> Counter[int]:
        """PDUs by command_id."""
        return Counter(int.from_bytes(pdu[4:8]) for pdu in self.pdus())

    def dissected(self, folder: Path) -> Dissected:
        """What Wireshark finds in all that was relayed so far."""
        return dissect(self.chunks, folder / f"tap-{self.port}.pcap")

    # ---- relaying

    def _accept(self) -> None:
        count = 0
        while True:
            try:
                client, _ = self._listening.accept()
            except OSError:
                return  # the end
            server = socket.create_connection(("127.0.0.1", self._behind))
            self._sockets += (client, server)
            for asks, source, sink in ((True, client, server), (False, server, client)):
                sink.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                thread = threading.Thread(target=self._relay, args=(count, asks, source, sink))
                self._threads.append(thread)
                thread.start()
            count += 1

    def _relay(self, connection: int, asks: bool, source: socket.socket, sink: socket.socket) -> None:
        while True:
            try:
                octets = source.recv(_MOST)
                if octets:
                    if not asks:
                        self.answering.wait()
                    self.chunks.append(Chunk(connection, asks, time.time(), octets))
                    sink.sendall(octets)
                    continue
            except OSError:
                pass  # one side has gone; so shall the other
            with suppress(OSError):
                sink.shutdown(socket.SHUT_WR)
            return

    @staticmethod
    def _end(each: socket.socket) -> None:
        with suppress(OSError):
            each.shutdown(socket.SHUT_RDWR)


# ---- captures


def _capture(chunks: list[Chunk]) -> bytes:
    """A capture file (pcap 2.4) in which each chunk is one TCP segment; checksums are left out."""
    out = bytearray(struct.pack("=LHHlLLL", 0xA1B2C3D4, 2, 4, 0, 0, 65_535, _RAW_IP))
    written: Counter[tuple[int, bool]] = Counter()
    for connection, asks, at, octets in chunks:
        client, server = (b"\x7f\0\0\x01", _FIRST_PORT + connection), (b"\x7f\0\0\x01", _PORT)
        source, sink = (client, server) if asks else (server, client)
        ours, theirs = written[connection, asks], written[connection, not asks]
        tcp = struct.pack(">HHLLBBHHH", source[1], sink[1], 1 + ours, 1 + theirs, 0x50, 0x18, 65_535, 0, 0)
        length = 20 + len(tcp) + len(octets)
        ip = struct.pack(">BBHHHBBH4s4s", 0x45, 0, length, 0, 0, 64, 6, 0, source[0], sink[0])
        seconds, micros = divmod(round(at * 1_000_000), 1_000_000)
        out += struct.pack("=LLLL", seconds, micros, length, length) + ip + tcp + octets
        written[connection, asks] += len(octets)
    return bytes(out)


def dissect(chunks: list[Chunk], capture: Path) -> Dissected:
    """What tshark finds in these; `capture` is where they are written for it."""
    assert shutil.which("tshark"), "tshark is not installed; on Debian and Ubuntu: apt install tshark"
    capture.write_bytes(_capture(chunks))
    asked = ("-d", f"tcp.port=={_PORT},smpp", "-Y", "smpp || _ws.malformed")
    shown = ("-T", "fields", "-E", "separator=;", "-e", "smpp.command_id", "-e", "_ws.malformed")
    done = subprocess.run(
        ["tshark", "-n", "-r", str(capture), *asked, *shown],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    commands: Counter[int] = Counter()
    complaints = []
    for line in done.stdout.splitlines():
        ids, malformed = line.split(";")
        commands.update(int(each, 16) for each in ids.split(",") if each)
        if malformed:
            complaints.append(line)
    return Dissected(commands, complaints)
