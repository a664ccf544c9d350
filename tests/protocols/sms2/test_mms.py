"""SMS2's api.php: what is read as an MMS, and each octet that is answered."""

import hashlib
from base64 import b64encode, encodebytes
from collections.abc import Callable

import pytest

from gonets.model.account import ProofKind
from gonets.model.calls import Submission, Submit
from gonets.model.message import Channel, MessageId, Picture
from gonets.model.reasons import Reason
from gonets.model.results import Accepted, Refused
from gonets.protocols.sms2.tables import REASON_TEXTS
from gonets.wire.http import Reply, Request
from tests.protocols.sms2.recorded import (
    GIF,
    JPEG,
    PNG,
    WAYS,
    Fields,
    answered,
    called,
    in_parts,
    posted,
    text,
)

AUTH = {
    "user": b"your_login",
    "hash": hashlib.md5(b"your_password", usedforsecurity=False).hexdigest().encode(),
}
HELLO = {"phone": b"79119876543", "subject": "Весна".encode(), "text": "Привет".encode(), "picture": PNG}

Way = Callable[[str, Fields], Request]


def sent(fields: Fields, way: Way = in_parts) -> Submission | Refused:
    """The one message of a request, or why it cannot be read."""
    what = called(way("/api.php", AUTH | HELLO | dict(fields))).what
    assert isinstance(what, Submit)
    (item,) = what.items
    return item


def shown(picture: bytes) -> Picture | None:
    item = sent({"picture": picture})
    if isinstance(item, Refused):
        assert item.reason is Reason.BAD_REQUEST
        return None
    return item.picture


@pytest.mark.parametrize("way", WAYS)
def test_an_mms_is_read(way: Way) -> None:
    picture = Picture(hashlib.sha256(PNG).hexdigest(), "png", PNG)
    assert sent({}, way) == Submission(
        "", "79119876543", "Привет", channel=Channel.MMS, subject="Весна", picture=picture
    )


def test_the_login_is_proved_by_the_md5_of_its_password() -> None:
    who = called(in_parts("/api.php", AUTH | HELLO | {"pass": b"ignored"})).who
    assert (who.login, who.kind) == ("your_login", ProofKind.MD5)
    assert who.password == "1060b7b46a3bd36b3a0d66e0127d0517"
    loud = called(in_parts("/api.php", AUTH | HELLO | {"hash": AUTH["hash"].upper()})).who
    assert loud.password == who.password.upper()


def test_what_was_taken_is_answered_with_its_id() -> None:
    request = in_parts("/api.php", AUTH | HELLO)
    assert answered(request, (Accepted(MessageId(1001), 1),)) == text("Ok_1001")


@pytest.mark.parametrize("reason", Reason)
def test_a_refusal_is_answered_with_its_description(reason: Reason) -> None:
    status = {Reason.TOO_MANY_REQUESTS: 429, Reason.STORE_UNAVAILABLE: 500}.get(reason, 200)
    request = in_parts("/api.php", AUTH | HELLO)
    reply = Reply(status, b"Error: " + REASON_TEXTS[reason], "text/plain")
    assert answered(request, (Refused(reason),)) == answered(request, Refused(reason)) == reply


@pytest.mark.parametrize(("octets", "kind"), [(PNG, "png"), (JPEG, "jpeg"), (GIF, "gif")])
def test_a_picture_may_be_sent_as_it_is_or_in_base64(octets: bytes, kind: str) -> None:
    picture = Picture(hashlib.sha256(octets).hexdigest(), kind, octets)
    for written in (
        octets,
        b64encode(octets),
        b64encode(octets).rstrip(b"="),
        b"\r\n" + b64encode(octets) + b"\n",
    ):
        assert shown(written) == picture


def test_base64_may_be_folded_and_may_have_lost_its_pluses() -> None:
    octets = PNG + bytes(range(256)) * 4
    assert b"+" in b64encode(octets)
    picture = Picture(hashlib.sha256(octets).hexdigest(), "png", octets)
    assert shown(encodebytes(octets)) == picture
    assert shown(encodebytes(octets).replace(b"\n", b"\r\n")) == picture
    assert shown(b64encode(octets).replace(b"+", b" ")) == picture


@pytest.mark.parametrize(
    "octets",
    [
        b"BM6\0\0\0",
        b"%PDF-1.7",
        b"picture.png",
        b64encode(b"BM6\0\0\0"),
        b64encode(PNG)[:7],
        b64encode(PNG)[:-8] + b"=" + b64encode(PNG)[-8:],
        b"iVBORw0KGgo*",
        b64encode(b64encode(PNG)),
        b"=",
        b"\x98",
        b"\n" + PNG,
    ],
)
def test_what_is_no_picture_is_refused_by_its_content(octets: bytes) -> None:
    assert shown(octets) is None


def test_the_name_and_the_type_of_a_file_do_not_count() -> None:
    def as_file(path: str, fields: Fields) -> Request:
        plain = in_parts(path, fields)
        named = b'name="picture"; filename="letter.doc"\r\nContent-Type: application/msword'
        body = plain.body.replace(b'name="picture"', named)
        return Request(plain.method, plain.path, b"", plain.content_type, body)

    for octets, kind in ((PNG, "png"), (GIF, "gif")):
        item = sent({"picture": octets}, as_file)
        assert isinstance(item, Submission)
        assert item.picture is not None
        assert (item.picture.kind, item.picture.octets) == (kind, octets)


def test_a_missing_picture_is_left_to_the_rules() -> None:
    for fields in ({"picture": b""}, {}):
        bare = {name: value for name, value in HELLO.items() if name != "picture"}
        what = called(posted("/api.php", AUTH | bare | fields)).what
        assert isinstance(what, Submit)
        (item,) = what.items
        assert isinstance(item, Submission)
        assert item.picture is None


def test_texts_are_utf_8_whatever_enc_says() -> None:
    item = sent({"enc": b"windows-1251"})
    assert isinstance(item, Submission)
    assert (item.subject, item.text) == ("Весна", "Привет")


@pytest.mark.parametrize("field", ["subject", "text"])
def test_what_is_no_utf_8_is_refused(field: str) -> None:
    item = sent({field: "Привет".encode("cp1251")})
    assert isinstance(item, Refused)
    assert item.reason is Reason.BAD_TEXT
