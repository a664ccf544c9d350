"""All the settings as one immutable snapshot, for the processes that decide by them."""

from collections.abc import Sequence

from sqlalchemy import Connection, select

from gonets.model.account import SenderState, Tariff
from gonets.model.message import AccountId
from gonets.model.tables import EMPTY, Tables
from gonets.rules.costs import by_connector
from gonets.rules.hosts import parse_networks
from gonets.rules.routing import in_order
from gonets.stores import settings, stops
from gonets.stores.costs import list_costs
from gonets.stores.schema import senders


def read_revision(connection: Connection, asked: Sequence[None]) -> list[int]:
    """The revision, once for all who ask; for the committer."""
    return [settings.revision(connection)] * len(asked)


def tables(connection: Connection, now: int, before: Tables = EMPTY) -> Tables:
    """All the settings as one snapshot, as of `now` (Unix microseconds).

    Stop lists and stop words, which may be long, are taken over from the snapshot `before` where they have not
    changed.
    """
    known = {account.id: account for account in settings.list_accounts(connection)}
    prices = settings.list_tariffs(connection)
    stop_revision = stops.revision(connection)
    connectors = {setup.name: setup for setup in settings.list_connectors(connection)}
    stops_kept = before.stop_revision == stop_revision
    return Tables(
        revision=settings.revision(connection),
        accounts=known,
        credentials={(c.protocol, c.login, c.kind): c for c in settings.list_credentials(connection)},
        profiles={(p.client, p.name): p for p in settings.list_profiles(connection)},
        senders={
            (AccountId(row.account_id), row.name_key): SenderState(row.state)
            for row in connection.execute(select(senders))
        },
        tariffs=_in_force(prices, now),
        routes=in_order(settings.list_routes(connection), connectors),
        connectors=connectors,
        stop_lists=before.stop_lists if stops_kept else stops.load(connection),
        stop_revision=stop_revision,
        stop_words=before.stop_words if stops_kept else stops.matchers(connection),
        networks={
            account.id: parse_networks(account.networks) for account in known.values() if account.networks
        },
        costs=by_connector(list_costs(connection)),
        stale_at=min((price.valid_from for price in prices if price.valid_from > now), default=None),
    )


def _in_force(found: list[Tariff], now: int) -> dict[tuple[str, str], dict[str, Tariff]]:
    grouped: dict[tuple[str, str], dict[str, Tariff]] = {}
    for tariff in found:
        if tariff.valid_from > now:
            continue
        grouped.setdefault((tariff.group, tariff.channel.value), {})[tariff.prefix] = tariff
    return grouped
