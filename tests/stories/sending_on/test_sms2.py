"""One gateway is the SMS2 of another: texts, long ones too, and an MMS with its picture."""

import hashlib
from collections import Counter
from pathlib import Path

from sqlalchemy import select

from gonets.model.account import Tariff
from gonets.model.message import Channel, State
from gonets.stores import settings
from gonets.stores.schema import media
from tests.processes import PASSWORD, PRICE, Place, Starting, curl, prepare, running
from tests.stories.sending_on.chain import LONG, all_become, link, send, states

PNG = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + bytes(range(256))
HASH = hashlib.md5(PASSWORD.encode(), usedforsecurity=False).hexdigest()


def place(folder: Path) -> Place:
    """With a login to SMS2, and a price of MMS."""
    made = prepare(folder)
    with made.changing() as connection:
        settings.set_password(connection, settings.list_accounts(connection)[0].id, "sms2", "me", PASSWORD)
        settings.put_tariff(connection, Tariff("standard", Channel.MMS, "", PRICE))
    return made


def pictures(place: Place) -> dict[str, bytes]:
    """Those that a place keeps, by their hashes."""
    with place.reading() as connection:
        return {row.hash: bytes(row.octets) for row in connection.execute(select(media))}


def test_texts_and_an_mms_with_its_picture_are_on_the_phones_of_the_other(
    tmp_path: Path, starting: Starting
) -> None:
    far_place, near_place = place(tmp_path / "far"), place(tmp_path / "near")
    picture = tmp_path / "picture.png"
    picture.write_bytes(PNG)
    wanted = [(f"7903{number:07}", f"Привет {number} & 100% 😀") for number in range(30)]
    with running(far_place, starting) as far:
        link(near_place, "sms2", "7", {"url": far.site("").rstrip("/"), "user": "me", "password": PASSWORD})
        with running(near_place, starting) as near:
            send(near, [*wanted, ("79039999999", LONG)])
            fields = {"user": "me", "hash": HASH, "phone": "79119876543", "subject": "Весна", "text": "Да"}
            words = [word for pair in fields.items() for word in ("--form-string", "=".join(pair))]
            answer = curl(*words, "-F", f"picture=@{picture}", near.site("/api.php")).decode()
            assert answer.startswith("Ok_"), answer
            all_become(near_place, State.DELIVERED)
            assert PASSWORD not in near.said()
            assert HASH not in near.said()
            assert near.stop() == 0
        assert far.stop() == 0
    phones = sorted(far_place.phones(), key=lambda each: each.number)
    [mms] = [each for each in phones if each.recipient == "79119876543"]
    assert mms.text == "Да"
    assert pictures(far_place) == {hashlib.sha256(PNG).hexdigest(): PNG}
    assert "".join(each.text for each in phones if each.recipient == "79039999999") == LONG
    assert Counter((e.recipient, e.text) for e in phones if e.recipient.startswith("79030")) == Counter(
        wanted
    )
    assert len(states(far_place)) == len(states(near_place)) == 30 + 4 + 1
