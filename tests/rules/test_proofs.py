"""Proofs: what is right, what is wrong, and what is kept."""

import hashlib

import pytest

from gonets.model.account import ProofKind
from gonets.model.calls import Login
from gonets.model.message import AccountId
from gonets.rules.proofs import (
    KINDS,
    hash_secret,
    hashed,
    is_proof,
    is_secret,
    md5_of,
    password_credentials,
    seal_context,
    signature_of,
)

SALT = "0123456789abcdef0123456789abcdef"


def signs(signature: str, signed: str = "t1;oson", or_signed: str = "") -> Login:
    return Login(
        "osonsms", "", "oson", signature, "192.0.2.7", ProofKind.SIGNATURE, signed=signed, or_signed=or_signed
    )


def bears(token: str) -> Login:
    return Login("osonsms", "", "oson", token, "192.0.2.7", ProofKind.TOKEN)


def test_a_signature_is_the_sha_256_of_the_values_and_the_salt_after_the_last_semicolon() -> None:
    right = hashlib.sha256(f"t1;oson;{SALT}".encode()).hexdigest()
    assert signature_of("t1;oson", SALT) == right
    assert is_proof(signs(right), SALT)
    assert is_proof(signs(right.upper()), SALT)


@pytest.mark.parametrize(
    "signature", ["", "x", "ы", "\ud800", "0" * 64, signature_of("t1;oson", "other"), f"t1;oson;{SALT}", SALT]
)
def test_another_signature_is_wrong(signature: str) -> None:
    assert not is_proof(signs(signature), SALT)


def test_values_may_not_move_between_one_another() -> None:
    assert signature_of("a;b", SALT) != signature_of("a", SALT)
    assert not is_proof(signs(signature_of("t1", SALT), "t1;oson"), SALT)


@pytest.mark.parametrize("octets", ["Привет".encode(), b"\xd0\xff;\x00;\xc0", "ё".encode("cp1251")])
def test_values_are_signed_octet_for_octet_as_they_were_sent(octets: bytes) -> None:
    right = hashlib.sha256(octets + b";" + SALT.encode()).hexdigest()
    assert is_proof(signs(right, octets.decode("utf-8", "surrogateescape")), SALT)


def test_a_peer_may_have_signed_something_else_instead_where_the_dialect_says_so() -> None:
    right = signature_of("oson;t1", SALT)
    assert is_proof(signs(right, "m1;oson", "oson;t1"), SALT)
    assert is_proof(signs(signature_of("m1;oson", SALT), "m1;oson", "oson;t1"), SALT)
    assert not is_proof(signs(right, "m1;oson"), SALT)
    assert not is_proof(signs(signature_of("", SALT), "m1;oson"), SALT)


def test_a_token_is_right_as_it_is_and_no_other_way() -> None:
    assert is_proof(bears("oson-demo-token"), "oson-demo-token")
    for wrong in ("", "oson-demo-toke", "OSON-DEMO-TOKEN", "oson-demo-token ", "токен", "\ud800"):
        assert not is_proof(bears(wrong), "oson-demo-token")


@pytest.mark.parametrize("kind", [ProofKind.PASSWORD, ProofKind.MD5])
def test_what_is_kept_as_a_hash_is_never_right_as_it_is(kind: ProofKind) -> None:
    assert not is_proof(Login("sms2", "", "shop", "secret", "192.0.2.7", kind), "secret")


def test_a_hash_is_of_its_secret_only_and_another_each_time() -> None:
    one, another = hash_secret("sesame"), hash_secret("sesame")
    assert one != another
    assert one.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert is_secret(one, "sesame")
    assert not is_secret(one, "Sesame")
    assert not is_secret("sesame", "sesame")
    assert not is_secret("", "")


def test_the_md5_of_a_password_may_be_sent_in_any_case() -> None:
    assert md5_of("your_password") == "1060b7b46a3bd36b3a0d66e0127d0517"
    sent = Login("sms2", "", "shop", md5_of("p").upper(), "192.0.2.7", ProofKind.MD5)
    assert hashed(sent) == md5_of("p")
    assert hashed(Login("sms2", "", "shop", "PassWord", "192.0.2.7")) == "PassWord"


@pytest.mark.parametrize("protocol", ["mfms", "smsclub", "smsc", "unheard-of"])
def test_of_a_password_one_hash_is_kept(protocol: str) -> None:
    [kept] = password_credentials(AccountId(1), protocol, "shop", "p")
    assert (kept.protocol, kept.login, kept.kind) == (protocol, "shop", ProofKind.PASSWORD)
    assert is_secret(kept.secret, "p")


def test_of_a_password_for_sms2_a_hash_of_its_md5_is_kept_too() -> None:
    plain, md5 = password_credentials(AccountId(1), "sms2", "shop", "p")
    assert (plain.kind, md5.kind) == (ProofKind.PASSWORD, ProofKind.MD5)
    assert is_secret(md5.secret, md5_of("p"))


def test_no_two_secrets_are_sealed_in_one_context() -> None:
    contexts = [
        seal_context(protocol, login, kind)
        for protocol in KINDS
        for login in ("oson", "osonsms", "", "a b")
        for kind in ProofKind
    ]
    assert len(contexts) == len(set(contexts))
