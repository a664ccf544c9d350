"""`gonets connector test`: what a link would say to its upstream and how it understands replies, or one real message.

Nothing leaves without `--really`. What is shown holds no secrets: requests are made with masks in their place, and what
comes back is searched for them. A message that is really sent goes through that link alone, beside the gateway: it is
in no store, and costs what the upstream takes.
"""

import asyncio
import re
import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any, Final
from urllib.parse import quote

import msgspec
import typer

from gonets.cli.connector import NameArgument
from gonets.cli.console import CommandFailed, CommandRefused, say, show_facts, waiting
from gonets.cli.place import ConfigOption, DataOption, find_config, reading

if TYPE_CHECKING:
    from gonets.model.message import Outgoing
    from gonets.model.results import Event, SendResult
    from gonets.model.routing import ConnectorSetup
    from gonets.ports.edges import Connector, NoReply, Sending
    from gonets.wire.http import Reply, Request

_MASK: Final = "MASKED"
_REPLY: Final = re.compile(r"\s*([1-5][0-9]{2})(?:\s(.*))?", re.DOTALL)
_SAMPLE: Final = "79031234567"
_MOST_SHOWN: Final = 2000
"""Letters of a reply."""


def try_out(
    name: NameArgument,
    to: Annotated[
        str,
        typer.Option("--to", metavar="NUMBER", help="Whom to send to; an address where it is a mail server."),
    ] = "",
    sender: Annotated[str, typer.Option("--from", metavar="SENDER", help="From whom.")] = "Gonets",
    text: Annotated[str, typer.Option("--text", metavar="TEXT", help="What to say.")] = "A test of Gonets",
    replies: Annotated[
        list[str] | None,
        typer.Option(
            "--reply",
            metavar="'STATUS BODY'",
            help="How this reply would be understood; over HTTP only; repeatable.",
        ),
    ] = None,
    really: Annotated[bool, typer.Option("--really", help="Open the link and, with --to, send.")] = False,
    wait: Annotated[float, typer.Option("--wait", min=1, max=3600, help="Seconds for all of it.")] = 60.0,
    config: ConfigOption = None,
    data: DataOption = None,
) -> None:
    """Show what a link says to its upstream, and how it understands replies, or really send one message through it.

    Without [bold]--really[/bold] nothing leaves. With it the link is opened beside a gateway that may have it open too;
    with [bold]--to[/bold] it then sends one message, shows the reply and waits for the state.
    """
    setup, settings = _read(name, config, data)
    parts = _message(setup.kind, sender, to, text)
    if really:
        for reply in replies or []:
            raise CommandRefused(f"--reply {reply!r} is for looking only; leave --really out")
        asyncio.run(_really(setup, settings, parts if to else [], wait))
    else:
        _show(setup, settings, parts, [_reply(each) for each in replies or []])


def _read(name: str, config: Any, data: Any) -> "tuple[ConnectorSetup, dict[str, Any]]":
    """A connector as it is set up, and its settings with their secrets. Raises CommandRefused."""
    from gonets.flow.vault import VaultRefused, open_settings, open_vault
    from gonets.model.links import parted
    from gonets.stores import settings

    place = find_config(config, data)
    with reading(place) as connection:
        found = {each.name: each for each in settings.list_connectors(connection)}
    if name not in found:
        raise CommandRefused(f"there is no connector {name!r}; `gonets connector list` shows what there is")
    try:
        opened = open_settings(found[name].settings, name, open_vault(place.key_file))
        return found[name], parted(opened)[1]
    except VaultRefused as error:
        raise CommandRefused(str(error)) from None


