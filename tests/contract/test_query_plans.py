"""What the stages ask again and again is answered from an index: the history may grow without slowing them."""

import re
from collections.abc import Callable

import msgspec
import pytest
from sqlalchemy import Connection

from gonets.model.campaigns import CampaignState
from gonets.model.costs import By, Cost, Costs
from gonets.model.message import BaseId, CampaignId, Channel, MessageId, PartId, RouteId, State
from gonets.model.money import Millionths
from gonets.model.reasons import Reason
from gonets.model.results import Inbound, Receipt, Rejected, Sent, Settled
from gonets.ports.stores import Away, Expansion, Placement, Wanted
from gonets.stores import (
    answers,
    away,
    bases,
    campaigns,
    cancelling,
    coming,
    going,
    inbound,
    mail,
    margins,
    numbers,
    receipts,
    rehearsing,
    reports,
)
from gonets.stores.claiming import Claimer
from gonets.stores.moves import Move, standings
from gonets.stores.store import transaction
from tests.clocks import START
from tests.contract.house import BANK, RETRY, RUSSIA, SHOP, House, told

SETTLER = answers.Settler(RETRY, lambda: 0.5)

SENT = [Settled(PartId(1001), Sent("a")), Settled(PartId(1002), Rejected(1))]
RECEIPTS = [
    Receipt("r1003", State.DELIVERED, 0, START),
    Receipt("unknown", State.DELIVERED, 0, START, "79031234567", ("other",)),
]
INBOUND = [
    Inbound("79031234567", "4242", "Stop", START),
    *(Inbound("79031234567", "4242", "Hello", START, False, 7, 2, number) for number in (1, 2)),
]
CAMPAIGN = CampaignId(1)
EXPANSION = Expansion(CAMPAIGN, 0, 1, [], [(1, Reason.FLOOD)], ends=False)
COSTS: Costs = {"sms": {"": Cost("alpha", Channel.SMS, "", Millionths(1))}}
PLACEMENTS = [Placement(PartId(1004), RUSSIA), Placement(PartId(1005), None)]


def doubted(connection: Connection) -> None:
    """Let a part become uncertain of which nothing is known but its recipient."""
    moves = [Move(each, State.UNCERTAIN) for each in standings(connection, [PartId(1001)]).values()]
    assert moves
    receipts.recognise(connection, moves, 10**18)


ASKED: dict[str, tuple[Callable[[Connection], object], set[str]]] = {
    "claim": (
        lambda c: Claimer().claim(c, [("alpha", [RUSSIA, RouteId(2)], 100, 10**18, True, None, None)]),
        {"parts_queued"},
    ),
    "away": (lambda c: away.away(c, [("alpha", Away(PartId(1001), "r", "7", 5), 100)]), {"parts_away"}),
    "picture": (lambda c: coming.picture(c, ["ab"]), {"sqlite_autoindex_media_1"}),
    "between": (lambda c: cancelling.between(c, [(BANK, "Bank", "79031234567")]), {"messages_recipient"}),
    "depths": (lambda c: going.depths(c, [None]), {"parts_queued"}),
    "due": (lambda c: going.due(c, [(10**18, 100, True)]), {"parts_due"}),
    "place": (lambda c: going.place(c, [(PLACEMENTS, 10**18)]), set()),
    "settle with costs": (lambda c: SETTLER.settle(c, [("alpha", SENT, 10**18, COSTS)]), set()),
    "margins": (lambda c: margins.sums(c, By.ROUTE, START, *margins.period(c, START)), set()),
    "went": (lambda c: rehearsing.went(c, START, *margins.period(c, START)), set()),
    "settle": (lambda c: SETTLER.settle(c, [("alpha", SENT, 10**18, None)]), set()),
    "apply": (
        lambda c: receipts.apply(c, [("alpha", RECEIPTS, 10**18)]),
        {"parts_remote", "messages_recipient"},
    ),
    "recognise": (doubted, {"parked_recipient"}),
    "keep": (
        lambda c: inbound.keep(c, [("alpha", INBOUND)]),
        {"inbound_parts", "messages_recipient", "sqlite_autoindex_numbers_1"},
    ),
    "give up": (
        lambda c: inbound.give_up(c, [(10**18, 100, 10**18)]),
        {"inbound_waiting"},
    ),
    "recover": (lambda c: SETTLER.recover(c, [(["alpha"], 10**18)]), {"parts_away"}),
    "overdue": (lambda c: away.overdue(c, [(10**18, {"beta": 10**18}, 100)]), {"parts_away", "parts_remote"}),
    "sweep": (lambda c: away.sweep(c, [([PartId(1001)], 10**18)]), set()),
    "find": (lambda c: coming.find(c, [(BANK, [MessageId(1001), MessageId(1003)])]), set()),
    "notices": (lambda c: mail.notices(c, [(BANK, 0, 100)]), {"mailbox_account", "mailbox_said"}),
    "addressees": (lambda c: mail.addressees(c, [[BANK]]), {"mailbox_account"}),
    "busy": (lambda c: campaigns.busy(c, [10**18]), {"campaigns_busy"}),
    "is_ahead": (lambda c: campaigns.is_ahead(c, [(CAMPAIGN, 100)]), {"messages_campaign"}),
    "numbers": (lambda c: campaigns.numbers(c, [([BaseId(1), BaseId(2)], 0, 100)]), set()),
    "expand": (lambda c: campaigns.expand(c, [(EXPANSION, 10**18)]), set()),
    "hold": (lambda c: swept(c, CampaignState.PAUSED), {"messages_campaign"}),
    "cancel a campaign": (lambda c: swept(c, CampaignState.CANCELLED), {"messages_campaign"}),
    "report": (lambda c: reports.report(c, CAMPAIGN), {"messages_campaign"}),
    "refusals": (lambda c: list(reports.refusals(c, CAMPAIGN)), set()),
    "bases": (lambda c: bases.listed(c, [BANK]), {"sqlite_autoindex_bases_1"}),
    "find base": (lambda c: bases.find(c, [(BANK, ["Demo"])]), {"sqlite_autoindex_bases_1"}),
    "add phones": (lambda c: bases.add(c, [(BaseId(1), [5, 6, 7])]), set()),
    "has phone": (lambda c: bases.holds(c, [(BaseId(1), 5)]), set()),
    "remove phones": (lambda c: bases.remove(c, [(BaseId(1), [5, 6])]), set()),
    "dismiss": (lambda c: mail.dismiss(c, [[1, 2]]), set()),
}

