"""Two accounts send to the same number over different links, and mail stands beside SMS on the empty prefix."""

from datetime import UTC, datetime
from pathlib import Path

from gonets.model.account import Account, Credential, Tariff
from gonets.model.message import AccountId, Channel, RouteId
from gonets.model.money import ONE, Millionths
from gonets.model.routing import Conditions, ConnectorSetup, Route
from gonets.rules.proofs import hash_secret
from gonets.stores import settings
from gonets.stores.money import top_up
from gonets.wire.smpp.codes import Status
from tests.connectors.smtp.server import MailServer
from tests.processes import PASSWORD, PRICE, QUICK, Place, prepare, running
from tests.stories.smpp.esme import bound
from tests.stories.smtp.test_mail import serving

NUMBER = "79031234567"


def furnish(place: Place, port: int) -> None:
    """A second account with a link of its own, and a mail server beside the simulated network."""
    mail: dict[str, int | float | str | bool] = {
        "host": "127.0.0.1",
        "port": port,
        "security": "plain",
        "sender": "noreply@bank.example",
    }
    with place.changing() as connection:
        [first] = settings.list_accounts(connection)
        second = Account(
            AccountId(0), "second", "standard", "RUB", Millionths(0), "RU", first.zone, any_sender=True
        )
        number = settings.add_account(connection, second, datetime.now(UTC))
        top_up(connection, number, Millionths(ONE * 100), "to begin with", datetime.now(UTC))
        settings.add_credential(connection, Credential(number, "smsc", "second", hash_secret(PASSWORD)))
        settings.put_tariff(connection, Tariff("standard", Channel.MAIL, "", PRICE))
        settings.add_connector(connection, ConnectorSetup("own", "simulator", dict(QUICK)))
        settings.add_connector(connection, ConnectorSetup("mail", "smtp", mail))
        own = Route(RouteId(0), "own", "", ("own",), only=Conditions(account="second", channel=Channel.SMS))
        settings.add_route(connection, own)
        settings.add_route(
            connection, Route(RouteId(0), "letters", "", ("mail",), only=Conditions(channel=Channel.MAIL))
        )


def test_each_account_has_its_link_and_mail_goes_beside_them(tmp_path: Path) -> None:
    server = MailServer()
    with serving(server) as port:
        place = prepare(tmp_path, logins={"smsc": "smsc"})
        furnish(place, port)
        letter = "__MAIL__: to:ann@example.com\nПривет\nsubj:Новости".encode("utf-16-be")
        with running(place) as gateway:
            for login in ("smsc", "second"):
                with bound(gateway, login, listener="smpp_smsc") as esme:
                    text = f"From {login}".encode()
                    taken = esme.submit(short_message=text, destination_addr=NUMBER)
                    assert taken.command_status == Status.ESME_ROK
                    mailed = esme.submit(short_message=letter, data_coding=8, destination_addr=NUMBER)
                    assert mailed.command_status == Status.ESME_ROK
                    for receipt in esme.receipts(2):
                        assert b" stat:DELIVRD " in receipt.short_message
            assert gateway.stop() == 0
            assert "Traceback" not in gateway.said()
    with place.reading() as connection:
        went = connection.exec_driver_sql(
            "SELECT a.name, m.channel, r.name, p.connector FROM parts p JOIN messages m ON m.id = p.message_id"
            " JOIN accounts a ON a.id = m.account_id JOIN routes r ON r.id = p.route_id ORDER BY 1, 2"
        ).all()
    assert [tuple(each) for each in went] == [
        ("demo", "mail", "letters", "mail"),
        ("demo", "sms", "all", "phones"),
        ("second", "mail", "letters", "mail"),
        ("second", "sms", "own", "own"),
    ]
    assert [each["To"] for each in server.mails()] == ["ann@example.com"] * 2
    assert {each.recipient for each in place.phones()} == {NUMBER}
