"""Platforms for tests of whatever reads, writes and compares them; and hypothesis's way to any there may be."""

from array import array
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final
from zoneinfo import ZoneInfo

from hypothesis import strategies as st

from gonets.model.account import Account, ProofKind, PushKind, Resend, SenderState, Tariff
from gonets.model.costs import Cost
from gonets.model.message import AccountId, Channel, RouteId
from gonets.model.money import Millionths
from gonets.model.platform import (
    EVERYONE,
    Platform,
    PlatformConsent,
    PlatformLogin,
    PlatformNumber,
    PlatformProfile,
    PlatformSender,
    PlatformStops,
    PlatformWord,
    WordKind,
)
from gonets.model.routing import Conditions, ConnectorSetup, Route
from gonets.model.times import micros
from gonets.rules.declaring import by_key
from gonets.rules.hearing import IN, OUT
from gonets.rules.proofs import KINDS
from gonets.rules.wording import Matcher

HASH: Final = "$argon2id$v=19$m=8,t=1,p=1$c2FsdHNhbHQ$aGFzaGhhc2hoYXNo"


def account(name: str, **settings: object) -> Account:
    """An account as it is where a file says nothing of it, but for these settings."""
    usual: dict[str, object] = {"group": "standard", "currency": "RUB", "home_country": "RU"}
    given = {"id": AccountId(0), "overdraft": Millionths(0), "zone": ZoneInfo("UTC"), **usual, **settings}
    return Account(name=name, **given)  # type: ignore[arg-type]


def stops(owner: str, *phones: int) -> PlatformStops:
    """A stop list."""
    return PlatformStops(owner, array("Q", phones))


# ---- any platform

_names: Final = st.text(
    st.characters(exclude_characters="/", exclude_categories=("C", "Z")), min_size=1, max_size=12
)
_segments: Final = st.text("abcXYZ019._~-", min_size=1, max_size=8)
_prefixes: Final = st.from_regex(r"\A(?:|[1-9][0-9]{0,6})\Z")
_amounts: Final = st.integers(0, 2**50).map(Millionths)

_minutes: Final = st.integers(0, 1439)


def _accounts(name: str) -> st.SearchStrategy[Account]:
    hours = st.tuples(_minutes, _minutes).filter(lambda each: each[0] != each[1])
    quiet = st.one_of(st.just((None, None)), hours)
    return st.builds(
        lambda hours, **settings: account(name, quiet_from=hours[0], quiet_to=hours[1], **settings),
        quiet,
        group=_names,
        currency=st.text("ABCXYZ", min_size=3, max_size=3),
        overdraft=_amounts,
        home_country=st.text("ABCXYZ", min_size=2, max_size=2),
        zone=st.sampled_from(["UTC", "Europe/Moscow", "Asia/Dushanbe"]).map(ZoneInfo),
        enabled=st.booleans(),
        any_sender=st.booleans(),
        default_sender=st.from_regex(r"\A[ -~]{0,15}\Z"),
        push_url=st.sampled_from(["", 'https://bank.example/sms?a="b"', "http://a:b@c.example/ж"]),
        push_batch=st.integers(1, 100),
        push_kind=st.sampled_from(PushKind),
        push_fields=st.sampled_from([(), ("id=message", "phone=to[0]")]),
        push_secret_sealed=st.sampled_from(["", "AbC+/0=="]),
        duplicate_s=st.integers(0, 365 * 86_400),
        flood_most=st.integers(0, 10_000),
        flood_gap_s=st.integers(0, 86_400),
        rate=st.integers(0, 1_000_000),
        networks=st.sampled_from([(), ("192.0.2.0/24",), ("2001:db8::/32", "192.0.2.1")]),
        resend=st.sampled_from(Resend),
        refuse_when_down=st.booleans(),
        smpp_binds=st.integers(0, 10_000),
        smpp_window=st.integers(1, 10_000),
        batch_json=st.booleans(),
    )


def _is_word(body: str) -> bool:
    try:
        Matcher((body,))
        body.encode()
    except ValueError:
        return False
    return True


