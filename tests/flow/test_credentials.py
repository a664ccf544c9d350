"""Who is let in by the MD5 of a password, by a signature or by a token, and what is said to everybody else."""

import msgspec
import pytest
from argon2 import PasswordHasher
from structlog.testing import capture_logs

from gonets.flow.directory import Directory
from gonets.flow.vault import Vault
from gonets.model.account import Account, Credential, ProofKind
from gonets.model.calls import Login
from gonets.model.message import AccountId
from gonets.model.reasons import Reason
from gonets.model.results import Refused
from gonets.rules.proofs import md5_of, seal_context, signature_of
from gonets.stores import settings
from gonets.stores.store import transaction
from tests.clocks import TravelClock
from tests.contract.house import BANK, SHOP, House, told

SALT = "0123456789abcdef0123456789abcdef"
TOKEN = "oson-demo-token"
VAULT = Vault(b"v" * 32)

SIGNED = "t1;oson;OsonSMS;992900000009"
SIGNS = Login(
    "osonsms",
    "",
    "oson",
    signature_of(SIGNED, SALT),
    "192.0.2.7",
    ProofKind.SIGNATURE,
    signed=SIGNED,
    tells_unknown=True,
)
BEARS = msgspec.structs.replace(SIGNS, kind=ProofKind.TOKEN, password=TOKEN, signed="")
PLAIN = Login("sms2", "", "till", "secret", "192.0.2.7")
HASHED = msgspec.structs.replace(PLAIN, kind=ProofKind.MD5, password=md5_of("secret"))

RIGHT = {"signature": SIGNS, "token": BEARS, "password": PLAIN, "md5": HASHED}
WRONG = {
    "signature of something else": msgspec.structs.replace(SIGNS, signed="t2;oson;OsonSMS;992900000009"),
    "salt instead of a signature": msgspec.structs.replace(SIGNS, password=SALT),
    "no signature": msgspec.structs.replace(SIGNS, password=""),
    "token as a signature": msgspec.structs.replace(SIGNS, password=TOKEN),
    "wrong token": msgspec.structs.replace(BEARS, password=TOKEN + "x"),
    "no token": msgspec.structs.replace(BEARS, password=""),
    "salt as a token": msgspec.structs.replace(BEARS, password=SALT),
    "signature as a token": msgspec.structs.replace(BEARS, password=SIGNS.password),
    "salt as a password": msgspec.structs.replace(SIGNS, kind=ProofKind.PASSWORD, password=SALT),
    "password as an MD5": msgspec.structs.replace(HASHED, password="secret"),
    "MD5 as a password": msgspec.structs.replace(PLAIN, password=HASHED.password),
    "MD5 in another protocol": msgspec.structs.replace(HASHED, protocol="mfms", login="shop"),
}

_quick = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)


def sealed(login: str, kind: ProofKind, secret: str, owner: AccountId = SHOP) -> Credential:
    return Credential(owner, "osonsms", login, VAULT.seal(secret, seal_context("osonsms", login, kind)), kind)


def let_in(house: House, *more: Credential) -> None:
    """Logins of the shop: `oson` signs and has a token, `till` has a password."""
    with transaction(house.engine) as connection:
        for credential in (
            sealed("oson", ProofKind.SIGNATURE, SALT),
            sealed("oson", ProofKind.TOKEN, TOKEN),
            Credential(SHOP, "sms2", "till", _quick.hash("secret")),
            Credential(SHOP, "sms2", "till", _quick.hash(md5_of("secret")), ProofKind.MD5),
            *more,
        ):
            settings.add_credential(connection, credential)


async def opened(house: House, vault: Vault | None = VAULT) -> Directory:
    directory = Directory(house.store.settings, TravelClock(), b"k" * 32, vault)
    await directory.refresh()
    return directory


@pytest.mark.parametrize("kind", RIGHT)
def test_by_the_right_proof_of_each_kind_the_account_is_let_in(house: House, kind: str) -> None:
    @told
    async def story() -> None:
        let_in(house)
        directory = await opened(house)
        for _ in range(2):
            account = await directory.verify(RIGHT[kind])
            assert isinstance(account, Account)
            assert account.id == SHOP
            assert directory.known(RIGHT[kind]) is account

    story()


@pytest.mark.parametrize("proof", WRONG)
def test_a_wrong_proof_is_refused_and_not_known(house: House, proof: str) -> None:
    @told
    async def story() -> None:
        let_in(house)
        directory = await opened(house)
        for right in RIGHT.values():
            await directory.verify(right)
        refused = await directory.verify(WRONG[proof])
        assert isinstance(refused, Refused)
        assert refused.reason is Reason.BAD_CREDENTIALS
        assert not refused.unknown_login
        assert directory.known(WRONG[proof]) is None

    story()


@told
async def test_the_hex_of_an_md5_may_be_of_any_case_and_is_known_in_each(house: House) -> None:
    let_in(house)
    directory = await opened(house)
    await directory.verify(HASHED)
    assert directory.known(msgspec.structs.replace(HASHED, password=HASHED.password.upper())) is not None


