"""The vault: secrets that have to be known as they are (salts, tokens), sealed under a key outside of the store.

Sealing is AES-256-GCM. What is sealed is bound to its context, so that it opens nowhere else, and names the version
of its form. The key is a file; whoever has the store without it has no secret, and who loses it sets them anew.
"""

import base64
import binascii
import os
import secrets
import stat
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

_VERSION: Final = b"\x01"
_KEY_OCTETS: Final = 32
_NONCE_OCTETS: Final = 12
_TAG_OCTETS: Final = 16


class VaultRefused(Exception):
    """A key that cannot be used, or a secret that does not open; the sentence says what to do."""


class Vault:
    """Seals and opens under one key."""

    def __init__(self, key: bytes) -> None:
        """`key`: 32 random bytes. Raises VaultRefused for another number of them."""
        if len(key) != _KEY_OCTETS:
            raise VaultRefused(f"a key has {_KEY_OCTETS} octets, not {len(key)}")
        self._cipher = AESGCM(key)
        seed = HKDF(SHA256(), 32, salt=None, info=b"gonets ed25519 1").derive(key)
        self.signing_key: Final = Ed25519PrivateKey.from_private_bytes(seed)
        """The platform's own; it follows from the key, and is another where that is."""

    def seal(self, text: str, context: str) -> str:
        """The text, unreadable without the key, in Base64; another string each time. It opens in this context only."""
        nonce = secrets.token_bytes(_NONCE_OCTETS)
        closed = self._cipher.encrypt(nonce, text.encode("utf-8", "surrogatepass"), _bound(context))
        return base64.b64encode(_VERSION + nonce + closed).decode()

    def open(self, sealed: str, context: str) -> str:
        """The text that was sealed in this context. Raises VaultRefused."""
        try:
            whole = base64.b64decode(sealed, validate=True)
        except (binascii.Error, ValueError):
            raise VaultRefused("the secret is not sealed; set it anew") from None
        if whole[:1] != _VERSION or len(whole) < 1 + _NONCE_OCTETS + _TAG_OCTETS:
            raise VaultRefused("the secret is sealed in a form that this version does not know; set it anew")
        nonce, closed = whole[1 : 1 + _NONCE_OCTETS], whole[1 + _NONCE_OCTETS :]
        try:
            return self._cipher.decrypt(nonce, closed, _bound(context)).decode("utf-8", "surrogatepass")
        except InvalidTag:
            raise VaultRefused(
                "the secret was sealed under another key, or for another login; put the key file back"
                " that it was sealed under, or set it anew"
            ) from None


SECRET_SETTINGS: Final = ("password", "pass_salt_hash", "token", "callback_token", "proxy")
"""Settings of connectors that are kept sealed, under their names with `SEALED` at the end."""
SEALED: Final = "_sealed"

Settings = Mapping[str, int | float | str | bool]


def seal_settings(
    settings: Settings, connector: str, vault: Callable[[], Vault], before: Settings | None = None
) -> dict[str, int | float | str | bool]:
    """A connector's settings as they are kept; one that is sealed `before` already stays so, to the letter.

    The vault is only opened where there is something to seal. Raises VaultRefused.
    """
    kept = dict(settings)
    for name in SECRET_SETTINGS:
        if name not in kept:
            continue
        plain, sealed, context = str(kept.pop(name)), name + SEALED, _of_connector(connector, name)
        there = None if before is None else before.get(sealed)
        try:
            same = there is not None and vault().open(str(there), context) == plain
        except VaultRefused:
            same = False  # sealed under another key: this is how it is set anew
        kept[sealed] = there if same and there is not None else vault().seal(plain, context)
    return kept


def open_settings(settings: Settings, connector: str, vault: Vault) -> dict[str, int | float | str | bool]:
    """A connector's settings as it needs them. Raises VaultRefused."""
    opened = dict(settings)
    for name in SECRET_SETTINGS:
        sealed = opened.pop(name + SEALED, None)
        if sealed is not None:
            opened[name] = vault.open(str(sealed), _of_connector(connector, name))
    return opened


def _of_connector(connector: str, setting: str) -> str:
    return f"connector {connector} {setting}"


def open_vault(file: Path) -> Vault:
    """The vault of a key file, which is made where there is none.

    Raises VaultRefused where it cannot be read or made, or holds no key.
    """
    try:
        if not file.exists():
            _make_key(file)
        content = file.read_bytes()
    except OSError as error:
        raise VaultRefused(f"the key file {file} cannot be used: {error.strerror}") from None
    try:
        key = base64.b64decode(content.strip(), validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if len(key) != _KEY_OCTETS:
        raise VaultRefused(
            f"{file} holds no key of {_KEY_OCTETS} octets in Base64; put the right one back. Without it remove"
            " the file: a new key is made, and every salt and token has to be set anew"
        )
    return Vault(key)


def is_open_to_others(file: Path) -> bool:
    """Whether anybody but its owner may read or write a key file. Raises OSError."""
    return bool(file.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO))


def _bound(context: str) -> bytes:
    return _VERSION + context.encode("utf-8", "surrogatepass")


def _make_key(file: Path) -> None:
    """Whole or not at all, readable by its owner only, and never in place of another. Raises OSError."""
    file.parent.mkdir(parents=True, exist_ok=True)
    descriptor, unfinished = tempfile.mkstemp(prefix=f"{file.name}.", dir=file.parent)
    try:
        with os.fdopen(descriptor, "wb") as written:
            os.fchmod(written.fileno(), 0o600)
            written.write(base64.b64encode(secrets.token_bytes(_KEY_OCTETS)) + b"\n")
            written.flush()
            os.fsync(written.fileno())
        file.hardlink_to(unfinished)
    except FileExistsError:
        pass  # another process was first; its key is the one
    finally:
        Path(unfinished).unlink()
    folder = os.open(file.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
