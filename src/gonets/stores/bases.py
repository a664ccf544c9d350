"""Phone bases: made, filled, emptied and read; numbers are E.164 digits as integers, each once in a base.

A base may hold millions of numbers: it is written in batches, and read in pages by key, never as a whole. How many
there are (`bases.phones`) moves in the transaction that moves them.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime

import msgspec
from sqlalchemy import Connection, bindparam, delete, func, insert, select, update

from gonets.model.campaigns import Base
from gonets.model.message import AccountId, BaseId
from gonets.model.times import micros
from gonets.stores.committer import Committer
from gonets.stores.schema import base_phones, bases
from gonets.stores.settings import SettingRefused
from gonets.stores.statements import Statement, gathered, given, packed

PAGE = 20_000
"""Numbers read at a time where all of a base are."""
_LONGEST_NAME = 64

_BASE = (bases.c.id, bases.c.name, bases.c.phones, bases.c.protected)
_of_account = select(*_BASE).where(bases.c.account_id == bindparam("account")).order_by(bases.c.name)
_in_order = _of_account.subquery("in_order")
_list = Statement(select(gathered(*_in_order.c)))
_named = given("named", "name")
_find = Statement(
    select(gathered(*_BASE)).select_from(
        _named.join(bases, (bases.c.name == _named.c.name) & (bases.c.account_id == bindparam("account")))
    )
)
_decode = msgspec.json.Decoder(list[Base], strict=False).decode  # SQLite writes booleans as 0 and 1

_new = given("new", "phone")
_add = Statement(
    insert(base_phones).from_select(
        ["base_id", "phone"],
        select(bindparam("base"), _new.c.phone)
        .distinct()
        .where(
            ~select(base_phones.c.phone)
            .where(base_phones.c.base_id == bindparam("base"), base_phones.c.phone == _new.c.phone)
            .exists()
        ),
    )
)
_gone = given("gone", "phone")
_remove = Statement(
    delete(base_phones).where(
        base_phones.c.base_id == bindparam("base"), base_phones.c.phone.in_(select(_gone.c.phone))
    )
)
_count = Statement(
    update(bases).where(bases.c.id == bindparam("base")).values(phones=bases.c.phones + bindparam("change"))
)
_exists = Statement(select(bases.c.id).where(bases.c.id == bindparam("base")))
_held = Statement(
    select(base_phones.c.phone).where(
        base_phones.c.base_id == bindparam("base"), base_phones.c.phone == bindparam("phone")
    )
)
_page = (
    select(base_phones.c.phone)
    .where(base_phones.c.base_id == bindparam("base"), base_phones.c.phone > bindparam("after"))
    .order_by(base_phones.c.phone)
    .limit(bindparam("most"))
    .subquery("page")
)
_read = Statement(select(func.json_group_array(_page.c.phone)))
_decode_phones = msgspec.json.Decoder(list[int]).decode


class SqlBases:
    """See `ports.stores.Bases`."""

    def __init__(self, writer: Committer, reader: Committer) -> None:
        self._writer = writer
        self._reader = reader

    async def list(self, account: AccountId) -> Sequence[Base]:
        """All of an account, by name."""
        return await self._reader.do(listed, account)

    async def find(self, account: AccountId, names: Sequence[str]) -> Sequence[Base | None]:
        """Those of that name."""
        return await self._reader.do(find, (account, names))

    async def phones(self, base: BaseId, after: int, limit: int) -> Sequence[int]:
        """A page of its numbers."""
        return await self._reader.do(pages, (base, after, limit))

    async def holds(self, base: BaseId, phone: int) -> bool:
        """Whether a number is in it."""
        return await self._reader.do(holds, (base, phone))

    async def add(self, base: BaseId, phones: Sequence[int]) -> int | None:
        """Put numbers in."""
        return await self._writer.do(add, (base, phones))

    async def remove(self, base: BaseId, phones: Sequence[int]) -> int | None:
        """Take numbers out."""
        return await self._writer.do(remove, (base, phones))


# ---- for committers


def listed(connection: Connection, asked: Sequence[AccountId]) -> list[list[Base]]:
    """All the bases of each account, by name."""
    return [_decode(_list.rows(connection, account=account)) for account in asked]


def find(connection: Connection, asked: Sequence[tuple[AccountId, Sequence[str]]]) -> list[list[Base | None]]:
    """For each (account, names): the base of each name, None where it has none of that name."""
    results: list[list[Base | None]] = []
    for account, names in asked:
        named = packed([(name,) for name in set(names) if _is_text(name)])
        found = {base.name: base for base in _decode(_find.rows(connection, named=named, account=account))}
        results.append([found.get(name) for name in names])
    return results


def _is_text(name: str) -> bool:
    """Whether it is Unicode: with half of a surrogate pair in it no base has that name."""
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True


def pages(connection: Connection, asked: Sequence[tuple[BaseId, int, int]]) -> list[list[int]]:
    """For each (base, number, limit): its next numbers after that one, ascending."""
    return [
        _decode_phones(_read.rows(connection, base=base, after=after, most=most))
        for base, after, most in asked
    ]


def holds(connection: Connection, asked: Sequence[tuple[BaseId, int]]) -> list[bool]:
    """For each (base, number): whether it is in there."""
    return [_held.run(connection, base=base, phone=phone).fetchone() is not None for base, phone in asked]


def add(connection: Connection, batches: Sequence[tuple[BaseId, Sequence[int]]]) -> list[int | None]:
    """Put numbers in; how many of each batch are new, None where there is no such base any more."""
    results: list[int | None] = []
    for base, phones in batches:
        if _exists.run(connection, base=base).fetchone() is None:
            results.append(None)
            continue
        new = packed([(phone,) for phone in sorted(phones)])
        added = int(_add.run(connection, new=new, base=base).rowcount)
        if added:
            _count.run(connection, base=base, change=added)
        results.append(added)
    return results


def remove(connection: Connection, batches: Sequence[tuple[BaseId, Sequence[int]]]) -> list[int | None]:
    """Take numbers out; how many of each batch were in there, None where there is no such base any more."""
    results: list[int | None] = []
    for base, phones in batches:
        gone = packed([(phone,) for phone in phones])
        removed = int(_remove.run(connection, gone=gone, base=base).rowcount)
        if not _count.run(connection, base=base, change=-removed).rowcount:
            results.append(None)
            continue
        results.append(removed)
    return results


# ---- by people


def create(
    connection: Connection, account: AccountId, name: str, at: datetime, *, protected: bool = False
) -> BaseId:
    """Make an empty base. Raises SettingRefused when the name is taken or cannot be one."""
    if not 1 <= len(name) <= _LONGEST_NAME or name != name.strip() or not name.isprintable() or "," in name:
        raise SettingRefused(
            f"{name!r} cannot name a base; take 1 to {_LONGEST_NAME} characters without a comma"
        )
    if find(connection, [(account, [name])])[0][0] is not None:
        raise SettingRefused(f"there is a base {name!r} already")
    values = {
        "account_id": account,
        "name": name,
        "protected": protected,
        "phones": 0,
        "created_at": micros(at),
    }
    made = connection.execute(insert(bases).values(**values)).inserted_primary_key
    assert made is not None
    return BaseId(made[0])


def find_base(connection: Connection, account: AccountId, name: str) -> Base:
    """The base of that name. Raises SettingRefused when the account has none."""
    [[found]] = find(connection, [(account, [name])])
    if found is None:
        raise SettingRefused(f"there is no base {name!r}; `gonets base list` shows all")
    return found


def protect(connection: Connection, base: BaseId, protected: bool) -> None:
    """Close a base to clients but for campaigns, or open it again."""
    connection.execute(update(bases).where(bases.c.id == base).values(protected=protected))


def read_all(connection: Connection, base: BaseId) -> Iterator[list[int]]:
    """All its numbers, ascending, in pages."""
    after = -1
    while page := pages(connection, [(base, after, PAGE)])[0]:
        yield page
        after = page[-1]


def shrink(connection: Connection, base: BaseId, most: int) -> int:
    """Take out its first `most` numbers; an empty base goes. Returns how many were taken out, 0: it is gone."""
    [page] = pages(connection, [(base, -1, most)])
    if page:
        remove(connection, [(base, page)])
    else:
        connection.execute(delete(bases).where(bases.c.id == base))
    return len(page)