HOT = re.compile(
    r"SCAN (?:messages|parts|mailbox|ledger|parked|bases|base_phones|campaigns|campaign_refusals|inbound|said|numbers)"
    r"(?! USING (?:COVERING )?INDEX (?:parts_|campaigns_busy))"
)


@pytest.mark.parametrize("what", ASKED)
def test_nothing_that_is_asked_again_and_again_reads_a_whole_table(house: House, what: str) -> None:
    @told
    async def story() -> None:
        for _ in range(3):
            await house.send(await house.draft(payer=BANK))
        await house.take(*[await house.draft(payer=BANK, start_at=START) for _ in range(2)])
        await house.take(await house.draft(payer=BANK, parts=2))
        await house.store.campaigns.start(Wanted(BANK, "", "", "", "", (BaseId(1), BaseId(2)), START), START)
        with transaction(house.engine) as connection:
            bases.create(connection, BANK, "Demo", START)
            numbers.add_number(connection, "4242", "", BANK)
            numbers.add_number(connection, "4242", "win", SHOP)
        await house.take(msgspec.structs.replace(await house.draft(payer=BANK), campaign=CAMPAIGN))

    story()
    ask, indexes = ASKED[what]
    plans = plans_of(house, ask)
    assert plans
    assert not [step for step in plans if HOT.match(step)]
    assert indexes <= {word for step in plans for word in re.findall(r"INDEX (\w+)", step)}


def swept(connection: Connection, state: CampaignState) -> None:
    """Change the state of the campaign, and let a message of its follow."""
    campaigns.turn(connection, CAMPAIGN, state, START)
    assert campaigns.sweep(connection, [(CAMPAIGN, 100, 10**18)]) == [1]


def plans_of(house: House, ask: Callable[[Connection], object]) -> list[str]:
    """The steps of the plan of every statement that is run while asking."""
    ran: list[str] = []
    with transaction(house.engine) as connection:
        driver = connection.connection.driver_connection
        assert driver is not None
        driver.set_trace_callback(ran.append)
        ask(connection)
        driver.set_trace_callback(None)
        return [
            str(row[3])
            for statement in ran
            if not statement.startswith("--")
            for row in driver.execute(f"EXPLAIN QUERY PLAN {statement}").fetchall()
        ]


def test_each_partial_index_holds_only_what_its_question_is_about(house: House) -> None:
    plan = house.rows(
        "SELECT name FROM sqlite_master WHERE type = 'index' AND sql LIKE '%WHERE%' ORDER BY name"
    )
    assert plan == [
        ("campaigns_busy",),
        ("inbound_parts",),
        ("inbound_waiting",),
        ("mailbox_said",),
        ("messages_campaign",),
        ("parked_recipient",),
        ("parts_away",),
        ("parts_due",),
        ("parts_queued",),
        ("parts_remote",),
        ("said_unrouted",),
    ]
