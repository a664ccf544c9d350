"""A platform as the text of a file: TOML that people read, in an order that does not change by itself.

Refuses nothing: whatever the store holds can be written, and read again as it is.
"""

import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import groupby
from pathlib import Path
from typing import Final, TextIO, TypeVar

from gonets.cli.platform.document import dotted
from gonets.cli.platform.secrets import STORED
from gonets.model.account import Tariff
from gonets.model.costs import Cost
from gonets.model.platform import (
    EVERYONE,
    Platform,
    PlatformLogin,
    PlatformProfile,
    PlatformSender,
    PlatformWord,
    WordKind,
)
from gonets.rules.conditions import facts_of
from gonets.rules.declaring import Fact, facts, iso_of
from gonets.rules.hearing import IN, OUT

_HEAD: Final = """\
# The platform of a Gonets gateway: everything that people set, but for its config file.
#
#   gonets apply FILE --dry-run    shows what would change
#   gonets apply FILE              shows it, asks, and changes it
#
# What is left out stays as it is. Secrets are hashed or sealed: keep the file to yourself all the same.
"""
_COMMENTS: Final[Mapping[str, str]] = {
    "group": "whose tariffs it pays",
    "overdraft": "how far below zero the balance may go",
    "home_country": "completes national numbers",
    "any_sender": "also names that are not registered",
    "default_sender": "for messages without one",
    "push_url": "where final statuses go",
    "push_kind": "in which form: mfms, smsc or webhook",
    "push_fields": "of smsc: fields under other names, as name=other",
    "push_secret_sealed": "signs webhooks; none: the platform's key does",
    "duplicate_s": "seconds in which the same message is refused; 0: none",
    "flood_most": "more messages to one recipient ...",
    "flood_gap_s": "... less than so many seconds apart are refused; 0: none",
    "rate": "messages a second; 0: no limit",
    "networks": "from where it may call; none: from everywhere",
    "quiet_from": "nothing is sent from ...",
    "quiet_to": "... to this time of the recipient's day",
    "resend": "a part that was never answered: never_twice or never_lost",
    "refuse_when_down": "refuse while no link is up, instead of keeping it",
    "smpp_binds": "SMPP sessions at the same time; 0: no limit",
    "smpp_window": "messages of one session that wait for their answers",
    "batch_json": "SMS2 answers a batch in JSON, not in the document's notation",
}
_WIDTH: Final = 100
_ESCAPES: Final = {"\\": "\\\\", '"': '\\"', "\t": "\\t", "\n": "\\n", "\r": "\\r"}

Owned = TypeVar("Owned", PlatformLogin, PlatformProfile, PlatformSender, PlatformWord)

ListNote = Callable[[str], str | None]
"""What is written about the stop list of an account (`EVERYONE`: of all): a line, or None."""


def platform_text(platform: Platform, list_note: ListNote = lambda account: None) -> str:
    """The whole file."""
    return "\n".join(
        (_HEAD, *_everyone(platform, list_note), *_accounts(platform, list_note), *_rest(platform))
    )


# ---- sections


def _everyone(platform: Platform, list_note: ListNote) -> Iterator[str]:
    yield "# ---- for whoever sends\n"
    yield "[everyone]"
    words = [each for each in platform.words.values() if each.account == EVERYONE]
    yield from _stops(words, EVERYONE, list_note)
    for kind in (OUT, IN):
        consent = [each.word for each in platform.consent.values() if each.kind == kind]
        if consent:
            yield f"opt_{kind}_words = {value(consent)}"
    yield ""


def _accounts(platform: Platform, list_note: ListNote) -> Iterator[str]:
    words, senders = _by_account(platform.words.values()), _by_account(platform.senders.values())
    logins, profiles = _by_account(platform.logins.values()), _by_account(platform.profiles.values())
    if platform.accounts:
        yield "# ---- accounts; their balances are in the ledger\n"
    for account in platform.accounts.values():
        name = account.name
        yield f"[{dotted_key('accounts', name)}]"
        yield from _commented(facts(account))
        numbers = [each for each in platform.numbers.values() if each.account == name]
        if numbers:
            yield f"numbers = {value([f'{each.number} {each.keyword}'.rstrip() for each in numbers])}"
        yield from _stops(words.get(name, ()), name, list_note)
        yield from _senders(name, senders.get(name, ()))
        yield from _logins(name, logins.get(name, ()))
        yield from _profiles(name, profiles.get(name, ()))
        yield ""


def _by_account(items: Iterable[Owned]) -> dict[str, list[Owned]]:
    found: dict[str, list[Owned]] = {}
    for item in items:
        found.setdefault(item.account, []).append(item)
    return found


def _senders(account: str, senders: Sequence[PlatformSender]) -> Iterator[str]:
    if senders:
        yield f"\n[{dotted_key('accounts', account, 'senders')}]  # approved, requested or refused"
    yield from (f"{key(each.name)} = {value(each.state.value)}" for each in senders)


def _logins(account: str, logins: Sequence[PlatformLogin]) -> Iterator[str]:
    for (protocol, login), kinds in groupby(logins, lambda each: (each.protocol, each.login)):
        yield f"\n[[{dotted_key('accounts', account, 'logins')}]]"
        yield f"protocol = {value(protocol)}"
        yield f"login = {value(login)}"
        yield from (f"{STORED[each.kind]} = {value(each.secret)}" for each in kinds)


