"""Kannel, a gateway of its own: its bearerbox is a client of ours, its smsbox takes messages over HTTP.

It calls a URL for each receipt; a web server of the test hears that.
"""

import shutil
import socket
import subprocess
import threading
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Final, NamedTuple
from urllib.parse import parse_qs, quote, urlencode, urlsplit

from tests.processes import PASSWORD, until
from tests.stories.peers.clients import SENDER, SYSTEM_ID

WINDOW: Final = 300
_PORTS: Final = ("admin", "box", "sendsms")
ALL: Final = 31
"""Every kind of receipt."""
ENDS: Final = 3
"""Those of 1 and 2: delivered or not."""
_PATIENCE_S: Final = 30.0

_CONFIG: Final = """
group = core
admin-port = {admin}
admin-password = {password}
admin-deny-ip = "*.*.*.*"
admin-allow-ip = "127.0.0.1"
smsbox-port = {box}
box-deny-ip = "*.*.*.*"
box-allow-ip = "127.0.0.1"
dlr-storage = internal
log-file = "{folder}/bearerbox.log"
log-level = 0

group = smsc
smsc = smpp
smsc-id = gonets
host = 127.0.0.1
port = {port}
smsc-username = {system_id}
smsc-password = "{password}"
system-type = "{system_type}"
interface-version = 34
transceiver-mode = true
max-pending-submits = {window}
enquire-link-interval = 5
reconnect-delay = 1
{more}

group = smpp-tlv
name = reference
tag = 0x020C
type = integer
length = 2

group = smpp-tlv
name = total
tag = 0x020E
type = integer
length = 1

group = smpp-tlv
name = number
tag = 0x020F
type = integer
length = 1

group = smpp-tlv
name = payload
tag = 0x0424
type = octetstring
length = 1500

group = smsbox
bearerbox-host = 127.0.0.1
bearerbox-port = {box}
sendsms-port = {sendsms}
sendsms-interface = 127.0.0.1
log-file = "{folder}/smsbox.log"
log-level = 0

group = sendsms-user
username = tester
password = tester
max-messages = 20
concatenation = true

group = sms-service
keyword = default
text = ""
max-messages = 0
"""


class Heard(NamedTuple):
    """A receipt as Kannel tells of it."""

    key: str
    """What the message was sent under."""
    kind: int
    """1 delivered, 2 not delivered, 4 queued, 8 taken, 16 refused."""
    answer: str
    """What the SMSC has said."""


class Kannel:
    """Running, and bound to a gateway."""

    def __init__(self, ports: dict[str, int], dlr_url: str, heard: list[Heard]) -> None:
        self.heard = heard
        """Grows while it runs."""
        self._ports = ports
        self._dlr_url = dlr_url

    def send(
        self,
        key: str,
        recipients: list[str],
        text: str,
        coding: int,
        kinds: int = ALL,
        parameters: Mapping[str, str] = {},
    ) -> str:
        """What its smsbox says to a text in GSM (`coding` 0) or UCS-2 (2); it calls for receipts of these kinds.

        `parameters` are optional ones, by the names that its configuration gives them.
        """
        called = f"{self._dlr_url}?key={quote(key)}&kind=%d&answer=%A"
        fields = {
            "username": "tester",
            "password": "tester",
            "from": SENDER,
            "to": " ".join(recipients),
            "text": text,
            "charset": "UTF-8",
            "coding": str(coding),
            "dlr-mask": str(kinds),
            "dlr-url": called,
        }
        if parameters:
            fields["meta-data"] = f"?smpp?{urlencode(parameters)}"
        return self._ask("sendsms", f"/cgi-bin/sendsms?{urlencode(fields)}")

    def command(self, name: str) -> str:
        """What its bearerbox says to a command of the administrator."""
        return self._ask("admin", f"/{name}?password={quote(PASSWORD)}")

    def delivered(self, key: str) -> int:
        """How many were, of those that were sent under that key."""
        return sum(each.key == key and each.kind == 1 for each in list(self.heard))

    def is_bound(self) -> bool:
        """Whether its bearerbox is bound to the gateway, and its smsbox to that."""
        try:
            status = self.command("status.txt")
            self._ask("sendsms", "/")
        except OSError:
            return False
        return "(online" in status and "smsbox" in status

    def _ask(self, port: str, path: str) -> str:
        connection = HTTPConnection("127.0.0.1", self._ports[port], timeout=_PATIENCE_S)
        try:
            connection.request("GET", path)
            return connection.getresponse().read().decode()
        finally:
            connection.close()


@contextmanager
def kannel(
    folder: Path, port: int, system_id: str = SYSTEM_ID, system_type: str = "", more: str = ""
) -> Iterator[Kannel]:
    """Kannel as a client of the gateway at `port`; it ends as it came. `more`: settings of its link."""
    missing = "Kannel is not installed; on Debian and Ubuntu: apt install kannel"
    boxes = [
        shutil.which(name, path="/usr/sbin:/usr/local/sbin:/usr/bin") for name in ("bearerbox", "smsbox")
    ]
    assert all(boxes), missing
    ports = dict(zip(_PORTS, _free_ports(len(_PORTS)), strict=True))
    config = folder / "kannel.conf"
    config.write_text(
        _CONFIG.format(
            **ports,
            port=port,
            folder=folder,
            password=PASSWORD,
            system_id=system_id,
            window=WINDOW,
            system_type=system_type,
            more=more,
        )
    )
    with ExitStack() as stack:
        dlr_url, heard = stack.enter_context(_listening())
        started = Kannel(ports, dlr_url, heard)
        for name, box in zip(("bearerbox", "smsbox"), boxes, strict=True):
            assert box is not None
            output = stack.enter_context((folder / f"{name}.out").open("wb"))
            process = subprocess.Popen(
                [box, str(config)], stdin=subprocess.DEVNULL, stdout=output, stderr=output, cwd=folder
            )
            stack.callback(_end, process)
            if name == "bearerbox":
                until(lambda: _listens(ports["box"]), _PATIENCE_S, "Kannel's bearerbox does not start")
        until(started.is_bound, _PATIENCE_S, "Kannel does not bind")
        yield started


def _end(process: "subprocess.Popen[bytes]") -> None:
    process.terminate()
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _free_ports(count: int) -> list[int]:
    """Kannel takes ports by number only; these were free a moment ago."""
    with ExitStack() as stack:
        found = [stack.enter_context(socket.create_server(("127.0.0.1", 0))) for _ in range(count)]
        return [each.getsockname()[1] for each in found]


def _listens(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return False
    return True


@contextmanager
def _listening() -> Iterator[tuple[str, list[Heard]]]:
    """A web server for receipts: its URL, and what it hears."""
    heard: list[Heard] = []

    class Hearing(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            fields = parse_qs(urlsplit(self.path).query, keep_blank_values=True)
            heard.append(Heard(fields["key"][0], int(fields["kind"][0]), fields["answer"][0]))
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name it has there
            """Nothing is said of it."""

    class Server(ThreadingHTTPServer):
        request_queue_size = 1024  # Kannel calls for all at once, and does not call again for ever

    with Server(("127.0.0.1", 0), Hearing) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/dlr", heard
        finally:
            server.shutdown()
            thread.join()
