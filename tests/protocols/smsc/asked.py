"""What the tests of reading share."""

from datetime import UTC, datetime

from gonets.model.calls import Submission
from gonets.protocols.smsc import commands
from gonets.protocols.smsc.reading import Reader
from gonets.wire.smpp.pdu import SubmitSm
from gonets.wire.smpp.segments import Unfit

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)

PLAIN = Reader()
SMSC = Reader(dialect=commands.understood)
SMSC_ISO = Reader(iso=True, dialect=commands.understood)


def submit(**fields: object) -> SubmitSm:
    """A submit_sm from `Bank` to 79031234567."""
    usual: dict[str, object] = {"source_addr": "Bank", "destination_addr": "79031234567"}
    return SubmitSm(**{**usual, **fields})  # type: ignore[arg-type]


def read(message: SubmitSm, reader: Reader = SMSC) -> Submission:
    """The submission that it is; fails where it is refused."""
    found = reader.read(message, NOW)
    assert isinstance(found, Submission), found
    return found


def unfit(message: SubmitSm, reader: Reader = SMSC) -> tuple[int, str]:
    """With what it is refused."""
    found = reader.read(message, NOW)
    assert isinstance(found, Unfit), found
    return found.command_status, found.detail
