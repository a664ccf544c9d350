"""The vault seals what has to be known as it is; without the key, or elsewhere than it belongs, nothing opens."""

import base64
import stat
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gonets.flow.vault import (
    Vault,
    VaultRefused,
    is_open_to_others,
    open_settings,
    open_vault,
    seal_settings,
)

KEY = bytes(range(32))
VAULT = Vault(KEY)
SEALED = VAULT.seal("salty", "osonsms oson")


@given(st.text(), st.text())
def test_what_is_sealed_opens_in_its_context(text: str, context: str) -> None:
    assert Vault(KEY).open(VAULT.seal(text, context), context) == text


def test_the_same_text_is_sealed_differently_each_time() -> None:
    assert len({VAULT.seal("salty", "osonsms oson") for _ in range(50)}) == 50


@given(st.integers(0, len(base64.b64decode(SEALED)) * 8 - 1))
def test_with_any_bit_turned_nothing_opens(bit: int) -> None:
    whole = bytearray(base64.b64decode(SEALED))
    whole[bit // 8] ^= 1 << bit % 8
    with pytest.raises(VaultRefused):
        VAULT.open(base64.b64encode(whole).decode(), "osonsms oson")


def test_in_another_context_nothing_opens() -> None:
    with pytest.raises(VaultRefused, match="for another login"):
        VAULT.open(SEALED, "osonsms other")


def test_under_another_key_nothing_opens_and_the_sentence_says_what_to_do() -> None:
    with pytest.raises(VaultRefused, match="put the key file back that it was sealed under, or set it anew"):
        Vault(bytes(32)).open(SEALED, "osonsms oson")


@pytest.mark.parametrize(
    ("sealed", "why"),
    [
        ("salty", "not sealed"),
        ("соль", "not sealed"),
        ("", "does not know"),
        (base64.b64encode(b"\x01" + bytes(27)).decode(), "does not know"),
        (base64.b64encode(b"\x02" + bytes(60)).decode(), "does not know"),
    ],
)
def test_what_was_never_sealed_is_refused_with_a_sentence(sealed: str, why: str) -> None:
    with pytest.raises(VaultRefused, match=why):
        VAULT.open(sealed, "osonsms oson")


@pytest.mark.parametrize("length", [0, 16, 31, 33])
def test_a_key_has_32_octets(length: int) -> None:
    with pytest.raises(VaultRefused, match="32 octets"):
        Vault(bytes(length))


# ---- the key file


def test_a_key_is_made_once_for_its_owner_only_and_found_again(tmp_path: Path) -> None:
    file = tmp_path / "data" / "secret.key"
    sealed = open_vault(file).seal("salty", "here")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert not is_open_to_others(file)
    assert len(base64.b64decode(file.read_text())) == 32
    assert open_vault(file).open(sealed, "here") == "salty"
    assert [each.name for each in file.parent.iterdir()] == ["secret.key"]


def test_who_makes_a_key_at_the_same_time_gets_the_same(tmp_path: Path) -> None:
    file, together = tmp_path / "secret.key", threading.Barrier(8)

    def make() -> Vault:
        together.wait()
        return open_vault(file)

    with ThreadPoolExecutor(8) as threads:
        making = [threads.submit(make) for _ in range(8)]
        vaults = [each.result() for each in making]
    sealed = open_vault(file).seal("salty", "here")
    assert [vault.open(sealed, "here") for vault in vaults] == ["salty"] * 8
    assert [each.name for each in tmp_path.iterdir()] == ["secret.key"]


def test_two_folders_have_two_keys(tmp_path: Path) -> None:
    sealed = open_vault(tmp_path / "one.key").seal("salty", "here")
    with pytest.raises(VaultRefused):
        open_vault(tmp_path / "two.key").open(sealed, "here")


@pytest.mark.parametrize("content", [b"", b"key", b"\xff\xfe", base64.b64encode(bytes(31))])
def test_a_file_that_holds_no_key_is_refused_and_left_as_it_is(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "secret.key"
    file.write_bytes(content)
    with pytest.raises(VaultRefused, match="holds no key"):
        open_vault(file)
    assert file.read_bytes() == content


def test_a_key_file_that_cannot_be_read_is_refused_with_its_name(tmp_path: Path) -> None:
    with pytest.raises(VaultRefused, match=str(tmp_path)):
        open_vault(tmp_path)


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o666])
def test_a_key_file_that_others_may_read_is_told_apart(tmp_path: Path, mode: int) -> None:
    file = tmp_path / "secret.key"
    open_vault(file)
    file.chmod(mode)
    assert is_open_to_others(file)


# ---- settings of connectors


def test_a_password_of_a_connector_is_sealed_and_opens_for_that_connector_only() -> None:
    kept = seal_settings({"host": "a", "password": "secret"}, "smsc", lambda: VAULT)
    assert kept.keys() == {"host", "password_sealed"}
    assert "secret" not in str(kept)
    assert open_settings(kept, "smsc", VAULT) == {"host": "a", "password": "secret"}
    with pytest.raises(VaultRefused):
        open_settings(kept, "other", VAULT)


def test_a_password_that_is_sealed_already_stays_as_it_is_and_another_is_sealed_anew() -> None:
    before = seal_settings({"password": "secret"}, "smsc", lambda: VAULT)
    assert seal_settings({"password": "secret"}, "smsc", lambda: VAULT, before) == before
    assert seal_settings(before, "smsc", lambda: VAULT, before) == before
    changed = seal_settings({"password": "another"}, "smsc", lambda: VAULT, before)
    assert open_settings(changed, "smsc", VAULT) == {"password": "another"}


def test_a_password_sealed_under_a_lost_key_is_set_anew() -> None:
    before = seal_settings({"password": "secret"}, "smsc", lambda: Vault(bytes(32)))
    anew = seal_settings({"password": "secret"}, "smsc", lambda: VAULT, before)
    assert open_settings(anew, "smsc", VAULT) == {"password": "secret"}


def test_settings_without_secrets_need_no_vault() -> None:
    def none() -> Vault:
        raise AssertionError

    assert seal_settings({"window": 10}, "sim", none) == {"window": 10}
