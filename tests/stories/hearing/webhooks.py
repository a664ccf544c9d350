"""Clients' own web servers, good and bad: real HTTP, each in threads of its own."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


class Hook(BaseHTTPRequestHandler):
    """One request; its server is a `Server`."""

    server: "Server"

    def do_POST(self) -> None:
        """Hear it out and do what the server does."""
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.asked += 1
        self.server.behave(self, body)

    def answer(self, status: int, *headers: tuple[str, str]) -> None:
        """An answer without a body."""
        self.send_response(status)
        for name, value in (*headers, ("Content-Length", "0")):
            self.send_header(name, value)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name it has there
        """Nothing is said of it."""


Behaviour = Callable[[Hook, bytes], None]


class Server(ThreadingHTTPServer):
    """A client's server."""

    daemon_threads = True

    def __init__(self, behave: Behaviour) -> None:
        super().__init__(("127.0.0.1", 0), Hook)
        self.behave = behave
        self.asked = 0
        """Requests that came."""
        self.taken: list[dict[str, Any]] = []
        """Events that were taken, in their order."""
        self.took: dict[int, float] = {}
        """By message: when, monotonic seconds."""
        self.released = threading.Event()
        """What hangs goes on."""

    @property
    def url(self) -> str:
        """Where it is called."""
        return f"http://127.0.0.1:{self.server_port}/hook"

    def messages(self) -> list[int]:
        """Those whose statuses were taken, in their order."""
        return [event["message"] for event in list(self.taken)]


def takes(hook: Hook, body: bytes) -> None:
    """As a client should."""
    events = json.loads(body)["events"]
    now = time.monotonic()
    hook.server.took.update({event["message"]: now for event in events})
    hook.server.taken += events
    hook.answer(200)


def hangs(hook: Hook, body: bytes) -> None:
    """Until it is told to go on; then it takes nothing."""
    hook.server.released.wait(60)
    hook.close_connection = True


def fails(hook: Hook, body: bytes) -> None:
    hook.answer(500)


def redirects(hook: Hook, body: bytes) -> None:
    """To where clouds keep their secrets."""
    hook.answer(302, ("Location", "http://169.254.169.254/latest/meta-data/"))


def closes(hook: Hook, body: bytes) -> None:
    """Without an answer."""
    hook.close_connection = True


@contextmanager
def listening(behave: Behaviour = takes) -> Iterator[Server]:
    """A server that is called at its `url`."""
    with Server(behave) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield server
        finally:
            server.released.set()
            server.shutdown()
            thread.join()
