"""The demo's SMS2: messages in both charsets, phone bases and a multicast, an MMS, and refusals.

The account refuses the same message again within a minute, so a line that sends one has the shell put a number into the
text that comes once.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Final

from gonets.cli.demo.curl import Curl, Door, Fields, How
from gonets.cli.demo.house import BASES, CLOSED, PROTECTED, SMS2_LOGIN, SMS2_PASSWORD, STOP_WORD, STOPPED
from gonets.cli.demo.pictures import LETTER
from gonets.cli.demo.shell import NOW, Worked
from gonets.cli.demo.showing import Reach, Scene, Show, Speech, got_it
from gonets.rules.proofs import md5_of

_SENDER: Final = "Test"
_MULTICAST: Final = "Multicast "
_DEMO: Final = "Demo"


def _send(
    phone: str,
    text: str = "Hello from SMS2 ",
    how: How = How.QUERY,
    door: Door = Door.HTTP,
    *,
    sender: str = _SENDER,
    login: str = SMS2_LOGIN,
    password: str = SMS2_PASSWORD,
    charset: str = "",
    flash: bool = False,
    times: int = 1,
) -> Callable[[Scene], Curl]:
    """A message whose text ends in a number that comes once."""

    def ask(scene: Scene) -> Curl:
        fields = _credentials(login, password)
        fields += ("phone", phone), ("from", sender), ("message", Worked(text, NOW, scene.run))
        fields += (("enc", "utf-8"),) if charset == "utf-8" else ()
        fields += (("flash", "1"),) if flash else ()
        return Curl("/sms.cgi", fields, how, door, charset=charset or "cp1251", times=times)

    return ask


def _mms(scene: Scene) -> Curl:
    fields: Fields = (("user", SMS2_LOGIN), ("hash", md5_of(SMS2_PASSWORD)))
    fields += ("phone", "79031240010"), ("subject", "Письмо")
    fields += ("text", Worked("С картинкой ", NOW, scene.run)), ("picture", LETTER)
    return Curl("/api.php", fields, How.PARTS)


def _call(function: str, **more: str) -> Callable[[Scene], Curl]:
    """Of api_call.cgi."""
    fields = (*_credentials(), ("function", function), *more.items())
    return lambda scene: Curl("/api_call.cgi", fields)


def _multicast(scene: Scene) -> Curl:
    fields = _credentials()
    fields += ("function", "start_multicast"), ("bases", _DEMO), ("from", "Sms2Demo")
    fields += (("message", Worked(_MULTICAST, NOW, scene.run)),)
    return Curl("/api_call.cgi", fields, How.POST)


def _status(mess_id: str) -> Curl:
    return Curl("/sms_status2.cgi", (*_credentials(), ("mess_id", mess_id)))


def _credentials(login: str = SMS2_LOGIN, password: str = SMS2_PASSWORD) -> Fields:
    return ("user", login), ("pass", password)


def _heard(ids: Sequence[str], bodies: Sequence[str]) -> Mapping[str, str]:
    return {
        each: body.removeprefix("Status: ")
        for each, body in zip(ids, bodies, strict=True)
        if body.startswith("Status: ")
    }


SPEECH: Final = Speech(
    "SMS2", lambda ids: [_status(each) for each in ids], _heard, frozenset({"delivered", "not_delivered"})
)


def _taken(what: str, ask: Callable[[Scene], Curl], end: str = "delivered", *, again: str = "") -> Show:
    """`again`: what is answered when it is sent a second time."""
    return Show(SPEECH, what, ask, f"Message successfully sent! Message_ID=№{again}", end)


def _answered(what: str, ask: Callable[[Scene], Curl], answer: str, end: str = "") -> Show:
    return Show(SPEECH, what, ask, answer, end)


def _refused(what: str, ask: Callable[[Scene], Curl], why: str) -> Show:
    return Show(SPEECH, what, ask, f"Error: {why}")


SHOWS: Final = (
    _taken("by GET", _send("79031240001")),
    _taken("windows-1251", _send("79031240002", "Привет от SMS2 ")),
    _taken("UTF-8 by POST", _send("79031240003", "Привет в UTF-8 ", How.POST, charset="utf-8")),
    _taken("over TLS, flash", _send("79031240004", door=Door.HTTPS, flash=True)),
    _taken("a sender with an underscore, in parts", _send("79031240005", how=How.PARTS, sender="your_login")),
    _taken("unknown number", _send("79031249901"), "not_delivered"),
    _taken("the network rejects it", _send("79031249904"), "not_delivered"),
    _taken("the receipt never comes", _send("79031249909"), "unknown"),
    Show(SPEECH, "an MMS", _mms, "Ok_№", "delivered"),
    _answered(
        "which phone bases there are",
        _call("list_of_bases"),
        '[{"base_name": "Demo", "id": "…", "phones_total": "…"},'
        ' {"base_name": "Protected", "id": "…", "phones_total": "2"}]',
        "two bases",
    ),
    _answered(
        "a number is put in that is in there",
        _call("add_phone_to_base", base=_DEMO, phone=str(BASES[_DEMO][0])),
        "Success",
    ),
    _answered(
        "which numbers are in a base",
        _call("get_base", base=_DEMO),
        "\n".join(map(str, BASES[_DEMO])),
        "three numbers",
    ),
    Show(
        SPEECH,
        "a multicast to a base",
        _multicast,
        "Success",
        got_it(BASES[_DEMO]),
        reaches=lambda scene: Reach(f"{_MULTICAST}{scene.run}", tuple(map(str, BASES[_DEMO]))),
    ),
    _refused("a protected base is not shown", _call("get_base", base=PROTECTED), "base is protected"),
    _refused("a function that does not exist", _call("sing"), "wrong function"),
    _taken("the same message twice", _send("79031240007", times=2), again="Error: message duplication"),
    _refused("wrong password", _send("79031240006", password="wrong"), "authentication failure"),
    _refused("no money", _send("79031240006", login="poor", password="poor"), "your credit is null"),
    _refused("switched off", _send("79031240006", login="off", password="off"), "service is switched off"),
    _refused("a sender that is not registered", _send("79031240006", sender="Bank"), "unsupported sender"),
    _refused("to a closed direction", _send(f"{CLOSED[0]}1240006"), "direction is closed"),
    _refused("to a number on the stop list", _send(str(STOPPED[0])), "phone blacklisted"),
    _refused(
        "a stop word in the text", _send("79031240006", f"Try {STOP_WORD} now "), "blocked text message"
    ),
    Show(
        SPEECH,
        "where the first message stands",
        lambda scene: _status(scene.first(SPEECH.name)),
        "Status: delivered",
        late=True,
    ),
    Show(
        SPEECH,
        "what is left",
        lambda scene: Curl("/get_credit_info.cgi", _credentials()),
        "Balance: …; Overdraft: 0.00",
        late=True,
    ),
)
