"""The log of a process: one line per event on the standard error, as JSON or for people.

What libraries log goes the same way. Secrets and texts of messages never get here; see `docs/operations.md`.
"""

import logging
import sys
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final, TextIO, cast

import msgspec
import structlog
from structlog.tracebacks import ExceptionDictTransformer

if TYPE_CHECKING:
    from structlog.typing import Processor

    from gonets.config import LogConfig

_LIBRARIES: Final = ("asyncio", "uvicorn", "aiohttp", "alembic", "sqlalchemy")
"""They speak at WARNING and above only."""
_OF_INPUT: Final = "python_multipart"
"""It warns of each form that a client broke, with octets of it: clients are answered, and may not fill the log."""


class _Lossy:
    """The standard error, where what cannot be written is lost: a full disk must end no thread that says so."""

    def write(self, text: str) -> None:
        with suppress(OSError, ValueError):
            sys.stderr.write(text)

    def flush(self) -> None:
        with suppress(OSError, ValueError):
            sys.stderr.flush()


def open_log(config: "LogConfig") -> None:
    """Send what is logged from now on to the standard error."""
    level = logging.getLevelNamesMapping()[config.level.upper()]
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    # By default both would show the variables of every frame, and so passwords and texts.
    traced = structlog.processors.ExceptionRenderer(ExceptionDictTransformer(show_locals=False))
    last: list[Processor] = (
        [traced, structlog.processors.JSONRenderer(serializer=_json)]
        if config.json
        else [
            structlog.dev.ConsoleRenderer(
                colors=sys.stderr.isatty(),
                pad_event_to=0,
                exception_formatter=structlog.dev.plain_traceback,
            )
        ]
    )
    structlog.configure(
        processors=[*shared, *last],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.WriteLoggerFactory(file=cast(TextIO, _Lossy())),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *last],
            foreign_pre_chain=shared,
        )
    )
    logging.basicConfig(level=level, handlers=[handler], force=True)
    logging.captureWarnings(True)
    for name in _LIBRARIES:
        logging.getLogger(name).setLevel(max(level, logging.WARNING))
    logging.getLogger(_OF_INPUT).setLevel(logging.CRITICAL)


def _json(event: object, **_ignored: Any) -> str:
    return msgspec.json.encode(event, enc_hook=str).decode()
