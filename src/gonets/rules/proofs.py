"""Proofs: with what a client shows that a login is its own, and in what form the store keeps what it is checked by.

A password, and the MD5 of one, are kept as Argon2id hashes. The salt of signatures and a token have to be known as
they are, so they are kept sealed and come here opened. Comparisons take the same time wherever two values differ.
"""

import hashlib
import hmac
from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from gonets.model.account import Credential, ProofKind
from gonets.model.calls import Login
from gonets.model.message import AccountId

KINDS: Final[dict[str, tuple[ProofKind, ...]]] = {
    "mfms": (ProofKind.PASSWORD,),
    "sms2": (ProofKind.PASSWORD, ProofKind.MD5),
    "smsclub": (ProofKind.PASSWORD,),
    "smsc": (ProofKind.PASSWORD,),
    "smpp": (ProofKind.PASSWORD,),
    "osonsms": (ProofKind.SIGNATURE, ProofKind.TOKEN),
}
"""What each protocol's clients prove themselves with, the usual first. SMS2 asks for the password in its scripts and
for the MD5 of it in api.php; OsonSMS signs, or sends a bearer token."""

OVER_SMPP: Final = ("smpp", "smsc", "smsclub")
"""Protocols whose logins are a system_id of an SMPP session. Of one that is a login of several, the first counts, or
that of the listener that was connected to."""

SEALED: Final = frozenset({ProofKind.SIGNATURE, ProofKind.TOKEN})
"""Kinds whose secret is kept sealed; of the others a hash is kept."""

_hasher = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)
"""Argon2id with OWASP's first recommended parameters: 19 MiB, two passes."""


def hash_secret(secret: str) -> str:
    """The Argon2id hash of a secret in PHC string form; takes tens of milliseconds."""
    return _hasher.hash(secret.encode("utf-8", "surrogatepass"))


def is_secret(secret_hash: str, secret: str) -> bool:
    """Whether the hash is of this secret; takes as long as making it. What is no hash is of none."""
    try:
        return _hasher.verify(secret_hash, secret.encode("utf-8", "surrogatepass"))
    except (VerificationError, InvalidHashError):
        return False


def hashed(who: Login) -> str:
    """Of what the proof is the hash's: the password, or its hex MD5 in lower case."""
    return who.password.lower() if who.kind is ProofKind.MD5 else who.password


def md5_of(password: str) -> str:
    """The MD5 of a password in UTF-8, as SMS2's api.php is sent it: hex in lower case."""
    return hashlib.md5(password.encode("utf-8", "surrogatepass"), usedforsecurity=False).hexdigest()


def signature_of(signed: str, salt: str) -> str:
    """The signature of values joined by `;`, the salt being the last of them: OsonSMS, `str_hash`; lower case hex."""
    return hashlib.sha256(_octets(f"{signed};{salt}")).hexdigest()


def is_proof(who: Login, secret: str) -> bool:
    """Whether a signature or a token is right; `secret`: the salt, or the token itself. Other kinds never are."""
    if who.kind is ProofKind.TOKEN:
        return hmac.compare_digest(_octets(who.password), _octets(secret))
    if who.kind is not ProofKind.SIGNATURE:
        return False
    sent = _octets(who.password.lower())
    right = hmac.compare_digest(sent, signature_of(who.signed, secret).encode())
    if who.or_signed:
        right |= hmac.compare_digest(sent, signature_of(who.or_signed, secret).encode())
    return right


def seal_context(protocol: str, login: str, kind: ProofKind) -> str:
    """To what a sealed secret is bound: moved to another login it does not open."""
    return f"credential\0{protocol}\0{login}\0{kind}"


def password_credentials(
    account: AccountId, protocol: str, login: str, password: str
) -> tuple[Credential, ...]:
    """What is kept of a password, by every kind that the protocol asks for; each takes tens of milliseconds."""
    kept = [Credential(account, protocol, login, hash_secret(password))]
    if ProofKind.MD5 in KINDS.get(protocol, ()):
        kept.append(Credential(account, protocol, login, hash_secret(md5_of(password)), ProofKind.MD5))
    return tuple(kept)


def _octets(text: str) -> bytes:
    """The octets as they were sent; a text that no octets were read as has some of its own."""
    try:
        return text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        return text.encode("utf-8", "surrogatepass")
