"""`gonets account push` and `attempts`: how an account hears of its messages, and what came of it."""

import asyncio
import base64
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any, Final

import msgspec
import typer

from gonets.cli import given
from gonets.cli.console import (
    FAILED,
    Column,
    CommandRefused,
    JsonOption,
    say,
    show_facts,
    show_table,
    write_json,
)
from gonets.cli.login import NameArgument
from gonets.cli.place import ConfigOption, DataOption, changing, find_config, reading
from gonets.model.account import PushKind
from gonets.model.message import MessageId, State
from gonets.model.times import micros, moment

if TYPE_CHECKING:
    from gonets.config import Config
    from gonets.flow.vault import Vault
    from gonets.model.account import Account
    from gonets.ports.stores import Notice

TEST_MESSAGE: Final = MessageId(1000)
"""Ids begin above it: no message has it."""
_SHOWN: Final = 300
"""Characters of a test's answer."""
_KINDS: Final = {
    PushKind.MFMS: "MFMS' status push, a GET",
    PushKind.SMSC: "SMSC.ru's HTTP handler, a form for each status",
    PushKind.WEBHOOK: "webhook, signed JSON",
}


class PushFacts(msgspec.Struct, frozen=True):
    """How an account hears, as scripts read it."""

    account: str
    kind: str
    url: str
    """Empty: it is not called."""
    batch: int
    fields: list[str]
    signature: str
    """`hmac-sha256` or `ed25519`; empty where this kind is not signed."""
    key: str
    """Names the key in each request."""
    public_key: str
    """Of ed25519: its 32 octets in Base64."""


class TestFacts(msgspec.Struct, frozen=True):
    """What came back of a test, as scripts read it."""

    taken: bool
    outcome: str
    millis: int
    body: str


class AttemptFacts(msgspec.Struct, frozen=True):
    """One call of a client's URL, as scripts read it."""

    at: datetime
    kind: str
    host: str
    count: int
    first: int
    last: int
    outcome: str
    taken: bool
    millis: int


def push(
    name: NameArgument,
    kind: Annotated[PushKind | None, typer.Option("--kind", help="The form of what is sent.")] = None,
    url: Annotated[str | None, typer.Option("--url", help="Where it goes; '': nowhere.")] = None,
    secret: Annotated[
        str | None, typer.Option("--secret", help="Signs webhooks; [bold]-[/bold]: asked for, and not shown.")
    ] = None,
    ed25519: Annotated[
        bool, typer.Option("--ed25519", help="Sign webhooks with the platform's own key instead.")
    ] = False,
    batch: Annotated[
        int | None, typer.Option("--batch", min=1, max=100, help="How much one request carries.")
    ] = None,
    field: Annotated[
        list[str] | None,
        typer.Option(
            "--field", metavar="OLD=NEW", help="A field of SMSC.ru's under another name; repeat it."
        ),
    ] = None,
    test: Annotated[bool, typer.Option("--test", help="Send one event and show what comes back.")] = False,
    as_json: JsonOption = False,
    config: ConfigOption = None,
    data: DataOption = None,
) -> None:
    """Set how an account hears of its messages, show it, and try it out.

    [bold]mfms[/bold] and [bold]smsc[/bold] tell of statuses as those providers do, [bold]webhook[/bold] also of
    messages from phones. A test tells of message 1000, which there never is.
    """
    from gonets.stores import settings

    place = find_config(config, data)
    if secret is not None and ed25519:
        raise CommandRefused("give --secret or --ed25519, not both")
    asked: dict[str, Any] = {}
    if kind is not None:
        asked["push_kind"] = kind
    if url is not None:
        asked["push_url"] = _checked_url(url)
    if batch is not None:
        asked["push_batch"] = batch
    if secret is not None or ed25519:
        asked["push_secret_sealed"] = "" if secret is None else _sealed(place, name, secret)
    if asked or field:
        with changing(place) as connection:
            account = settings.find_account(connection, name)
            if field:
                asked["push_fields"] = _renamed(account.push_fields, field)
            account = msgspec.structs.replace(account, **asked)
            settings.change_account(connection, account)
    else:
        with reading(place) as connection:
            account = settings.find_account(connection, name)
    vault = _vault(place)
    if test:
        _test(place, account, vault, as_json)
    elif as_json:
        write_json(_facts(account, vault))
    else:
        _show(_facts(account, vault))
        if asked:
            say("Changed; a running gateway knows within seconds.", "green")


