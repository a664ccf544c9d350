"""One session with a mail server: opened, logged in, one mail after another.

The last line of a mail, a single dot, is written only once everything before it has left us. What is lost before
that was certainly not taken (RFC 5321 §4.2.5: the server answers for a mail from then on); what is lost afterwards may
have been.
"""

import asyncio
import ssl
from typing import Final, cast

from aiosmtplib import SMTP, SMTPException, SMTPServerDisconnected
from aiosmtplib.response import SMTPResponse

from gonets.connectors.smtp.answers import refusal_of
from gonets.connectors.smtp.outgoing import Mail
from gonets.connectors.smtp.settings import Security, SmtpSettings
from gonets.model.results import Returned, SendResult, Sent, Uncertain

_GO_ON: Final = 354
_DRAIN_S: Final = 0.005


class Broken(Exception):
    """There is no session, or no more; the sentence says why, and holds no secret."""


class Connection:
    """A session; `open` it before anything else."""

    def __init__(self, settings: SmtpSettings, context: ssl.SSLContext | None) -> None:
        self._settings = settings
        self._smtp = SMTP(
            hostname=settings.host,
            port=settings.port_there,
            username=settings.login or None,
            password=settings.password if settings.login else None,
            local_hostname=settings.ids_under,
            timeout=settings.answer_timeout,
            use_tls=settings.security is Security.TLS,
            start_tls=settings.security is Security.STARTTLS,
            tls_context=context,
        )
        self._dotted = False
        self._unfinished = False
        """A mail was begun and not ended."""

    @property
    def is_open(self) -> bool:
        """Whether a mail could be sent now, as far as is known."""
        return self._smtp.is_connected

    @property
    def offers(self) -> tuple[str, ...]:
        """The extensions that the server says it has, in lower case."""
        return tuple(self._smtp.esmtp_extensions)

    async def open(self) -> str:
        """Connect, greet, go over to TLS and log in, as is set; returns the server's greeting. Raises Broken."""
        try:
            async with asyncio.timeout(self._settings.connect_timeout):
                greeting = await self._smtp.connect()
                if self._smtp.is_ehlo_or_helo_needed:
                    await self._smtp.ehlo()
        except TimeoutError:
            self.close()
            raise Broken("timed out") from None
        except (SMTPException, OSError, ValueError) as error:
            self.close()
            raise Broken(_words(error)) from None
        return greeting.message

    async def send(self, mail: Mail) -> SendResult:
        """Hand one mail over. The session may have ended afterwards."""
        self._dotted = False
        try:
            return await self._transaction(mail)
        except (SMTPException, OSError, ValueError):
            self.close()
            return self.without_answer()

    def without_answer(self) -> SendResult:
        """What the mail comes to that was being sent when the session ended."""
        return Uncertain() if self._dotted else Returned()

    async def ask(self) -> None:
        """See whether the server is still there; if it is not, the session has ended."""
        try:
            await self._smtp.noop()
        except (SMTPException, OSError):
            self.close()

    async def part(self) -> None:
        """Say goodbye, where there is somebody to say it to."""
        try:
            await self._smtp.quit(timeout=1.0)
        except (SMTPException, OSError):
            pass
        self.close()

    def close(self) -> None:
        """End it without a word; harmless when it has ended."""
        self._smtp.close()

    # ---- one mail

    async def _transaction(self, mail: Mail) -> SendResult:
        """Raises SMTPException, OSError or ValueError where the session ends under it."""
        if self._unfinished:
            await self._command(b"RSET")
        self._unfinished = True
        notify = self._settings.dsn and self._smtp.supports_extension("dsn")
        envelope = (b"RET=HDRS", b"ENVID=" + mail.envelope.encode()) if notify else ()
        wanted = (b"NOTIFY=SUCCESS,FAILURE,DELAY",) if notify else ()
        for command in (
            (b"MAIL", b"FROM:<" + mail.sender.encode() + b">", *envelope),
            (b"RCPT", b"TO:<" + mail.recipient.encode() + b">", *wanted),
        ):
            answer = await self._command(*command)
            refused = refusal_of(answer.code, answer.message)
            if refused is not None:
                return refused
        answer = await self._command(b"DATA")
        refused = refusal_of(answer.code, answer.message)
        if refused is not None:
            return refused
        if answer.code != _GO_ON:
            raise SMTPServerDisconnected("what it says is not SMTP")
        answer = await self._hand_over(mail.octets)
        self._unfinished = False
        refused = refusal_of(answer.code, answer.message)
        return Sent(mail.id) if refused is None else refused

    async def _command(self, *words: bytes) -> SMTPResponse:
        answer = await self._smtp.execute_command(*words)
        if not 200 <= answer.code < 600:
            raise SMTPServerDisconnected("what it says is not SMTP")
        return answer

    async def _hand_over(self, octets: bytes) -> SMTPResponse:
        protocol = self._smtp.protocol
        if protocol is None:
            raise SMTPServerDisconnected("ended")
        protocol.write(octets)
        async with asyncio.timeout(self._settings.answer_timeout):
            await self._leave()
        protocol.write(b".\r\n")
        self._dotted = True
        answer = await protocol.read_response(timeout=self._settings.answer_timeout)
        if not (200 <= answer.code < 300 or 400 <= answer.code < 600):
            raise SMTPServerDisconnected("what it says is not SMTP")
        return answer

    async def _leave(self) -> None:
        """Return once all that was written has left us."""
        while self._smtp.is_connected:
            transport = cast(asyncio.WriteTransport, self._smtp.transport)
            if not transport.get_write_buffer_size():
                return
            await asyncio.sleep(_DRAIN_S)
        raise SMTPServerDisconnected("ended")


def _words(error: Exception) -> str:
    """What went wrong, in one line."""
    return " ".join(str(error).split()) or type(error).__name__