@st.composite
def platforms(draw: st.DrawFn) -> Platform:
    """Any platform that a store may hold, without stop lists."""
    names = draw(st.lists(_names, unique=True, max_size=3))
    owners = st.sampled_from(names) if names else st.nothing()
    connectors = draw(st.lists(st.from_regex(r"\A[A-Za-z0-9][A-Za-z0-9._-]{0,5}\Z"), unique=True, max_size=3))
    return Platform(
        accounts=by_key([draw(_accounts(name)) for name in names]),
        logins=by_key(
            draw(st.lists(_logins(owners), max_size=3, unique_by=lambda each: (each.protocol, each.login)))
        ),
        profiles=by_key(draw(st.lists(_profiles(owners), max_size=3))),
        senders=by_key(
            draw(
                st.lists(
                    st.builds(
                        PlatformSender,
                        owners,
                        st.from_regex(r"\A[!-~]{1,11}\Z"),
                        st.sampled_from(SenderState),
                    ),
                    max_size=3,
                )
            )
        ),
        words=by_key(draw(st.lists(_words(names), max_size=5))),
        numbers=by_key(
            draw(
                st.lists(
                    st.builds(
                        PlatformNumber,
                        owners,
                        st.from_regex(r"\A[0-9a-z]{1,20}\Z"),
                        st.sampled_from(["", "win", "голос за"]),
                    ),
                    max_size=3,
                )
            )
        ),
        consent=by_key(
            PlatformConsent(draw(st.sampled_from([OUT, IN])), word)
            for word in draw(st.lists(st.from_regex(r"\A[a-zа-я]{1,8}\Z"), unique=True, max_size=4))
        ),
        tariffs=by_key(draw(st.lists(_tariffs(), max_size=5))),
        connectors=by_key(
            ConnectorSetup(name, "simulator", draw(_simulators), draw(st.booleans())) for name in connectors
        ),
        costs=by_key(draw(_costs(connectors))),
        routes=by_key(draw(_routes(connectors, names))),
    )


_simulators: Final[st.SearchStrategy[dict[str, int | float | str | bool]]] = st.fixed_dictionaries(
    {}, optional={"window": st.integers(1, 1000), "receipt_delay": st.floats(0, 1e9)}
)


def _logins(owners: st.SearchStrategy[str]) -> st.SearchStrategy[PlatformLogin]:
    kinds = st.sampled_from([(protocol, kind) for protocol, kinds in KINDS.items() for kind in kinds])
    return st.builds(
        lambda owner, kind, login: PlatformLogin(owner, kind[0], login, kind[1], _secret(kind[1])),
        owners,
        kinds,
        _names,
    )


def _secret(kind: ProofKind) -> str:
    return HASH if kind in {ProofKind.PASSWORD, ProofKind.MD5} else "c2VhbGVk"


def _profiles(owners: st.SearchStrategy[str]) -> st.SearchStrategy[PlatformProfile]:
    fields = st.sampled_from([("login", "password"), ("user", "pass.word")])
    return st.builds(
        lambda owner, client, name, field, dashed: PlatformProfile(
            owner, client, name, field[0], field[1], dashed
        ),
        owners,
        _segments,
        _segments,
        fields,
        st.booleans(),
    )


def _words(names: Sequence[str]) -> st.SearchStrategy[PlatformWord]:
    scopes = st.sampled_from([EVERYONE, *names])
    return st.one_of(
        st.builds(
            PlatformWord, scopes, st.just(WordKind.WORD), st.text(min_size=1, max_size=8).filter(_is_word)
        ),
        st.builds(
            PlatformWord,
            scopes,
            st.just(WordKind.PATTERN),
            st.sampled_from([r"\bcas\w+", 'win "1"', "a\tb'"]),
        ),
    )


def _tariffs() -> st.SearchStrategy[Tariff]:
    moments = st.datetimes(datetime(1970, 1, 1), datetime(9999, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
    return st.builds(
        Tariff,
        st.sampled_from(["standard", "big ones"]),
        st.sampled_from(Channel),
        _prefixes,
        _amounts,
        st.booleans(),
        st.booleans(),
        st.sampled_from(["", "RUB", "UAH"]),
        st.one_of(st.just(0), moments.map(micros)),
    )


@st.composite
def _costs(draw: st.DrawFn, connectors: Sequence[str]) -> list[Cost]:
    if not connectors:
        return []
    channels = st.sampled_from([each for each in Channel if each is not Channel.MAIL])
    some = st.builds(
        Cost, st.sampled_from(connectors), channels, _prefixes, _amounts, st.sampled_from(["RUB", "UAH"])
    )
    return draw(st.lists(some, max_size=4))


@st.composite
def _routes(draw: st.DrawFn, connectors: Sequence[str], accounts: Sequence[str]) -> list[Route]:
    if not connectors:
        return []
    names = draw(st.lists(_names, unique=True, max_size=3))
    prefixes = draw(st.lists(_prefixes, unique=True, min_size=len(names), max_size=len(names)))
    account = st.sampled_from(["", *accounts])
    only = st.builds(
        Conditions,
        account=account,
        group=st.sampled_from(["", "gold"]),
        sender=st.sampled_from(["", "Shop"]),
        channel=st.sampled_from([None, *Channel]),
        text=st.sampled_from(["", r"\d{4} \"code\"", "скидк"]),
        hours=st.sampled_from([None, (0, 1440), (1320, 360)]),
        days=st.sampled_from([(), (0, 1, 2, 3, 4), (5,)]),
    )
    chosen = st.lists(st.sampled_from(connectors), min_size=1, unique=True).map(tuple)
    return [
        Route(RouteId(0), name, prefix, draw(chosen), draw(st.booleans()), only=draw(only))
        for name, prefix in zip(names, prefixes, strict=True)
    ]
