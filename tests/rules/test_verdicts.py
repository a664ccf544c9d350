"""What a person is told would become of a message, and that nothing else becomes of it."""

from array import array
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gonets.model.account import Account
from gonets.model.calls import Submission
from gonets.model.message import Draft, Encoding
from gonets.model.reasons import Reason
from gonets.model.results import Refused
from gonets.model.tables import Tables
from gonets.rules.admission import CHECKS, Admitted, admit
from gonets.rules.explaining import Mark
from gonets.rules.guarding import DUPLICATE, FLOOD, SEEN
from gonets.rules.routing import DOWN
from gonets.rules.verdicts import ORDER, Checked, Explained, Verdict, explain
from gonets.rules.wording import Matcher
from tests.rules.places import ANYONE, BANK, DEFAULTING, TABLES

AT = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
GOOD = Submission(sender="Bank", recipient="8 (903) 111-11-11", text="Hello")
STOPPED = "79039999999"
GUARDED: Tables = msgspec.structs.replace(
    TABLES,
    stop_lists={0: array("Q", [int(STOPPED)]), BANK.id: array("Q", [79038888888])},
    stop_words={0: Matcher(["casino"])},
)
NO_CREDIT = Refused(Reason.NO_CREDIT, "The balance does not cover this message; top it up.")


def told(
    submission: Submission = GOOD, account: Account = BANK, protocol: str = "mfms", **more: Any
) -> Explained:
    return explain(account, submission, protocol, GUARDED, AT, **more)


def asked(**changes: object) -> Submission:
    return msgspec.structs.replace(GOOD, **changes)


def check(explained: Explained, name: str) -> Checked:
    return explained.checks[ORDER.index(name)]


def refusing(explained: Explained) -> str | None:
    return next((each.name for each in explained.checks if each.verdict is Verdict.REFUSED), None)


def test_a_good_message_is_told_with_its_parts_its_price_and_its_routes() -> None:
    explained = told(asked(text="жж" * 40))
    assert explained.refused is None
    assert (explained.sender, explained.recipient) == ("Bank", "79031111111")
    assert explained.segments == ("ж" * 67, "ж" * 13)
    assert (explained.price, explained.total, explained.currency) == (2_000_000, 4_000_000, "RUB")
    assert [each.route.prefix for each in explained.routes] == ["7903", "7"]
    assert explained.explanation is not None
    assert explained.explanation.encoding is Encoding.UCS2


def test_each_character_that_costs_extra_is_told() -> None:
    explanation = told(asked(text="Cost: 5 €")).explanation
    assert explanation is not None
    assert explanation.double == (Mark(8, "€"),)


def test_every_check_is_told_in_its_order() -> None:
    assert tuple(each.name for each in told().checks) == ORDER
    assert len(set(ORDER)) == len(ORDER)


def test_no_two_checks_of_a_submission_refuse_for_the_same_reason() -> None:
    reasons = [reason for each in CHECKS for reason in each.reasons]
    assert len(set(reasons)) == len(reasons)


# One broken rule for each check, in the order of the checks.
BROKEN: tuple[tuple[str, dict[str, object]], ...] = (
    ("required fields", {"validity": timedelta(minutes=-1)}),
    ("sender", {"sender": "Shop"}),
    ("text", {"text": "\0ж"}),
    ("recipient", {"recipient": "nobody"}),
    ("stop lists", {"recipient": STOPPED}),
    ("price", {"recipient": "79541111111"}),
    ("route", {"recipient": "+380675126767"}),
    ("stop words", {"text": "Casino!"}),
)


@pytest.mark.parametrize(("name", "changes"), BROKEN, ids=[row[0] for row in BROKEN])
def test_the_check_that_refuses_is_told_with_its_sentence_and_those_after_it_are_not_reached(
    name: str, changes: dict[str, object]
) -> None:
    explained = told(asked(**changes))
    place = ORDER.index(name)
    assert refusing(explained) == name
    assert all(each.verdict is Verdict.PASSED for each in explained.checks[:place])
    assert all(each.verdict is Verdict.NOT_REACHED for each in explained.checks[place + 1 :])
    verdict = admit(asked(**changes), BANK, "mfms", GUARDED, AT)
    assert explained.refused == verdict
    assert (explained.checks[place].reason, explained.checks[place].detail) == (
        verdict.reason,
        verdict.detail,
    )


@pytest.mark.parametrize(
    ("first", "second"),
    [
        pytest.param(first, second, id=f"{first[0]} before {second[0]}")
        for index, first in enumerate(BROKEN)
        for second in BROKEN[index + 1 :]
        if not first[1].keys() & second[1].keys()
    ],
)
def test_of_two_checks_the_one_listed_first_refuses(
    first: tuple[str, dict[str, object]], second: tuple[str, dict[str, object]]
) -> None:
    assert refusing(told(asked(**first[1], **second[1]))) == first[0]


