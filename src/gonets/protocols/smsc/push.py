"""SMSC.ru's HTTP handler: a form POST for each status, the names of whose fields a client may choose.

`id=1001&phone=79031234567&status=1&time=02.03.2026+12:30:00&ts=1772443800&err=0&cost=0.05&type=0&sender=Shop`, and for
a look-up what it found besides. HTTP 200 takes it. It says nothing of messages from phones.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from urllib.parse import urlencode

from gonets.model.account import Account
from gonets.model.message import Channel, Status
from gonets.model.money import format_amount
from gonets.model.results import Lookup
from gonets.model.times import moment
from gonets.ports.stores import Mail, Notice
from gonets.protocols.smsc.receipts import type_of
from gonets.protocols.smsc.tables import error_of
from gonets.wire.http import Reply, Request

STATUS_NUMBERS: Final[dict[Status, int]] = {
    Status.SCHEDULED: -1,
    Status.QUEUED: -1,
    Status.SENT: 0,
    Status.UNCERTAIN: 0,
    Status.ACCEPTED: 0,
    Status.DELIVERED: 1,
    Status.UNDELIVERED: 20,
    Status.EXPIRED: 3,
    Status.REJECTED: 20,
    Status.FAILED: 20,
    Status.CANCELLED: -2,
    Status.NO_REPORT: 0,
}
"""SMSC.ru's status; total: a test fails until every `Status` has its line."""

_CLOSER_NUMBERS: Final[dict[int, int]] = {
    1: 22,
    6: 25,
    11: 25,
    13: 25,
    249: 22,
    250: 23,
    252: 23,
    253: 23,
}
"""By the network's error code: what SMSC.ru says in place of its 20. Wrong number 22, forbidden 23, unavailable 25. Its
24, no funds, is of messages that are not accepted here."""

FIELDS: Final = ("id", "phone", "status", "time", "ts", "err", "cost", "type", "sender")
FOUND: Final = Lookup.__struct_fields__
"""Of a look-up besides."""


class HandlerPush:
    """The pushing half; `ports.edges.Pushing`."""

    most: int = 1
    at_once: int = 8

    def carries(self, mail: Mail) -> bool:
        """Statuses; it has no words for what a phone says."""
        return isinstance(mail, Notice)

    def ask(self, account: Account, mail: Sequence[Mail], at: datetime) -> Request:
        """A form for the notice; of `mail` there is one."""
        [notice] = (each for each in mail if isinstance(each, Notice))
        names = dict(each.split("=", 1) for each in account.push_fields)
        fields = {names.get(name, name): value for name, value in _said(notice, account).items()}
        return Request(
            "POST",
            account.push_url,
            content_type="application/x-www-form-urlencoded; charset=utf-8",
            body=urlencode(fields, safe=":").encode(),
        )

    def hear(self, reply: Reply) -> bool:
        """HTTP 200 takes it, whatever its body says."""
        return reply.status == 200


def status_number(status: Status, error: int) -> int:
    """What SMSC.ru's handler is told of a status."""
    number = STATUS_NUMBERS[status]
    return _CLOSER_NUMBERS.get(error, number) if number == 20 else number


def _said(notice: Notice, account: Account) -> dict[str, str]:
    status = notice.state.status
    formed = moment(notice.at)
    fields = {
        "id": str(notice.message),
        "phone": notice.recipient,
        "status": str(status_number(status, notice.error)),
        "time": f"{formed.astimezone(account.zone):%d.%m.%Y %H:%M:%S}",
        "ts": str(notice.at // 1_000_000),
        "err": str(error_of(status, notice.error)),
        "cost": format_amount(notice.price),
        "type": str(type_of(notice)),
        "sender": notice.sender,
    }
    if notice.channel is Channel.HLR:
        found = notice.lookup or Lookup()
        fields |= {name: getattr(found, name) for name in FOUND}
    return fields
