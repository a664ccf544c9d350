"""A gateway with an OsonSMS account, and how its clients talk to it with curl, hashes and all."""

import hashlib
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

import msgspec
from sqlalchemy import Connection

from gonets.flow.vault import Vault, open_vault
from gonets.model.account import Account, Credential, ProofKind
from gonets.model.message import AccountId
from gonets.model.money import ONE, Millionths
from gonets.rules.proofs import seal_context
from gonets.stores import settings
from gonets.stores.money import top_up
from tests.processes import GatewayProcess, Place, curl

SALT: Final = "0123456789abcdef0123456789abcdef"
TOKEN: Final = "oson-demo-token"
JSON: Final = "application/json"

_SIGNED: Final = {
    "sendsms_v1.php": ("txn_id", "login", "from", "phone_number"),
    "query_sm.php": ("msg_id", "login"),
    "check_balance.php": ("txn_id", "login"),
}


class Answer(msgspec.Struct, frozen=True):
    """What curl got."""

    status: int
    content_type: str
    body: str

    @property
    def said(self) -> Any:
        """The object in the body."""
        return json.loads(self.body)


def vault_of(place: Place) -> Vault:
    """What seals the salts and tokens of a place."""
    return open_vault(place.data / "secret.key")


def open_account(
    connection: Connection, vault: Vault, login: str, *, token: str = "", changes: Mapping[str, object] = {}
) -> AccountId:
    """An account with that name and login, which signs with `SALT`, has 1000.00 and may use any sender."""
    at = datetime.now(UTC)
    usual = Account(
        id=AccountId(0),
        name=login,
        group="standard",
        currency="TJS",
        overdraft=Millionths(0),
        home_country="TJ",
        zone=ZoneInfo("UTC"),
        any_sender=True,
    )
    account = settings.add_account(connection, msgspec.structs.replace(usual, **changes), at)
    top_up(connection, account, Millionths(1000 * ONE), "to begin with", at)
    for kind, secret in ((ProofKind.SIGNATURE, SALT), (ProofKind.TOKEN, token)):
        if secret:
            sealed = vault.seal(secret, seal_context("osonsms", login, kind))
            settings.add_credential(connection, Credential(account, "osonsms", login, sealed, kind))
    return account


def signed(script: str, fields: dict[str, str], salt: str = SALT) -> dict[str, str]:
    """The same with its hash, as the document makes it, unless it has one."""
    values = ";".join((*(fields.get(name, "") for name in _SIGNED[script]), salt))
    return {"str_hash": hashlib.sha256(values.encode()).hexdigest(), **fields}


def ask(gateway: GatewayProcess, script: str, fields: dict[str, str], *arguments: str) -> Answer:
    """What curl gets by GET."""
    words = [word for name, value in fields.items() for word in ("--data-urlencode", f"{name}={value}")]
    told = curl(
        "--get", *words, *arguments, "-w", "\n%{http_code} %{content_type}", gateway.site(f"/{script}")
    )
    body, _, last = told.decode().rpartition("\n")
    status, _, content_type = last.partition(" ")
    return Answer(int(status), content_type, body)


def message(txn_id: str, **changes: str) -> dict[str, str]:
    """A good one."""
    usual = {"from": "OsonSMS", "phone_number": "992918888888", "msg": "Салом!", "login": "oson"}
    return {**usual, "txn_id": txn_id, **changes}


def send(gateway: GatewayProcess, txn_id: str, **changes: str) -> Answer:
    """The answer to a signed message."""
    script = "sendsms_v1.php"
    return ask(gateway, script, signed(script, message(txn_id, **changes)))


def status(gateway: GatewayProcess, msg_id: int, login: str = "oson") -> Answer:
    """The answer to a signed query."""
    script = "query_sm.php"
    return ask(gateway, script, signed(script, {"login": login, "msg_id": str(msg_id)}))


def balance(gateway: GatewayProcess, login: str = "oson") -> Answer:
    """The answer to a signed question for the balance."""
    script = "check_balance.php"
    return ask(gateway, script, signed(script, {"login": login, "txn_id": "b1"}))