def _message(kind: str, sender: str, to: str, text: str) -> "list[Outgoing]":
    """The parts of the message to send, with ids that no gateway gives. Raises CommandRefused."""
    from gonets.model.message import Channel, Encoding, MessageId, Outgoing, PartId
    from gonets.rules.emails import address_of
    from gonets.rules.splitting import split

    mail = kind == "smtp"
    recipient = to.strip().removeprefix("+") or ("name@example.com" if mail else _SAMPLE)
    fits = address_of(recipient) is not None if mail else re.fullmatch("[1-9][0-9]{6,14}", recipient)
    if not fits:
        raise CommandRefused(f"--to {to!r} is no {'e-mail address' if mail else 'number like 79031234567'}")
    cut = split(text)
    if not text or cut is None:
        raise CommandRefused("--text has to have something in it, and to fit into 255 parts")
    segments = (text,) if mail else cut.segments
    first = int(time.time()) * 1000
    return [
        Outgoing(
            PartId(first + number),
            MessageId(first),
            number + 1,
            len(segments),
            sender,
            recipient,
            segment,
            Encoding.UCS2 if mail else cut.encoding,
            1,
            None,
            channel=Channel.MAIL if mail else Channel.SMS,
            subject="A test of Gonets" if mail else "",
        )
        for number, segment in enumerate(segments)
    ]


def _reply(written: str) -> "Reply":
    from gonets.wire.http import Reply

    found = _REPLY.fullmatch(written)
    if found is None:
        raise CommandRefused(
            f"--reply {written!r} is not like '200 {{\"id\": 17}}': an HTTP status and a body"
        )
    return Reply(int(found[1]), (found[2] or "").encode("utf-8", "surrogateescape"))


# ---- looking


def _show(
    setup: "ConnectorSetup",
    settings: Mapping[str, Any],
    parts: "Sequence[Outgoing]",
    replies: "Sequence[Reply]",
) -> None:
    """What would be said, and how these replies would be understood."""
    from gonets.app.kinds import HTTP_KINDS

    masked = _masked(settings)
    if setup.kind in HTTP_KINDS:
        _show_http(_sending(setup, masked), parts, replies)
        return
    if replies:
        raise CommandRefused(f"--reply is for links over HTTP; {setup.name} is of the kind {setup.kind}")
    if setup.kind == "smtp":
        _show_mail(masked, parts)
    elif setup.kind == "smpp":
        shown = ("host", "port", "system_id", "bind", "tls")
        show_facts((name, str(masked[name])) for name in shown if name in masked)
        say("It would bind there; --really does, and with --to sends.")
    else:
        say("It is a network of simulated phones: nothing leaves this machine.")


def _show_http(sending: "Sending", parts: "Sequence[Outgoing]", replies: "Sequence[Reply]") -> None:
    from gonets.model.message import OutgoingMessage
    from gonets.ports.stores import Away

    message = OutgoingMessage(tuple(parts))
    if sending.unable(message) is not None:
        raise CommandRefused("this provider cannot carry such a message; try another --text or --from")
    say("This sends the message:", "bold")
    _show_request(sending.ask([message]))
    away = Away(parts[0].id, "THEIR-ID", parts[0].recipient, 0)
    if sending.most_asked:
        say("This asks for its state:", "bold")
        _show_request(sending.poll([away]))
    for reply in replies:
        say(f"{reply.status} {reply.body.decode(errors='replace')}", "bold")
        heard = sending.hear([message], reply)
        first = heard[0] if heard else None
        result = first[0] if isinstance(first, tuple) else first
        say(f"  as the answer to a message: {_words(result)}")
        if trouble := sending.trouble(reply):
            say(f"  and nothing more is sent for a while: {trouble}")
        if sending.most_asked:
            told = [each for each in sending.told([away], reply, datetime.now(UTC)) if hasattr(each, "state")]
            say(f"  as the answer about a state: {told[0].state.status.value if told else 'no news'}")


def _show_request(request: "Request") -> None:
    query = f"?{request.query.decode()}" if request.query else ""
    say(f"  {request.method} {request.path}{query}")
    fields = [*request.headers]
    if request.content_type:
        fields.append(("Content-Type", request.content_type))
    if request.authorization:
        fields.append(("Authorization", request.authorization))
    for name, value in fields:
        say(f"  {name}: {value}")
    if request.body:
        say(f"  {request.body.decode(errors='replace')}")


def _show_mail(settings: Mapping[str, Any], parts: "Sequence[Outgoing]") -> None:
    from gonets.connectors.smtp import SmtpSettings
    from gonets.connectors.smtp.outgoing import mail_of

    read = msgspec.convert(settings, SmtpSettings)
    say(f"This goes to {read.host}:{read.port_there} ({read.security.value}):", "bold")
    mail = mail_of(parts[0], read, datetime.now(UTC))
    if mail is None:
        raise CommandRefused("that is no e-mail; write --to like name@example.com")
    say(f"  MAIL FROM:<{mail.sender}>")
    say(f"  RCPT TO:<{mail.recipient}>")
    for line in mail.octets.decode().splitlines():
        say(f"  {line}")