def _profiles(account: str, profiles: Sequence[PlatformProfile]) -> Iterator[str]:
    for profile in profiles:
        yield f"\n[[{dotted_key('accounts', account, 'profiles')}]]"
        yield f"client = {value(profile.client)}"
        yield f"name = {value(profile.name)}"
        yield from (f"{each} = {value(fact)}" for each, fact in facts(profile).items() if each != "account")


def _stops(words: Sequence[PlatformWord], account: str, list_note: ListNote) -> Iterator[str]:
    for kind in WordKind:
        bodies = [each.body for each in words if each.kind is kind]
        yield f"stop_{kind.value}s = {value(bodies)}"
    note = list_note(account)
    if note is not None:
        yield note


def _rest(platform: Platform) -> Iterator[str]:
    if platform.tariffs:
        yield '# ---- prices of one part, by group of accounts; the longest prefix counts, "" is every number\n'
    for group, tariffs in groupby(platform.tariffs.values(), lambda each: each.group):
        yield f"[{dotted_key('tariffs', group)}]"
        for channel, rows in groupby(tariffs, lambda each: each.channel):
            yield f"{key(channel.value)} = ["
            yield from (f"    {_tariff(each)}," for each in rows)
            yield "]"
        yield ""
    if platform.connectors:
        yield "# ---- links to upstreams\n"
    for connector in platform.connectors.values():
        yield f"[{dotted_key('connectors', connector.name)}]"
        yield f"kind = {value(connector.kind)}"
        yield f"enabled = {value(connector.enabled)}"
        yield f"settings = {_inline(sorted(connector.settings.items()))}"
        yield ""
    if platform.costs:
        yield '# ---- what one part costs us, by connector; the longest prefix counts, "" is every number\n'
    for name, costs in groupby(platform.costs.values(), lambda each: each.connector):
        yield f"[{dotted_key('costs', name)}]"
        for channel, lines in groupby(costs, lambda each: each.channel):
            yield f"{key(channel.value)} = ["
            yield from (f"    {_cost(each)}," for each in lines)
            yield "]"
        yield ""
    if platform.routes:
        yield "# ---- which connectors the messages to a prefix go to, the preferred first\n"
    for route in platform.routes.values():
        yield f"[{dotted_key('routes', route.name)}]"
        said = facts(route)
        yield from (f"{each} = {value(fact)}" for each, fact in said.items() if not each.startswith("only."))
        yield f"only = {_inline(facts_of(route.only).items())}"
        yield ""


def _tariff(tariff: Tariff) -> str:
    """One version on one line; what is usual is left out."""
    said = facts(tariff)
    shown: dict[str, Fact] = {"prefix": tariff.prefix, "price": said["price"]}
    shown |= {each: fact for each, fact in said.items() if each != "price" and fact}
    written = _inline(shown.items())
    if tariff.valid_from:
        written = f"{written.removesuffix(' }')}, valid_from = {iso_of(tariff.valid_from)} }}"
    return written


def _cost(cost: Cost) -> str:
    """One cost on one line."""
    return _inline({"prefix": cost.prefix, **facts(cost)}.items())


def _commented(settings: Mapping[str, Fact]) -> Iterator[str]:
    for setting, fact in settings.items():
        line = f"{setting} = {value(fact)}"
        comment = _COMMENTS.get(setting)
        yield line if comment is None or "\n" in line else f"{line:<32}  # {comment}"


# ---- TOML


def dotted_key(*keys: str) -> str:
    """Keys of a table's head, quoted where they must be."""
    return ".".join(key(each) for each in keys)


def key(name: str) -> str:
    """A key, quoted where it must be."""
    return name if dotted((name,)) == name else text(name)


def value(fact: Fact) -> str:
    """A value, arrays over several lines where they are long."""
    if isinstance(fact, bool):
        return "true" if fact else "false"
    if isinstance(fact, str):
        return text(fact)
    if isinstance(fact, int | float):
        return repr(fact)
    written = ", ".join(value(each) for each in fact)
    if len(written) <= _WIDTH:
        return f"[{written}]"
    return "\n".join(("[", *(f"    {value(each)}," for each in fact), "]"))


def text(plain: str) -> str:
    """A basic string; what cannot be seen is escaped, so that it can."""
    return f'"{"".join(each if _seen(each) else _escaped(each) for each in plain)}"'


def _seen(character: str) -> bool:
    return character.isprintable() and character not in _ESCAPES


def _escaped(character: str) -> str:
    known = _ESCAPES.get(character)
    if known is not None:
        return known
    code = ord(character)
    return f"\\u{code:04X}" if code <= 0xFFFF else f"\\U{code:08X}"


def _inline(pairs: Iterable[tuple[str, Fact]]) -> str:
    written = ", ".join(f"{key(name)} = {value(fact)}" for name, fact in pairs)
    return f"{{ {written} }}" if written else "{}"


# ---- files


@contextmanager
def replacing(path: Path) -> Iterator[TextIO]:
    """A file to write in place of the one that was, whole or not at all; only its owner may read it. Raises OSError."""
    unfinished = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8", newline="\n") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)
