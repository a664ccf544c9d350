"""Stop lists and stop words: numbers that get nothing, texts that are not sent. Account 0 stands for whoever sends.

A list may hold millions of numbers: it is written and read in chunks, and kept in memory as sorted arrays.
"""

from collections.abc import Iterable, Iterator, Sequence

import msgspec
from sqlalchemy import Connection, and_, bindparam, delete, func, insert, select, update

from gonets.model.message import AccountId
from gonets.rules.stopping import EVERYBODY, StopList, build
from gonets.rules.wording import Matcher
from gonets.stores.schema import counters, stop_list, stop_words
from gonets.stores.statements import Statement, given, packed

EVERYONE = AccountId(EVERYBODY)
_CHUNK = 20_000

_new = given("new", "phone")
_add = Statement(
    insert(stop_list).from_select(
        ["account_id", "phone"],
        select(bindparam("account"), _new.c.phone)
        .distinct()
        .where(
            ~select(stop_list.c.phone)
            .where(stop_list.c.account_id == bindparam("account"), stop_list.c.phone == _new.c.phone)
            .exists()
        ),
    )
)
_gone = given("gone", "phone")
_remove = Statement(
    delete(stop_list).where(
        stop_list.c.account_id == bindparam("account"), stop_list.c.phone.in_(select(_gone.c.phone))
    )
)
_page = (
    select(stop_list.c.phone)
    .where(stop_list.c.account_id == bindparam("account"), stop_list.c.phone > bindparam("after"))
    .order_by(stop_list.c.phone)
    .limit(bindparam("most"))
    .subquery("page")
)
_read = Statement(select(func.json_group_array(_page.c.phone)))
_decode = msgspec.json.Decoder(list[int]).decode


def revision(connection: Connection) -> int:
    """Moves on with every change of a stop list or a stop word."""
    found = connection.execute(
        select(counters.c.value).where(counters.c.name == "stop_revision")
    ).scalar_one()
    return int(found)


def _touch(connection: Connection) -> None:
    moved = update(counters).where(counters.c.name.in_(("revision", "stop_revision")))
    connection.execute(moved.values(value=counters.c.value + 1))


def add(connection: Connection, account: AccountId, phones: Sequence[int]) -> int:
    """Put numbers (E.164 digits as integers) on a list; returns how many were not on it yet."""
    added = int(_add.run(connection, new=packed([(phone,) for phone in phones]), account=account).rowcount)
    if added:
        _touch(connection)
    return added


def remove(connection: Connection, account: AccountId, phones: Sequence[int]) -> int:
    """Take numbers off a list; returns how many were on it."""
    removed = int(
        _remove.run(connection, gone=packed([(phone,) for phone in phones]), account=account).rowcount
    )
    if removed:
        _touch(connection)
    return removed


def pages(connection: Connection, account: AccountId) -> Iterator[list[int]]:
    """A whole list, ascending, in chunks."""
    after = -1
    while chunk := _decode(_read.rows(connection, account=account, after=after, most=_CHUNK)):
        yield chunk
        after = chunk[-1]


def sizes(connection: Connection) -> dict[AccountId, int]:
    """How long each list is."""
    counted = select(stop_list.c.account_id, func.count()).group_by(stop_list.c.account_id)
    return {AccountId(account): count for account, count in connection.execute(counted)}


def lists_with(connection: Connection, accounts: Iterable[AccountId], phone: int) -> list[AccountId]:
    """Which of these accounts' lists a number is on."""
    among = (stop_list.c.account_id.in_(accounts), stop_list.c.phone == phone)
    found = connection.execute(select(stop_list.c.account_id).where(*among).order_by(stop_list.c.account_id))
    return [AccountId(account) for account in found.scalars()]


def load(connection: Connection) -> dict[int, StopList]:
    """Every list as a sorted array, by account."""
    accounts = connection.execute(select(stop_list.c.account_id).distinct()).scalars().all()
    return {account: build(pages(connection, AccountId(account))) for account in accounts}


# ---- words


def put_words(connection: Connection, account: AccountId, kind: str, bodies: Iterable[str]) -> int:
    """Add stop words (`word`) or patterns (`pattern`); returns how many are new. Raises ValueError for a bad one."""
    wanted = list(dict.fromkeys(bodies))
    known = set(
        connection.execute(
            select(stop_words.c.body).where(stop_words.c.account_id == account, stop_words.c.kind == kind)
        ).scalars()
    )
    together = [*known, *wanted]  # patterns that compile one by one may be too many together
    Matcher(together if kind == "word" else (), together if kind == "pattern" else ())
    fresh = [{"account_id": account, "kind": kind, "body": body} for body in wanted if body not in known]
    if fresh:
        connection.execute(insert(stop_words), fresh)
        _touch(connection)
    return len(fresh)


def remove_words(connection: Connection, account: AccountId, kind: str, bodies: Sequence[str]) -> int:
    """Take stop words or patterns away; returns how many there were."""
    where = and_(stop_words.c.account_id == account, stop_words.c.kind == kind, stop_words.c.body.in_(bodies))
    removed = int(connection.execute(delete(stop_words).where(where)).rowcount)
    if removed:
        _touch(connection)
    return removed


def list_words(connection: Connection) -> list[tuple[AccountId, str, str]]:
    """(account, kind, word or pattern) of all."""
    order = (stop_words.c.account_id, stop_words.c.kind, stop_words.c.body)
    rows = connection.execute(select(*order).order_by(*order))
    return [(AccountId(row.account_id), row.kind, row.body) for row in rows]


def matchers(connection: Connection) -> dict[int, Matcher]:
    """Stop words and patterns compiled, by account."""
    by_account: dict[int, tuple[list[str], list[str]]] = {}
    for account, kind, body in list_words(connection):
        words, patterns = by_account.setdefault(account, ([], []))
        (words if kind == "word" else patterns).append(body)
    return {account: Matcher(words, patterns) for account, (words, patterns) in by_account.items()}
