"""What a transaction that accepts must look at besides money: client ids seen before, duplicates, floods.

Duplicates and floods are read from the history itself, so they hold over restarts and over every process on the store,
and cost nothing where an account does not ask for them.
"""

from collections.abc import Sequence

import msgspec
from sqlalchemy import Connection, and_, bindparam, case, func, insert, or_, select

from gonets.model.message import AccountId, Draft
from gonets.model.results import Refused
from gonets.rules.guarding import DUPLICATE, FLOOD, SEEN, is_duplicate, is_flood
from gonets.stores.books import PURSES, Books, Purse
from gonets.stores.schema import accounts, messages, seen
from gonets.stores.statements import Statement, gathered, given, packed

_once = given("once", "account_id", "client_id")
_SEEN = select(gathered(seen.c.account_id, seen.c.client_id)).select_from(
    _once.join(seen, and_(seen.c.account_id == _once.c.account_id, seen.c.client_id == _once.c.client_id))
)
_new = given("new", "account_id", "client_id", "message_id")
_remember = Statement(
    insert(seen).from_select(
        ["account_id", "client_id", "message_id"],
        select(_new.c.account_id, _new.c.client_id, _new.c.message_id),
    )
)

_asked = given("asked", "account_id", "recipient")
_texts = given("texts", "text")
_flood_s = accounts.c.flood_most * accounts.c.flood_gap_s
_horizon_s = case((_flood_s > accounts.c.duplicate_s, _flood_s), else_=accounts.c.duplicate_s)
_RECENT = select(
    gathered(
        messages.c.account_id,
        messages.c.recipient,
        messages.c.accepted_at,
        messages.c.channel,
        messages.c.sender,
        messages.c.text,
        func.coalesce(messages.c.subject, ""),
        func.coalesce(messages.c.picture, ""),
        func.coalesce(messages.c.header, ""),
    )
).select_from(
    _asked.join(accounts, and_(accounts.c.id == _asked.c.account_id, _horizon_s > 0)).join(
        messages,
        and_(
            messages.c.recipient == _asked.c.recipient,
            messages.c.accepted_at >= bindparam("now") - _horizon_s * 1_000_000,
            messages.c.account_id == _asked.c.account_id,
            or_(accounts.c.flood_most > 0, messages.c.text.in_(select(_texts.c.text))),
        ),
    )
)
"""Those of accounts that are guarded, as far back as their guards look. A duplicate has the text of a draft; only a
flood is of whatever text, and then there are few: it is guarded against. So one recipient who gets very many messages
costs a look at each, and no more."""

_look = Statement(
    select(
        func.json_array(
            func.json(PURSES.scalar_subquery()),
            func.json(_SEEN.scalar_subquery()),
            func.json(_RECENT.scalar_subquery()),
        )
    )
)


class Recent(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """A message to the same recipient, not long ago."""

    account: AccountId
    recipient: str
    at: int
    channel: str
    sender: str
    text: str
    subject: str
    picture: str
    """The hash of one, empty: it has none."""
    header: str
    """The user data header of one that its client made ready, in hexadecimal."""


_decode = msgspec.json.Decoder(tuple[list[Purse], list[tuple[AccountId, str]], list[Recent]]).decode


def look(connection: Connection, drafts: Sequence[Draft], now: int) -> "tuple[Books, Guards]":
    """The books and the guards that these drafts are measured by, read in one statement; `now` is Unix microseconds.

    One statement, for each of them gives the interpreter's lock away and waits to get it back.
    """
    purses, used, recent = _decode(
        _look.rows(
            connection,
            payers=packed([(account,) for account in {draft.account for draft in drafts}]),
            once=packed([(draft.account, draft.once) for draft in drafts if draft.once]),
            asked=packed(list({(draft.account, draft.recipient) for draft in drafts})),
            texts=packed([(text,) for text in {draft.text for draft in drafts}]),
            now=now,
        )
    )
    books = Books(connection, purses)
    return books, Guards(connection, purses, used, recent)


class Guards:
    """What guards say of drafts, one by one, within one transaction; those that pass are part of it at once."""

    def __init__(
        self,
        connection: Connection,
        purses: Sequence[Purse],
        used: Sequence[tuple[AccountId, str]],
        recent: Sequence[Recent],
    ) -> None:
        """`used`: of the drafts' keys those used before; `recent`: what was sent to their recipients lately."""
        self._connection = connection
        self._seen = set(used)
        self._new: list[tuple[int, str, int]] = []
        self._same: dict[tuple[AccountId, str, str], list[Recent]] = {}
        self._moments: dict[tuple[AccountId, str], list[int]] = {}
        self._guarded = {
            purse.account: purse
            for purse in purses
            if purse.duplicate_s or purse.flood_most * purse.flood_gap_s
        }
        for each in sorted(recent, key=lambda each: each.at):
            self._note(each)

    def _note(self, each: Recent) -> None:
        """By the text for duplicates, and in the order of time for floods."""
        self._same.setdefault((each.account, each.recipient, each.text), []).append(each)
        self._moments.setdefault((each.account, each.recipient), []).append(each.at)

    def verdict(self, draft: Draft, at: int) -> Refused | None:
        """Why this draft may not be accepted now; None: the guards let it pass."""
        if draft.once and (draft.account, draft.once) in self._seen:
            return SEEN
        purse = self._guarded.get(draft.account)
        if purse is None:
            return None
        moments = self._moments.get((draft.account, draft.recipient))
        if not moments:
            return None
        same = self._same.get((draft.account, draft.recipient, draft.text))
        if same and is_duplicate(
            same,
            draft.channel,
            draft.sender,
            draft.text,
            at,
            purse.duplicate_s * 1_000_000,
            subject=draft.subject,
            picture=_shown(draft),
            header=_header(draft),
        ):
            return DUPLICATE
        most = purse.flood_most
        if most and is_flood(moments[: -most - 1 : -1], at, most, purse.flood_gap_s * 1_000_000):
            return FLOOD
        return None

    def passed(self, draft: Draft, at: int) -> None:
        """This one is accepted: those after it are measured by it too."""
        if draft.once:
            self._seen.add((draft.account, draft.once))
            self._new.append((draft.account, draft.once, draft.id))
        if draft.account in self._guarded:
            self._note(
                Recent(
                    draft.account,
                    draft.recipient,
                    at,
                    draft.channel,
                    draft.sender,
                    draft.text,
                    draft.subject,
                    _shown(draft),
                    _header(draft),
                )
            )

    def write(self) -> None:
        """Remember the client ids that are used up now."""
        if self._new:
            _remember.run(self._connection, new=packed(self._new))


def _shown(draft: Draft) -> str:
    return "" if draft.picture is None else draft.picture.hash


def _header(draft: Draft) -> str:
    return "" if draft.user_data is None else draft.user_data.header.hex()
