"""Signing what is pushed to clients: by a secret of the account (HMAC-SHA256), or the platform's own key (Ed25519).

Refuses nothing but a secret that does not open.
"""

import base64
import hashlib
import hmac
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from gonets.flow.vault import Vault, VaultRefused
from gonets.model.account import Account
from gonets.ports.edges import NoReply, Signed

_KEY_ID: Final = 16
"""Characters."""


class Signer:
    """Signs under the keys of one vault."""

    def __init__(self, vault: Vault) -> None:
        self._vault = vault
        self._secrets: dict[str, bytes] = {}
        """By how they are sealed, opened."""
        self._public = public_octets(vault.signing_key.public_key())

    def sign(self, account: Account, octets: bytes) -> Signed | NoReply:
        """The signature of an account's octets; `NoReply`: its secret does not open."""
        if not account.push_secret_sealed:
            signature = base64.b64encode(self._vault.signing_key.sign(octets)).decode()
            return Signed(public_key_id(self._public), f"ed25519={signature}")
        secret = self._secrets.get(account.push_secret_sealed)
        if secret is None:
            try:
                opened = self._vault.open(account.push_secret_sealed, push_context(account.name))
            except VaultRefused:
                return NoReply("its secret does not open", sent=False)
            secret = self._secrets[account.push_secret_sealed] = opened.encode()
        digest = hmac.new(secret, octets, hashlib.sha256).hexdigest()
        return Signed(secret_key_id(secret), f"hmac-sha256={digest}")


def push_context(account: str) -> str:
    """In which context the secret of an account's pushes is sealed, by the account's name."""
    return f"push {account}"


def public_octets(key: Ed25519PublicKey) -> bytes:
    """The 32 octets of a public key (RFC 8032 §5.1.5)."""
    return key.public_bytes(Encoding.Raw, PublicFormat.Raw)


def public_key_id(octets: bytes) -> str:
    """By which a client tells one key of the platform from the next."""
    return hashlib.sha256(octets).hexdigest()[:_KEY_ID]


def secret_key_id(secret: bytes) -> str:
    """The same of a secret; it says nothing of it that a signature does not say."""
    return hmac.new(secret, b"key id", hashlib.sha256).hexdigest()[:_KEY_ID]
