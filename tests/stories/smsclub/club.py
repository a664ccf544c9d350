"""A gateway with the accounts of SMS Club's document, and the clients that talk to it: curl, PHP, Perl."""

import json
import re
import shutil
import subprocess
from datetime import UTC, datetime
from http.client import HTTPConnection
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from gonets.config import FlowConfig
from gonets.connectors.simulator.phones import Received
from gonets.model.account import Account, Credential
from gonets.model.message import AccountId
from gonets.model.money import ONE, Millionths
from gonets.rules.proofs import hash_secret
from gonets.stores import settings
from gonets.stores.money import top_up
from tests.processes import GatewayProcess, Place, curl, prepare, until

CREDENTIALS: Final = {
    "user": "pass",
    "username": "password",
    "380675126767": "pass123",
    "380501234567": "123456",
}
"""By login, as the document's examples have them."""
FOLDER: Final = "/hfw_smpp_addon/"
GATE: Final = "/soap/soapGateway.wsdl"
PEERS: Final = Path(__file__).parent

_LIST: Final = re.compile(r"=IDS START=<br/>((?:[0-9]+<br/>)*)=IDS END=<br/>")


def furnish(folder: Path) -> Place:
    """A place with an account in Ukraine for each of the logins, with a hundred thousand and any sender.

    A login may fail as often as it likes.
    """
    place = prepare(folder, flow=FlowConfig(failed_logins=False))
    with place.changing() as connection:
        for login, password in CREDENTIALS.items():
            add_account(connection, login, password)
    return place


def add_account(connection: Connection, login: str, password: str, **policy: Any) -> None:
    """An account with a login of SMS Club, of the same name."""
    at = datetime.now(UTC)
    usual: dict[str, Any] = {"overdraft": Millionths(500 * ONE), "any_sender": True}
    account = settings.add_account(
        connection,
        Account(
            id=AccountId(0),
            name=f"club {login}",
            group="standard",
            currency="UAH",
            home_country="UA",
            zone=ZoneInfo("Europe/Kyiv"),
            **(usual | policy),
        ),
        at,
    )
    top_up(connection, account, Millionths(100_000 * ONE), "to begin with", at)
    settings.add_credential(connection, Credential(account, "smsclub", login, hash_secret(password)))


def ask(gateway: GatewayProcess, line: str, *arguments: str) -> str:
    """What curl gets to the end of a line of the document, after the folder; its blanks are escaped, which curl asks
    for."""
    return curl(*arguments, gateway.site(FOLDER + line.replace(" ", "%20"))).decode()


def numbers(answer: str) -> list[int]:
    """The ids of an answer to a send that refused nothing."""
    found = _LIST.fullmatch(answer)
    assert found, answer
    return [int(each) for each in found[1].split("<br/>")[:-1]]


def received(gateway: GatewayProcess, part: int) -> Received:
    """What the phone got of a part, once it is there."""

    def arrived() -> Received | None:
        return next((line for line in gateway.place.phones() if int(line.message) == part), None)

    found = until(arrived, 10.0, f"no phone gets {part}")
    assert found is not None
    return found


def exchange(
    gateway: GatewayProcess, path: str, body: bytes, content_type: str = ""
) -> tuple[int, str, bytes]:
    """The HTTP status, the content type and the body of the answer to a POST."""
    connection = HTTPConnection("127.0.0.1", gateway.ports["http"], timeout=60)
    try:
        connection.request("POST", path, body, {"Content-Type": content_type} if content_type else {})
        answer = connection.getresponse()
        return answer.status, answer.headers["content-type"], answer.read()
    finally:
        connection.close()


def php(script: str, *arguments: str) -> Any:
    """What a PHP script beside this file prints, as JSON; warnings of PHP are errors."""
    assert shutil.which("php"), "PHP is not installed; on Debian: apt install php-cli php-soap php-curl"
    modules = subprocess.run(["php", "-m"], capture_output=True, text=True, timeout=30, check=True).stdout
    for module in ("soap", "curl"):
        assert module in modules.split(), f"PHP has no {module}; on Debian: apt install php-{module}"
    return json.loads(_said("php", "-d", "soap.wsdl_cache_enabled=0", str(PEERS / script), *arguments))


def perl(script: str, *arguments: str) -> str:
    """What a Perl script beside this file prints."""
    assert shutil.which("perl"), "Perl is not installed; on Debian: apt install perl libwww-perl"
    found = subprocess.run(["perl", "-MLWP::UserAgent", "-e1"], capture_output=True, timeout=30, check=False)
    assert found.returncode == 0, "Perl has no LWP; on Debian: apt install libwww-perl"
    return _said("perl", str(PEERS / script), *arguments)


def _said(*command: str) -> str:
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stderr) == (0, ""), done.stderr + done.stdout
    return done.stdout
