"""Real SMPP clients, each a program of its own that sends what a plan says and tells what came of it.

A program gets the name of a file with the plan: port, system_id, password and messages, each with key, from, to, text,
alphabet (empty: as the library chooses; `ascii`: raw ASCII that says it is GSM) and way: `whole`, or long by `udh`
(headers), `sar` (TLVs) or `payload` (the TLV message_payload). It binds as a transceiver, sends all, answers receipts
until every id has its own, asks query_sm after each id, unbinds, and prints what `Said` has.
"""

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Final, NamedTuple

import msgspec

from gonets.connectors.simulator.phones import read_inbox
from tests.processes import PASSWORD, GatewayProcess
from tests.stories.peers.wiretap import Wiretap

HERE: Final = Path(__file__).parent
SENDER: Final = "Gonets"
SYSTEM_ID: Final = "plain"
PATIENCE_S: Final = 60.0

LATIN: Final = "Prices in €: [ok] {1} ~ \\o/ | @home_1 ^"
WESTERN: Final = "Café à la crème: año, Grüße, Ærø"
RUSSIAN: Final = "Привет! Ваш код — 1234"
EMOJI: Final = "Готово 🙂👍🏽"
LONG_LATIN: Final = "".join(f"[{number:03}] The quick brown fox. " for number in range(36))
LONG_RUSSIAN: Final = "".join(f"{number:03} Съешь ещё этих булок 🙂 " for number in range(16))
PARTS: Final = 7
"""Of a long text."""


class Message(msgspec.Struct, frozen=True):
    """One message of a plan."""

    key: str
    to: str
    text: str
    alphabet: str
    way: str = "whole"

    @property
    def ids(self) -> int:
        """How many a client gets for it."""
        return PARTS if self.way in {"udh", "sar"} else 1

    @property
    def parts(self) -> int:
        """How many it is sent in."""
        return 1 if self.way == "whole" else PARTS


class Receipt(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A receipt as a client read it; TLVs of more than one octet in hex, but for the price."""

    id: str
    state: int
    text: str
    source: str = msgspec.field(name="from")
    destination: str = msgspec.field(name="to")
    error: str
    price: str
    type: str
    parts: str


class Said(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a client tells of its run."""

    bound: str
    """The system_id in the answer to its bind."""
    ids: dict[str, list[str]]
    """By key, in the order of the answers."""
    statuses: dict[str, int]
    """command_status of what was refused, by key."""
    receipts: list[Receipt]
    states: dict[str, tuple[int, str, int]]
    """message_state, final_date (ten digits of it), error_code, by id."""


class Client(NamedTuple):
    """A kind of client."""

    name: str
    command: tuple[str, ...]
    has: Callable[[], str]
    """What has to be installed for it; empty: nothing is missing."""
    ways: tuple[str, ...] = ("udh", "sar", "payload")
    """Of long texts."""
    chooses: bool = False
    """Whether the library chooses an alphabet where none is given."""


class Run(NamedTuple):
    """A client's run that has ended."""

    client: Client
    messages: list[Message]
    said: Said
    inbox: dict[str, list[str]]
    """Texts on the phones, by number."""
    tap: Wiretap


def _npm() -> str:
    if not shutil.which("node") or not shutil.which("npm"):
        return "Node.js is not installed; on Debian and Ubuntu: apt install nodejs npm"
    if not (HERE / "node_modules" / "smpp").is_dir():
        return "npm's package smpp is not installed; `make test` does it, or: npm ci --prefix tests/stories/peers"
    return ""


def _perl() -> str:
    if not shutil.which("perl"):
        return "Perl is not installed; on Debian and Ubuntu: apt install perl"
    found = subprocess.run(["perl", "-MNet::SMPP", "-e1"], capture_output=True, timeout=30, check=False)
    return "" if found.returncode == 0 else "Perl has no Net::SMPP; on Debian: apt install libnet-smpp-perl"


NPM: Final = Client("npm's smpp", ("node", str(HERE / "client.js")), _npm, chooses=True)
PERL: Final = Client("Net::SMPP", ("perl", str(HERE / "client.pl")), _perl)
CLIENTS: Final = (NPM, PERL)


def plan(client: Client, first: int) -> list[Message]:
    """What a client sends, to numbers of its own: 79160000000 and so many more, `first` and up."""
    numbers = iter(range(79_160_000_000 + first, 79_160_000_000 + first + 100))

    def message(key: str, text: str, alphabet: str, way: str = "whole") -> Message:
        return Message(key, str(next(numbers)), text, alphabet, way)

    found = [
        message("gsm", LATIN, "gsm"),
        message("latin-1", WESTERN, "latin-1"),
        message("ucs2", RUSSIAN, "ucs2"),
        message("emoji", EMOJI, "ucs2"),
    ]
    if client.chooses:
        found += [message(f"chosen {text}", text, "") for text in (LATIN, WESTERN, RUSSIAN)]
    for way in client.ways:
        found += [
            message(f"gsm {way}", LONG_LATIN, "gsm", way),
            message(f"ucs2 {way}", LONG_RUSSIAN, "ucs2", way),
        ]
    return found


def run(
    client: Client,
    gateway: GatewayProcess,
    messages: list[Message],
    folder: Path,
    *,
    system_id: str = SYSTEM_ID,
    listener: str = "smpp",
) -> Run:
    """Let a client send these, and wait until it has left."""
    missing = client.has()
    assert not missing, missing
    written = folder / "plan.json"
    with Wiretap(gateway.ports[listener]) as tap:
        written.write_text(
            json.dumps(
                {
                    "port": tap.port,
                    "system_id": system_id,
                    "password": PASSWORD,
                    "messages": [{"from": SENDER, **msgspec.structs.asdict(message)} for message in messages],
                }
            )
        )
        done = subprocess.run(
            [*client.command, str(written)], capture_output=True, timeout=PATIENCE_S, check=False
        )
    assert (done.returncode, done.stderr) == (0, b""), done.stderr.decode()[-2000:]
    inbox: dict[str, list[str]] = {}
    for text in read_inbox(gateway.place.data / "phones"):
        inbox.setdefault(text.recipient, []).append(text.text)
    return Run(client, messages, msgspec.json.decode(done.stdout, type=Said), inbox, tap)


def python(script: str) -> tuple[str, ...]:
    """How a client in Python beside this file is run."""
    return (sys.executable, str(HERE / script))
