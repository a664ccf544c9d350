"""The settings in memory, and who may log in.

Every check on the hot path reads `tables`, one immutable snapshot; `run` replaces it when the store's revision moves
on. A password is verified by Argon2 once, then for a minute by a keyed digest under a key that dies with the process.
Signatures and tokens are verified each time; their secrets are opened when first asked for, and forgotten with the
snapshot.
"""

import asyncio
import hashlib
import secrets
from collections.abc import Callable, Sequence
from zoneinfo import ZoneInfo

from structlog import get_logger

from gonets.flow.vault import Vault, VaultRefused
from gonets.model.account import Account, Credential, Profile, ProofKind
from gonets.model.calls import Login
from gonets.model.message import AccountId
from gonets.model.reasons import Reason
from gonets.model.results import Refused
from gonets.model.tables import EMPTY, Tables
from gonets.model.times import micros
from gonets.ports.clock import Clock
from gonets.ports.stores import Settings, StoreUnavailable
from gonets.rules.hosts import allows
from gonets.rules.proofs import SEALED, hash_secret, hashed, is_proof, is_secret, seal_context

log = get_logger()

_KEPT_S = 60.0
_MOST_KEPT = 10_000
_MOST_VERIFYING = 60
"""Passwords that wait for Argon2, some tens of milliseconds each: clients wait five seconds for an answer."""
_REFRESH_S = 1.0

_PASSWORD = ProofKind.PASSWORD
_BUSY = Refused(Reason.TOO_MANY_REQUESTS, "Too many logins at once; try again in a moment.")
_NOT_OPENED = Refused(Reason.STORE_UNAVAILABLE, "This login is out of order; ask your provider.")


