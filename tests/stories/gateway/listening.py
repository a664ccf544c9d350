"""A client's own web server, to which statuses are pushed: real HTTP, in a thread."""

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import NamedTuple
from urllib.parse import parse_qs, urlsplit


class Pushed(NamedTuple):
    """One status as it was handed over."""

    message: int
    status: str
    date: str
    reason: str


class Client:
    """What has come in; every list grows while the server runs."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.refused: list[list[Pushed]] = []
        """Of each request that was answered otherwise than with HTTP 200."""
        self.taken: list[list[Pushed]] = []

    def statuses(self) -> dict[int, Pushed]:
        """What was taken, by message."""
        return {each.message: each for batch in list(self.taken) for each in batch}


@contextmanager
def listening(first_answers: Sequence[int] = ()) -> Iterator[Client]:
    """A server that answers its first requests with these HTTP statuses and all others with 200."""
    answers = list(first_answers)

    class Receiving(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            path, query = urlsplit(self.path).path, urlsplit(self.path).query
            status = answers.pop(0) if answers else 200
            batch = _read(query) if path == "/push" else []
            (client.taken if status == 200 else client.refused).append(batch)
            self.send_response(status)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name it has there
            """Nothing is said of it."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Receiving) as server:
        client = Client(f"http://127.0.0.1:{server.server_port}/push")
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield client
        finally:
            server.shutdown()
            thread.join()


def _read(query: str) -> list[Pushed]:
    fields = parse_qs(query, keep_blank_values=True, strict_parsing=True)
    batch = []
    for index in range(len(fields) // 4):
        message, status, date, reason = (
            fields.pop(f"{name}[{index}]")[0] for name in ("providerId", "status", "dateTime", "reason")
        )
        batch.append(Pushed(int(message), status, date, reason))
    assert not fields
    return batch
