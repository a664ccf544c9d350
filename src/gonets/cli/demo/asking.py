"""What the demo asks: each request as the line that a person can repeat, and as the demo does it itself.

Nothing here knows the gateway from inside: it sees what a client sees.
"""

from typing import assert_never

from gonets.cli.demo import curl, esme
from gonets.cli.demo.curl import Curl
from gonets.cli.demo.doors import Answer, Doors
from gonets.cli.demo.esme import Query, Send

Ask = Curl | Send | Query


def line_of(ask: Ask, doors: Doors) -> str:
    """The request as one line for a shell."""
    match ask:
        case Curl():
            return curl.line_of(ask, doors)
        case Send() | Query():
            return esme.line_of(ask, doors)
        case _:
            assert_never(ask)


class Caller:
    """Asks the gateway."""

    def __init__(self, doors: Doors) -> None:
        self._doors = doors
        self._http = curl.Caller(doors)

    def ask(self, ask: Ask) -> Answer:
        """What is answered; waits for it."""
        match ask:
            case Curl():
                return self._http.ask(ask)
            case Send() | Query():
                return esme.answer_to(ask, self._doors)
            case _:
                assert_never(ask)
