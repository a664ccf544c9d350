"""MMS through SMS2's api.php against a whole gateway: from the form to the phone."""

import hashlib
from base64 import b64encode
from pathlib import Path

import pytest

from gonets.model.message import Channel
from gonets.stores.history import PictureLine, history
from tests.processes import GatewayProcess, curl, gonets, until
from tests.stories.sms2.houses import (
    AUTH,
    HASH,
    LOGIN,
    PASSWORD,
    ask,
    number,
    phone_of,
    php,
    status,
    told,
)

PNG = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + bytes(range(256))
FIELDS = {"user": LOGIN, "hash": HASH, "phone": "79119876543", "subject": "Весна", "text": "Привет!"}


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    file = tmp_path / "picture.png"
    file.write_bytes(PNG)
    return file


def sent(gateway: GatewayProcess, picture: Path, *arguments: str, **fields: str) -> str:
    """The answer to a form in parts with the picture as a file."""
    words = [
        word for name, value in (FIELDS | fields).items() for word in ("--form-string", f"{name}={value}")
    ]
    return curl(*words, "-F", f"picture=@{picture}", *arguments, gateway.site("/api.php")).decode("ascii")


def test_an_mms_goes_all_the_way_to_the_phone(gateway: GatewayProcess, picture: Path) -> None:
    answer = sent(gateway, picture)
    message = number(answer)
    assert answer == f"Ok_{message}"
    shown = phone_of(gateway, message)
    assert (shown.channel, shown.subject, shown.text, shown.sender) == (Channel.MMS, "Весна", "Привет!", "")
    assert shown.picture == hashlib.sha256(PNG).hexdigest()
    until(lambda: status(gateway, message) == "Status: delivered", 10.0, "it is not delivered")


def test_an_mms_is_told_by_the_command_line_and_costs_its_own_price(
    gateway: GatewayProcess, picture: Path
) -> None:
    def balance() -> float:
        return float(ask(gateway, "get_credit_info.cgi", AUTH).split()[1].removesuffix(";"))

    before = balance()
    message = number(sent(gateway, picture, phone="79117770001"))
    assert before - balance() == pytest.approx(6)
    phone_of(gateway, message)
    facts = told(gateway, "message", str(message))
    assert (facts["channel"], facts["subject"], facts["price"], len(facts["parts"])) == (
        "mms",
        "Весна",
        "6.00",
        1,
    )
    assert facts["picture"] == {"hash": hashlib.sha256(PNG).hexdigest(), "kind": "png", "size": len(PNG)}
    [inbox] = told(gateway, "phones", "79117770001")
    assert (inbox["channel"], inbox["picture"]) == ("mms", facts["picture"]["hash"])
    config = ("--config", str(gateway.place.config))
    people = gonets("message", str(message), *config).stdout
    assert "MMS" in people
    assert f"png, {len(PNG)} octets, SHA-256 {facts['picture']['hash']}" in people
    assert "Subject: Весна" in gonets("phones", "79117770001", *config).stdout


def test_php_sends_a_picture_as_a_file_and_in_base64(gateway: GatewayProcess, picture: Path) -> None:
    for more in ((), ("base64",)):
        answer = php(
            "mms.php",
            gateway.site("/api.php"),
            LOGIN,
            PASSWORD,
            "79119876543",
            "Весна",
            "Из PHP",
            str(picture),
            *more,
        )
        shown = phone_of(gateway, number(answer.decode()))
        assert (shown.text, shown.picture) == ("Из PHP", hashlib.sha256(PNG).hexdigest())


def test_the_hash_may_be_in_any_case_and_has_to_be_right(gateway: GatewayProcess, picture: Path) -> None:
    assert number(sent(gateway, picture, hash=HASH.upper()))
    for wrong in ("0" * 32, PASSWORD, ""):
        assert sent(gateway, picture, hash=wrong) == "Error: authentication failure"


def test_the_octets_of_a_picture_are_kept_once(gateway: GatewayProcess, picture: Path) -> None:
    octets = PNG + b"another"
    picture.write_bytes(octets)
    shown = [number(sent(gateway, picture, text=text)) for text in ("one", "two")]
    with gateway.place.reading() as connection:
        lines = history(connection, ids=tuple(shown))
        kept = connection.exec_driver_sql(
            "SELECT octets FROM media WHERE hash = ?", (hashlib.sha256(octets).hexdigest(),)
        ).all()
    assert [bytes(row[0]) for row in kept] == [octets]
    assert {line.picture for line in lines} == {
        PictureLine(hashlib.sha256(octets).hexdigest(), "png", len(octets))
    }


def in_base64(gateway: GatewayProcess, folder: Path, octets: bytes, escaped: bool) -> str:
    """The answer to a form with the picture in base64, every octet of it escaped or none that need not be."""
    written = b64encode(octets)
    value = b"".join(b"%%%02x" % octet for octet in written) if escaped else written.replace(b"+", b"%2b")
    body = "&".join(f"{name}={value}" for name, value in FIELDS.items()).encode() + b"&picture=" + value
    file = folder / "body"
    file.write_bytes(body)
    return curl("--data-binary", f"@{file}", gateway.site("/api.php")).decode("ascii")


def test_a_message_of_300_kilobytes_is_taken_and_no_octet_more(
    gateway: GatewayProcess, picture: Path, tmp_path: Path
) -> None:
    room = 300 * 1024 - len("Весна".encode()) - len("Привет!".encode())
    whole = PNG + bytes(room - len(PNG))
    picture.write_bytes(whole)
    assert number(sent(gateway, picture))
    assert number(in_base64(gateway, tmp_path, whole, escaped=False))
    assert number(in_base64(gateway, tmp_path, whole, escaped=True))
    picture.write_bytes(whole + b"\0")
    assert sent(gateway, picture) == "Error: can't send this message"
    picture.write_bytes(PNG + bytes(3_000_000))
    assert sent(gateway, picture) == "Error: can't send this message"


@pytest.mark.parametrize("octets", [b"BM6\0\0\0\0", b"%PDF-1.7", b"not a picture", b""])
def test_a_file_that_is_no_picture_is_refused_whatever_its_name(
    gateway: GatewayProcess, picture: Path, octets: bytes
) -> None:
    picture.write_bytes(octets)
    assert sent(gateway, picture) == "Error: can't send this message"


def test_an_mms_without_a_picture_is_refused(gateway: GatewayProcess) -> None:
    assert ask(gateway, "api.php", FIELDS) == "Error: can't send this message"


@pytest.mark.parametrize(
    ("phone", "answer"),
    [("380675126767", "unsupported phone number"), ("nobody", "unsupported phone number")],
)
def test_numbers_are_those_that_the_account_has_a_price_of_mms_for(
    gateway: GatewayProcess, picture: Path, phone: str, answer: str
) -> None:
    assert sent(gateway, picture, phone=phone) == f"Error: {answer}"
