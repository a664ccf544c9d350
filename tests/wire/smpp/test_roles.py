"""Who may send what: the specification's table 2-1."""

import pytest

from gonets.wire.smpp import roles
from gonets.wire.smpp.codes import RESPONSE, Command
from gonets.wire.smpp.roles import BOUND, EVER, OPENING, Mode, Role

TX, RX, TRX = Mode.TRANSMITTER, Mode.RECEIVER, Mode.TRANSCEIVER


@pytest.mark.parametrize(
    ("command", "role", "modes"),
    [
        (Command.SUBMIT_SM, Role.ESME, {TX, TRX}),
        (Command.SUBMIT_MULTI, Role.ESME, {TX, TRX}),
        (Command.DATA_SM, Role.ESME, {TX, TRX}),
        (Command.DATA_SM, Role.SMSC, {RX, TRX}),
        (Command.DELIVER_SM, Role.SMSC, {RX, TRX}),
        (Command.QUERY_SM, Role.ESME, {TX, TRX}),
        (Command.CANCEL_SM, Role.ESME, {TX, TRX}),
        (Command.REPLACE_SM, Role.ESME, {TX, TRX}),
        (Command.ALERT_NOTIFICATION, Role.SMSC, {RX, TRX}),
    ],
)
def test_a_command_belongs_to_a_side_and_to_modes(command: Command, role: Role, modes: set[Mode]) -> None:
    assert command in EVER[role]
    assert {mode for mode in Mode if command in BOUND[role, mode]} == modes
    assert command not in OPENING[role]


def test_the_sides_share_only_data_sm() -> None:
    assert EVER[Role.ESME] & EVER[Role.SMSC] == {Command.DATA_SM}


def test_binds_are_the_esmes_and_outbind_is_the_smscs() -> None:
    assert {Role.ESME: frozenset(roles.MODES), Role.SMSC: {Command.OUTBIND}} == OPENING


def test_every_request_but_those_of_both_sides_is_somebodys() -> None:
    requests = {command for command in Command if not command & RESPONSE}
    assert EVER[Role.ESME] | EVER[Role.SMSC] == requests - {Command.UNBIND, Command.ENQUIRE_LINK}
