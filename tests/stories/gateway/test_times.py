"""Messages that are to leave later, and messages that are no use after a while."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from sqlalchemy import update

from gonets.model.times import micros
from gonets.stores import settings
from gonets.stores.money import check
from gonets.stores.schema import messages
from tests.processes import (
    ACCOUNT,
    CONNECTOR,
    FUNDS,
    PRICE,
    GatewayProcess,
    Starting,
    prepare,
    running,
    until,
)
from tests.stories.gateway.houses import number, send, status


def test_a_message_with_a_start_time_leaves_then_and_not_before(gateway: GatewayProcess) -> None:
    start = datetime.now(UTC).replace(microsecond=0) + timedelta(seconds=4)
    written = start.astimezone(ZoneInfo("Europe/Moscow")).strftime("%Y.%m.%d %H:%M:%S")
    message = number(send(gateway, "STRICT", startTime=written))
    assert status(gateway, message, "STRICT")[0] == "delayed"
    until(lambda: status(gateway, message, "STRICT")[0] == "delivered", 20.0, "it is not delivered")
    [received] = [line for line in gateway.place.phones() if line.message == message]
    assert received.at >= micros(start)


def test_a_message_that_no_link_took_in_time_expires_and_its_money_comes_back(
    tmp_path: Path, starting: Starting
) -> None:
    place = prepare(tmp_path)
    with place.changing() as connection:
        settings.enable_connector(connection, CONNECTOR, False)
    with running(place, starting) as gateway:
        late = number(send(gateway, validityPeriodMinutes="1"))
        patient = number(send(gateway, validityPeriodMinutes="60"))
        endless = number(send(gateway))
        assert {status(gateway, each)[0] for each in (late, patient, endless)} == {"enqueued"}
        assert gateway.stop() == 0
    with place.changing() as connection:  # as if it had been accepted two minutes ago
        two_minutes = 120_000_000
        connection.execute(
            update(messages)
            .where(messages.c.id == late)
            .values(
                accepted_at=messages.c.accepted_at - two_minutes,
                expires_at=messages.c.expires_at - two_minutes,
            )
        )
    with running(place, starting) as gateway:
        until(lambda: status(gateway, late)[0] == "undelivered", 45.0, "it does not expire")
        assert {status(gateway, each)[0] for each in (patient, endless)} == {"enqueued"}
        with place.changing() as connection:
            settings.enable_connector(connection, CONNECTOR, True)
        for each in (patient, endless):
            until(lambda each=each: status(gateway, each)[0] == "delivered", 10.0)  # type: ignore[misc]
        assert gateway.stop() == 0
    assert {line.message for line in place.phones()} == {patient, endless}
    with place.reading() as connection:
        assert not list(check(connection))
        assert (
            settings.balance_of(connection, settings.find_account(connection, ACCOUNT).id)
            == FUNDS - 2 * PRICE
        )
