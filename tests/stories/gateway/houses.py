"""A gateway with the kinds of accounts that get different answers, and how to talk MFMS to it with curl."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote
from zoneinfo import ZoneInfo

import msgspec

from gonets.model.account import Account, Credential, Profile, SenderState, Tariff
from gonets.model.message import AccountId, Channel
from gonets.model.money import ONE, Millionths
from gonets.rules.proofs import hash_secret
from gonets.stores import settings
from gonets.stores.money import top_up
from tests.processes import PASSWORD, GatewayProcess, Place, curl, prepare

CREDENTIALS: Final = f"login=CLIENT&password={PASSWORD}"
"""Raw, as people type it."""
RECIPIENT: Final = "79161230000"

_POLICIES: Final[dict[str, dict[str, Any]]] = {
    "STRICT": {"any_sender": False, "zone": ZoneInfo("Europe/Moscow")},
    "POOR": {},
    "OFF": {"enabled": False},
    "ELSEWHERE": {"networks": ("192.0.2.0/24",)},
    "SLOW": {"rate": 1},
    "ONCE": {"duplicate_s": 600},
}


def furnish(folder: Path) -> Place:
    """A place with these accounts besides `CLIENT`, each with the same password and the profile `connector0`.

    `STRICT` may use the sender `Bank` only and lives in Moscow, `POOR` has no money, `OFF` is switched off,
    `ELSEWHERE` may not call from here, `SLOW` may send one message a second, `ONCE` may not repeat itself; numbers
    under 7954 are closed.
    """
    place = prepare(folder)
    at = datetime.now(UTC)
    secret = hash_secret(PASSWORD)
    with place.changing() as connection:
        for name, policy in _POLICIES.items():
            plain = Account(
                id=AccountId(0),
                name=name.lower(),
                group="standard",
                currency="RUB",
                overdraft=Millionths(0),
                home_country="RU",
                zone=ZoneInfo("UTC"),
                any_sender=True,
            )
            account = settings.add_account(connection, msgspec.structs.replace(plain, **policy), at)
            if name != "POOR":
                top_up(connection, account, Millionths(100 * ONE), "to begin with", at)
            settings.add_credential(connection, Credential(account, "mfms", name, secret))
            settings.add_profile(connection, Profile(account, name, "connector0"))
            if name == "STRICT":
                settings.put_sender(connection, account, "Bank", SenderState.APPROVED)
        settings.put_tariff(connection, Tariff("standard", Channel.SMS, "7954", Millionths(0), closed=True))
    return place


def ask(gateway: GatewayProcess, path: str, query: str, *arguments: str, scheme: str = "http") -> str:
    """What curl gets to a line that a person would type."""
    return curl(*arguments, gateway.url(f"{path}?{query}", scheme)).decode()


def send(
    gateway: GatewayProcess,
    client: str = "CLIENT",
    connector: str = "connector0",
    *,
    password: str = PASSWORD,
    **fields: str,
) -> str:
    """The answer to a message of one field each, to a good recipient unless said; `login` and `pass` are given."""
    name = "pass" if (client, connector) == ("CLIENT", "connector0") else "password"
    query = {
        "login": client,
        name: password,
        "subject": "Bank",
        "address": RECIPIENT,
        "text": "Hello",
        **fields,
    }
    written = "&".join(f"{key}={quote(value)}" for key, value in query.items())
    return ask(gateway, f"/{client}/{connector}/send", written)


def number(answer: str) -> int:
    """The id in an answer `ok;0;…`."""
    code, key, provider = answer.split(";")
    assert (code, key) == ("ok", "0"), answer
    return int(provider)


def status(gateway: GatewayProcess, message: int, client: str = "CLIENT") -> list[str]:
    """The fields of a status row, without `ok` and the id."""
    connector = "connectorX" if client == "CLIENT" else "connector0"
    query = f"login={client}&password={PASSWORD}&providerId[0]={message}"
    code, echo, *fields = ask(gateway, f"/{client}/{connector}/status", query).split(";")
    assert (code, echo, len(fields)) == ("ok", str(message), 3)
    return fields
