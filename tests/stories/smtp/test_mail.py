"""An e-mail that a customer sends over SMPP comes out at a real mail server, and its receipt comes back."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from gonets.model.account import Tariff
from gonets.model.message import Channel, RouteId
from gonets.model.routing import ConnectorSetup, Route
from gonets.stores import settings
from gonets.wire.smpp.codes import Status
from tests.connectors.smtp.server import MailServer
from tests.processes import PRICE, prepare, running
from tests.stories.smpp.esme import bound


@contextmanager
def serving(server: MailServer) -> Iterator[int]:
    """The mail server on a free port, in a thread of its own."""
    started: list[tuple[asyncio.AbstractEventLoop, asyncio.Event, int]] = []
    is_up = threading.Event()

    async def serve() -> None:
        async with server.listening() as port:
            over = asyncio.Event()
            started.append((asyncio.get_running_loop(), over, port))
            is_up.set()
            await over.wait()

    thread = threading.Thread(target=lambda: asyncio.run(serve()))
    thread.start()
    assert is_up.wait(20)
    [(loop, over, port)] = started
    try:
        yield port
    finally:
        loop.call_soon_threadsafe(over.set)
        thread.join(20)


def test_a_text_command_becomes_a_mail_and_its_receipt_comes_back(tmp_path: Path) -> None:
    server = MailServer("451 4.3.0 later")
    with serving(server) as port:
        place = prepare(tmp_path, logins={"smsc": "smsc"})
        with place.changing() as connection:
            settings.put_tariff(connection, Tariff("standard", Channel.MAIL, "", PRICE))
            settings.add_connector(
                connection,
                ConnectorSetup(
                    "mail",
                    "smtp",
                    {
                        "host": "127.0.0.1",
                        "port": port,
                        "security": "plain",
                        "sender": "noreply@bank.example",
                    },
                ),
            )
            settings.enable_route(connection, "all", False)
            settings.add_route(connection, Route(RouteId(0), "mail", "", ("mail",)))
        with running(place) as gateway, bound(gateway, "smsc", listener="smpp_smsc") as esme:
            text = "__MAIL__: to:ann@example.com\nПривет\nsubj:Новости".encode("utf-16-be")
            refused = esme.submit(short_message=b"No route for this")
            assert refused.command_status == Status.ESME_RINVCMDID
            taken = esme.submit(short_message=text, data_coding=8, destination_addr="79031234567")
            assert taken.command_status == Status.ESME_ROK
            [receipt] = esme.receipts(1)
            assert receipt.short_message.startswith(b"id:1001 ")
            assert b" stat:DELIVRD " in receipt.short_message
            assert gateway.stop() == 0
            assert "Traceback" not in gateway.said()
    first, second = server.mails()
    assert first["Message-ID"] == second["Message-ID"] == "<1001@bank.example>"
    assert second["Subject"] == "Новости"
    assert second["To"] == "ann@example.com"
    assert second["From"] == "Bank <noreply@bank.example>"
    assert second.get_content().split() == ["Привет"]