@told
async def test_who_signs_is_known_at_once_and_without_argon2(house: House) -> None:
    let_in(house)
    directory = await opened(house)
    assert directory.known(SIGNS) is not None
    assert directory.known(BEARS) is not None
    assert directory.known(HASHED) is None


@pytest.mark.parametrize("kind", RIGHT)
def test_that_a_login_does_not_exist_is_told_where_the_dialect_tells_it_and_only_there(
    house: House, kind: str
) -> None:
    @told
    async def story() -> None:
        let_in(house)
        directory = await opened(house)
        nobody = msgspec.structs.replace(RIGHT[kind], login="nobody")
        for tells in (True, False):
            refused = await directory.verify(msgspec.structs.replace(nobody, tells_unknown=tells))
            assert isinstance(refused, Refused)
            assert refused.reason is Reason.BAD_CREDENTIALS
            assert refused.unknown_login is tells

    story()


@told
async def test_a_login_without_a_token_is_not_an_unknown_one(house: House) -> None:
    let_in(house, sealed("signer", ProofKind.SIGNATURE, SALT, BANK))
    refused = await (await opened(house)).verify(msgspec.structs.replace(BEARS, login="signer"))
    assert isinstance(refused, Refused)
    assert not refused.unknown_login


@told
async def test_only_who_proves_it_learns_that_the_account_is_off(house: House) -> None:
    let_in(house)
    with transaction(house.engine) as connection:
        shop = settings.find_account(connection, "shop")
        settings.change_account(connection, msgspec.structs.replace(shop, enabled=False))
    directory = await opened(house)
    for who in (SIGNS, BEARS, HASHED):
        right = await directory.verify(who)
        wrong = await directory.verify(msgspec.structs.replace(who, password="wrong"))
        assert directory.known(who) is None
        assert isinstance(right, Refused)
        assert isinstance(wrong, Refused)
        assert (right.reason, wrong.reason) == (Reason.ACCOUNT_BLOCKED, Reason.BAD_CREDENTIALS)


@told
async def test_with_a_new_salt_the_old_one_signs_nothing(house: House) -> None:
    let_in(house)
    directory = await opened(house)
    assert directory.known(SIGNS) is not None
    with transaction(house.engine) as connection:
        settings.put_credential(connection, sealed("oson", ProofKind.SIGNATURE, "pepper"))
    await directory.refresh()
    assert directory.known(SIGNS) is None
    assert isinstance(await directory.verify(SIGNS), Refused)
    again = msgspec.structs.replace(SIGNS, password=signature_of(SIGNED, "pepper"))
    assert directory.known(again) is not None


@told
async def test_a_removed_token_opens_nothing_and_the_signature_still_does(house: House) -> None:
    let_in(house)
    directory = await opened(house)
    assert directory.known(BEARS) is not None
    with transaction(house.engine) as connection:
        settings.remove_credential(connection, "osonsms", "oson", ProofKind.TOKEN)
    await directory.refresh()
    assert directory.known(BEARS) is None
    assert directory.known(SIGNS) is not None


# ---- secrets that do not open


@pytest.mark.parametrize("vault", [None, Vault(b"w" * 32)], ids=["no key", "another key"])
def test_a_secret_that_does_not_open_is_our_fault_and_told_once(house: House, vault: Vault | None) -> None:
    @told
    async def story() -> None:
        let_in(house)
        directory = await opened(house, vault)
        assert [each.kind for each in directory.lost()] == [ProofKind.SIGNATURE, ProofKind.TOKEN]
        with capture_logs() as logs:
            for _ in range(3):
                assert directory.known(SIGNS) is None
                refused = await directory.verify(SIGNS)
                assert isinstance(refused, Refused)
                assert refused.reason is Reason.STORE_UNAVAILABLE
        assert [(each["action"], each["login"]) for each in logs] == [("secret_lost", "oson")]
        assert SALT not in repr(logs)
        assert isinstance(await directory.verify(PLAIN), Account)

    story()


@told
async def test_a_sealed_secret_that_was_moved_to_another_login_lets_nobody_in(house: House) -> None:
    salt = sealed("oson", ProofKind.SIGNATURE, SALT)
    let_in(house, msgspec.structs.replace(salt, account=BANK, login="thief"))
    directory = await opened(house)
    assert [each.login for each in directory.lost()] == ["thief"]
    with capture_logs():
        refused = await directory.verify(msgspec.structs.replace(SIGNS, login="thief"))
    assert isinstance(refused, Refused)
    assert directory.known(SIGNS) is not None


@told
async def test_once_the_secret_is_set_anew_it_opens(house: House) -> None:
    let_in(house, Credential(BANK, "osonsms", "new", "salt in the clear", ProofKind.SIGNATURE))
    directory = await opened(house)
    who = msgspec.structs.replace(SIGNS, login="new")
    with capture_logs():
        assert isinstance(await directory.verify(who), Refused)
    with transaction(house.engine) as connection:
        settings.put_credential(connection, sealed("new", ProofKind.SIGNATURE, SALT, BANK))
    await directory.refresh()
    assert directory.lost() == []
    assert isinstance(await directory.verify(who), Account)
