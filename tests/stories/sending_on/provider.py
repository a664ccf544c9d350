"""A provider that nobody has heard of: a small HTTP server in this process, which keeps what it is asked."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit
from urllib.request import urlopen

KEY = "key-of-ours"


class Acme:
    """What the provider knows. `told`: what its later questions are answered, by text; else `DELIVRD`."""

    def __init__(self) -> None:
        self.messages: list[dict[str, Any]] = []
        self.asked: list[str] = []
        self.busy = 0
        """How many requests more are told to come later."""
        self.reports_to = ""
        """Where it reports states to; empty: nowhere."""
        self.answers: list[tuple[int, str]] = []
        """To its reports."""
        self.lock = threading.Lock()

    def take(self, body: bytes, key: str) -> tuple[int, str]:
        """A message, and what is answered."""
        with self.lock:
            if key != KEY:
                return 401, '{"ok": false}'
            if self.busy:
                self.busy -= 1
                return 200, '{"ok": false, "why": "busy"}'
            message = json.loads(body)
            self.messages.append(message)
            number = f"A-{len(self.messages)}"
        if "bad" in message["text"]:
            return 200, '{"ok": false, "why": "bad number"}'
        if self.reports_to:
            threading.Thread(target=self.report, args=(number,)).start()
        return 200, json.dumps({"ok": True, "data": [{"id": number}]})

    def state(self, number: str) -> str:
        """What it says of a message."""
        with self.lock:
            first = number not in self.asked
            self.asked.append(number)
            text = self.messages[int(number.removeprefix("A-")) - 1]["text"]
        return "WAITS" if first else "FAILED" if "lost" in text else "DELIVRD"

    def report(self, number: str) -> None:
        """Report what became of a message."""
        self.state(number)
        with urlopen(f"{self.reports_to}?msg={number}&st={self.state(number)}") as answer:
            said = answer.read().decode()
        with self.lock:
            self.answers.append((answer.status, said))


def _handler(acme: Acme) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            self._say(*acme.take(body, self.headers.get("X-Api-Key", "")))

        def do_GET(self) -> None:
            url = urlsplit(self.path)
            if parse_qs(url.query).get("key") != [KEY]:
                self._say(401, "{}")
                return
            self._say(200, json.dumps({"state": acme.state(url.path.rpartition("/")[2])}))

        def _say(self, status: int, text: str) -> None:
            raw = text.encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(raw)))
            self.end_headers()
            self.wfile.write(raw)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its name there
            pass

    return Handler


@contextmanager
def serving(acme: Acme) -> Iterator[str]:
    """It listens; gives its URL."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(acme))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join(20)
        server.server_close()


def settings_of(url: str) -> dict[str, str]:
    """How it is described: what is written after `--set`."""
    return {
        "url": f"{url}/v1/send",
        "body": '{"to": "+{recipient}", "from": "{sender}", "text": "{text}", "ref": {id}}',
        "body_kind": "json",
        "headers": "X-Api-Key: {token}",
        "token": KEY,
        "success": '"ok": ?true',
        "id": "$.data[0].id",
        "later": "busy",
        "refused": "bad number",
        "states": "WAITS=sent, DELIVRD=delivered, FAILED=undelivered",
    }
