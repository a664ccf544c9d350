"""A mail server as a connector, against a real one."""

import asyncio
from pathlib import Path

import pytest

from gonets.connectors.smtp import Smtp, SmtpSettings
from gonets.model.message import Channel, State
from gonets.model.results import Deferred, Receipt, Rejected, Returned, Sent, Settled, Uncertain
from gonets.ports.edges import Connector
from gonets.servers.tls import own_certificate, server_context
from tests.clocks import START, TravelClock
from tests.connectors.smtp.server import DROP, LOGIN, PASSWORD, Link, MailServer, mail
from tests.contract.house import told


def test_it_is_a_connector() -> None:
    async def made() -> Connector:
        return Smtp("mail", SmtpSettings(host="a", sender="a@b.example"), TravelClock())

    assert asyncio.run(made()).room() == 0


def test_a_mail_that_is_taken_is_sent_and_delivered_at_once() -> None:
    @told
    async def story() -> None:
        server = MailServer()
        async with server.listening() as port, Link(port) as link:
            [result] = await link.sent(mail(1001))
            assert result == Sent("1001@bank.example")
            assert link.events == [
                Settled(mail(1001).id, result),
                Receipt("1001@bank.example", State.DELIVERED, 0, START),
            ]
        [envelope] = server.envelopes
        assert envelope.mail_from == "noreply@bank.example"
        assert envelope.rcpt_tos == ["ann@example.com"]
        [message] = server.mails()
        assert message["From"] == "Bank <noreply@bank.example>"
        assert message["To"] == "ann@example.com"
        assert message["Message-ID"] == "<1001@bank.example>"
        assert message["Date"].datetime == START
        assert message["Subject"] == "News"
        assert message.get_content() == "Hello\r\n"

    story()


def test_by_setting_it_stays_sent() -> None:
    @told
    async def story() -> None:
        server = MailServer()
        async with server.listening() as port, Link(port, delivered_when_taken=False) as link:
            await link.sent(mail(1))
        assert link.events == [Settled(mail(1).id, Sent("1@bank.example"))]

    story()


def test_cyrillic_and_leading_dots_arrive_as_they_were_written() -> None:
    @told
    async def story() -> None:
        server = MailServer()
        text = ".\r\n..Привет, мир\r\n.\r\nA plain line: ёжик 🦔"
        async with server.listening() as port, Link(port) as link:
            await link.sent(mail(1, subject="Новости банка " * 9, sender="Банк", text=text))
            await link.sent(mail(2, text=".first\n..second"))
        first, second = server.mails()
        assert first["Subject"] == ("Новости банка " * 9).strip()
        assert first["From"].addresses[0].display_name == "Банк"
        assert first.get_content().replace("\r\n", "\n").rstrip("\n") == text.replace("\r\n", "\n")
        assert second.get_content().replace("\r\n", "\n") == ".first\n..second\n"
        for envelope in server.envelopes:
            assert isinstance(envelope.content, bytes)
            assert envelope.content.isascii()

    story()


def test_no_header_can_be_written_into_a_subject_or_a_sender() -> None:
    @told
    async def story() -> None:
        server = MailServer()
        evil = "News\r\nBcc: all@example.com\r\n\r\nbody\ud800"
        async with server.listening() as port, Link(port) as link:
            [result] = await link.sent(mail(1, subject=evil, sender=evil))
            assert isinstance(result, Sent)
        [message] = server.mails()
        assert message["Bcc"] is None
        assert message["Subject"] == "News Bcc: all@example.com body?"
        assert message.get_content() == "Hello\r\n"

    story()


def test_a_sender_that_is_an_address_is_who_the_mail_is_from_and_bounces_still_go_to_ours() -> None:
    @told
    async def story() -> None:
        server = MailServer()
        async with server.listening() as port, Link(port) as link:
            await link.sent(mail(1, sender="desk@shop.example"))
        assert server.mails()[0]["From"] == "desk@shop.example"
        assert server.envelopes[0].mail_from == "noreply@bank.example"

    story()


@pytest.mark.parametrize(
    ("answer", "result"),
    [
        ("451 4.3.0 later", Deferred(255, 0.0)),
        ("452 4.2.2 mailbox full", Deferred(220, 0.0)),
        ("450 busy", Deferred(6, 0.0)),
        ("554 spam", Rejected(255)),
        ("550 5.7.1 not from you", Rejected(13)),
        ("552 5.3.4 too big", Rejected(21)),
        ("530 5.7.0 log in first", Deferred(255, 0.0)),
    ],
)
def test_what_is_refused_at_the_end_is_put_off_or_refused_by_its_code_and_the_next_one_goes_on(
    answer: str, result: Deferred | Rejected
) -> None:
    @told
    async def story() -> None:
        server = MailServer(answer)
        async with server.listening() as port, Link(port) as link:
            assert await link.sent(mail(1), mail(2)) == [result, Sent("2@bank.example")]
        assert len(server.sessions) == 1

    story()


