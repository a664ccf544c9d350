"""How an account hears, set and tried out from the command line."""

import base64
import hashlib
import hmac
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from tests.cli.conftest import Cli

Told = Callable[..., Any]
SECRET = "sixteen and more characters"


class Hook:
    """A client's server, and what it was sent."""

    def __init__(self) -> None:
        self.url = ""
        self.status = 200
        self.heard: list[tuple[str, dict[str, str], bytes]] = []


@contextmanager
def hooking() -> Iterator[Hook]:
    class Receiving(BaseHTTPRequestHandler):
        def _take(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            hook.heard.append((self.path, dict(self.headers), body))
            self.send_response(hook.status)
            self.send_header("Content-Length", "5")
            self.end_headers()
            self.wfile.write(b"thank")

        do_GET = do_POST = _take  # noqa: N815 - the names they have there

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name it has there
            """Nothing is said of it."""

    hook = Hook()
    with HTTPServer(("127.0.0.1", 0), Receiving) as server:
        hook.url = f"http://127.0.0.1:{server.server_port}/hook"
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield hook
        finally:
            server.shutdown()
            thread.join()


def allow_loopback(folder: Path) -> None:
    file = folder / "gonets.toml"
    file.write_text(file.read_text().replace("#allow = []", 'allow = ["127.0.0.0/8"]'))


def test_how_an_account_hears_is_set_and_shown(cli: Cli, told: Told, shop: str) -> None:
    assert told("account", "push", shop) == {
        "account": "shop",
        "kind": "mfms",
        "url": "",
        "batch": 100,
        "fields": [],
        "signature": "",
        "key": "",
        "public_key": "",
    }
    url = "https://shop.example/sms"
    cli("account", "push", shop, "--kind", "smsc", "--url", url, "--batch", "7", "--field", "phone=msisdn")
    cli("account", "push", shop, "--field", "id=sms[id]", "--field", "ts=when")
    cli("account", "push", shop, "--field", "ts=ts")
    facts = told("account", "push", shop)
    assert (facts["kind"], facts["url"], facts["batch"]) == ("smsc", url, 7)
    assert facts["fields"] == ["id=sms[id]", "phone=msisdn"]
    shown = told("account", "show", shop)
    assert (shown["push_kind"], shown["push_fields"]) == ("smsc", facts["fields"])


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("--url", "shop.example"), "http://"),
        (("--field", "phone"), "write it like phone=msisdn"),
        (("--field", "text=body"), "of id, phone, status"),
        (("--field", "phone=id"), "two fields would have the same name"),
        (("--secret", "short"), "16 characters"),
        (("--secret", SECRET, "--ed25519"), "not both"),
        (("--test",), "no URL to call"),
    ],
)
def test_what_cannot_be_is_refused(cli: Cli, shop: str, words: tuple[str, ...], sentence: str) -> None:
    assert sentence in cli("account", "push", shop, *words, code=2).output


def test_a_test_is_signed_with_the_platforms_key_that_is_shown(
    cli: Cli, told: Told, shop: str, folder: Path
) -> None:
    allow_loopback(folder)
    with hooking() as hook:
        cli("account", "push", shop, "--kind", "webhook", "--url", hook.url)
        done = told("account", "push", shop, "--test")
    assert (done["taken"], done["outcome"], done["body"]) == (True, "HTTP 200", "thank")
    [(path, headers, body)] = hook.heard
    assert path == "/hook"
    [event] = json.loads(body)["events"]
    assert (event["type"], event["message"], event["status"]) == ("status", 1000, "delivered")
    facts = told("account", "push", shop)
    key = Ed25519PublicKey.from_public_bytes(base64.b64decode(facts["public_key"]))
    method, _, signature = headers["Gonets-Signature"].partition("=")
    assert (method, headers["Gonets-Key"]) == (facts["signature"], facts["key"])
    key.verify(base64.b64decode(signature), headers["Gonets-Timestamp"].encode() + b"." + body)


