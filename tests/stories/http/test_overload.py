"""While another process holds the store, clients of every dialect get its refusal and do not wait until it lets go."""

import sqlite3
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Final

from gonets.model.account import Credential
from gonets.rules.proofs import hash_secret
from gonets.stores import settings
from tests.processes import LOGIN, PASSWORD, GatewayProcess, Place, curl, prepare, running
from tests.stories.osonsms.houses import message, open_account, signed, vault_of

REFUSED: Final = {
    "mfms": "500 text/plain; charset=utf-8 error-system The message could not be stored; try again in a minute.",
    "sms2": "500 text/plain Error: service is switched off",
    "smsclub": "500 text/html; charset=utf-8 Сервис временно недоступен",
    "osonsms": '500 application/json {"error":{"code":109,"msg":"Unable to store message.","timestamp":"',
}
"""How each begins."""


def furnish(folder: Path) -> Place:
    place = prepare(folder)
    vault = vault_of(place)
    with place.changing() as connection:
        [account] = settings.list_accounts(connection)
        secret = hash_secret(PASSWORD)
        for protocol in ("sms2", "smsclub"):
            settings.add_credential(connection, Credential(account.id, protocol, LOGIN, secret))
        open_account(connection, vault, "oson")
    return place


def send(gateway: GatewayProcess, protocol: str, number: int) -> str:
    """HTTP status, content type and body of the answer to a message of its own."""
    text = f"Hello {number}"
    match protocol:
        case "mfms":
            url = gateway.site(f"/{LOGIN}/connectorX/send")
            fields = {"login": LOGIN, "password": PASSWORD}
            fields |= {"subject[0]": "Bank", "address[0]": "79161230000", "text[0]": text}
        case "sms2":
            url = gateway.site("/sms.cgi")
            fields = {
                "user": LOGIN,
                "pass": PASSWORD,
                "from": "Bank",
                "phone": "79161230000",
                "message": text,
            }
        case "smsclub":
            url = gateway.site("/hfw_smpp_addon/httpsendsms.php")
            fields = {
                "username": LOGIN,
                "password": PASSWORD,
                "from": "Bank",
                "to": "79161230000",
                "text": text,
            }
        case _:
            url = gateway.site("/sendsms_v1.php")
            fields = signed("sendsms_v1.php", message(f"txn {number}"))
    words = [word for name, value in fields.items() for word in ("--data-urlencode", f"{name}={value}")]
    told = curl("--get", *words, "-w", "\n%{http_code} %{content_type}", url).decode()
    body, _, last = told.rpartition("\n")
    return f"{last} {body}"


@contextmanager
def held(place: Place) -> Iterator[None]:
    """Hold the store's write lock, as a process would that hangs in the middle of a transaction."""
    with closing(sqlite3.connect(place.data / "gonets.db", isolation_level=None)) as holder:
        holder.execute("BEGIN IMMEDIATE")
        yield
        holder.execute("ROLLBACK")


def test_what_the_store_does_not_take_in_time_is_refused_in_each_dialect(tmp_path: Path) -> None:
    place = furnish(tmp_path)
    with running(place) as gateway, ThreadPoolExecutor(30) as clients:
        for protocol in REFUSED:
            assert not send(gateway, protocol, 0).startswith("500")
        with held(place):
            asked = {
                protocol: [clients.submit(send, gateway, protocol, number) for number in range(1, 9)]
                for protocol in REFUSED
            }
            for protocol, answers in asked.items():
                for answer in answers:
                    assert answer.result().startswith(REFUSED[protocol])
            later = {protocol: clients.submit(send, gateway, protocol, 9) for protocol in REFUSED}
            for protocol, answer in later.items():
                assert answer.result().startswith(REFUSED[protocol])
        for protocol in REFUSED:
            assert not send(gateway, protocol, 10).startswith("500")
        assert gateway.stop() == 0
    with place.reading() as connection:
        held_back = connection.exec_driver_sql("SELECT count(*) FROM messages").scalar_one()
    assert held_back == 2 * len(REFUSED)
