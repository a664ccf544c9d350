"""A real mail server in this process (aiosmtpd), that keeps what it takes and answers as a test says."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any, Final, cast

import msgspec
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from gonets.connectors.smtp import Smtp, SmtpSettings
from gonets.model.message import Channel, Encoding, MessageId, Outgoing, PartId
from gonets.model.results import Event, SendResult, Settled
from tests.clocks import TravelClock

LOGIN: Final = "gonets"
PASSWORD: Final = "secret-word"
TAKEN: Final = "250 2.0.0 taken"
DROP: Final = "drop"
"""In place of an answer: the connection ends."""
PATIENCE_S: Final = 20.0


class _Notifying(SMTP):
    """aiosmtpd with RFC 3461: it keeps the parameters, which it would refuse."""

    async def smtp_MAIL(self, arg: str) -> None:  # noqa: N802 - its name there
        self.event_handler.parameters.append(arg)
        await super().smtp_MAIL(arg.partition(" ")[0])

    async def smtp_RCPT(self, arg: str) -> None:  # noqa: N802 - its name there
        self.event_handler.parameters.append(arg)
        await super().smtp_RCPT(arg.partition(" ")[0])


class MailServer:
    """The handler of a server; `answers` are given in turn at DATA, `at_rcpt` to every RCPT."""

    def __init__(self, *answers: str, at_rcpt: str = TAKEN, dsn: bool = False) -> None:
        self.answers = list(answers)
        self.at_rcpt = at_rcpt
        self.dsn = dsn
        self.parameters: list[str] = []
        self.envelopes: list[Envelope] = []
        """All that came whole, whatever was answered."""
        self.sessions: set[Session] = set()
        self.logins: list[bytes] = []

    def mails(self) -> list[EmailMessage]:
        """What came, read."""
        return [message_from_bytes(cast(bytes, each.content), policy=default) for each in self.envelopes]

    async def handle_EHLO(  # noqa: N802 - its name there
        self, server: SMTP, session: Session, envelope: Envelope, hostname: str, responses: list[str]
    ) -> list[str]:
        session.host_name = hostname
        return [responses[0], "250-DSN", *responses[1:]] if self.dsn else responses

    async def handle_RCPT(  # noqa: N802 - its name there
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        envelope.rcpt_tos.append(address)
        return self._say(server, self.at_rcpt)

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        self.envelopes.append(envelope)
        self.sessions.add(session)
        return self._say(server, self.answers.pop(0) if self.answers else TAKEN)

    def _say(self, server: SMTP, answer: str) -> str:
        if answer == DROP:
            assert server.transport is not None
            server.transport.close()
        return answer

    def authenticate(
        self, server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: Any
    ) -> AuthResult:
        """What aiosmtpd asks about a login."""
        assert isinstance(data, LoginPassword)
        self.logins.append(data.login)
        good = data.login == LOGIN.encode() and data.password == PASSWORD.encode()
        return AuthResult(success=good, handled=False)

    @asynccontextmanager
    async def listening(
        self, context: ssl.SSLContext | None = None, *, auth: bool = False, implicit: bool = False
    ) -> AsyncIterator[int]:
        """Serve on a free port, which it gives. `context`: for STARTTLS, or from the first octet (`implicit`)."""
        factory = _Notifying if self.dsn else SMTP
        server = await asyncio.get_running_loop().create_server(
            lambda: factory(
                self,
                hostname="mx.test",
                tls_context=None if implicit else context,
                require_starttls=context is not None and not implicit,
                # It warns of logins without STARTTLS, as if there were no other TLS.
                auth_required=auth and not implicit,
                auth_require_tls=context is not None and not implicit,
                authenticator=self.authenticate if auth else None,
            ),
            "127.0.0.1",
            0,
            ssl=context if implicit else None,
        )
        try:
            yield server.sockets[0].getsockname()[1]
        finally:
            server.close()
            await server.wait_closed()


def mail(number: int, recipient: str = "ann@example.com", **more: Any) -> Outgoing:
    """A part that is an e-mail, unless `more` says otherwise."""
    fields: dict[str, Any] = {
        "sender": "Bank",
        "text": "Hello",
        "encoding": Encoding.UCS2,
        "channel": Channel.MAIL,
        "subject": "News",
        **more,
    }
    return Outgoing(
        PartId(number),
        MessageId(number),
        1,
        1,
        fields.pop("sender"),
        recipient,
        fields.pop("text"),
        fields.pop("encoding"),
        1,
        None,
        **fields,
    )


class Link:
    """A connector under test with all that it was heard to say."""

    def __init__(self, port: int, **settings: Any) -> None:
        given = {"security": "plain", "sender": "noreply@bank.example", "connections": 1, **settings}
        self.clock = TravelClock()
        self.smtp = Smtp(
            "mail",
            msgspec.convert({"host": "127.0.0.1", "port": port, **given}, SmtpSettings),
            self.clock,
            lambda: 0.0,
        )
        self.events: list[Event] = []

    async def __aenter__(self) -> "Link":
        await self.smtp.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.smtp.close()
        while heard := await self.smtp.hear():
            self.events += heard

    async def up(self) -> None:
        """Wait until it has room."""
        async with asyncio.timeout(PATIENCE_S):
            while not self.smtp.room():  # noqa: ASYNC110 - sockets have no event to wait for here
                await asyncio.sleep(0)

    async def sent(self, *parts: Outgoing) -> list[SendResult]:
        """Send these once it is up; what became of each, in their order."""
        await self.up()
        self.smtp.send(parts)
        async with asyncio.timeout(PATIENCE_S):
            while not {part.id for part in parts} <= self.results().keys():
                self.events += await self.smtp.hear()
        results = self.results()
        return [results[part.id] for part in parts]

    def results(self) -> dict[PartId, SendResult]:
        """Of what was settled so far."""
        return {each.part: each.result for each in self.events if isinstance(each, Settled)}
