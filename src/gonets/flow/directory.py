"""The settings in memory, and who may log in.

Every check on the hot path reads `tables`, one immutable snapshot; `run` replaces it when the store's revision moves
on. A secret is verified by Argon2 once, then for a minute by a keyed digest under a key that dies with the process.
"""

import asyncio
import hashlib
import hmac
from collections.abc import Callable

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from structlog import get_logger

from gonets.model.account import Account
from gonets.model.calls import Login
from gonets.model.reasons import Reason
from gonets.model.results import Refused
from gonets.model.tables import EMPTY, Tables
from gonets.model.times import micros
from gonets.ports.clock import Clock
from gonets.ports.stores import Settings, StoreUnavailable
from gonets.rules.hosts import allows

log = get_logger()

_KEPT_S = 60.0
_MOST_KEPT = 10_000
_REFRESH_S = 1.0

_hasher = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)
"""Argon2id with OWASP's first recommended parameters: 19 MiB, two passes."""


def hash_secret(secret: str) -> str:
    """The Argon2id hash of a secret in PHC string form; what a `Credential` keeps."""
    return _hasher.hash(secret.encode("utf-8", "surrogatepass"))


class Directory:
    """Accounts and settings as of the last refresh."""

    def __init__(self, settings: Settings, clock: Clock, key: bytes) -> None:
        """`key`: 32 random bytes that nobody else has; digests of verified secrets are made with it."""
        self.tables: Tables = EMPTY
        self._settings = settings
        self._clock = clock
        self._key = key
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
        self._verified.clear()
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

    async def verify(self, who: Login) -> Account | Refused:
        """The account that logs in, or why not: `bad_credentials`, `host_not_allowed`, `account_blocked`."""
        account = self.known(who)
        return account if account is not None else await self._verify(who)

    def known(self, who: Login) -> Account | None:
        """The enabled account of a login verified within the last minute; None: ask `verify`."""
        credential = self.tables.credentials.get((who.protocol, who.login))
        if credential is None:
            return None
        until = self._verified.get(self._digest(who, credential.secret_hash))
        if until is None or until < self._clock.now():
            return None
        account = self.tables.accounts.get(credential.account)
        if account is None or not account.enabled or not self._owns(account, who):
            return None
        return account if self._may_call(account, who) else None

    async def _verify(self, who: Login) -> Account | Refused:
        refused = Refused(Reason.BAD_CREDENTIALS, "Check the login and the password.")
        credential = self.tables.credentials.get((who.protocol, who.login))
        if not who.login or not who.password:
            return refused
        secret_hash = _NOBODY if credential is None else credential.secret_hash
        digest = self._digest(who, secret_hash)
        until = self._verified.get(digest)
        fresh = until is not None and until >= self._clock.now()
        if not fresh and not await self._matches(digest, who, secret_hash):
            return refused
        if credential is None:
            return refused
        account = self.tables.accounts.get(credential.account)
        if account is None or not self._owns(account, who):
            return refused
        if not self._may_call(account, who):
            return Refused(Reason.HOST_NOT_ALLOWED, "The account may not be used from this address.")
        if not account.enabled:
            return Refused(Reason.ACCOUNT_BLOCKED, "The account is switched off; ask your provider.")
        return account

    def _may_call(self, account: Account, who: Login) -> bool:
        networks = self.tables.networks.get(account.id)
        return networks is None or allows(who.address, networks)

    def _owns(self, account: Account, who: Login) -> bool:
        """Whether the profile that was asked for is the account's own."""
        if not who.profile:
            return True
        client, _, name = who.profile.partition("/")
        profile = self.tables.profiles.get((client, name))
        return profile is not None and profile.account == account.id

    async def _matches(self, digest: bytes, who: Login, secret_hash: str) -> bool:
        """Whether the secret is right; requests that ask the same at once wait for one answer, whoever leaves."""
        asked = self._verifying.get(digest)
        if asked is None:
            asked = asyncio.create_task(self._compare(digest, who, secret_hash), name="verify")
            self._verifying[digest] = asked
            asked.add_done_callback(lambda _: self._verifying.pop(digest))
        return await asyncio.shield(asked)

    async def _compare(self, digest: bytes, who: Login, secret_hash: str) -> bool:
        async with self._one_at_a_time:
            right = await asyncio.to_thread(_is_secret, secret_hash, who.password)
        if right:  # what is wrong is never remembered: it could push out what is right
            if len(self._verified) >= _MOST_KEPT:
                self._verified.clear()
            self._verified[digest] = self._clock.now() + _KEPT_S
        return right

    def _digest(self, who: Login, secret_hash: str) -> bytes:
        secret = f"{who.protocol}\0{who.login}\0{secret_hash}\0{who.password}"
        return hmac.digest(self._key, secret.encode("utf-8", "surrogatepass"), hashlib.sha256)


_NOBODY = hash_secret("no account has this login")
"""Verified against for unknown logins, so that they take as long as wrong passwords."""


def _is_secret(secret_hash: str, secret: str) -> bool:
    try:
        return _hasher.verify(secret_hash, secret.encode("utf-8", "surrogatepass"))
    except (VerificationError, InvalidHashError):
        return False