def attempts(
    name: NameArgument,
    limit: Annotated[int, typer.Option("--limit", min=1, max=10_000, help="The newest so many.")] = 20,
    as_json: JsonOption = False,
    config: ConfigOption = None,
    data: DataOption = None,
) -> None:
    """List the newest calls of an account's URL, newest last; they are kept for a week."""
    from gonets.stores import settings
    from gonets.stores.attempts import newest

    with reading(find_config(config, data)) as connection:
        found = newest(connection, settings.find_account(connection, name).id, limit)
    facts = [
        AttemptFacts(
            moment(each.at),
            each.kind,
            each.host,
            each.count,
            each.first,
            each.last,
            each.outcome,
            bool(each.taken),
            each.millis,
        )
        for each in found
    ]
    if as_json:
        write_json(facts)
        return
    columns = (
        Column("began"),
        Column("kind"),
        Column("host", cut=True),
        Column("events", right=True),
        Column("messages"),
        Column("ms", right=True),
        Column("what came back", wrap=True),
    )
    rows = (
        (
            f"{each.at:%Y-%m-%d %H:%M:%S}",
            each.kind,
            each.host,
            str(each.count),
            f"{each.first}" if each.count == 1 else f"{each.first} .. {each.last}",
            str(each.millis),
            each.outcome if each.taken else f"{each.outcome}, not taken",
        )
        for each in facts
    )
    show_table(columns, rows, f"{name} has not been called yet")


def register(group: typer.Typer) -> None:
    """Put the commands under `gonets account`."""
    group.command(
        "push",
        epilog=given.examples(
            "gonets account push shop --kind webhook --url https://shop.example/sms --ed25519",
            "gonets account push shop --kind smsc --url https://shop.example/sms.php --field phone=msisdn",
            "gonets account push shop --test",
        ),
    )(push)
    group.command("attempts", epilog=given.examples("gonets account attempts shop --limit 100"))(attempts)


def _checked_url(url: str) -> str:
    from gonets.cli.platform.reading import ACCOUNT

    return str(_read(ACCOUNT["push_url"], url, "--url"))


def _renamed(before: tuple[str, ...], pairs: list[str]) -> tuple[str, ...]:
    """The fields with other names; one that is given its own name back has no other."""
    from gonets.cli.platform import forms
    from gonets.cli.pushing import PUSH_FIELDS

    names = dict(each.split("=", 1) for each in before)
    for pair in pairs:
        old, equals, new = pair.partition("=")
        if not equals:
            raise CommandRefused(f"{pair!r} is no field; write it like phone=msisdn")
        names[old] = new
    read: tuple[str, ...] = _read(
        forms.renamed(PUSH_FIELDS), [f"{old}={new}" for old, new in names.items()], "--field"
    )
    return tuple(each for each in read if each.partition("=")[0] != each.partition("=")[2])


def _read(form: Any, value: object, option: str) -> Any:
    from gonets.cli.platform.forms import Wrong

    try:
        return form(value)
    except Wrong as error:
        raise CommandRefused(f"{option}: {error}") from None


def _vault(place: "Config") -> "Vault":
    from gonets.flow.vault import open_vault

    return open_vault(place.key_file)


