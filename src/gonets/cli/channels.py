"""Channels on the command line: the options of what is no text message, and how each is shown.

An option that is not the channel's own is refused with a sentence; nothing is sent without something a person typed.
"""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import msgspec
import typer

from gonets.cli import given
from gonets.cli.console import CommandRefused
from gonets.model.message import Channel, Voice

if TYPE_CHECKING:
    from gonets.model.message import Picture, Speech
    from gonets.model.results import Lookup

NAMES: Final[dict[Channel, str]] = {
    Channel.SMS: "SMS",
    Channel.MMS: "MMS",
    Channel.MAIL: "e-mail",
    Channel.CALL: "voice call",
    Channel.VIBER: "Viber message",
    Channel.HLR: "look-up",
    Channel.PING: "ping",
}
"""For people."""

_PANEL: Final = "Channels"
_TEXTLESS: Final = frozenset({Channel.MMS, Channel.MAIL, Channel.HLR, Channel.PING})
"""Channels that may go without a text."""
_OWNERS: Final = {
    "--subject": (Channel.MMS, Channel.MAIL),
    "--picture": (Channel.MMS,),
    "--voice": (Channel.CALL,),
    "--parameters": (Channel.CALL,),
}
"""Whose each option is."""

TextOption = Annotated[
    str | None,
    typer.Option(
        "--text", "-t", help="What to say; - reads it. Look-ups and pings have none.", show_default=False
    ),
]
ChannelOption = Annotated[
    Channel,
    typer.Option(
        "--channel",
        help="What carries it: sms, mms, mail (to an address), call (read out), viber, hlr (looks the number up), "
        "ping (is the phone there?).",
        rich_help_panel=_PANEL,
    ),
]
SubjectOption = Annotated[
    str | None, typer.Option("--subject", help="Of an MMS or e-mail: one line.", rich_help_panel=_PANEL)
]
PictureOption = Annotated[
    Path | None,
    typer.Option("--picture", help="Of an MMS: a PNG, JPEG or GIF file.", rich_help_panel=_PANEL),
]
VoiceOption = Annotated[
    Voice | None,
    typer.Option("--voice", help="Who reads a call out; without it, m.", rich_help_panel=_PANEL),
]
ParametersOption = Annotated[
    str | None,
    typer.Option("--parameters", help="Of a call, as its network knows them.", rich_help_panel=_PANEL),
]


class Typed(msgspec.Struct, frozen=True):
    """What a channel's message has besides sender and recipient."""

    text: str
    subject: str
    picture: "Picture | None"
    speech: "Speech | None"


def typed(
    channel: Channel,
    text: str | None,
    subject: str | None,
    picture: Path | None,
    voice: Voice | None,
    parameters: str | None,
) -> Typed:
    """The options as what they mean. Raises CommandRefused; OSError for a picture that cannot be read."""
    from gonets.model.message import Speech

    given_options = {"--subject": subject, "--picture": picture, "--voice": voice, "--parameters": parameters}
    for option, value in given_options.items():
        owners = _OWNERS[option]
        if value is not None and channel not in owners:
            others = " or ".join(f"--channel {owner.value}" for owner in owners)
            raise CommandRefused(f"{option} goes with {others}, not with {channel.value}")
    if text is None and channel not in _TEXTLESS:
        raise CommandRefused(f"say what the {NAMES[channel]} says with --text")
    speaks = voice is not None or parameters is not None
    return Typed(
        text="" if text is None else given.text_of(text),
        subject=subject or "",
        picture=None if picture is None else _picture(picture),
        speech=Speech(voice or Voice.M, parameters or "") if speaks else None,
    )


def _picture(file: Path) -> "Picture":
    import hashlib

    from gonets.model.message import Picture
    from gonets.wire.pictures import kind_of

    octets = file.read_bytes()
    kind = kind_of(octets)
    if kind is None:
        raise CommandRefused(f"{file} is no PNG, JPEG or GIF picture")
    return Picture(hashlib.sha256(octets).hexdigest(), kind, octets)


# ---- shown


class LookupFacts(msgspec.Struct, frozen=True):
    """What a look-up found, as scripts read it; what was not found is empty."""

    imsi: str
    msc: str
    mcc: str
    mnc: str
    cn: str
    net: str
    rcn: str
    rnet: str


def lookup_facts(lookup: "Lookup | None") -> LookupFacts | None:
    """For scripts."""
    return None if lookup is None else LookupFacts(*msgspec.structs.astuple(lookup))


def speech_lines(speech: "Speech | None") -> tuple[tuple[str, str], ...]:
    """How a call is read out, for people."""
    if speech is None:
        return ()
    parameters = (("parameters", speech.parameters),) if speech.parameters else ()
    return (("voice", speech.voice.value), *parameters)


def lookup_lines(found: LookupFacts | None) -> tuple[tuple[str, str], ...]:
    """What a look-up found, for people."""
    if found is None:
        return ()
    lines = (
        ("at home in", f"{_joined(found.net, found.cn)} (mcc {found.mcc or '?'}, mnc {found.mnc or '?'})"),
        ("roams in", _joined(found.rnet, found.rcn)),
        ("imsi", found.imsi),
        ("msc", found.msc),
    )
    return tuple((name, value) for name, value in lines if value)


def lookup_line(found: LookupFacts | None) -> str:
    """The same in a few words; empty where there is nothing."""
    if found is None:
        return ""
    roams = _joined(found.rnet, found.rcn)
    return f"{_joined(found.net, found.cn)}{f', roams in {roams}' if roams else ''}"


def _joined(network: str, country: str) -> str:
    return ", ".join(name for name in (network, country) if name)