senders = st.sampled_from(["", ".", "Bank", "Shop", "Неизвестный!", "casino", "79031234567"]) | st.text(
    max_size=12
)
recipients = st.sampled_from(
    ["", "nobody", "79031111111", "89031111111", "+380675126767", "79541111111", STOPPED, "447700900123"]
) | st.text("0123456789+- ", max_size=16)
texts = st.sampled_from(
    ["", "Hello", "casino", "\0", "\ud83d", "кaзинo", "a\n~~~\nb", "\n~~~\n", "ж" * 20_000]
) | st.text(max_size=200)
submissions = st.builds(
    Submission,
    sender=senders,
    recipient=recipients,
    text=texts,
    client_id=st.none() | st.sampled_from(["", "1", "\0"]),
    start_at=st.none() | st.sampled_from([AT, AT + timedelta(hours=1), AT + timedelta(days=400)]),
    validity=st.none() | st.sampled_from([timedelta(0), timedelta(hours=1), timedelta(hours=-1)]),
    once=st.booleans(),
)


@given(
    submissions,
    st.sampled_from(
        [BANK, ANYONE, DEFAULTING, msgspec.structs.replace(BANK, currency="USD", group="wholesale")]
    ),
    st.sampled_from(["mfms", "sms2", "smsclub", "smsc", "osonsms", "cli"]),
)
def test_what_is_told_is_what_happens(submission: Submission, account: Account, protocol: str) -> None:
    explained = explain(account, submission, protocol, GUARDED, AT)
    verdict = admit(submission, account, protocol, GUARDED, AT)
    if isinstance(verdict, Admitted):
        assert explained.refused is None
        assert explained.segments == verdict.segments
        assert (explained.text, explained.comment) == (verdict.text, verdict.comment)
        assert (explained.sender, explained.recipient) == (verdict.sender, verdict.recipient)
        assert explained.tariff == verdict.tariff
        assert explained.total == verdict.tariff.price * len(verdict.segments)
        assert [each.route for each in explained.routes if each.taken] == [verdict.route]
        assert (explained.start_at, explained.expires_at) == (verdict.start_at, verdict.expires_at)
        assert explained.explanation is not None
        assert explained.explanation.parts == len(verdict.segments)
    else:
        assert explained.refused == verdict
        refusals = [each for each in explained.checks if each.verdict is Verdict.REFUSED]
        assert [(each.reason, each.detail) for each in refusals] == [(verdict.reason, verdict.detail)]
        assert verdict.reason in next(each.reasons for each in CHECKS if each.name == refusals[0].name)


def test_an_account_that_is_off_is_told_before_all_that_a_submission_may_break() -> None:
    explained = told(asked(sender=""), msgspec.structs.replace(BANK, enabled=False))
    assert explained.refused is not None
    assert explained.refused.reason is Reason.ACCOUNT_BLOCKED
    assert refusing(explained) == "account"


def test_what_only_a_request_can_tell_is_said_to_be_looked_at_then() -> None:
    account = msgspec.structs.replace(
        BANK,
        networks=("192.0.2.0/24",),
        rate=10,
        refuse_when_down=True,
        duplicate_s=60,
        flood_most=5,
        flood_gap_s=10,
    )
    explained = told(asked(client_id="7", once=True), account)
    later = {each.name for each in explained.checks if each.verdict is Verdict.LATER}
    assert later == {"network", "rate", "links", "client id", "duplicate", "flood", "credit"}
    assert explained.refused is None
    assert check(explained, "network").detail == "only from 192.0.2.0/24"


def test_guards_that_are_not_set_are_passed() -> None:
    later = {each.name for each in told().checks if each.verdict is Verdict.LATER}
    assert later == {"credit"}


def test_without_a_link_only_an_account_that_does_not_wait_is_refused() -> None:
    impatient = msgspec.structs.replace(BANK, refuse_when_down=True)
    assert told(is_up=lambda name: False).refused is None
    assert told(account=impatient, is_up=lambda name: False).refused == DOWN
    assert told(account=impatient, is_up=lambda name: name == "east").refused is None


@pytest.mark.parametrize(
    ("refused", "name"),
    [(SEEN, "client id"), (DUPLICATE, "duplicate"), (FLOOD, "flood"), (NO_CREDIT, "credit")],
    ids=["client id", "duplicate", "flood", "credit"],
)
def test_the_stores_refusal_is_told_at_its_check(refused: Refused, name: str) -> None:
    explained = told(weigh=lambda draft: refused)
    assert explained.refused == refused
    assert refusing(explained) == name


def test_the_store_is_asked_about_the_message_as_it_would_come_and_only_if_it_comes_so_far() -> None:
    drafts: list[Draft] = []

    def weigh(draft: Draft) -> None:
        drafts.append(draft)

    assert told(asked(sender="Shop"), weigh=weigh).refused is not None
    assert told(account=msgspec.structs.replace(BANK, enabled=False), weigh=weigh).refused is not None
    assert drafts == []
    explained = told(asked(text="a\n~~~\nb", client_id="7", once=True), protocol="smsc", weigh=weigh)
    assert check(explained, "credit").verdict is Verdict.PASSED
    (draft,) = drafts
    assert (draft.account, draft.recipient, draft.text, draft.comment) == (BANK.id, "79031111111", "a", "b")
    assert (draft.price, draft.client_id, draft.once) == (2_000_000, "7", "smsc  7")


def test_the_page_on_rules_lists_every_check_in_its_order() -> None:
    page = (Path(__file__).parents[2] / "docs" / "rules.md").read_text(encoding="utf-8")
    named = [line.split("|")[1].strip() for line in page.splitlines() if line.startswith("| ")]
    assert [name for name in named if name in ORDER] == list(ORDER)
    for reason in Reason:
        if reason not in (Reason.UNKNOWN_MESSAGE, Reason.UNSUPPORTED):
            assert f"`{reason}`" in page
