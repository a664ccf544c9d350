"""A platform file, read strictly: a document to a `Platform`, or one error that names file, line and key.

What the file does not say of an account, a profile, a connector or a route stays as the store has it; a new one gets
the defaults. A tariff, a sender and a secret are said whole. Refuses names that stand there twice and references to
nothing, before anything is compared or changed.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cache
from typing import TYPE_CHECKING, Any, Final, TypeVar
from zoneinfo import ZoneInfo

import msgspec

from gonets.cli.platform import forms, secrets
from gonets.cli.platform.document import Document, Specs
from gonets.cli.platform.lines import Spot
from gonets.cli.platform.numbers import read_numbers
from gonets.cli.platform.secrets import SECRETS
from gonets.cli.pushing import LEAST_SECRET, PUSH_FIELDS, WEAK_SECRET
from gonets.flow.signing import push_context
from gonets.model.account import Account, PushKind, Resend, SenderState, Tariff
from gonets.model.costs import Cost
from gonets.model.message import AccountId, Channel, RouteId
from gonets.model.money import Millionths
from gonets.model.platform import (
    EVERYONE,
    Item,
    Key,
    Platform,
    PlatformConsent,
    PlatformLogin,
    PlatformNumber,
    PlatformProfile,
    PlatformSender,
    PlatformStops,
    PlatformWord,
    WordKind,
    key_of,
)
from gonets.model.routing import ANYTHING, Conditions, ConnectorSetup, Route, Strategy
from gonets.rules.conditions import READERS, essence, is_timed
from gonets.rules.declaring import by_key
from gonets.rules.hearing import (
    IN,
    LONGEST_KEYWORD,
    LONGEST_NUMBER,
    OUT,
    consent_key,
    keyword_key,
    number_key,
)
from gonets.rules.proofs import KINDS

if TYPE_CHECKING:
    from gonets.flow.vault import Vault

_FASTEST: Final = 1_000_000
_MOST_BINDS: Final = 10_000
_WIDEST: Final = 10_000
_NAME: Final = "it has 1 to 64 characters, none of them invisible"
_SEGMENT: Final = forms.matching("[A-Za-z0-9._~-]{1,64}", "letters, digits and ._~- only, at most 64")
_FIELD: Final = forms.matching("[A-Za-z0-9._-]{1,64}", "letters, digits and ._- only, at most 64")
_LABEL: Final = forms.matching("[A-Za-z0-9][A-Za-z0-9._-]{0,63}", "letters, digits and ._- only, at most 64")
_GROUP: Final = forms.text(forms.is_name, _NAME)
_ACCOUNT_NAME: Final = forms.text(
    lambda name: forms.is_name(name) and "/" not in name, f"{_NAME}, and no slash"
)
_SENDER: Final = forms.matching(
    "(?=.*[^ ])[ -~]{1,15}", "it is 1 to 11 Latin letters and digits, or a number"
)

ACCOUNT: Final[Specs] = {
    "enabled": forms.flag,
    "group": _GROUP,
    "currency": forms.matching("[A-Z]{3}", "write three capital letters, such as RUB"),
    "overdraft": forms.amount,
    "home_country": forms.matching("[A-Z]{2}", "write two capital letters, such as RU"),
    "zone": forms.zone,
    "any_sender": forms.flag,
    "default_sender": forms.matching("[ -~]{0,15}", "a sender has up to 11 Latin letters, or 15 digits"),
    "push_url": forms.matching("|https?://[^ \t\n]+", "it begins with http:// or https://"),
    "push_batch": forms.whole(1, 100),
    "push_kind": forms.choice(PushKind),
    "push_fields": forms.renamed(PUSH_FIELDS),
    "push_secret_sealed": forms.matching(
        "|[A-Za-z0-9+/]+=*", "write it sealed, or as push_secret", hidden=True
    ),
    "duplicate_s": forms.whole(0, 365 * 86_400),
    "flood_most": forms.whole(0, 10_000),
    "flood_gap_s": forms.whole(0, 86_400),
    "rate": forms.whole(0, _FASTEST),
    "networks": forms.networks,
    "quiet_from": forms.time_of_day,
    "quiet_to": forms.time_of_day,
    "resend": forms.choice(Resend),
    "refuse_when_down": forms.flag,
    "smpp_binds": forms.whole(0, _MOST_BINDS),
    "smpp_window": forms.whole(1, _WIDEST),
    "batch_json": forms.flag,
}
ACCOUNT_SECRETS: Final[Specs] = {
    "push_secret": forms.text(lambda secret: len(secret) >= LEAST_SECRET, WEAK_SECRET, hidden=True),
}
"""Sealed at once, and kept under another name."""
STOPS: Final[Specs] = {
    "stop_words": forms.texts,
    "stop_patterns": forms.texts,
    "stop_list_file": forms.text(len, "name a file, or leave the key out"),
}
CONSENT: Final[Specs] = {"opt_out_words": forms.texts, "opt_in_words": forms.texts}
PARTS: Final = ("senders", "logins", "profiles", "numbers")
"""What else hangs on an account."""
LOGIN: Final[Specs] = {
    "protocol": forms.text(KINDS.__contains__, f"it is one of {', '.join(KINDS)}"),
    "login": forms.text(lambda login: 1 <= len(login) <= 64 and login.isprintable(), _NAME),
    **{key: secret.form for key, secret in SECRETS.items()},
}
PROFILE: Final[Specs] = {
    "client": _SEGMENT,
    "name": _SEGMENT,
    "login_field": _FIELD,
    "password_field": _FIELD,
    "dashed_dates": forms.flag,
}
TARIFF: Final[Specs] = {
    "prefix": forms.prefix,
    "price": forms.amount,
    "currency": forms.matching("|[A-Z]{3}", 'write three capital letters, or "" for the account\'s own'),
    "closed": forms.flag,
    "refund_undelivered": forms.flag,
    "valid_from": forms.since,
}
COST: Final[Specs] = {
    "prefix": forms.prefix,
    "cost": forms.amount,
    "currency": forms.matching("[A-Z]{3}", "write three capital letters, such as RUB"),
}
CONNECTOR: Final[Specs] = {"kind": forms.plain, "enabled": forms.flag, "settings": forms.scalars}
ROUTE: Final[Specs] = {
    "prefix": forms.prefix,
    "connectors": forms.texts,
    "enabled": forms.flag,
    "strategy": forms.choice(Strategy),
    "weights": forms.weights,
    "only": forms.table,
}
ONLY: Final[Specs] = {name: forms.read_by(reader) for name, reader in READERS.items()}

T = TypeVar("T", bound=Item)


def declared(
    document: Document, before: Platform, vault: "Callable[[], Vault]", *, prune: bool = False
) -> Platform:
    """What the file declares, completed from what the store has. Raises PlatformRefused, VaultRefused.

    `vault` is opened where a salt or a token is written as it is. A password that the store's hash is of, and a salt
    or token that is the sealed one, stay as they are stored, so that the same file changes nothing the second time.
    With `prune` nothing may refer to what the file does not have.
    """
    return _Reading(document, before, cache(vault), prune).platform()


class _Reading:
    """One file on its way to a platform."""

    def __init__(
        self, document: Document, before: Platform, vault: "Callable[[], Vault]", prune: bool
    ) -> None:
        self._document = document
        self._before = before
        self._vault = vault
        self._prune = prune
        self._spots: dict[tuple[type, Key], Spot] = {}
        """Where each item stands."""
        self._owners: dict[tuple[str, str], tuple[str, Spot]] = {}
        """Of logins."""

    def platform(self) -> Platform:
        """Everything."""
        document, tables = self._document, self._document.tables
        accounts = list(document.entries(("accounts",), tables.get("accounts", {})))
        scopes = [(spot, name, value) for spot, name, value in accounts]
        if "everyone" in tables:
            document.known(("everyone",), tables["everyone"], (*STOPS, *CONSENT))
            scopes.insert(0, (("everyone",), EVERYONE, tables["everyone"]))
        platform = Platform(
            accounts=by_key(self._account(*each) for each in accounts),
            logins=self._parts(accounts, "logins", self._logins),
            profiles=self._parts(accounts, "profiles", self._profiles),
            senders=self._parts(accounts, "senders", self._senders),
            words=by_key(item for each in scopes for item in self._words(*each)),
            stop_lists=by_key(item for each in scopes for item in self._stop_list(*each)),
            numbers=self._parts(accounts, "numbers", self._numbers),
            consent=by_key(self._consent(tables.get("everyone", {}))),
            tariffs=by_key(
                item
                for spot, group, value in document.entries(("tariffs",), tables.get("tariffs", {}))
                for item in self._tariffs(spot, group, value)
            ),
            connectors=by_key(
                self._connector(*each)
                for each in document.entries(("connectors",), tables.get("connectors", {}))
            ),
            costs=by_key(
                item
                for spot, name, value in document.entries(("costs",), tables.get("costs", {}))
                for item in self._costs(spot, name, value)
            ),
            routes=by_key(
                self._route(*each) for each in document.entries(("routes",), tables.get("routes", {}))
            ),
        )
        self._check_costs(platform)
        self._check_routes(platform)
        return platform

    def _parts(
        self,
        accounts: Iterable[tuple[Spot, str, Any]],
        key: str,
        read: Callable[[Spot, str, object], Iterator[T]],
    ) -> dict[Key, T]:
        """What hangs on the accounts under one key."""
        return by_key(
            item
            for spot, name, value in accounts
            if key in value
            for item in read((*spot, key), name, value[key])
        )

    def _once(self, item: T, spot: Spot) -> T:
        """The item, its key being there for the first time. Raises PlatformRefused."""
        known = (type(item), key_of(item))
        if known in self._spots:
            line = self._document.lines.get(self._spots[known], 1)
            self._document.refuse(spot, f"the same is there already, at line {line}")
        self._spots[known] = spot
        return item

    # ---- accounts

    def _account(self, spot: Spot, name: str, value: object) -> Account:
        document = self._document
        document.read(spot, _ACCOUNT_NAME, name)
        said = document.settings(spot, value, {**ACCOUNT, **ACCOUNT_SECRETS}, (*STOPS, *PARTS))
        was = self._before.accounts.get((name,)) or Account(
            AccountId(0), name, "standard", "RUB", Millionths(0), "RU", ZoneInfo("UTC")
        )
        plain = said.pop("push_secret", None)
        if plain is not None:
            if said.get("push_secret_sealed"):
                document.refuse((*spot, "push_secret"), "there is push_secret_sealed too; write one of them")
            said["push_secret_sealed"] = secrets.sealed(
                plain, push_context(name), was.push_secret_sealed, self._vault()
            )
        account: Account = msgspec.structs.replace(was, **said)
        if (account.quiet_from is None) is not (account.quiet_to is None):
            key = "quiet_from" if "quiet_from" in said else "quiet_to"
            document.refuse((*spot, key), "quiet hours have both quiet_from and quiet_to, or neither")
        if account.quiet_from is not None and account.quiet_from == account.quiet_to:
            document.refuse(
                (*spot, "quiet_to"), 'it is the same as quiet_from; write "" in both for no quiet hours'
            )
        return account

    def _logins(self, spot: Spot, account: str, value: object) -> Iterator[PlatformLogin]:
        document = self._document
        for place, row in document.rows(spot, value):
            said = document.settings(place, row, LOGIN)
            for key in ("protocol", "login"):
                if key not in said:
                    document.refuse(place, f"a login needs its {key}")
            protocol, login = said["protocol"], said["login"]
            if (protocol, login) in self._owners:
                line = document.lines.get(self._owners[protocol, login][1], 1)
                document.refuse(
                    (*place, "login"), f"the {protocol} login {login!r} is there already, at line {line}"
                )
            self._owners[protocol, login] = (account, place)
            written = {key: each for key, each in said.items() if key in SECRETS}
            for item in self._proofs(place, account, protocol, login, written):
                yield self._once(item, place)

    def _proofs(
        self, place: Spot, account: str, protocol: str, login: str, written: Mapping[str, str]
    ) -> list[PlatformLogin]:
        """What proves one login; where the file has no secret, what the store has."""
        document = self._document
        for key in written:
            if SECRETS[key].kind not in KINDS[protocol]:
                fitting = ", ".join(
                    each for each, secret in SECRETS.items() if secret.kind in KINDS[protocol]
                )
                document.refuse((*place, key), f"{protocol} has no such secret; it has {fitting}")
        there = {
            each.kind: each.secret
            for each in self._before.logins.values()
            if (each.protocol, each.login) == (protocol, login)
        }
        found: dict[Any, str] = {}
        for key, each in written.items():
            for kind, secret in secrets.kept(key, each, protocol, login, there, self._vault).items():
                if kind in found:
                    document.refuse((*place, key), f"there is another secret for {kind.value} at this login")
                found[kind] = secret
        if not found and not there:
            fitting = ", ".join(each for each, secret in SECRETS.items() if secret.kind in KINDS[protocol])
            document.refuse(place, f"a new login needs a secret: {fitting}")
        return [
            PlatformLogin(account, protocol, login, kind, secret) for kind, secret in (found or there).items()
        ]

    def _profiles(self, spot: Spot, account: str, value: object) -> Iterator[PlatformProfile]:
        document = self._document
        for place, row in document.rows(spot, value):
            said = document.settings(place, row, PROFILE)
            if "name" not in said:
                document.refuse(place, "a profile needs its name")
            client = said.get("client", account)
            document.read((*place, "client"), _SEGMENT, client)
            was = self._before.profiles.get((client, said["name"])) or PlatformProfile("", "", "")
            item = msgspec.structs.replace(was, **{**said, "account": account, "client": client})
            if item.login_field == item.password_field:
                document.refuse(place, "login and password need fields of different names")
            yield self._once(item, place)

    def _senders(self, spot: Spot, account: str, value: object) -> Iterator[PlatformSender]:
        for place, name, state in self._document.entries(spot, value):
            self._document.read(place, _SENDER, name)
            read = self._document.read(place, forms.choice(SenderState), state)
            yield self._once(PlatformSender(account, name, read), place)

    # ---- what phones say

    def _numbers(self, spot: Spot, account: str, value: object) -> Iterator[PlatformNumber]:
        for place, each in enumerate(self._document.read(spot, forms.texts, value)):
            number, _, keyword = each.strip().partition(" ")
            if not 1 <= len(number_key(number)) <= LONGEST_NUMBER or len(keyword) > LONGEST_KEYWORD:
                self._document.refuse(
                    (*spot, place),
                    f'{each!r} is no number; write it like "4242", or "4242 win" with a keyword',
                )
            if keyword and not keyword_key(keyword):
                self._document.refuse((*spot, place), f"{keyword!r} is no keyword; it has letters or digits")
            yield self._once(
                PlatformNumber(account, number_key(number), keyword_key(keyword)), (*spot, place)
            )

    def _consent(self, everyone: object) -> Iterator[PlatformConsent]:
        table = self._document.read(("everyone",), forms.table, everyone)
        kinds: dict[str, str] = {}
        for key, kind in (("opt_out_words", OUT), ("opt_in_words", IN)):
            spot = ("everyone", key)
            for place, each in enumerate(self._document.read(spot, forms.texts, table.get(key, []))):
                word = consent_key(each)
                if not 1 <= len(word) <= LONGEST_KEYWORD:
                    self._document.refuse((*spot, place), f"{each!r} is no word; it has letters or digits")
                if kinds.setdefault(word, kind) != kind:
                    self._document.refuse((*spot, place), f"{each!r} is in opt_out_words too")
                yield PlatformConsent(kind, word)

    # ---- stops

    def _words(self, spot: Spot, account: str, value: object) -> Iterator[PlatformWord]:
        table = self._document.read(spot, forms.table, value)
        for kind in WordKind:
            key = f"stop_{kind.value}s"
            bodies = self._document.read((*spot, key), forms.matchable(kind), table.get(key, []))
            if bodies and not self._prune:
                there = (
                    each.body
                    for each in self._before.words.values()
                    if each.account == account and each.kind is kind
                )
                flaw = forms.flaw(kind, tuple(dict.fromkeys((*there, *bodies))))
                if flaw is not None:
                    self._document.refuse((*spot, key), f"together with those that are there: {flaw}")
            yield from (PlatformWord(account, kind, body) for body in bodies)

    def _stop_list(self, spot: Spot, account: str, value: object) -> Iterator[PlatformStops]:
        key = "stop_list_file"
        table = self._document.read(spot, forms.table, value)
        if key in table:
            name = self._document.read((*spot, key), STOPS[key], table[key])
            path = self._document.path.parent / name
            try:
                yield PlatformStops(account, read_numbers(path))
            except OSError as error:
                self._document.refuse((*spot, key), f"cannot read {path}: {error.strerror}")

    # ---- prices and ways

    def _tariffs(self, spot: Spot, group: str, value: object) -> Iterator[Tariff]:
        document = self._document
        document.read(spot, _GROUP, group)
        for place, channel, rows in document.entries(spot, value):
            read = document.read(place, forms.choice(Channel), channel)
            for row_place, row in document.rows(place, rows):
                said = document.settings(row_place, row, TARIFF)
                if "price" not in said and not said.get("closed"):
                    document.refuse(row_place, "a tariff needs its price, or closed = true")
                usual = Tariff(group, read, "", Millionths(0))
                yield self._once(msgspec.structs.replace(usual, **said), row_place)

    def _costs(self, spot: Spot, connector: str, value: object) -> Iterator[Cost]:
        document = self._document
        document.read(spot, _LABEL, connector)
        for place, channel, rows in document.entries(spot, value):
            read = document.read(place, forms.choice(Channel), channel)
            for row_place, row in document.rows(place, rows):
                said = document.settings(row_place, row, COST)
                if "cost" not in said:
                    document.refuse(row_place, "it needs its cost")
                if read is Channel.MAIL and said.get("prefix"):
                    document.refuse((*row_place, "prefix"), "an e-mail address has no prefix")
                usual = Cost(connector, read, "", Millionths(0))
                yield self._once(msgspec.structs.replace(usual, **said), row_place)

    def _connector(self, spot: Spot, name: str, value: object) -> ConnectorSetup:
        from gonets.cli.connector import ConnectorKind, settings_of
        from gonets.flow.vault import SEALED, seal_settings
        from gonets.model.links import LINK_MEANINGS, LinkSettings, parted

        document = self._document
        document.read(spot, _LABEL, name)
        said = document.settings(spot, value, CONNECTOR)
        was = self._before.connectors.get((name,)) or ConnectorSetup(name, ConnectorKind.SIMULATOR.value)
        setup: ConnectorSetup = msgspec.structs.replace(was, **said)
        kind: ConnectorKind = document.read((*spot, "kind"), forms.choice(ConnectorKind), setup.kind)
        wanted = settings_of(kind)
        known = (*wanted.__struct_fields__, *LINK_MEANINGS)
        # What is sealed was checked before it was.
        plain = {
            key: value
            for key, value in setup.settings.items()
            if key.removesuffix(SEALED) not in known or key in known
        }
        common, own = parted(plain)
        try:
            msgspec.convert(own, wanted)
            msgspec.convert(common, LinkSettings)
        except msgspec.ValidationError as error:
            key = str(error).rpartition("`$.")[2].rstrip("`") if "`$." in str(error) else ""
            at = ("settings", key) if key else ("settings",)
            document.refuse(
                (*spot, *at),
                f"{str(error).partition(' - at ')[0]}; {kind.value} has {', '.join(known)}",
            )
        kept = seal_settings(setup.settings, name, self._vault, was.settings)
        return msgspec.structs.replace(setup, settings=kept)

    def _route(self, spot: Spot, name: str, value: object) -> Route:
        document = self._document
        document.read(spot, forms.text(forms.is_name, _NAME), name)
        said = document.settings(spot, value, ROUTE)
        was = self._before.routes.get((name,)) or Route(RouteId(0), name, "", ())
        if "only" in said:
            said["only"] = self._only((*spot, "only"), said["only"])
        route: Route = msgspec.structs.replace(was, **said)
        if not route.connectors:
            document.refuse((*spot, "connectors"), "a route needs a connector")
        if route.weights and len(route.weights) != len(route.connectors):
            document.refuse(
                (*spot, "weights" if "weights" in said else "connectors"),
                f"the route has {len(route.connectors)} connectors and {len(route.weights)} weights; write one"
                " for each, or none at all: weights = []",
            )
        return self._once(route, spot)

    def _only(self, spot: Spot, value: object) -> Conditions:
        document = self._document
        said = document.settings(spot, value, ONLY)
        only = Conditions(**said)
        if said.get("zone") and not is_timed(only):
            document.refuse((*spot, "zone"), "a zone goes with hours or days")
        return only

    def _check_costs(self, platform: Platform) -> None:
        """What costs something is there. Raises PlatformRefused."""
        stays = Platform() if self._prune else self._before
        known = {name for (name,) in (*platform.connectors, *stays.connectors)}
        for each in platform.costs.values():
            if each.connector not in known:
                self._document.refuse(("costs", each.connector), f"there is no connector {each.connector!r}")

    def _check_routes(self, platform: Platform) -> None:
        """Connectors and accounts that routes name are there, and no two that are on say the same. Raises
        PlatformRefused."""
        document = self._document
        stays = Platform() if self._prune else self._before
        known = {name for (name,) in (*platform.connectors, *stays.connectors)}
        accounts = {name for (name,) in (*platform.accounts, *stays.accounts)}
        serving = {
            (each.prefix, essence(each.only)): each.name
            for key, each in stays.routes.items()
            if each.enabled and key not in platform.routes
        }
        for route in sorted(platform.routes.values(), key=lambda each: document.lines["routes", each.name]):
            spot: Spot = ("routes", route.name)
            for number, connector in enumerate(route.connectors):
                if connector not in known:
                    document.refuse((*spot, "connectors", number), f"there is no connector {connector!r}")
            if route.only.account and route.only.account not in accounts:
                document.refuse((*spot, "only", "account"), f"there is no account {route.only.account!r}")
            asks = (route.prefix, essence(route.only))
            if route.enabled and asks in serving:
                shown = route.prefix or "every number"
                under = " under the same conditions" if route.only != ANYTHING else ""
                document.refuse(
                    (*spot, "prefix"), f"{shown} is served by the route {serving[asks]!r} already{under}"
                )
            if route.enabled:
                serving[asks] = route.name
