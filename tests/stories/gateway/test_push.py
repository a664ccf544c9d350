"""Final statuses are handed over to a client's web server, whatever that answers at first."""

import re
from pathlib import Path
from typing import Final

from sqlalchemy import func, select

from gonets.stores.schema import mailbox
from tests.processes import Place, Starting, prepare, running, until
from tests.stories.gateway.houses import number, send
from tests.stories.gateway.listening import listening

_ENDS: Final = {
    "0000": ("delivered", ""),
    "9900": ("delivered", ""),
    "9901": ("undelivered", "unknown-subscriber"),
    "9903": ("undelivered", "none"),
    "9904": ("failed", "no-service"),
    "9907": ("delivered", ""),
    "9908": ("delivered", ""),
}
"""By the last digits of the recipient: the status and the reason that are pushed."""
_DATE: Final = re.compile(r"\d{4}\.\d\d\.\d\d \d\d:\d\d:\d\d")


def waiting(place: Place) -> int:
    """How many statuses wait in the mailbox."""
    with place.reading() as connection:
        return connection.execute(select(func.count()).select_from(mailbox)).scalar_one()


def test_every_final_status_is_pushed_once_it_is_taken_and_again_until_it_is(
    tmp_path: Path, starting: Starting
) -> None:
    with listening(first_answers=[500, 404]) as client:
        place = prepare(tmp_path, push_url=client.url)
        with running(place, starting) as gateway:
            ends = {number(send(gateway, address=f"7916123{digits}")): end for digits, end in _ENDS.items()}
            long = number(send(gateway, text="Пришлите, пожалуйста, всё, что есть. " * 5))
            ends[long] = ("delivered", "")
            silent = number(send(gateway, address="79161239909"))
            until(lambda: client.statuses().keys() >= ends.keys(), 20.0, "some statuses are not pushed")
            until(lambda: not waiting(place), 10.0, "what was taken still waits")
            assert gateway.stop() == 0
    assert {message: (each.status, each.reason) for message, each in client.statuses().items()} == ends
    assert silent not in client.statuses()
    assert all(_DATE.fullmatch(each.date) for each in client.statuses().values())
    assert len(client.refused) == 2
    assert {each.message for batch in client.refused for each in batch} <= ends.keys()
    pushed = [each.message for batch in client.taken for each in batch]
    assert len(pushed) == len(set(pushed)), "what was taken is pushed again"


def test_what_could_not_be_pushed_before_a_stop_is_pushed_after_the_next_start(
    tmp_path: Path, starting: Starting
) -> None:
    with listening(first_answers=[500] * 1000) as client:
        place = prepare(tmp_path, push_url=client.url)
        with running(place, starting) as gateway:
            message = number(send(gateway))
            until(lambda: client.refused, 10.0, "nothing is pushed")
            assert gateway.stop() == 0
    with listening() as client:
        with place.changing() as connection:
            connection.exec_driver_sql("UPDATE accounts SET push_url = ?", (client.url,))
        with running(place, starting) as gateway:
            until(lambda: message in client.statuses(), 10.0, "it is not pushed")
            until(lambda: not waiting(place), 10.0, "what was taken still waits")
            assert gateway.stop() == 0
