"""The kinds of connectors and what can be set of each: the one table that a new provider over HTTP is added to."""

from collections.abc import Callable, Mapping
from typing import Any, Final, NamedTuple, get_type_hints

import msgspec

from gonets.connectors import http, smpp, smtp
from gonets.connectors.simulator import SimulatorSettings
from gonets.connectors.smpp import SmppSettings
from gonets.connectors.smtp import SmtpSettings
from gonets.ports.clock import Clock
from gonets.ports.edges import Sending
from gonets.protocols.custom import client as custom
from gonets.protocols.custom import settings as custom_settings
from gonets.protocols.mfms import client as mfms
from gonets.protocols.osonsms import client as osonsms
from gonets.protocols.sms2 import client as sms2
from gonets.protocols.smsclub import client as smsclub


class HttpKind(NamedTuple):
    """A protocol that the connector over HTTP speaks."""

    settings: type[msgspec.Struct]
    """What its sending half is made of, beside what every link over HTTP has."""
    sending: Callable[[Any, Clock], Sending]
    """Makes it of these."""
    meanings: Mapping[str, str]
    """A sentence for each setting."""


HTTP_KINDS: Final[dict[str, HttpKind]] = {
    "mfms": HttpKind(mfms.HpgSettings, mfms.HpgSending, mfms.MEANINGS),
    "osonsms": HttpKind(
        osonsms.OsonSettings, lambda settings, clock: osonsms.OsonSending(settings), osonsms.MEANINGS
    ),
    "custom": HttpKind(
        custom_settings.CustomSettings,
        lambda settings, clock: custom.CustomSending(settings),
        custom_settings.MEANINGS,
    ),
    "sms2": HttpKind(sms2.Sms2Settings, lambda settings, clock: sms2.Sms2Sending(settings), sms2.MEANINGS),
    "smsclub": HttpKind(smsclub.SmsClubSettings, smsclub.SmsClubSending, smsclub.MEANINGS),
}
"""By the name of the kind."""

KINDS: Final = ("simulator", "smpp", "smtp", *HTTP_KINDS)
"""What can be built."""


def settings_of(kind: str) -> type[msgspec.Struct]:
    """What can be set of a kind, one of `KINDS`; `msgspec.convert` makes it of a mapping, and says what is wrong."""
    match kind:
        case "simulator":
            return SimulatorSettings
        case "smpp":
            return SmppSettings
        case "smtp":
            return SmtpSettings
        case _:
            return _joined(f"{kind} settings", HTTP_KINDS[kind].settings, http.HttpSettings)


def meanings_of(kind: str) -> Mapping[str, str]:
    """A sentence for each setting of a kind; of one without a table, none."""
    match kind:
        case "simulator":
            return {}
        case "smpp":
            return smpp.MEANINGS
        case "smtp":
            return smtp.MEANINGS
        case _:
            return {**http.MEANINGS, **HTTP_KINDS[kind].meanings}


def part_of(wanted: type[msgspec.Struct], settings: msgspec.Struct) -> Any:
    """Those of some settings that a class has, as that class."""
    return wanted(**{name: getattr(settings, name) for name in wanted.__struct_fields__})


def _joined(name: str, *halves: type[msgspec.Struct]) -> type[msgspec.Struct]:
    """A class with the settings of all of these, which refuses what any of them does."""
    fields: dict[str, tuple[str, Any] | tuple[str, Any, Any]] = {}
    for half in halves:
        kinds = get_type_hints(half, include_extras=True)
        usual = dict(zip(half.__struct_fields__[::-1], half.__struct_defaults__[::-1], strict=False))
        for field in half.__struct_fields__:
            default = usual.get(field, msgspec.NODEFAULT)
            plain = default is msgspec.NODEFAULT
            fields.setdefault(field, (field, kinds[field]) if plain else (field, kinds[field], default))

    def check(self: msgspec.Struct) -> None:
        for half in halves:
            part_of(half, self)

    return msgspec.defstruct(
        name,
        fields.values(),
        namespace={"__post_init__": check},
        frozen=True,
        kw_only=True,
        forbid_unknown_fields=True,
    )
