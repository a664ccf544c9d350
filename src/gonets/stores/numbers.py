"""Numbers of ours, whose they are, and what becomes of a whole message that came to one."""

from collections.abc import Sequence

import msgspec
from sqlalchemy import Connection, and_, bindparam, delete, func, insert, or_, select, text, update
from sqlalchemy.exc import IntegrityError

from gonets.model.message import AccountId
from gonets.rules.hearing import IN, OUT, consent_key, number_key, owner
from gonets.stores import stops
from gonets.stores.schema import UNROUTED, consent_words, mailbox, messages, numbers, said
from gonets.stores.settings import SettingRefused, touch
from gonets.stores.statements import Statement, gathered, given, packed

_LONGEST_PHONE = 15


class Whole(msgspec.Struct, frozen=True, gc=False):
    """A message from a phone with all its parts that came."""

    id: int
    """Of the part that came first."""
    connector: str
    sender: str
    recipient: str
    text: str
    """Hexadecimal octets where it is binary."""
    binary: bool
    parts: int
    missing: int
    """Parts that never came."""
    at: int
    """When its last part was heard, Unix microseconds."""


# ---- settings


def list_numbers(connection: Connection) -> list[tuple[str, str, AccountId]]:
    """(number, keyword, account) of all, by number and keyword."""
    order = (numbers.c.number, numbers.c.keyword)
    rows = connection.execute(select(numbers).order_by(*order))
    return [(row.number, row.keyword, AccountId(row.account_id)) for row in rows]


def add_number(connection: Connection, number: str, keyword: str, account: AccountId) -> None:
    """Let an account have a number, or what comes to it under a keyword. Raises SettingRefused where it is taken."""
    try:
        with connection.begin_nested():
            connection.execute(insert(numbers).values(number=number, keyword=keyword, account_id=account))
    except IntegrityError:
        under = f" with the keyword {keyword}" if keyword else ""
        raise SettingRefused(f"the number {number}{under} has an account already; remove it first") from None
    touch(connection)


def remove_number(connection: Connection, number: str, keyword: str) -> None:
    """Take it away. Raises SettingRefused where it is not there."""
    where = and_(numbers.c.number == number, numbers.c.keyword == keyword)
    if not connection.execute(delete(numbers).where(where)).rowcount:
        under = f" with the keyword {keyword}" if keyword else ""
        raise SettingRefused(f"there is no number {number}{under}: gonets number list")
    touch(connection)


def list_consent(connection: Connection) -> list[tuple[str, str]]:
    """(kind, word) of the words by which phones ask for no more messages (`out`), and for them again (`in`)."""
    order = (consent_words.c.kind.desc(), consent_words.c.word)
    return [(row.kind, row.word) for row in connection.execute(select(consent_words).order_by(*order))]


def add_consent(connection: Connection, kind: str, words: Sequence[str]) -> int:
    """Add folded words; returns how many are new. Raises SettingRefused where one is of the other kind."""
    known = {word: of for of, word in list_consent(connection)}
    for word in words:
        if known.get(word, kind) != kind:
            other = "start" if kind == OUT else "stop"
            raise SettingRefused(f"{word} is a {other} word already; remove it first")
    fresh = [{"kind": kind, "word": word} for word in dict.fromkeys(words) if word not in known]
    if fresh:
        connection.execute(insert(consent_words), fresh)
        touch(connection)
    return len(fresh)


def remove_consent(connection: Connection, words: Sequence[str]) -> int:
    """Take folded words away, of whichever kind; returns how many there were."""
    removed = int(connection.execute(delete(consent_words).where(consent_words.c.word.in_(words))).rowcount)
    if removed:
        touch(connection)
    return removed


# ---- what comes in

_asked = given("asked", "number")
_owners = Statement(
    select(gathered(numbers.c.number, numbers.c.keyword, numbers.c.account_id)).where(
        numbers.c.number.in_(select(_asked.c.number))
    )
)
_decode_owners = msgspec.json.Decoder(list[tuple[str, str, AccountId]]).decode
_consent = Statement(select(gathered(consent_words.c.word, consent_words.c.kind)))
_decode_consent = msgspec.json.Decoder(list[tuple[str, str]]).decode

