"""The demo's OsonSMS: its three scripts, both ways to prove a login, and refusals.

A `txn_id` is good for one message for ever, so a line that sends one has the shell work out a new one each time, and
the hash with it.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Final

from gonets.cli.demo.curl import Curl, Door, Fields, How, Value
from gonets.cli.demo.house import CLOSED, OSON_LOGIN, OSON_SALT, OSON_TOKEN
from gonets.cli.demo.shell import NOW, Worked
from gonets.cli.demo.showing import Scene, Show, Speech
from gonets.rules.proofs import signature_of

_SENDER: Final = "OsonSMS"
"""A number that comes once."""
_BEARER: Final = (("Authorization", f"Bearer {OSON_TOKEN}"),)


def _send(
    recipient: str,
    text: str = "Салом аз Гонец!",
    how: How = How.GET,
    door: Door = Door.HTTP,
    *,
    login: str = OSON_LOGIN,
    sender: str = _SENDER,
    salt: str = OSON_SALT,
) -> Callable[[Scene], Curl]:
    """A signed message with a txn_id that comes once."""

    def ask(scene: Scene) -> Curl:
        txn_id = f"{scene.run}{recipient[-3:]}"
        fields = _message(recipient, text, login, sender)
        rest = f"{login};{sender};{recipient}"
        hashed = f'$(printf %s "$T;{rest};{salt}" | sha256sum | cut -c1-64)'
        fields += (
            ("txn_id", Worked("", f"$((T={NOW}))", txn_id)),
            ("str_hash", Worked("", hashed, signature_of(f"{txn_id};{rest}", salt))),
        )
        return Curl("/sendsms_v1.php", fields, how, door)

    return ask


def _bear(recipient: str) -> Callable[[Scene], Curl]:
    """A message with a token in place of a hash."""

    def ask(scene: Scene) -> Curl:
        fields = _message(recipient, "Token in place of a hash", OSON_LOGIN, _SENDER)
        fields += (("txn_id", Worked("t", NOW, scene.run)),)
        return Curl("/sendsms_v1.php", fields, How.POST, headers=_BEARER)

    return ask


def _again(recipient: str) -> Callable[[Scene], Curl]:
    """The message to that recipient once more, whatever its txn_id was."""

    def ask(scene: Scene) -> Curl:
        before = _send(recipient)(scene)
        known: tuple[tuple[str, Value], ...] = tuple(
            (name, value.text + value.value if isinstance(value, Worked) else value)
            for name, value in before.fields
        )
        return Curl(before.path, known, before.how)

    return ask


def _message(recipient: str, text: str, login: str, sender: str) -> Fields:
    return ("from", sender), ("phone_number", recipient), ("msg", text), ("login", login)


def _query(msg_id: str) -> Curl:
    hashed = signature_of(f"{msg_id};{OSON_LOGIN}", OSON_SALT)
    return Curl("/query_sm.php", (("login", OSON_LOGIN), ("msg_id", msg_id), ("str_hash", hashed)), How.QUERY)


def _balance(login: str = OSON_LOGIN) -> Curl:
    hashed = signature_of(f"balance;{login}", OSON_SALT)
    return Curl(
        "/check_balance.php", (("login", login), ("txn_id", "balance"), ("str_hash", hashed)), How.QUERY
    )


def _heard(ids: Sequence[str], bodies: Sequence[str]) -> Mapping[str, str]:
    found: dict[str, str] = {}
    for each, body in zip(ids, bodies, strict=True):
        try:
            found[each] = json.loads(body)["status"]
        except (ValueError, KeyError):
            continue
    return found


SPEECH: Final = Speech(
    "OsonSMS",
    lambda ids: [_query(each) for each in ids],
    _heard,
    frozenset({"DELIVERED", "UNDELIVERABLE", "EXPIRED", "REJECTED", "DELETED"}),
)

_TAKEN: Final = (
    '{"status":"ok","timestamp":"…","txn_id":"…","msg_id":№,"smsc_msg_id":"…","smsc_msg_status":"success",'
    '"smsc_msg_parts":1,"smc_msg_parts":1}'
)


def _taken(what: str, ask: Callable[[Scene], Curl], end: str) -> Show:
    return Show(SPEECH, what, ask, _TAKEN, end, status=201)


def _refused(what: str, ask: Callable[[Scene], Curl], status: int, code: int, msg: str) -> Show:
    answer = f'{{"error":{{"code":{code},"msg":"{msg}","timestamp":"…"}}}}'
    return Show(SPEECH, what, ask, answer, f"{status} / {code}", status=status)


SHOWS: Final = (
    _taken("by GET, signed", _send("992918880001"), "DELIVERED"),
    _taken("by POST, with a token", _bear("992918880002"), "DELIVERED"),
    _taken("over TLS, nine bare digits", _send("918880003", door=Door.HTTPS), "DELIVERED"),
    _taken("unknown number", _send("992918889901"), "UNDELIVERABLE"),
    _taken("it expires on the way", _send("992918889903"), "EXPIRED"),
    _taken("the network rejects it", _send("992918889904"), "REJECTED"),
    _taken("the receipt never comes", _send("992918889909"), "ENROUTE"),
    _refused(
        "a txn_id that was used before",
        _again("992918880001"),
        *(409, 108, "Duplicate txn_id. It should be unique."),
    ),
    _refused("signed with another salt", _send("992918880004", salt="wrong"), 422, 106, "Incorrect hash"),
    _refused(
        "a sender that is not registered", _send("992918880004", sender="Bank"), 422, 107, "Incorrect sender"
    ),
    _refused(
        "no text",
        _send("992918880004", ""),
        *(422, 100, "One of the mandatory variables (from,phone_number,msg,login,str_hash,txn_id) not set."),
    ),
    _refused("to a closed direction", _send(f"{CLOSED[2]}1230008"), 501, 112, "Error while sending sms."),
    _refused(
        "a disabled account", lambda scene: _balance("blocked"), 401, 105, "Inactive or non-existent account"
    ),
    _refused(
        "an account of another network",
        lambda scene: _balance("elsewhere"),
        *(401, 114, "Host is not in whitelist"),
    ),
    Show(
        SPEECH,
        "where the first message stands",
        lambda scene: _query(scene.first(SPEECH.name)),
        '{"status":"DELIVERED","message_state":"DELIVERED","timestamp":"…"}',
        "DELIVERED",
        late=True,
    ),
    Show(
        SPEECH,
        "what is left",
        lambda scene: _balance(),
        '{"balance":…,"timestamp":"…"}',
        "a balance",
        late=True,
    ),
)
