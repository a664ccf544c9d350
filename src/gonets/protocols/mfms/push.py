"""MFMS HPG the other way: final statuses handed over to a client, the one case in which the platform calls
(MFMS PROTOCOL HPG, section 2).

The document names no parameters for it; ours are those of a status row, indexed from 0:
`GET <url>?providerId[0]=1001&status[0]=delivered&dateTime[0]=2012.03.15%2019:53:14&reason[0]=`.
"""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Final
from urllib.parse import quote
from zoneinfo import ZoneInfo

from gonets.model.account import Account
from gonets.ports.stores import Mail, Notice
from gonets.protocols.mfms.tables import STATUS_WORDS, reason_word, written_date
from gonets.wire.http import Reply, Request

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


class HpgPush:
    """The pushing half; `ports.edges.Pushing`."""

    most: int = 100
    at_once: int = 8

    def carries(self, mail: Mail) -> bool:
        """Statuses; it has no words for what a phone says."""
        return isinstance(mail, Notice)

    def ask(self, account: Account, mail: Sequence[Mail], at: datetime) -> Request:
        """A GET of the account's URL with four parameters per notice, for all of them.

        The caller keeps them to `account.push_batch`. A query that the URL has of its own stays in front; a
        fragment is dropped, for it never leaves a client.
        """
        url = account.push_url.partition("#")[0]
        if "?" not in url:
            url += "?"
        elif not url.endswith(("?", "&")):
            url += "&"
        dates: dict[int, str] = {}
        notices = [each for each in mail if isinstance(each, Notice)]
        fields = [_parameters(index, notice, account.zone, dates) for index, notice in enumerate(notices)]
        return Request("GET", url + "&".join(fields))

    def hear(self, reply: Reply) -> bool:
        """HTTP 200 takes all of them, whatever its body says; anything else takes none."""
        return reply.status == 200


def _parameters(index: int, notice: Notice, zone: ZoneInfo, dates: dict[int, str]) -> str:
    """`dates` holds the seconds that were written before."""
    status = notice.state.status
    second = notice.at // 1_000_000
    date = dates.get(second)
    if date is None:
        formed = (_EPOCH + timedelta(seconds=second)).astimezone(zone)
        date = dates[second] = quote(written_date(formed, dashed=False), safe=":")
    reason = reason_word(status, notice.error)
    key = f"%5B{index}%5D"
    return (
        f"providerId{key}={notice.message}&status{key}={STATUS_WORDS[status].decode()}"
        f"&dateTime{key}={date}&reason{key}={reason}"
    )