def test_a_secret_of_the_account_signs_and_is_never_shown(
    cli: Cli, told: Told, shop: str, folder: Path
) -> None:
    allow_loopback(folder)
    with hooking() as hook:
        cli(
            "account",
            "push",
            shop,
            "--kind",
            "webhook",
            "--url",
            hook.url,
            "--secret",
            "-",
            typed=f"{SECRET}\n{SECRET}\n",
        )
        shown = cli("account", "push", shop).output + cli("account", "push", shop, "--test").output
    [(_, headers, body)] = hook.heard
    said = headers["Gonets-Timestamp"].encode() + b"." + body
    digest = hmac.new(SECRET.encode(), said, hashlib.sha256).hexdigest()
    assert headers["Gonets-Signature"] == f"hmac-sha256={digest}"
    assert "HMAC-SHA256" in shown
    assert SECRET not in shown
    assert SECRET.encode() not in b"".join(file.read_bytes() for file in folder.rglob("*") if file.is_file())
    cli("account", "push", shop, "--ed25519")
    assert told("account", "push", shop)["signature"] == "ed25519"


def test_a_test_that_is_not_taken_says_what_came_back(cli: Cli, shop: str, folder: Path) -> None:
    allow_loopback(folder)
    with hooking() as hook:
        hook.status = 302
        cli("account", "push", shop, "--kind", "smsc", "--url", hook.url)
        assert "Not taken: HTTP 302" in cli("account", "push", shop, "--test", code=1).output
    assert b"id=1000&phone=79990000000&status=1" in hook.heard[0][2]


def test_a_target_on_this_machine_is_not_called_unless_it_is_allowed(cli: Cli, shop: str) -> None:
    with hooking() as hook:
        cli("account", "push", shop, "--url", hook.url)
        assert "address not allowed" in cli("account", "push", shop, "--test", code=1).output
    assert hook.heard == []


def test_the_platform_file_has_how_an_account_hears(cli: Cli, shop: str, folder: Path) -> None:
    cli("account", "push", shop, "--kind", "webhook", "--url", "https://shop.example/", "--secret", SECRET)
    cli("account", "push", shop, "--field", "phone=msisdn")
    file = folder / "platform.toml"
    cli("export", "--out", str(file))
    text = file.read_text()
    assert 'push_kind = "webhook"' in text
    assert SECRET not in text
    assert "nothing" in cli("apply", str(file), "--dry-run").output.lower()
    plain = [
        f'push_secret = "{SECRET}"' if line.startswith("push_secret_sealed") else line
        for line in text.splitlines()
    ]
    file.write_text("\n".join(plain))
    assert "nothing" in cli("apply", str(file), "--dry-run").output.lower(), "the same secret is no change"
    file.write_text("\n".join(plain).replace(SECRET, SECRET[::-1]))
    done = cli("apply", str(file), "--yes").output
    assert "push_secret_sealed" in done
    assert SECRET[::-1] not in done
    assert cli("account", "attempts", shop).output.strip() == "shop has not been called yet"


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ('push_kind = "pigeon"', "mfms, smsc, webhook"),
        ('push_fields = ["text=body"]', "write it like phone=msisdn"),
        ('push_fields = ["id=a", "id=b"]', "a name is there twice"),
        ('push_secret = "short"', "16 characters"),
        (f'push_secret = "{SECRET}"\npush_secret_sealed = "QUJD"', "write one of them"),
    ],
)
def test_a_platform_file_that_is_wrong_says_so(cli: Cli, folder: Path, line: str, sentence: str) -> None:
    file = folder / "wrong.toml"
    file.write_text(f"[accounts.a]\n{line}\n")
    assert sentence in cli("apply", str(file), "--dry-run", code=2).output


def test_nothing_is_replayed_where_nothing_was_formed(cli: Cli, told: Told, shop: str) -> None:
    assert told("account", "replay", shop, "--since", "2h", "--yes") == {
        "account": "shop",
        "statuses": 0,
        "inbound": 0,
    }
    assert "before --since" in cli("account", "replay", shop, "--since", "1h", "--until", "2h", code=2).output
