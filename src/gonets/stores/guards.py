"""What a transaction that accepts must look at besides money: client ids seen before, duplicates, floods.

Duplicates and floods are read from the history itself, so they hold over restarts and over every process on the store,
and cost nothing where an account does not ask for them.
"""

from collections.abc import Sequence

import msgspec
from sqlalchemy import Connection, and_, insert, select

from gonets.model.message import AccountId, Draft
from gonets.model.results import Refused
from gonets.rules.guarding import DUPLICATE, FLOOD, SEEN, is_duplicate, is_flood
from gonets.stores.books import Books, Purse
from gonets.stores.schema import messages, seen
from gonets.stores.statements import Statement, gathered, given, packed

_ids = given("ids", "account_id", "client_id")
_seen = Statement(
    select(gathered(seen.c.account_id, seen.c.client_id)).select_from(
        _ids.join(seen, and_(seen.c.account_id == _ids.c.account_id, seen.c.client_id == _ids.c.client_id))
    )
)
_decode_seen = msgspec.json.Decoder(list[tuple[AccountId, str]]).decode
_new = given("new", "account_id", "client_id", "message_id")
_remember = Statement(
    insert(seen).from_select(
        ["account_id", "client_id", "message_id"],
        select(_new.c.account_id, _new.c.client_id, _new.c.message_id),
    )
)

_asked = given("asked", "account_id", "recipient", "since")
_recent = Statement(
    select(
        gathered(
            messages.c.account_id,
            messages.c.recipient,
            messages.c.accepted_at,
            messages.c.channel,
            messages.c.sender,
            messages.c.text,
        )
    ).select_from(
        _asked.join(
            messages,
            and_(
                messages.c.recipient == _asked.c.recipient,
                messages.c.accepted_at >= _asked.c.since,
                messages.c.account_id == _asked.c.account_id,
            ),
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


_decode_recent = msgspec.json.Decoder(list[Recent]).decode


class Guards:
    """What guards say of drafts, one by one, within one transaction; those that pass are part of it at once."""

    def __init__(self, connection: Connection, drafts: Sequence[Draft], books: Books, now: int) -> None:
        """Look up in two statements what is known of all of them; `now` is Unix microseconds."""
        self._connection = connection
        self._books = books
        self._seen: set[tuple[AccountId, str]] = set()
        self._new: list[tuple[int, str, int]] = []
        self._recent: dict[tuple[AccountId, str], list[Recent]] = {}
        once = {
            (draft.account, draft.client_id) for draft in drafts if draft.once and draft.client_id is not None
        }
        if once:
            self._seen.update(_decode_seen(_seen.rows(connection, ids=packed(list(once)))))
        asked: dict[tuple[AccountId, str], int] = {}
        for draft in drafts:
            purse = books.purse(draft.account)
            horizon = 0 if purse is None else _horizon(purse)
            if horizon:
                asked[draft.account, draft.recipient] = now - horizon
        if asked:
            rows = packed([(account, recipient, since) for (account, recipient), since in asked.items()])
            for each in _decode_recent(_recent.rows(connection, asked=rows)):
                self._recent.setdefault((each.account, each.recipient), []).append(each)
            for earlier in self._recent.values():
                earlier.sort(key=lambda each: each.at)

    def verdict(self, draft: Draft, at: int) -> Refused | None:
        """Why this draft may not be accepted now; None: the guards let it pass."""
        if draft.once and draft.client_id is not None and (draft.account, draft.client_id) in self._seen:
            return SEEN
        purse = self._books.purse(draft.account)
        earlier = self._recent.get((draft.account, draft.recipient))
        if purse is None or not earlier:
            return None
        window = purse.duplicate_s * 1_000_000
        if is_duplicate(earlier, draft.channel, draft.sender, draft.text, at, window):
            return DUPLICATE
        if purse.flood_most and is_flood(
            [each.at for each in reversed(earlier)], at, purse.flood_most, purse.flood_gap_s * 1_000_000
        ):
            return FLOOD
        return None

    def passed(self, draft: Draft, at: int) -> None:
        """This one is accepted: those after it are measured by it too."""
        if draft.once and draft.client_id is not None:
            self._seen.add((draft.account, draft.client_id))
            self._new.append((draft.account, draft.client_id, draft.id))
        purse = self._books.purse(draft.account)
        if purse is not None and _horizon(purse):
            recent = Recent(draft.account, draft.recipient, at, draft.channel, draft.sender, draft.text)
            self._recent.setdefault((draft.account, draft.recipient), []).append(recent)

    def write(self) -> None:
        """Remember the client ids that are used up now."""
        if self._new:
            _remember.run(self._connection, new=packed(self._new))


def _horizon(purse: Purse) -> int:
    """Microseconds of history that this account's guards look at; 0: none."""
    return 1_000_000 * max(purse.duplicate_s, purse.flood_most * purse.flood_gap_s)
