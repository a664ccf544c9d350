"""Secrets in a platform file: hashed or sealed as the store keeps them, or as they are, to be hashed or sealed at once.

Refuses nothing by itself: which protocol has which is for the reader to say.
"""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Final

import msgspec

from gonets.cli.platform import forms
from gonets.cli.platform.forms import Form
from gonets.model.account import ProofKind
from gonets.rules.proofs import KINDS, hash_secret, is_secret, md5_of, seal_context

if TYPE_CHECKING:
    from gonets.flow.vault import Vault


class Secret(msgspec.Struct, frozen=True):
    """A key of a login that holds a secret."""

    kind: ProofKind
    form: Form
    plain: bool = False
    """Written as it is."""


_HASH: Final = forms.matching(
    r"\$argon2id?\$[!-~]+", "write an Argon2id hash, or password = ...", hidden=True
)
_SEALED: Final = forms.matching(
    "[A-Za-z0-9+/]+=*", "write it sealed, or as it is under its own key", hidden=True
)
_PLAIN: Final = forms.text(len, "it is empty", hidden=True)

SECRETS: Final[Mapping[str, Secret]] = {
    "password": Secret(ProofKind.PASSWORD, _PLAIN, plain=True),
    "password_hash": Secret(ProofKind.PASSWORD, _HASH),
    "md5_hash": Secret(ProofKind.MD5, _HASH),
    "salt": Secret(ProofKind.SIGNATURE, _PLAIN, plain=True),
    "salt_sealed": Secret(ProofKind.SIGNATURE, _SEALED),
    "token": Secret(ProofKind.TOKEN, _PLAIN, plain=True),
    "token_sealed": Secret(ProofKind.TOKEN, _SEALED),
}
"""By key. A plain password stands for its MD5 too, where the protocol asks for that."""

STORED: Final = {secret.kind: key for key, secret in SECRETS.items() if not secret.plain}
"""Under which key a stored secret is written."""


def kept(
    key: str,
    written: str,
    protocol: str,
    login: str,
    there: Mapping[ProofKind, str],
    vault: "Callable[[], Vault]",
) -> dict[ProofKind, str]:
    """What the store keeps of a secret, by kind; what is `there` already where it is of the same secret.

    Hashing and comparing take tens of milliseconds each. Raises VaultRefused.
    """
    kind = SECRETS[key].kind
    if not SECRETS[key].plain:
        return {kind: written}
    if kind is not ProofKind.PASSWORD:
        return {kind: sealed(written, seal_context(protocol, login, kind), there.get(kind), vault())}
    found: dict[ProofKind, str] = {kind: _hashed(written, there.get(kind))}
    if ProofKind.MD5 in KINDS[protocol]:
        found[ProofKind.MD5] = _hashed(md5_of(written), there.get(ProofKind.MD5))
    return found


def _hashed(plain: str, there: str | None) -> str:
    return there if there is not None and is_secret(there, plain) else hash_secret(plain)


def sealed(plain: str, context: str, there: str | None, vault: "Vault") -> str:
    """What the store keeps of a secret; what is `there` already where that is the same. Raises VaultRefused."""
    from gonets.flow.vault import VaultRefused

    try:
        if there and vault.open(there, context) == plain:
            return there
    except VaultRefused:
        pass  # sealed under another key: this is how it is set anew
    return vault.seal(plain, context)
