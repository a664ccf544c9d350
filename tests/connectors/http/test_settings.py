"""What can be set of a link over HTTP, and whom it trusts."""

import asyncio
from pathlib import Path

import msgspec
import pytest

from gonets.app.kinds import HTTP_KINDS, KINDS, meanings_of, settings_of
from gonets.cli.connector import ConnectorKind
from gonets.connectors.http import HttpSettings
from gonets.flow.vault import SECRET_SETTINGS
from gonets.model.results import Returned, Sent
from gonets.rules.routing import CARRIED
from gonets.servers.tls import own_certificate, server_context
from tests.clocks import START
from tests.connectors.http.provider import Provider, Wired, part

GOOD = {
    "mfms": {"url": "http://sms.example.net:9876", "client": "CLIENT", "password": "x"},
    "osonsms": {"url": "https://api.example.net/", "login": "oson", "pass_salt_hash": "x"},
}


def test_every_kind_is_on_the_command_line_and_the_rules_know_no_other() -> None:
    assert {kind.value for kind in ConnectorKind} == set(KINDS) >= set(CARRIED)


@pytest.mark.parametrize("kind", HTTP_KINDS)
def test_every_setting_has_a_meaning_and_no_meaning_is_without_its_setting(kind: str) -> None:
    assert set(meanings_of(kind)) == set(settings_of(kind).__struct_fields__)


@pytest.mark.parametrize("kind", GOOD)
def test_settings_of_the_protocol_and_of_the_link_are_read_together(kind: str) -> None:
    read = msgspec.convert({**GOOD[kind], "concurrency": "7"}, settings_of(kind), strict=False)
    assert msgspec.structs.asdict(read)["concurrency"] == 7
    assert msgspec.structs.asdict(read)["url"] == GOOD[kind]["url"]


@pytest.mark.parametrize(
    ("kind", "changes", "said"),
    [
        ("mfms", {"pigeons": 3}, "pigeons"),
        ("mfms", {"url": "sms.example.net"}, "url has to be like"),
        ("mfms", {"url": "http://me:secret@sms.example.net"}, "credentials"),
        ("mfms", {"url": "http://sms.example.net/?a=b"}, "without a query"),
        ("mfms", {"client": "a/b"}, "client"),
        ("mfms", {"zone": "Mars/Base"}, "Mars/Base"),
        ("mfms", {"first_poll": 400.0}, "first_poll"),
        ("mfms", {"concurrency": 0}, "concurrency"),
        ("mfms", {"proxy": "proxy:3128"}, "proxy has to be a URL"),
        ("mfms", {"verify": False, "ca_file": "a.pem"}, "ca_file"),
        ("osonsms", {"url": "ftp://api.example.net"}, "url has to be like"),
        ("osonsms", {"token": "t"}, "not both"),
        ("osonsms", {"pass_salt_hash": "", "token": "a b"}, "token"),
    ],
)
def test_what_cannot_be_is_refused_with_a_sentence(kind: str, changes: dict[str, object], said: str) -> None:
    with pytest.raises(msgspec.ValidationError, match=said):
        msgspec.convert({**GOOD[kind], **changes}, settings_of(kind))


def test_what_is_secret_is_kept_sealed() -> None:
    secret = {
        name for kind in HTTP_KINDS for name, meaning in meanings_of(kind).items() if "sealed" in meaning
    }
    assert secret <= set(SECRET_SETTINGS)
    assert "proxy" in HttpSettings.__struct_fields__


@pytest.mark.parametrize(
    ("settings", "result"),
    [({"ca_file": "cert"}, Sent("r1")), ({}, Returned()), ({"verify": False}, Sent("r1"))],
)
def test_over_tls_it_speaks_to_whom_it_trusts(
    tmp_path: Path, settings: dict[str, object], result: object
) -> None:
    async def story() -> None:
        cert, key = own_certificate(tmp_path, START)
        files = {name: str(cert) for name in settings if name == "ca_file"}
        async with Wired(provider=Provider(server_context(cert, key)), **{**settings, **files}) as it:  # type: ignore[arg-type]
            await it.send(part(1))
            assert await it.settled(1) == [result]

    asyncio.run(story())


def test_through_a_proxy_it_speaks_to_nobody_else() -> None:
    async def story() -> None:
        async with Provider() as proxy, Wired(proxy=proxy.url) as it:
            await it.send(part(1))
            assert await it.settled(1) == [Sent("r1")]
            assert proxy.requests[0].startswith(f"{it.provider.url}/CLIENT/connector0/send?")
            assert it.provider.requests == []

    asyncio.run(story())
