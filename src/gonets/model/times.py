"""Moments as the store keeps them: whole microseconds since 1970, UTC."""

from datetime import UTC, datetime, timedelta

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def micros(at: datetime) -> int:
    """Unix microseconds of an aware moment."""
    return (at - _EPOCH) // _MICROSECOND


def moment(value: int) -> datetime:
    """The UTC-aware moment of Unix microseconds."""
    return _EPOCH + timedelta(microseconds=value)