_those = given("those", "id")
_last_sender = Statement(
    select(messages.c.account_id)
    .where(
        messages.c.recipient == bindparam("phone"),
        or_(
            func.lower(messages.c.sender) == bindparam("number"),
            messages.c.sender == bindparam("plus"),
        ),
        messages.c.account_id.in_(select(_those.c.id)),
    )
    .order_by(messages.c.accepted_at.desc())
    .limit(1)
)

_columns = tuple(column.name for column in said.columns)
_new = given("new", *_columns)
_say = Statement(insert(said).from_select(list(_columns), select(*(_new.c[name] for name in _columns))))
_given = given("given", "id", "account_id")
_give = Statement(
    update(said)
    .where(said.c.id == _given.c.id, text(f"said.{UNROUTED}"))
    .values(account_id=_given.c.account_id)
)
_mail = given("mail", "account_id", "said_id", "at", "created_at")
_post = Statement(
    insert(mailbox).from_select(
        ["account_id", "message_id", "state", "error", "at", "created_at", "said_id"],
        select(
            _mail.c.account_id,
            bindparam("no_message", 0),
            bindparam("no_state", 0),
            bindparam("no_error", 0),
            _mail.c.at,
            _mail.c.created_at,
            _mail.c.said_id,
        ),
    )
)


def hand_over(
    connection: Connection, wholes: Sequence[Whole], now: int | None, account: AccountId | None = None
) -> None:
    """Find out whose these are, put them into mailboxes, and do what STOP words in them ask.

    `now`: when, Unix microseconds; None: each when it was heard. `account`: whose they are, where a person says so
    of messages that are kept already and were nobody's.
    """
    if not wholes:
        return
    owners: dict[str, dict[str, AccountId]] = {}
    if account is None:
        keys = {number_key(whole.recipient) for whole in wholes}
        for number, keyword, whose in _decode_owners(
            _owners.rows(connection, asked=packed([(key,) for key in keys]))
        ):
            owners.setdefault(number, {})[keyword] = whose
    consent = dict(_decode_consent(_consent.rows(connection)))
    rows = []
    mail = []
    for whole in wholes:
        kind = None if whole.binary or whole.missing else consent.get(consent_key(whole.text))
        found = ("", account) if account is not None else _whose(connection, whole, owners, kind)
        keyword, owned_by = found or ("", None)
        rows.append((*msgspec.structs.astuple(whole), owned_by, keyword))
        if owned_by is not None:
            mail.append((owned_by, whole.id, whole.at, whole.at if now is None else now))
            if kind is not None:
                _heed(connection, owned_by, whole.sender, kind)
    if account is None:
        _say.run(connection, new=packed(rows))
    else:
        _give.run(connection, given=packed([(whole.id, account) for whole in wholes]))
    if mail:
        _post.run(connection, mail=packed(mail))


def _whose(
    connection: Connection, whole: Whole, owners: dict[str, dict[str, AccountId]], kind: str | None
) -> tuple[str, AccountId] | None:
    """By which keyword it is whose. A bare STOP to a number of several is for the one that sent to that phone last."""
    number = number_key(whole.recipient)
    keywords = owners.get(number, {})
    found = owner("" if whole.binary else whole.text, keywords)
    if kind is None or (found is not None and found[0]):
        return found
    those = set(keywords.values())
    if len(those) > 1:
        last = _last_sender.run(
            connection,
            phone=number_key(whole.sender),
            number=number,
            plus=f"+{number}",
            those=packed([(each,) for each in sorted(those)]),
        ).fetchone()
        if last is not None:
            return "", AccountId(last[0])
    elif those:
        return "", those.pop()
    return found


def _heed(connection: Connection, account: AccountId, sender: str, kind: str) -> None:
    """Put a phone on an account's stop list, or take it off; a sender that is no phone number is on none."""
    digits = number_key(sender)
    if not (digits.isascii() and digits.isdigit() and len(digits) <= _LONGEST_PHONE):
        return
    if kind == OUT:
        stops.add(connection, account, [int(digits)])
    elif kind == IN:
        stops.remove(connection, account, [int(digits)])
