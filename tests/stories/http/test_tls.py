"""TLS on a listener, and the certificate that is made where there is none."""

import asyncio
import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization

from gonets.servers import tls
from gonets.servers.connection import Limits
from gonets.servers.http import HttpServer
from gonets.servers.sockets import Listener
from tests.clocks import START
from tests.stories.http.served import GET, LAST, TAKEN, connected, dialect, rest, run, still_serves

NOW = datetime.now(UTC)
"""What a TLS library holds a certificate against is the real time."""


def test_a_listener_with_tls_is_served_under_the_certificate_made_for_it(tmp_path: Path) -> None:
    cert, key = tls.own_certificate(tmp_path, NOW)
    trusting = ssl.create_default_context(cafile=str(cert))

    async def asked(port: int, host: str, octets: bytes) -> bytes:
        reader, writer = await asyncio.open_connection("127.0.0.1", port, ssl=trusting, server_hostname=host)
        writer.write(octets)
        answer = await rest(reader)
        writer.close()
        await writer.wait_closed()
        return answer

    async def story() -> None:
        listeners = [Listener("127.0.0.1", 0, tls.server_context(cert, key)), Listener("127.0.0.1", 0)]
        app = dialect()
        async with HttpServer(app, listeners, Limits(linger_s=0.1), app.too_long) as running:
            secure, plain = running.ports
            for host in ("localhost", "127.0.0.1"):
                assert (await asked(secure, host, LAST)).endswith(TAKEN)
            assert (await asked(secure, "localhost", GET * 3 + LAST)).count(TAKEN) == 4
            too_long = LAST.replace(b"Hello", b"x" * 300_000)
            assert (await asked(secure, "localhost", too_long)).endswith(b"\r\n\r\nerror-syntax")
            assert await still_serves(plain)

    run(story)


def test_plain_http_on_a_tls_port_costs_that_connection_only(tmp_path: Path) -> None:
    context = tls.server_context(*tls.own_certificate(tmp_path, NOW))

    async def story() -> None:
        async with HttpServer(
            dialect(), [Listener("127.0.0.1", 0, context), Listener("127.0.0.1", 0)]
        ) as running:
            secure, plain = running.ports
            async with connected(secure) as (reader, writer):
                writer.write(LAST)
                try:
                    assert TAKEN not in await rest(reader)
                except ConnectionError:
                    pass
            assert await still_serves(plain)

    run(story)


def test_the_certificate_is_made_once_and_its_key_is_the_owners_alone(tmp_path: Path) -> None:
    folder = tmp_path / "data" / "tls"
    cert, key = tls.own_certificate(folder, START)
    first = cert.read_bytes()
    assert tls.own_certificate(folder, START + timedelta(days=1)) == (cert, key)
    assert cert.read_bytes() == first
    assert key.stat().st_mode & 0o777 == 0o600
    assert {path.name for path in folder.iterdir()} == {cert.name, key.name}


def test_a_certificate_without_its_key_is_made_anew(tmp_path: Path) -> None:
    cert, key = tls.own_certificate(tmp_path, START)
    key.unlink()
    tls.own_certificate(tmp_path, START)
    tls.server_context(cert, key)


def test_the_certificate_is_for_this_machine_for_ten_years(tmp_path: Path) -> None:
    cert, _ = tls.own_certificate(tmp_path, START)
    made = x509.load_pem_x509_certificate(cert.read_bytes())
    names = made.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert "localhost" in names.get_values_for_type(x509.DNSName)
    assert "127.0.0.1" in [str(address) for address in names.get_values_for_type(x509.IPAddress)]
    assert made.not_valid_before_utc < START
    assert timedelta(days=3650) <= made.not_valid_after_utc - START <= timedelta(days=3654)


def test_tls_before_1_2_is_not_spoken(tmp_path: Path) -> None:
    context = tls.server_context(*tls.own_certificate(tmp_path, START))
    assert context.minimum_version is ssl.TLSVersion.TLSv1_2


def test_files_that_are_missing_or_no_certificate_are_named(tmp_path: Path) -> None:
    cert, key = tls.own_certificate(tmp_path, START)
    missing = tmp_path / "none.pem"
    with pytest.raises(ValueError, match=f"^{missing} cannot be read: No such file or directory$"):
        tls.server_context(missing, key)
    junk = tmp_path / "junk.pem"
    junk.write_bytes(b"junk")
    with pytest.raises(ValueError, match=f"^{cert} and {junk} are no certificate and its key"):
        tls.server_context(cert, junk)


def test_a_key_under_a_password_is_refused_and_asks_nobody(tmp_path: Path) -> None:
    cert, key = tls.own_certificate(tmp_path, START)
    secret = serialization.load_pem_private_key(key.read_bytes(), None)
    locked = tmp_path / "locked.pem"
    locked.write_bytes(
        secret.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.BestAvailableEncryption(b"secret"),
        )
    )
    with pytest.raises(ValueError, match="are no certificate and its key"):
        tls.server_context(cert, locked)
