"""Who may send what, and when (SMPP 3.4 §2.3, table 2-1)."""

from enum import Enum
from typing import Final

from gonets.wire.smpp.codes import Command


class Role(Enum):
    """Which end it is."""

    ESME = "esme"
    SMSC = "smsc"


class State(Enum):
    """Where the session stands."""

    OPEN = "open"
    BINDING = "binding"
    BOUND = "bound"
    UNBINDING = "unbinding"
    CLOSED = "closed"


class Mode(Enum):
    """What the ESME may do in the session."""

    TRANSMITTER = "transmitter"
    RECEIVER = "receiver"
    TRANSCEIVER = "transceiver"


MODES: Final[dict[int, Mode]] = {
    Command.BIND_TRANSMITTER: Mode.TRANSMITTER,
    Command.BIND_RECEIVER: Mode.RECEIVER,
    Command.BIND_TRANSCEIVER: Mode.TRANSCEIVER,
}
_FROM_ESME: Final[frozenset[int]] = frozenset(
    {
        Command.SUBMIT_SM,
        Command.SUBMIT_MULTI,
        Command.DATA_SM,
        Command.QUERY_SM,
        Command.CANCEL_SM,
        Command.REPLACE_SM,
    }
)
_FROM_SMSC: Final[frozenset[int]] = frozenset(
    {Command.DELIVER_SM, Command.DATA_SM, Command.ALERT_NOTIFICATION}
)
NOTHING: Final[frozenset[int]] = frozenset()
EVER: Final = {
    Role.ESME: _FROM_ESME | frozenset(MODES),
    Role.SMSC: _FROM_SMSC | {Command.OUTBIND},
}
"""What a side may send in some state or other."""
BOUND: Final = {
    (Role.ESME, Mode.TRANSMITTER): _FROM_ESME,
    (Role.ESME, Mode.RECEIVER): NOTHING,
    (Role.ESME, Mode.TRANSCEIVER): _FROM_ESME,
    (Role.SMSC, Mode.TRANSMITTER): NOTHING,
    (Role.SMSC, Mode.RECEIVER): _FROM_SMSC,
    (Role.SMSC, Mode.TRANSCEIVER): _FROM_SMSC,
}
"""What it may send in a session of a mode."""
ONE_WAY: Final[frozenset[int]] = frozenset({Command.ALERT_NOTIFICATION, Command.OUTBIND})
"""Requests that have no answer."""
OTHER: Final = {Role.ESME: Role.SMSC, Role.SMSC: Role.ESME}

OPENING: Final[dict[Role, frozenset[int]]] = {
    Role.ESME: frozenset(MODES),
    Role.SMSC: frozenset({Command.OUTBIND}),
}
"""What it may send in a session that is open and not bound."""
