"""What clients ask of phone bases, and campaigns as they start them."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gonets.flow import phonebook
from gonets.model.account import Account
from gonets.model.calls import (
    AddPhones,
    BaseCall,
    Call,
    HasPhone,
    ListBases,
    Login,
    ReadBase,
    RemovePhone,
    StartCampaign,
)
from gonets.model.campaigns import CampaignState
from gonets.model.reasons import Reason
from gonets.model.results import (
    BaseFault,
    BaseLine,
    BaseRefused,
    BasesListed,
    CampaignStarted,
    Outcome,
    PhoneHeld,
    PhoneRemoved,
    PhonesAdded,
    PhonesListed,
    Refused,
)
from gonets.ports.edges import CAMPAIGNS_LANE
from gonets.ports.stores import StoreUnavailable
from gonets.rules.addressing import normalise
from gonets.stores import bases, campaigns, settings, stops
from gonets.stores.store import transaction
from tests.clocks import START
from tests.contract.house import BANK, SHOP, House, told
from tests.flow.works import BANK_LOGIN, SHOP_LOGIN, Works

UNKNOWN = BaseRefused(BaseFault.UNKNOWN)
PROTECTED = BaseRefused(BaseFault.PROTECTED)


def furnish_bases(house: House) -> None:
    """Of the shop `Demo` with three numbers and a protected `Closed`, and of the bank `Theirs`."""
    with transaction(house.engine) as connection:
        demo = bases.create(connection, SHOP, "Demo", START)
        bases.add(connection, [(demo, [79030000001, 79030000002, 380670000003])])
        bases.create(connection, SHOP, "Closed", START, protected=True)
        bases.create(connection, BANK, "Theirs", START)


async def ask(works: Works, what: BaseCall, who: Login = SHOP_LOGIN) -> Outcome:
    return await works.intake.answer(Call(who, what))


async def read(works: Works, base: str) -> list[int]:
    """All its numbers."""
    outcome = await ask(works, ReadBase(base))
    assert isinstance(outcome, PhonesListed)
    return [number async for batch in outcome.batches for number in batch]


@told
async def test_an_account_sees_its_own_bases(house: House) -> None:
    furnish_bases(house)
    async with Works(house) as works:
        assert await ask(works, ListBases()) == BasesListed(
            (BaseLine(2, "Closed", 0), BaseLine(1, "Demo", 3))
        )
        assert await ask(works, ListBases(), BANK_LOGIN) == BasesListed((BaseLine(3, "Theirs", 0),))


@told
async def test_who_does_not_log_in_is_told_nothing(house: House) -> None:
    furnish_bases(house)
    async with Works(house) as works:
        outcome = await ask(works, ListBases(), msgspec.structs.replace(SHOP_LOGIN, password="guess"))
        assert isinstance(outcome, Refused)
        assert outcome.reason is Reason.BAD_CREDENTIALS


CALLS: list[BaseCall] = [
    ReadBase("?"),
    AddPhones("?", ("79030000009",)),
    HasPhone("?", "79030000009"),
    RemovePhone("?", "79030000009"),
]


@pytest.mark.parametrize("what", CALLS, ids=lambda what: type(what).__name__)
@pytest.mark.parametrize(
    ("base", "refused"),
    [
        ("demo", UNKNOWN),
        ("Theirs", UNKNOWN),
        ("", UNKNOWN),
        ("\0", UNKNOWN),
        ("\ud800", UNKNOWN),
        ("Closed", PROTECTED),
    ],
)
def test_a_base_that_is_not_the_accounts_or_is_protected_is_not_opened(
    house: House, what: BaseCall, base: str, refused: BaseRefused
) -> None:
    @told
    async def story() -> None:
        furnish_bases(house)
        async with Works(house) as works:
            assert await ask(works, msgspec.structs.replace(what, base=base)) == refused
        assert house.rows("SELECT sum(phones) FROM bases") == [(3,)]

    story()


@told
async def test_numbers_are_put_in_as_people_of_the_account_write_them(house: House) -> None:
    furnish_bases(house)
    async with Works(house) as works:
        phones = ("8 (903) 000-00-04", "+79030000001", "79030000004", "mum", " ", "380 67 000 00 03", "12")
        assert await ask(works, AddPhones("Demo", phones)) == PhonesAdded(4, ("mum", " ", "12"))
        assert await read(works, "Demo") == [79030000001, 79030000002, 79030000004, 380670000003]
        assert await ask(works, AddPhones("Demo", ())) == PhonesAdded(0, ())


@told
async def test_one_number_is_looked_for_and_taken_out(house: House) -> None:
    furnish_bases(house)
    async with Works(house) as works:
        assert await ask(works, HasPhone("Demo", "89030000001")) == PhoneHeld(True)
        assert await ask(works, RemovePhone("Demo", "8 903 000 00 01")) == PhoneRemoved()
        assert await ask(works, HasPhone("Demo", "79030000001")) == PhoneHeld(False)
        assert await ask(works, RemovePhone("Demo", "79030000001")) == BaseRefused(BaseFault.NOT_REMOVED)
        for wrong in (HasPhone("Demo", "mum"), RemovePhone("Demo", "")):
            outcome = await ask(works, wrong)
            assert isinstance(outcome, Refused)
            assert outcome.reason is Reason.BAD_RECIPIENT


@told
async def test_many_numbers_go_in_a_turn_at_a_time_while_others_are_answered(house: House) -> None:
    furnish_bases(house)
    phones = tuple(f"8903{number:07d}" for number in range(20_000))
    async with Works(house) as works:
        adding = asyncio.ensure_future(ask(works, AddPhones("Demo", phones)))
        answered = 0
        while not adding.done():
            await ask(works, ListBases())
            answered += 1
        assert await adding == PhonesAdded(20_000, ())
        assert answered >= 20_000 // phonebook._TURN
        assert len(await read(works, "Demo")) == 20_001  # two were there, and the Ukrainian one


@told
async def test_numbers_that_are_none_do_not_hold_others_up_either(house: House) -> None:
    furnish_bases(house)
    async with Works(house) as works:
        wrong = tuple(f"mum {number}" for number in range(20_000))
        turns = 0

        async def count() -> None:
            nonlocal turns
            while True:
                await asyncio.sleep(0)
                turns += 1

        counting = asyncio.ensure_future(count())
        assert await ask(works, AddPhones("Demo", wrong)) == PhonesAdded(0, wrong)
        counting.cancel()
        assert turns >= 20_000 // phonebook._TURN


@told
async def test_a_base_is_read_while_it_is_written_out(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(phonebook, "_PAGE", 2)
    furnish_bases(house)
    async with Works(house) as works:
        outcome = await ask(works, ReadBase("Demo"))
        assert isinstance(outcome, PhonesListed)
        first = await anext(outcome.batches)
        assert list(first) == [79030000001, 79030000002]
        await ask(works, AddPhones("Demo", ("79990000000", "79030000000")))
        rest: list[Sequence[int]] = [batch async for batch in outcome.batches]
        assert [list(batch) for batch in rest] == [[79990000000, 380670000003]]


@told
async def test_a_base_without_numbers_has_no_batches(house: House) -> None:
    furnish_bases(house)
    with transaction(house.engine) as connection:
        bases.protect(connection, bases.find_base(connection, SHOP, "Closed").id, False)
    async with Works(house) as works:
        assert await read(works, "Closed") == []


@pytest.mark.parametrize(
    "what",
    [ListBases(), *CALLS, StartCampaign("Shop", "Hi", ("Demo",))],
    ids=lambda what: type(what).__name__,
)
def test_while_the_store_is_down_every_call_is_told_so(house: House, what: BaseCall) -> None:
    @told
    async def story() -> None:
        furnish_bases(house)
        asked = msgspec.structs.replace(what, base="Demo") if "base" in what.__struct_fields__ else what
        async with Works(house) as works:
            works.break_store("bases")
            outcome = await ask(works, asked)
            works.mend_store("bases")
            assert isinstance(outcome, Refused)
            assert outcome.reason is Reason.STORE_UNAVAILABLE
            assert not isinstance(await ask(works, asked), Refused)

    story()


@told
async def test_a_store_that_fails_half_way_through_a_base_breaks_the_answer_off(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(phonebook, "_PAGE", 2)
    furnish_bases(house)
    async with Works(house) as works:
        outcome = await ask(works, ReadBase("Demo"))
        assert isinstance(outcome, PhonesListed)
        await anext(outcome.batches)
        works.break_store("base_phones")
        with pytest.raises(StoreUnavailable):
            await anext(outcome.batches)


NASTY = (
    "",
    "\0",
    "\ud800",
    "x" * 100_000,
    "'; DROP TABLE bases",
    "\u202e",
    "1" * 5_000,
    "+" * 50,
    "٧٩٠٣١٢٣٤٥٦٧",
)


@pytest.mark.parametrize("nasty", NASTY, ids=range(len(NASTY)))
def test_whatever_stands_in_a_call_is_answered(house: House, nasty: str) -> None:
    @told
    async def story() -> None:
        furnish_bases(house)
        calls: list[BaseCall] = [
            *(msgspec.structs.replace(what, base=nasty) for what in CALLS),
            AddPhones("Demo", (nasty, nasty)),
            HasPhone("Demo", nasty),
            RemovePhone("Demo", nasty),
            StartCampaign(nasty, "Hello", ("Demo",)),
            StartCampaign("Shop", nasty, ("Demo",)),
            StartCampaign("Shop", "Hello", ("Demo", nasty)),
        ]
        async with Works(house) as works:
            for what in calls:
                assert isinstance(
                    await ask(works, what), Refused | BaseRefused | PhonesAdded | CampaignStarted
                )
            await works.campaigns.step()
        assert house.rows("SELECT sum(phones) FROM bases") == [(3,)]

    story()


# ---- campaigns


@told
async def test_a_campaign_is_durable_when_it_is_answered(house: House) -> None:
    furnish_bases(house)
    async with Works(house) as works:
        start = StartCampaign("Shop", "Hello", ("Closed", "Demo", "Closed"), START + timedelta(hours=1))
        outcome = await ask(works, start)
        assert isinstance(outcome, CampaignStarted)
        assert await works.rung(CAMPAIGNS_LANE)
        with transaction(house.engine) as connection:
            found = campaigns.find_campaign(connection, outcome.campaign)
        assert (found.account, found.protocol, found.login) == (SHOP, "mfms", "shop")
        assert (found.sender, found.text, found.bases) == ("Shop", "Hello", (2, 1))
        assert (found.state, found.start_at, found.created_at) == (
            CampaignState.RUNNING,
            START + timedelta(hours=1),
            START,
        )


@pytest.mark.parametrize("start_at", [None, START - timedelta(days=9), START])
def test_a_start_that_is_past_is_now(house: House, start_at: object) -> None:
    @told
    async def story() -> None:
        furnish_bases(house)
        async with Works(house) as works:
            await ask(works, StartCampaign("Shop", "Hello", ("Demo",), start_at))  # type: ignore[arg-type]
            busy, _ = await house.store.campaigns.busy(START)
            assert [each.start_at for each in busy] == [START]

    story()


@pytest.mark.parametrize("names", [(), ("Demo", "demo"), ("Theirs",), ("Demo", ""), ("Demo", "\udcff")])
def test_a_campaign_needs_bases_that_are_all_there(house: House, names: tuple[str, ...]) -> None:
    @told
    async def story() -> None:
        furnish_bases(house)
        async with Works(house) as works:
            assert await ask(works, StartCampaign("Shop", "Hello", names)) == UNKNOWN
        assert house.rows("SELECT count(*) FROM campaigns") == [(0,)]

    story()


# Each breaks one rule. In this order the earlier answers where two are broken, as for a single message.
BROKEN: list[tuple[Reason | BaseFault, dict[str, object]]] = [
    (Reason.BAD_REQUEST, {"start_at": START + timedelta(days=400)}),
    (Reason.BAD_SENDER, {"sender": "Отправитель"}),
    (Reason.BAD_TEXT, {"text": "x" * 153 * 256}),
    (BaseFault.UNKNOWN, {"bases": ("Demo", "Nowhere")}),
    (Reason.BLOCKED_TEXT, {"text": "casino tonight"}),
]


@pytest.mark.parametrize("place", range(len(BROKEN)), ids=[str(why) for why, _ in BROKEN])
def test_a_campaign_is_refused_by_the_first_rule_that_its_message_breaks(house: House, place: int) -> None:
    @told
    async def story() -> None:
        furnish_bases(house)
        with transaction(house.engine) as connection:
            stops.put_words(connection, stops.EVERYONE, "word", ["casino"])
        good = StartCampaign("Shop", "Hello", ("Demo",))
        why, broken = BROKEN[place]
        async with Works(house) as works:
            for _, later in BROKEN[place:]:
                asked = msgspec.structs.replace(good, **{**later, **broken})
                outcome = await ask(works, asked)
                found = outcome.fault if isinstance(outcome, BaseRefused) else None
                found_reason = outcome.reason if isinstance(outcome, Refused) else None
                assert why in (found, found_reason)
        assert house.rows("SELECT count(*) FROM campaigns") == [(0,)]

    story()


@told
async def test_a_call_counts_against_the_rate_of_its_account(house: House) -> None:
    furnish_bases(house)
    with transaction(house.engine) as connection:
        shop: Account = settings.find_account(connection, "shop")
        settings.change_account(connection, msgspec.structs.replace(shop, rate=1))
    async with Works(house) as works:
        assert isinstance(await ask(works, ListBases()), BasesListed)
        outcome = await ask(works, ListBases())
        assert isinstance(outcome, Refused)
        assert outcome.reason is Reason.TOO_MANY_REQUESTS


@given(
    written=st.from_regex(r"\+?[0-9]{7,16}", fullmatch=True),
    home=st.sampled_from(["RU", "UA", "TJ", "KZ", "DE", "US", "VN", "SR", ""]),
)
def test_a_number_of_a_base_is_with_its_plus_the_one_that_it_was_read_as(written: str, home: str) -> None:
    digits = normalise(written, home)
    if digits is not None:
        assert normalise(f"+{digits}", home) == digits
