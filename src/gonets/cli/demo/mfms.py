"""The demo's MFMS HPG: every way to ask, every ending of the simulated network, and refusals."""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, timedelta
from typing import Final

from gonets.cli.demo.curl import Curl, Door, Fields, How
from gonets.cli.demo.house import (
    CLOSED,
    CONNECTOR_0,
    CONNECTOR_X,
    MFMS_LOGIN,
    MFMS_PASSWORD,
    STOP_WORD,
    STOPPED,
    MfmsProfile,
)
from gonets.cli.demo.showing import Scene, Show, Speech

_SENDER: Final = "Gonets"
LONG_TEXT: Final = (
    "Гонец доскакал: это длинное письмо кириллицей. Оно не помещается в одну часть и едет в трёх, "
    "каждая со своим номером и своей ценой, а на телефоне снова становится одним целым. Приятного чтения!"
)
"""More than 134 characters, so three parts of at most 67."""


def _send(
    recipient: str,
    text: str = "Hello from Gonets",
    how: How = How.QUERY,
    door: Door = Door.MFMS,
    *,
    profile: MfmsProfile = CONNECTOR_X,
    start_in: int | None = None,
    password: str = MFMS_PASSWORD,
) -> Callable[[Scene], Curl]:
    """A message; `start_in` seconds ahead as startTime."""

    def ask(scene: Scene) -> Curl:
        fields = _credentials(profile, password)
        fields += ("subject[0]", _SENDER), ("address[0]", recipient), ("text[0]", text)
        if start_in is not None:
            start = (scene.at + timedelta(seconds=start_in)).astimezone(UTC)
            fields += (("startTime[0]", start.strftime("%Y.%m.%d %H:%M:%S")),)
        return Curl(_path(profile, "send"), fields, how, door)

    return ask


def _statuses(ids: Sequence[str], door: Door = Door.MFMS) -> list[Curl]:
    fields = _credentials(CONNECTOR_X, MFMS_PASSWORD)
    fields += tuple((f"providerId[{place}]", each) for place, each in enumerate(ids))
    return [Curl(_path(CONNECTOR_X, "status"), fields, door=door)]


def _heard(ids: Sequence[str], bodies: Sequence[str]) -> Mapping[str, str]:
    """The status word of each row, and after a blank its reason."""
    found: dict[str, str] = {}
    for row in bodies[0].split("\n"):
        code, *fields = row.split(";")
        if code == "ok" and len(fields) == 4:
            each, status, _, reason = fields
            found[each] = f"{status} {reason}".strip()
    return found


def _path(profile: MfmsProfile, operation: str) -> str:
    return f"/{MFMS_LOGIN}/{profile.name}/{operation}"


def _credentials(profile: MfmsProfile, password: str) -> Fields:
    return ("login", MFMS_LOGIN), (profile.password_field, password)


SPEECH: Final = Speech(
    "MFMS", _statuses, _heard, frozenset({"delivered", "undelivered", "failed", "cancelled"})
)


def _taken(what: str, ask: Callable[[Scene], Curl], end: str) -> Show:
    return Show(SPEECH, what, ask, "ok;0;№", end)


def _refused(what: str, ask: Callable[[Scene], Curl], code: str) -> Show:
    return Show(SPEECH, what, ask, f"{code};0;")


SHOWS: Final = (
    _taken("by GET", _send("79031230001"), "delivered"),
    _taken("over TLS", _send("79031230002", door=Door.MFMS_TLS), "delivered"),
    _taken("by POST", _send("79031230003", how=How.POST), "delivered"),
    _taken("by connector0", _send("79031230004", profile=CONNECTOR_0), "delivered"),
    _taken("on the common port", _send("79031230009", door=Door.HTTP), "delivered"),
    _taken("three parts of Cyrillic", _send("79031230005", LONG_TEXT, How.POST), "delivered"),
    _taken("for two seconds later", _send("79031230006", start_in=2), "delivered"),
    _taken("delivered at once", _send("79031239900"), "delivered"),
    _taken("unknown number", _send("79031239901"), "undelivered unknown-subscriber"),
    _taken("the phone is away", _send("79031239902"), "undelivered absent-subscriber"),
    _taken("it expires on the way", _send("79031239903"), "undelivered none"),
    _taken("the network rejects it", _send("79031239904"), "failed no-service"),
    _taken("throttled three times", _send("79031239905"), "delivered"),
    _taken("the answer is lost", _send("79031239906"), "sent"),
    _taken("the receipt overtakes the answer", _send("79031239907"), "delivered"),
    _taken("the receipt comes twice", _send("79031239908"), "delivered"),
    _taken("the receipt never comes", _send("79031239909"), "sent"),
    _taken("accepted, then delivered", _send("79031239910"), "delivered"),
    _taken("the number is barred", _send("79031239911"), "undelivered subscriber-barred"),
    _taken("after five seconds", _send("79031239912"), "delivered"),
    _taken("refused at every try", _send("79031239913"), "failed operator-queue-full"),
    _taken("away at first, then delivered", _send("79031239914"), "delivered"),
    _taken("abroad, as a look-up finds", _send("79031239915"), "delivered"),
    _refused("wrong password", _send("79031230007", password="wrong"), "error-auth"),
    _refused("to a closed direction", _send(f"{CLOSED[0]}1230008"), "error-address-unknown"),
    _refused("to a number on the stop list", _send(str(STOPPED[0])), "error-address-unknown"),
    _refused("a stop word in the text", _send("79031230007", f"Try {STOP_WORD} now"), "error-system"),
    Show(
        SPEECH,
        "where the first message stands",
        lambda scene: _statuses([scene.first(SPEECH.name)])[0],
        "ok;…;delivered;…;",
        late=True,
    ),
)
"""The endings 9900 to 9915 are those of the simulated network."""
