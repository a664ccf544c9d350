"""What may take the place of a message that waits."""

from datetime import timedelta

import msgspec
import pytest

from gonets.model.account import Tariff
from gonets.model.calls import Submission
from gonets.model.message import Channel, Encoding, MessageId, Pending, RouteId
from gonets.model.money import ONE, Millionths
from gonets.model.reasons import Reason
from gonets.model.routing import Route
from gonets.rules.admission import Admitted
from gonets.rules.replacing import replaceable
from tests.clocks import START

HOUR = timedelta(hours=1)
PENDING = Pending(MessageId(1001), "Bank", "79031234567", Channel.SMS, Encoding.GSM7, 1, None, None, False)
ITEM = Submission("Bank", "79031234567", "Hello")
ADMITTED = Admitted(
    "Bank",
    "79031234567",
    "Hello",
    Encoding.GSM7,
    ("Hello",),
    Tariff("retail", Channel.SMS, "", Millionths(ONE)),
    Route(RouteId(1), "russia", "7", ("alpha",)),
    None,
    None,
)
change = msgspec.structs.replace


def test_the_same_kind_from_the_same_sender_may() -> None:
    assert replaceable(PENDING, ITEM, ADMITTED, START) is None


@pytest.mark.parametrize("sender", ["bank", "Shop", ""])
def test_another_sender_names_another_message(sender: str) -> None:
    refused = replaceable(PENDING, ITEM, change(ADMITTED, sender=sender), START)
    assert refused is not None
    assert refused.reason is Reason.UNKNOWN_MESSAGE


def test_another_kind_of_message_may_not() -> None:
    refused = replaceable(PENDING, change(ITEM, channel=Channel.VIBER), ADMITTED, START)
    assert refused is not None
    assert refused.reason is Reason.UNSUPPORTED


def test_a_start_after_the_validity_that_stays_needs_another_validity() -> None:
    pending = change(PENDING, expires_at=START + HOUR)
    late = change(ADMITTED, start_at=START + HOUR)
    refused = replaceable(pending, ITEM, late, START)
    assert refused is not None
    assert refused.reason is Reason.BAD_REQUEST
    assert replaceable(pending, change(ITEM, validity=HOUR), late, START) is None
    assert replaceable(pending, ITEM, ADMITTED, START) is None
    assert replaceable(pending, ITEM, ADMITTED, START + HOUR) is not None
