"""Everything an upstream may answer or report has its meaning, and every setting its sentence."""

from typing import get_type_hints

import msgspec
import pytest

from gonets.connectors.smpp import MEANINGS, SmppSettings
from gonets.connectors.smpp.answers import ERRORS, FOR_THE_MOMENT, STATES, result_of
from gonets.model.message import State
from gonets.model.reasons import UNDELIVERED_WORDS
from gonets.model.results import Deferred, Rejected, Sent
from gonets.wire.smpp.codes import MessageState, Status
from gonets.wire.smpp.pdu import GenericNack, SubmitSmResp


@pytest.mark.parametrize("status", [*Status, 0x100, 0x400, 0xFFFFFFFF])
def test_every_status_comes_to_a_result(status: int) -> None:
    result = result_of(SubmitSmResp(1, status, message_id="7"))
    nacked = result_of(GenericNack(1, status))
    if status == Status.ESME_ROK:
        assert result == Sent("7")
    elif status in FOR_THE_MOMENT:
        assert isinstance(result, Deferred)
    else:
        assert isinstance(result, Rejected)
    assert isinstance(nacked, Deferred)


def test_no_status_is_both_for_the_moment_and_for_good() -> None:
    assert not FOR_THE_MOMENT.keys() & ERRORS.keys()


def test_every_error_code_has_a_word() -> None:
    codes = set(ERRORS.values()) | {each.error for each in FOR_THE_MOMENT.values()}
    assert codes <= UNDELIVERED_WORDS.keys()


def test_every_message_state_is_a_state_a_receipt_may_tell_or_no_news() -> None:
    assert STATES.keys() == set(MessageState)
    assert {state for state in STATES.values() if state is not None} <= {
        State.ACCEPTED,
        State.DELIVERED,
        State.UNDELIVERED,
        State.EXPIRED,
        State.REJECTED,
        State.NO_REPORT,
    }


def test_every_setting_says_what_it_is_for() -> None:
    assert list(MEANINGS) == list(SmppSettings.__struct_fields__) == list(get_type_hints(SmppSettings))


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({}, "host"),
        ({"host": ""}, "length >= 1"),
        ({"host": "a", "port": 0}, ">= 1"),
        ({"host": "a", "binds": 0}, ">= 1"),
        ({"host": "a", "window": 0}, ">= 1"),
        ({"host": "a", "rate": -1.0}, ">= 0"),
        ({"host": "a", "system_id": "x" * 16}, "length <= 15"),
        ({"host": "a", "system_id": "имя"}, "SMPP cannot carry"),
        ({"host": "a", "password": "a\0b"}, "SMPP cannot carry"),
        ({"host": "a", "zone": "Mars/Olympus"}, "no zone"),
        ({"host": "a", "bind": "both"}, "Invalid enum value"),
        ({"host": "a", "long_texts": "udh16"}, "Invalid enum value"),
        ({"host": "a", "ca_file": "/x"}, "tls = true"),
        ({"host": "a", "colour": "red"}, "unknown field"),
    ],
)
def test_settings_that_cannot_be_are_refused_with_a_sentence(
    settings: dict[str, object], sentence: str
) -> None:
    with pytest.raises(msgspec.ValidationError, match=sentence):
        msgspec.convert(settings, SmppSettings)