@pytest.mark.parametrize(
    ("answer", "result"),
    [("450 4.2.1 try later", Deferred(13, 0.0)), ("550 5.1.1 nobody here", Rejected(1))],
)
def test_so_is_what_is_refused_at_its_recipient(answer: str, result: Deferred | Rejected) -> None:
    @told
    async def story() -> None:
        server = MailServer(at_rcpt=answer)
        async with server.listening() as port, Link(port) as link:
            assert await link.sent(mail(1), mail(2)) == [result, result]
        assert server.envelopes == []

    story()


def test_one_that_is_lost_before_its_last_line_was_written_is_returned() -> None:
    @told
    async def story() -> None:
        server = MailServer(at_rcpt=DROP)
        async with server.listening() as port, Link(port) as link:
            assert await link.sent(mail(1), mail(2)) == [Returned(), Returned()]
            assert link.smtp.room() == 0
            server.at_rcpt = "250 ok"
            await link.clock.advance(2)
            assert await link.sent(mail(3)) == [Sent("3@bank.example")]

    story()


def test_one_that_is_lost_after_it_is_uncertain() -> None:
    @told
    async def story() -> None:
        server = MailServer(DROP)
        async with server.listening() as port, Link(port) as link:
            assert await link.sent(mail(1)) == [Uncertain()]
            await link.clock.advance(2)
            assert await link.sent(mail(2)) == [Sent("2@bank.example")]
        assert len(server.envelopes) == 2

    story()


def test_a_part_that_is_no_mail_is_refused_and_not_sent() -> None:
    @told
    async def story() -> None:
        server = MailServer()
        async with server.listening() as port, Link(port) as link:
            wrong = (mail(1, channel=Channel.SMS), mail(2, "79031234567"))
            assert await link.sent(*wrong) == [Rejected(21), Rejected(21)]
            unwritable = mail(3, "=?x?q?y?=@example.com")
            assert await link.sent(unwritable) == [Rejected(21)]
        assert server.envelopes == []

    story()


def test_several_connections_share_the_work_and_are_kept() -> None:
    @told
    async def story() -> None:
        server = MailServer()
        async with server.listening() as port, Link(port, connections=3) as link:
            await link.up()
            for first in range(1, 31, 3):
                await link.sent(*(mail(first + more) for more in range(3)))
        assert len(server.envelopes) == 30
        assert len(server.sessions) <= 3

    story()


def test_notifications_are_asked_for_where_the_server_offers_them() -> None:
    @told
    async def story() -> None:
        server = MailServer(dsn=True)
        async with server.listening() as port, Link(port) as link:
            await link.sent(mail(1001))
        assert server.parameters == [
            "FROM:<noreply@bank.example> RET=HDRS ENVID=1001",
            "TO:<ann@example.com> NOTIFY=SUCCESS,FAILURE,DELAY",
        ]
        quiet = MailServer(dsn=True)
        async with quiet.listening() as port, Link(port, dsn=False) as link:
            await link.sent(mail(1001))
        assert quiet.parameters == ["FROM:<noreply@bank.example>", "TO:<ann@example.com>"]

    story()


# ---- who is there


@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_over_tls_it_logs_in_where_the_certificate_is_trusted(tmp_path: Path, security: str) -> None:
    @told
    async def story() -> None:
        cert, key = own_certificate(tmp_path, START)
        server = MailServer()
        context = server_context(cert, key)
        async with server.listening(context, auth=True, implicit=security == "tls") as port:
            login = {"login": LOGIN, "password": PASSWORD, "host": "127.0.0.1"}
            async with Link(port, security=security, ca_file=str(cert), **login) as link:
                assert await link.sent(mail(1)) == [Sent("1@bank.example")]
            assert server.logins == [LOGIN.encode()]

    story()


@pytest.mark.parametrize("wrong", ["certificate", "password", "no starttls", "nobody"])
def test_it_takes_nothing_where_it_could_not_open_a_session_and_tries_again(
    tmp_path: Path, wrong: str
) -> None:
    @told
    async def story() -> None:
        cert, key = own_certificate(tmp_path, START)
        server = MailServer()
        context = None if wrong == "no starttls" else server_context(cert, key)
        async with server.listening(context, auth=wrong != "no starttls") as port:
            given = {
                "security": "starttls",
                "ca_file": "" if wrong == "certificate" else str(cert),
                "login": LOGIN,
                "password": "another" if wrong == "password" else PASSWORD,
            }
            async with Link(1 if wrong == "nobody" else port, **given) as link:
                async with asyncio.timeout(20):
                    while link.clock.sleepers < 2:  # noqa: ASYNC110 - its look, and its wait to try again
                        await asyncio.sleep(0)
                assert link.smtp.room() == 0
                link.smtp.send([mail(1)])
            assert link.results() == {mail(1).id: Returned()}
        assert server.envelopes == []

    story()


def test_a_server_that_has_gone_silently_is_found_out_before_a_mail_is_lost_to_it() -> None:
    @told
    async def story() -> None:
        server = MailServer()
        async with server.listening() as port, Link(port, noop_after=5.0) as link:
            assert await link.sent(mail(1)) == [Sent("1@bank.example")]
            await link.clock.advance(6)
            assert await link.sent(mail(2)) == [Sent("2@bank.example")]
        assert len(server.sessions) == 1

    story()
