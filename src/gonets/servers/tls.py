"""TLS for listeners: a server's context, and a certificate of our own where none is configured.

TLS 1.2 and later. The certificate made here is signed by itself: it hides the traffic from listeners, and a
client that wants to know whom it talks to has to be given it.
"""

import ipaddress
import os
import socket
import ssl
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

_CERT: Final = "tls-cert.pem"
_KEY: Final = "tls-key.pem"
_YEARS: Final = 10


def server_context(cert: Path, key: Path) -> ssl.SSLContext:
    """The context of a listener; `cert` is a PEM chain, its own certificate first, `key` an unencrypted PEM
    key.

    Raises ValueError with a sentence that names the file.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    for path in (cert, key):
        try:
            path.read_bytes()
        except OSError as error:
            raise ValueError(f"{path} cannot be read: {error.strerror}") from None
    try:
        context.load_cert_chain(cert, key, password=_no_password)
    except ssl.SSLError as error:
        raise ValueError(
            f"{cert} and {key} are no certificate and its key: {error.reason or error}"
        ) from None
    return context


def own_certificate(folder: Path, at: datetime) -> tuple[Path, Path]:
    """Certificate and key in `folder`, made where either is missing; valid for ten years from `at`.

    The key file is readable by its owner only, from its first octet. Raises OSError.
    """
    cert, key = folder / _CERT, folder / _KEY
    if cert.exists() and key.exists():
        return cert, key
    folder.mkdir(parents=True, exist_ok=True)
    secret = ec.generate_private_key(ec.SECP256R1())
    certificate = _self_signed(secret, at)
    _write(key, secret.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()), 0o600)
    _write(cert, certificate.public_bytes(Encoding.PEM), 0o644)
    return cert, key


def _self_signed(secret: ec.EllipticCurvePrivateKey, at: datetime) -> x509.Certificate:
    host = socket.gethostname()
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Gonets")])
    names: list[x509.GeneralName] = [
        x509.DNSName("localhost"),
        x509.IPAddress(ipaddress.IPv4Address("127.0.0.1")),
        x509.IPAddress(ipaddress.IPv6Address("::1")),
    ]
    if host.isascii() and host not in {"", "localhost"}:
        names.append(x509.DNSName(host))
    usage = x509.KeyUsage(
        digital_signature=True,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=False,
        crl_sign=False,
        encipher_only=False,
        decipher_only=False,
    )
    return (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(secret.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(at - timedelta(days=1))
        .not_valid_after(at + timedelta(days=365 * _YEARS + _YEARS // 4))
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .sign(secret, SHA256())
    )


def _write(path: Path, content: bytes, mode: int) -> None:
    """Whole or not at all: another process that starts now sees no half of it."""
    unfinished = path.with_suffix(f".{os.getpid()}")
    descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode)
    with os.fdopen(descriptor, "wb") as file:
        os.fchmod(file.fileno(), mode)
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    unfinished.replace(path)


def _no_password() -> str:
    """Instead of a question on the terminal, which a server has nobody to answer."""
    return ""