def _sealed(place: "Config", name: str, secret: str) -> str:
    from gonets.cli.pushing import LEAST_SECRET, WEAK_SECRET
    from gonets.flow.signing import push_context

    if secret == "-":
        secret = str(typer.prompt("Secret", hide_input=True, confirmation_prompt=True))
    if len(secret) < LEAST_SECRET:
        raise CommandRefused(WEAK_SECRET)
    return _vault(place).seal(secret, push_context(name))


def _facts(account: "Account", vault: "Vault") -> PushFacts:
    from gonets.flow.signing import Signer, public_octets
    from gonets.ports.edges import Signed

    how = key = public = ""
    if account.push_kind is PushKind.WEBHOOK:
        signed = Signer(vault).sign(account, b"")
        how = "hmac-sha256" if account.push_secret_sealed else "ed25519"
        key = signed.key if isinstance(signed, Signed) else ""
        if not account.push_secret_sealed:
            public = base64.b64encode(public_octets(vault.signing_key.public_key())).decode()
    return PushFacts(
        account.name,
        account.push_kind.value,
        account.push_url,
        account.push_batch,
        list(account.push_fields),
        how,
        key,
        public,
    )


def _show(facts: PushFacts) -> None:
    lost = "its secret does not open; set it anew with --secret"
    signed = {"hmac-sha256": "HMAC-SHA256 with a secret of the account", "ed25519": "Ed25519"}
    show_facts(
        (
            ("account", facts.account),
            ("is called at", facts.url or "nothing: set --url"),
            ("in the form of", _KINDS[PushKind(facts.kind)]),
            ("at once", str(facts.batch) if facts.kind != PushKind.SMSC else "1"),
            *((("other names", ", ".join(facts.fields)),) if facts.fields else ()),
            *(
                (("signed by", signed[facts.signature]), ("key", facts.key or lost))
                if facts.signature
                else ()
            ),
            *((("public key", facts.public_key),) if facts.public_key else ()),
        )
    )


def _test(place: "Config", account: "Account", vault: "Vault", as_json: bool) -> None:
    """Send one event as the gateway would; ends with exit code 1 where it is not taken."""
    if not account.push_url:
        raise CommandRefused(f"{account.name} has no URL to call; set it with --url")
    facts = asyncio.run(_tried(place, account, vault))
    if as_json:
        write_json(facts)
    else:
        say(
            f"{'Taken' if facts.taken else 'Not taken'}: {facts.outcome}, {facts.millis} ms",
            "" if facts.taken else "red",
        )
        if facts.body:
            say(facts.body)
    if not facts.taken:
        raise typer.Exit(FAILED)


async def _tried(place: "Config", account: "Account", vault: "Vault") -> TestFacts:
    from gonets.app.pushing import pushing_kinds
    from gonets.connectors.http_client import AiohttpClient
    from gonets.ports.edges import NoReply
    from gonets.rules.hosts import parse_networks

    pushing = pushing_kinds(vault)[account.push_kind]
    at = datetime.now(UTC)
    request = pushing.ask(account, [_notice(account, micros(at))], at)
    if isinstance(request, NoReply):
        raise CommandRefused(request.error)
    began = time.monotonic()
    async with AiohttpClient(place.flow.push_timeout_seconds, parse_networks(place.push.allow)) as client:
        reply = await client.send(request)
    millis = round((time.monotonic() - began) * 1000)
    if isinstance(reply, NoReply):
        return TestFacts(False, reply.error, millis, "")
    body = reply.body.decode("utf-8", "replace").strip()[:_SHOWN]
    return TestFacts(pushing.hear(reply), f"HTTP {reply.status}", millis, body)


def _notice(account: "Account", now: int) -> "Notice":
    from gonets.ports.stores import Notice

    return Notice(
        id=0,
        account=account.id,
        message=TEST_MESSAGE,
        state=State.DELIVERED,
        error=0,
        at=now,
        created_at=now,
        sender=account.default_sender or "Test",
        recipient="79990000000",
        accepted_at=now,
        text="Test",
    )