class Directory:
    """Accounts and settings as of the last refresh."""

    def __init__(self, settings: Settings, clock: Clock, key: bytes, vault: Vault | None = None) -> None:
        """`key`: 32 random bytes that nobody else has; digests of verified secrets are made with it. `vault` opens
        sealed secrets; without it, who signs or has a token is not let in."""
        self.tables: Tables = EMPTY
        self._settings = settings
        self._clock = clock
        self._key = key
        self._vault = vault
        self._opened: dict[tuple[str, str, ProofKind], str | None] = {}
        self._allowed: dict[tuple[AccountId, str], bool] = {}
        self._verified: dict[bytes, float] = {}
        self._verifying: dict[bytes, asyncio.Task[bool]] = {}
        self._one_at_a_time = asyncio.Semaphore(1)
        self.on_change: Callable[[Tables], None] = lambda tables: None

    async def refresh(self) -> bool:
        """Load the snapshot if the store has a newer one; returns whether it had. Raises StoreUnavailable."""
        at = self._clock.at()
        stale_at = self.tables.stale_at
        stale = stale_at is not None and stale_at <= micros(at)
        if not stale and await self._settings.revision() == self.tables.revision:
            return False
        self.tables = await self._settings.tables(at, self.tables)
        self._allowed.clear()
        self._verified.clear()
        self._opened.clear()
        self.on_change(self.tables)
        return True

    async def run(self) -> None:
        """Keep the snapshot at most a second old."""
        while True:
            await self._clock.sleep(_REFRESH_S)
            try:
                await self.refresh()
            except StoreUnavailable as error:
                log.warning("settings not refreshed", action="settings_stale", error=str(error))
            except Exception:  # the door of a stage: what cannot be loaded must not unload what is
                log.exception("settings not refreshed", action="settings_stale")

    async def verify(self, who: Login) -> Account | Refused:
        """The account that logs in, or why not: `bad_credentials`, `host_not_allowed`, `account_blocked`.

        `store_unavailable` where its secret is sealed and does not open: that is ours to mend.
        """
        account = self.known(who)
        return account if account is not None else await self._verify(who)

    def known(self, who: Login) -> Account | None:
        """The enabled account of a login verified within the last minute, or by a signature or token at once; None:
        ask `verify`."""
        credential = self.tables.credentials.get((who.protocol, who.login, who.kind))
        if credential is None:
            return None
        if who.kind in SEALED:
            secret = self._open(credential)
            if secret is None or not is_proof(who, secret):
                return None
        else:
            until = self._verified.get(self._digest(who, credential.secret))
            if until is None or until < self._clock.now():
                return None
        account = self.tables.accounts.get(credential.account)
        if account is None or not account.enabled or not self._owns(account, who):
            return None
        return account if self._may_call(account, who) else None

    async def _verify(self, who: Login) -> Account | Refused:
        refused = self._refused(who)
        credential = self.tables.credentials.get((who.protocol, who.login, who.kind))
        if not who.login or not who.password:
            return refused
        if who.kind in SEALED:
            secret = _NO_SECRET if credential is None else self._open(credential)
            if secret is None:
                return _NOT_OPENED
            right = is_proof(who, secret)
        else:
            hashed_right = await self._is_hashed(who, _NOBODY if credential is None else credential.secret)
            if hashed_right is None:
                return _BUSY
            right = hashed_right
        if not right or credential is None:
            return refused
        account = self.tables.accounts.get(credential.account)
        if account is None or not self._owns(account, who):
            return refused
        if not self._may_call(account, who):
            return Refused(Reason.HOST_NOT_ALLOWED, "The account may not be used from this address.")
        if not account.enabled:
            return Refused(Reason.ACCOUNT_BLOCKED, "The account is switched off; ask your provider.")
        return account

    def profile_of(self, client: str, name: str) -> Profile | None:
        """The MFMS profile under these two names."""
        return self.tables.profiles.get((client, name))

    def account_of(self, protocol: str, login: str) -> Account | None:
        """The account that has a login, whoever asks: how it writes is no secret; None: there is no such login."""
        for kind in ProofKind:
            credential = self.tables.credentials.get((protocol, login, kind))
            if credential is not None:
                return self.tables.accounts.get(credential.account)
        return None

    def protocol_of(self, login: str, protocols: Sequence[str]) -> str:
        """The first of these protocols that a login with a password is of; the first of all where it is of none."""
        credentials = self.tables.credentials
        return next((each for each in protocols if (each, login, _PASSWORD) in credentials), protocols[0])

    def zone_of(self, protocol: str, login: str) -> ZoneInfo | None:
        """The time zone of the account that has a login; None: there is no such login."""
        account = self.account_of(protocol, login)
        return None if account is None else account.zone

    def _refused(self, who: Login) -> Refused:
        """The same for every login, unless the dialect tells those that do not exist from the others."""
        unknown = who.tells_unknown and not any(
            (who.protocol, who.login, kind) in self.tables.credentials for kind in ProofKind
        )
        return Refused(Reason.BAD_CREDENTIALS, "Check the login and the password.", unknown)

    def lost(self) -> list[Credential]:
        """Those whose secret is sealed and does not open; a few microseconds for each that is sealed."""
        sealed = [each for each in self.tables.credentials.values() if each.kind in SEALED]
        return [each for each in sealed if isinstance(self._look_into(each), VaultRefused)]

    def _open(self, credential: Credential) -> str | None:
        """The sealed secret; None: it does not open, which is said in the log once for each snapshot."""
        key = credential.protocol, credential.login, credential.kind
        try:
            return self._opened[key]
        except KeyError:
            pass
        found = self._look_into(credential)
        if isinstance(found, VaultRefused):
            log.error(
                "secret not opened",
                action="secret_lost",
                protocol=credential.protocol,
                login=credential.login,
                kind=credential.kind,
                error=str(found),
            )
        self._opened[key] = found if isinstance(found, str) else None
        return self._opened[key]

    def _look_into(self, credential: Credential) -> str | VaultRefused:
        if self._vault is None:
            return VaultRefused("there is no key here that it could be opened with")
        context = seal_context(credential.protocol, credential.login, credential.kind)
        try:
            return self._vault.open(credential.secret, context)
        except VaultRefused as error:
            return error

    def _may_call(self, account: Account, who: Login) -> bool:
        networks = self.tables.networks.get(account.id)
        if networks is None:
            return True
        caller = (account.id, who.address)
        allowed = self._allowed.get(caller)
        if allowed is None:
            if len(self._allowed) >= _MOST_KEPT:
                self._allowed.clear()
            allowed = self._allowed[caller] = allows(who.address, networks)
        return allowed

    def _owns(self, account: Account, who: Login) -> bool:
        """Whether the profile that was asked for is the account's own."""
        if not who.profile:
            return True
        client, _, name = who.profile.partition("/")
        profile = self.tables.profiles.get((client, name))
        return profile is not None and profile.account == account.id

    async def _is_hashed(self, who: Login, secret_hash: str) -> bool | None:
        """Whether the hash is the proof's; asks Argon2 unless it was asked within the last minute.

        None: it is too busy.
        """
        digest = self._digest(who, secret_hash)
        until = self._verified.get(digest)
        if until is not None and until >= self._clock.now():
            return True
        return await self._matches(digest, who, secret_hash)

    async def _matches(self, digest: bytes, who: Login, secret_hash: str) -> bool | None:
        """Whether the secret is right; requests that ask the same at once wait for one answer, whoever leaves.

        None: too many others are asked, and the answer would come too late.
        """
        asked = self._verifying.get(digest)
        if asked is None and len(self._verifying) >= _MOST_VERIFYING:
            return None
        if asked is None:
            asked = asyncio.create_task(self._compare(digest, who, secret_hash), name="verify")
            self._verifying[digest] = asked
            asked.add_done_callback(lambda _: self._verifying.pop(digest))
        return await asyncio.shield(asked)

    async def _compare(self, digest: bytes, who: Login, secret_hash: str) -> bool:
        async with self._one_at_a_time:
            right = await asyncio.to_thread(is_secret, secret_hash, hashed(who))
        if right:  # what is wrong is never remembered: it could push out what is right
            if len(self._verified) >= _MOST_KEPT:
                self._verified.clear()
            self._verified[digest] = self._clock.now() + _KEPT_S
        return right

    def _digest(self, who: Login, secret_hash: str) -> bytes:
        proof = who.password if who.kind is _PASSWORD else hashed(who)
        secret = f"{who.protocol}\0{who.login}\0{secret_hash}\0{proof}"
        octets = secret.encode("utf-8", "surrogatepass")
        return hashlib.blake2b(octets, digest_size=32, key=self._key).digest()


_NOBODY = hash_secret("no account has this login")
"""Verified against for unknown logins, so that they take as long as wrong passwords."""

_NO_SECRET = secrets.token_urlsafe(32)
"""The same for those who sign or have a token."""
