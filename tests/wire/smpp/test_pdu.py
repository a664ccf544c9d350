"""The PDUs as values."""

import pytest
from msgspec.structs import fields as struct_fields

from gonets.wire.smpp import pdu
from gonets.wire.smpp.codes import RESPONSE, Command
from gonets.wire.smpp.fields import FIELDS
from gonets.wire.smpp.pdu import BY_COMMAND, PDUS, GenericNack, Pdu, SubmitSm, SubmitSmResp, answer_to


def test_there_is_a_pdu_for_every_command() -> None:
    assert set(BY_COMMAND) == set(Command)
    assert len(PDUS) == len(Command) == len(FIELDS)


@pytest.mark.parametrize("kind", PDUS, ids=lambda kind: kind.__name__)
def test_a_pdu_has_the_fields_of_the_table_in_their_order(kind: type[Pdu]) -> None:
    names = [field.name for field in struct_fields(kind)]
    assert names == [
        "sequence_number",
        "command_status",
        "tlvs",
        *(field.name for field in FIELDS[kind]),
    ]


@pytest.mark.parametrize("kind", PDUS, ids=lambda kind: kind.__name__)
def test_a_pdu_never_changes_and_costs_the_collector_nothing(kind: type[Pdu]) -> None:
    value = kind(1)
    with pytest.raises(AttributeError):
        value.sequence_number = 2  # type: ignore[misc]
    assert value == kind(sequence_number=1)
    assert hash(value) == hash(kind(1))
    assert not kind.__struct_config__.gc


def test_a_class_is_named_as_its_command() -> None:
    for kind in PDUS:
        assert kind.command_id.name.replace("_", "").lower() == kind.__name__.lower()  # type: ignore[attr-defined]


@pytest.mark.parametrize("kind", PDUS, ids=lambda kind: kind.__name__)
def test_what_can_be_answered_is_answered_by_its_own_command(kind: type[Pdu]) -> None:
    answer = answer_to(kind.command_id, 7, 0x58)
    assert (answer.sequence_number, answer.command_status) == (7, 0x58)
    if kind.command_id | RESPONSE in BY_COMMAND:
        assert answer.command_id == kind.command_id | RESPONSE
    else:
        assert kind in {pdu.Outbind, pdu.AlertNotification}
        assert type(answer) is GenericNack


def test_an_unknown_command_is_answered_by_generic_nack() -> None:
    assert answer_to(0x99, 7, 3) == GenericNack(7, 3)
    assert answer_to(SubmitSm.command_id, 7) == SubmitSmResp(7)
