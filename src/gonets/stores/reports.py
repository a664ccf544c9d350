"""What came of a campaign: counted in the store, so that a million messages take no memory here."""

from collections.abc import Iterator

import msgspec
from sqlalchemy import ColumnElement, Connection, and_, bindparam, case, func, select

from gonets.model.message import CampaignId, State, Status
from gonets.model.money import Millionths
from gonets.model.reasons import Reason
from gonets.rules.lifecycle import ADVANCE, FAILURES
from gonets.stores.schema import campaign_refusals, messages, parts
from gonets.stores.statements import Statement, gathered

PAGE = 20_000
"""Refusals read at a time."""


class Report(msgspec.Struct, frozen=True):
    """What came of a campaign so far."""

    refused: dict[Reason, int]
    """Numbers that got no message."""
    statuses: dict[Status, int]
    """Messages, by where they stand."""
    parts: int
    charged: Millionths
    refunded: Millionths

    @property
    def cost(self) -> Millionths:
        """Charged less refunded."""
        return Millionths(self.charged - self.refunded)


def _failure() -> ColumnElement[int]:
    """Of the parts that failed, the first: by its moment, then its number, with its state in the last eighth."""
    failed = parts.c.state.between(min(FAILURES).value, max(FAILURES).value)
    order = (parts.c.status_at * 256 + parts.c.number) * 8 + (parts.c.state - State.DELIVERED.value)
    return func.min(case((failed, order)))


def _advance() -> ColumnElement[int]:
    """How far the part has come that has come the least far, of those that have not failed."""
    return func.min(case(ADVANCE, value=parts.c.state))


assert set(range(min(FAILURES), max(FAILURES) + 1)) == FAILURES
_FAILED_FROM = 100
"""How a failure is told from how far a part has come: its state's place after `delivered`, on top of this."""
_STATE_OF_CODE = {code: State(state) for state, code in ADVANCE.items()} | {
    _FAILED_FROM + state - State.DELIVERED: state for state in FAILURES
}

_messages = (
    select(
        (messages.c.parts * messages.c.price).label("charged"),
        messages.c.parts.label("parts"),
        func.sum(case((parts.c.refunded, messages.c.price), else_=0)).label("refunded"),
        func.coalesce(_failure() % 8 + _FAILED_FROM, _advance()).label("code"),
    )
    .select_from(
        messages.join(parts, and_(parts.c.id >= messages.c.id, parts.c.id < messages.c.id + messages.c.parts))
    )
    .where(messages.c.campaign_id == bindparam("campaign"))
    .group_by(messages.c.id)
    .subquery("each")
)
_counted = (
    select(
        _messages.c.code,
        func.count().label("messages"),
        func.sum(_messages.c.parts).label("parts"),
        func.sum(_messages.c.charged).label("charged"),
        func.sum(_messages.c.refunded).label("refunded"),
    )
    .group_by(_messages.c.code)
    .subquery("counted")
)
_count = Statement(select(gathered(*_counted.c)))
_decode_counts = msgspec.json.Decoder(list[tuple[int, int, int, int, int]]).decode

_why = (
    select(campaign_refusals.c.reason, func.count().label("numbers"))
    .where(campaign_refusals.c.campaign_id == bindparam("campaign"))
    .group_by(campaign_refusals.c.reason)
    .subquery("why")
)
_count_refusals = Statement(select(gathered(*_why.c)))
_decode_why = msgspec.json.Decoder(list[tuple[Reason, int]]).decode

_refusals_page = (
    select(campaign_refusals.c.phone, campaign_refusals.c.reason)
    .where(
        campaign_refusals.c.campaign_id == bindparam("campaign"),
        campaign_refusals.c.phone > bindparam("after"),
    )
    .order_by(campaign_refusals.c.phone)
    .limit(bindparam("most"))
    .subquery("page")
)
_read_refusals = Statement(select(gathered(*_refusals_page.c)))
_decode_refusals = msgspec.json.Decoder(list[tuple[int, Reason]]).decode


def report(connection: Connection, campaign: CampaignId) -> Report:
    """What came of it so far; a message stands where `rules.lifecycle.stand` says that its parts bring it."""
    statuses: dict[Status, int] = {}
    parts_ = charged = refunded = 0
    for code, count, some_parts, some_charged, some_refunded in _decode_counts(
        _count.rows(connection, campaign=campaign)
    ):
        status = _STATE_OF_CODE[code].status
        statuses[status] = statuses.get(status, 0) + count
        parts_ += some_parts
        charged += some_charged
        refunded += some_refunded
    return Report(
        refused=dict(sorted(_decode_why(_count_refusals.rows(connection, campaign=campaign)))),
        statuses={status: statuses[status] for status in Status if status in statuses},
        parts=parts_,
        charged=Millionths(charged),
        refunded=Millionths(refunded),
    )


def refusals(connection: Connection, campaign: CampaignId) -> Iterator[list[tuple[int, Reason]]]:
    """(number, reason) of all that got no message, by number, in pages."""
    after = -1
    while page := _decode_refusals(
        _read_refusals.rows(connection, campaign=campaign, after=after, most=PAGE)
    ):
        yield page
        after = page[-1][0]