def _words(result: "SendResult | None") -> str:
    """A result for people."""
    from gonets.model.reasons import undelivered_word
    from gonets.model.results import Deferred, Rejected, Returned, Sent

    match result:
        case Sent(""):
            return "taken, without an id"
        case Sent(remote_id):
            return f"taken, their id is {remote_id}"
        case Deferred(error):
            return f"not taken for the moment ({undelivered_word(error)}); it is tried again"
        case Rejected(error):
            return f"refused for good ({undelivered_word(error)})"
        case Returned():
            return "never left; the upstream cannot be reached"
        case _:
            return "it may have been taken or not (uncertain)"


# ---- really


class _Recording:
    """An HTTP client that shows what comes back; `connectors.http.link.Client`."""

    def __init__(self, client: Any, secrets: Sequence[str]) -> None:
        self._client = client
        self._secrets = secrets

    async def send(self, request: "Request") -> "Reply | NoReply":
        from gonets.wire.http import Reply

        reply: Reply | NoReply = await self._client.send(request)
        if isinstance(reply, Reply):
            body = _redacted(reply.body.decode(errors="replace"), self._secrets)
            say(f"  HTTP {reply.status} {body[:_MOST_SHOWN]}", "dim")
        else:
            say(f"  no reply: {reply.error}", "dim")
        return reply

    async def close(self) -> None:
        await self._client.close()


async def _really(
    setup: "ConnectorSetup", settings: dict[str, Any], parts: "Sequence[Outgoing]", wait: float
) -> None:
    """Open the link, and send these parts through it. Raises CommandRefused or CommandFailed."""
    from structlog.testing import capture_logs

    from gonets.app.kinds import HTTP_KINDS

    if setup.kind == "simulator":
        raise CommandRefused(
            "it is a network of simulated phones: `gonets send` and `gonets phones` try it out"
        )
    if setup.kind in HTTP_KINDS and not parts:
        raise CommandRefused("over HTTP there is nothing to open: give --to NUMBER, or leave --really out")
    with capture_logs() as logs:
        if setup.kind == "smtp":
            await _greet(settings)
        try:
            connector = _connector(setup, settings)
        except (OSError, ValueError) as error:
            raise CommandRefused(f"connector {setup.name}: {error}") from None
        await connector.start()
        try:
            async with asyncio.timeout(wait):
                await _opened(connector)
                say(f"The link {setup.name} is open.", "green")
                if parts:
                    await _send(connector, parts, _tells(connector, settings))
        except TimeoutError:
            said = next((f"{each['event']}: {each['error']}" for each in logs[::-1] if each.get("error")), "")
            why = _redacted(said, _secrets(settings)) or "--wait has it wait longer"
            raise CommandFailed(f"it did not come to an end within {wait:g} seconds; {why}") from None
        finally:
            await connector.close()


async def _greet(settings: Mapping[str, Any]) -> None:
    """See who is there and what they offer."""
    import ssl

    from gonets.connectors.smtp import SmtpSettings
    from gonets.connectors.smtp.connection import Broken, Connection
    from gonets.connectors.smtp.settings import Security

    read = msgspec.convert(settings, SmtpSettings)
    plain = read.security is Security.PLAIN
    try:
        connection = Connection(
            read, None if plain else ssl.create_default_context(cafile=read.ca_file or None)
        )
        greeting = await connection.open()
    except (Broken, OSError) as error:
        raise CommandFailed(
            f"{read.host}:{read.port_there} cannot be used: {_redacted(str(error), _secrets(settings))}; look at host,"
            " port, security, login and password"
        ) from None
    say(f"{greeting}; it offers {', '.join(connection.offers) or 'nothing'}")
    await connection.part()


