"""The one place where an expected error becomes a sentence and an exit code; a bug keeps its traceback.

2: asked wrongly, or refused. 1: tried, and it did not work.
"""

from typing import Any, Final

import typer
from typer.core import TyperGroup

from gonets.cli.console import FAILED, REFUSED, CommandFailed, CommandRefused, complain

_BROKEN_PIPE: Final = BrokenPipeError


class Guarded(TyperGroup):
    """The topmost group: every command runs inside its `invoke`."""

    def invoke(self, ctx: Any) -> Any:
        """Run the command that was asked for."""
        try:
            return super().invoke(ctx)
        except CommandRefused as error:
            _end(error, REFUSED)
        except CommandFailed as error:
            _end(error, FAILED)
        except _BROKEN_PIPE:
            raise  # typer knows what to do when nobody reads on
        except _refusals() as error:
            _end(error, REFUSED)
        except _failures() as error:
            _end(error, FAILED)
        except OSError as error:
            if error.filename is None:
                raise
            complain(f"{error.filename}: {error.strerror}")
            raise typer.Exit(FAILED) from None


def _refusals() -> tuple[type[Exception], ...]:
    from gonets.config import ConfigRefused
    from gonets.flow.vault import VaultRefused
    from gonets.stores.database import DatabaseRefused
    from gonets.stores.settings import SettingRefused

    return ConfigRefused, DatabaseRefused, SettingRefused, VaultRefused


def _failures() -> tuple[type[Exception], ...]:
    from gonets.app import AlreadyRunning
    from gonets.ports.stores import StoreUnavailable
    from gonets.servers.sockets import CannotListen

    return AlreadyRunning, CannotListen, StoreUnavailable


def _end(error: Exception, code: int) -> None:
    complain(str(error))
    raise typer.Exit(code) from None
