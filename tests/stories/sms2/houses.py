"""A gateway with SMS2 accounts, and how their software talks to it: by curl, and in PHP and Perl."""

import json
import shutil
import subprocess
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

import msgspec
from sqlalchemy import Connection

from gonets.connectors.simulator.phones import Text, read_inbox
from gonets.model.account import Account, SenderState, Tariff
from gonets.model.message import AccountId, Channel
from gonets.model.money import ONE, Millionths
from gonets.stores import bases, settings
from gonets.stores.money import top_up
from tests.processes import GatewayProcess, Place, curl, gonets, prepare, until

LOGIN: Final = "your_login"
PASSWORD: Final = "your_password"
HASH: Final = "1060b7b46a3bd36b3a0d66e0127d0517"
"""The MD5 of the password."""
AUTH: Final = {"user": LOGIN, "pass": PASSWORD}
SENDERS: Final = ("Test", "your_login", "your_sender")

SENT: Final = "Message successfully sent! Message_ID="

DEMO: Final = (79110000001, 79110000002, 79110000003)

_FOLDER: Final = Path(__file__).parent


def furnish(folder: Path) -> Place:
    """A place with the accounts `your_login`, `modern`, which has batches in JSON, and `lister`; they live in Moscow.

    `your_login` has the bases `Demo`, of three numbers, and `Protected`, the others have none. A message costs 1.00 in
    Russia but for 7954, which is closed, and 2.00 in Ukraine; an MMS 6.00 in Russia.
    """
    place = prepare(folder)
    with place.changing() as connection:
        for channel, prefix, price in (
            (Channel.SMS, "7", 1),
            (Channel.SMS, "380", 2),
            (Channel.MMS, "7", 6),
        ):
            settings.put_tariff(connection, Tariff("sms2", channel, prefix, Millionths(price * ONE)))
        settings.put_tariff(connection, Tariff("sms2", Channel.SMS, "7954", Millionths(0), closed=True))
        zone = ZoneInfo("Europe/Moscow")
        open_account(connection, "modern", zone=zone, batch_json=True)
        open_account(connection, "lister", zone=zone)
        account = open_account(connection, LOGIN, zone=zone)
        at = datetime.now(UTC)
        for name, protected in (("Demo", False), ("Protected", True)):
            base = bases.create(connection, account, name, at, protected=protected)
            bases.add(connection, [(base, DEMO)])
    return place


def open_account(connection: Connection, login: str, **changes: object) -> AccountId:
    """An account with that name and login, the password of all, 100,000.00 and the document's senders."""
    at = datetime.now(UTC)
    usual = Account(
        id=AccountId(0),
        name=login,
        group="sms2",
        currency="RUB",
        overdraft=Millionths(0),
        home_country="RU",
        zone=ZoneInfo("UTC"),
    )
    account = settings.add_account(connection, msgspec.structs.replace(usual, **changes), at)
    top_up(connection, account, Millionths(100_000 * ONE), "to begin with", at)
    settings.set_password(connection, account, "sms2", login, PASSWORD)
    for sender in SENDERS:
        settings.put_sender(connection, account, sender, SenderState.APPROVED)
    return account


# ---- talk


def ask(gateway: GatewayProcess, script: str, fields: Mapping[str, str], *arguments: str) -> str:
    """What curl gets by a form whose values are escaped, `fields` in UTF-8."""
    words = [word for name, value in fields.items() for word in ("--data-urlencode", f"{name}={value}")]
    return curl(*words, *arguments, gateway.site(f"/{script}")).decode("ascii")


def send(gateway: GatewayProcess, **fields: str) -> str:
    """The answer to a message of `your_login`, good but for what is said."""
    usual = {"phone": "79119876543", "message": "Hello", "from": "Test", "enc": "utf-8"}
    return ask(gateway, "sms.cgi", AUTH | usual | {name.rstrip("_"): value for name, value in fields.items()})


def number(answer: str) -> int:
    """The id of a message that was taken."""
    assert answer.startswith((SENT, "Ok_")), answer
    return int(answer.removeprefix(SENT).removeprefix("Ok_"))


def status(gateway: GatewayProcess, message: int, **fields: str) -> str:
    """The answer to who asks after a message."""
    return ask(gateway, "sms_status2.cgi", AUTH | {"mess_id": str(message)} | fields)


def call(gateway: GatewayProcess, function: str, user: str = LOGIN, **fields: str) -> str:
    """The answer to a function of api_call.cgi."""
    given = {name.rstrip("_"): value for name, value in fields.items()}
    return ask(
        gateway,
        "api_call.cgi",
        {"user": user, "pass": PASSWORD, "function": function, "enc": "utf-8"} | given,
    )


def phone_of(gateway: GatewayProcess, message: int) -> Text:
    """A message as it is found on a phone; waits for it."""

    def found() -> list[Text]:
        return [text for text in read_inbox(gateway.place.data / "phones") if text.message == message]

    [text] = until(found, 10.0, f"message {message} comes to no phone")
    return text


def told(gateway: GatewayProcess, *words: str) -> Any:
    """What a command of the command line tells scripts."""
    done = gonets(*words, "--config", str(gateway.place.config), "--json")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


# ---- peers


def php(script: str, *arguments: str) -> bytes:
    """What a script beside this file prints, run by PHP with its curl."""
    wanted = "PHP with curl is not installed; on Debian and Ubuntu: apt install php-cli php-curl"
    assert shutil.which("php"), wanted
    has_curl = subprocess.run(
        ["php", "-r", 'exit((int) !extension_loaded("curl"));'], check=False, timeout=30
    )
    assert has_curl.returncode == 0, wanted
    return _ran("php", str(_FOLDER / script), *arguments)


def perl(script: str, *arguments: str) -> bytes:
    """What a script beside this file prints, run by Perl with LWP."""
    wanted = "Perl's LWP is not installed; on Debian and Ubuntu: apt install libwww-perl"
    assert shutil.which("perl"), wanted
    has_lwp = subprocess.run(
        ["perl", "-MLWP::UserAgent", "-e1"], check=False, timeout=30, capture_output=True
    )
    assert has_lwp.returncode == 0, wanted
    return _ran("perl", str(_FOLDER / script), *arguments)


def _ran(*command: str) -> bytes:
    done = subprocess.run(command, capture_output=True, timeout=30, check=False)
    assert done.returncode == 0, done.stderr.decode(errors="replace")
    return done.stdout