def _connector(setup: "ConnectorSetup", settings: dict[str, Any]) -> "Connector":
    from gonets.app.clock import SystemClock
    from gonets.app.kinds import part_of, settings_of
    from gonets.connectors.http import Http, HttpSettings
    from gonets.connectors.http.settings import tls_context
    from gonets.connectors.http_client import AiohttpClient
    from gonets.connectors.smpp import Smpp, SmppSettings
    from gonets.connectors.smtp import Smtp, SmtpSettings

    clock = SystemClock()
    if setup.kind == "smpp":
        return Smpp(setup.name, msgspec.convert(settings, SmppSettings), clock)
    if setup.kind == "smtp":
        return Smtp(setup.name, msgspec.convert(settings, SmtpSettings), clock)
    usual: HttpSettings = part_of(HttpSettings, msgspec.convert(settings, settings_of(setup.kind)))
    client = AiohttpClient(usual.timeout, repeats=False, trusts=tls_context(usual), proxy=usual.proxy)
    return Http(
        setup.name,
        usual,
        _sending(setup, settings),
        _Recording(client, _secrets(settings)),
        clock,
        _no_picture,
    )


async def _no_picture(wanted: str) -> None:
    return None


async def _opened(connector: "Connector") -> None:
    with waiting("Opening the link"):
        while not connector.room():  # noqa: ASYNC110 - it has no event
            await asyncio.sleep(0.02)


def _tells(connector: "Connector", settings: Mapping[str, Any]) -> bool:
    """Whether this link hears what becomes of what was taken; reports go to the gateway, and mail is not received."""
    from gonets.connectors.http import Http

    if isinstance(connector, Http):
        return connector.sending.most_asked > 0
    return bool(settings.get("delivered_when_taken", True))


async def _send(connector: "Connector", parts: "Sequence[Outgoing]", tells: bool) -> None:
    """Send, and tell what comes back until everything has come to an end. Raises CommandFailed."""
    from gonets.model.results import Receipt, Sent, Settled

    names: dict[str, int] = {}
    taken = 0
    underway = {part.id: part.number for part in parts}
    connector.send(parts)
    with waiting("Waiting for the answer") as say_what:
        while underway or names:
            heard = await connector.hear()
            ours: list[Event] = []
            for event in heard:
                match event:
                    case Settled(part, result) if part in underway:
                        number = underway.pop(part)
                        say(f"Part {number} of {len(parts)}: {_words(result)}")
                        taken += isinstance(result, Sent)
                        if isinstance(result, Sent) and result.remote_id and tells:
                            names[result.remote_id] = number
                        ours.append(event)
                    case Receipt() if event.remote_id in names:
                        say(f"Part {names[event.remote_id]} of {len(parts)}: {event.state.status.value}")
                        if event.state.final:
                            del names[event.remote_id]
                        ours.append(event)
                    case _:
                        pass
            connector.acknowledge(ours)
            # Of the gateway's own messages: it hears of them itself.
            connector.refuse([event for event in heard if event not in ours])
            say_what("Waiting for the state")
    if taken < len(parts):
        raise CommandFailed("the message was not taken; what the upstream said stands above")
    if not tells:
        say("What becomes of it this link cannot ask.")


# ---- secrets


def _sending(setup: "ConnectorSetup", settings: Mapping[str, Any]) -> "Sending":
    from gonets.app.clock import SystemClock
    from gonets.app.kinds import HTTP_KINDS, part_of, settings_of

    kind = HTTP_KINDS[setup.kind]
    return kind.sending(
        part_of(kind.settings, msgspec.convert(settings, settings_of(setup.kind))), SystemClock()
    )


def _masked(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Settings with something else for every secret."""
    from gonets.flow.vault import SECRET_SETTINGS

    proxy = {"proxy": "http://masked.example"} if settings.get("proxy") else {}
    return {
        name: _MASK if name in SECRET_SETTINGS and value else value for name, value in settings.items()
    } | proxy


def _secrets(settings: Mapping[str, Any]) -> list[str]:
    from gonets.flow.vault import SECRET_SETTINGS

    return [str(settings[name]) for name in SECRET_SETTINGS if settings.get(name)]


def _redacted(text: str, secrets: Sequence[str]) -> str:
    """What came, without our secrets, in whatever form it quotes them."""
    for secret in secrets:
        for form in (secret, quote(secret, safe=""), quote(secret)):
            text = text.replace(form, _MASK)
    return text
