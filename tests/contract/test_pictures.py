"""MMS in the store: a picture is kept once, however many messages show it, and goes out as its hash."""

import hashlib

import msgspec

from gonets.model.message import Channel, Draft, Picture
from gonets.model.reasons import Reason
from gonets.model.results import Accepted, Refused
from gonets.stores import settings
from gonets.stores.history import PictureLine, history
from gonets.stores.store import transaction
from tests.clocks import START
from tests.contract.house import POOR, SHOP, House, later, told


def picture(octets: bytes) -> Picture:
    return Picture(hashlib.sha256(octets).hexdigest(), "png", octets)


SPRING = picture(b"\x89PNG\r\n\x1a\n\0\xff spring")
AUTUMN = picture(b"\x89PNG\r\n\x1a\n\0\xff autumn")


async def mms(house: House, shown: Picture = SPRING, **changes: object) -> Draft:
    draft = await house.draft()
    usual: dict[str, object] = {"channel": Channel.MMS, "subject": "Весна", "picture": shown}
    return msgspec.structs.replace(draft, **usual | changes)


def kept(house: House) -> set[tuple[str, str, bytes, int]]:
    return {
        (hash_, kind, bytes(octets), count)
        for hash_, kind, octets, count in house.rows("SELECT hash, kind, octets, 1 FROM media")
    }


@told
async def test_a_picture_is_kept_once_for_all_the_messages_that_show_it(house: House) -> None:
    await house.take(await mms(house), await mms(house), await mms(house, AUTUMN))
    await house.take(await mms(house))
    assert kept(house) == {
        (SPRING.hash, "png", SPRING.octets, 1),
        (AUTUMN.hash, "png", AUTUMN.octets, 1),
    }
    assert house.rows("SELECT count(*) FROM messages WHERE picture IS NOT NULL") == [(4,)]


@told
async def test_a_message_that_is_refused_leaves_no_picture(house: House) -> None:
    poor = await mms(house, AUTUMN, account=POOR, price=9_000_000)
    for drafts, left in (([poor], set[str]()), ([await mms(house), poor], {SPRING.hash})):
        results = await house.store.messages.accept(drafts, START)
        assert [result.reason for result in results if isinstance(result, Refused)] == [Reason.NO_CREDIT]
        assert {hash_ for hash_, *_ in kept(house)} == left


@told
async def test_a_part_goes_out_with_its_channel_subject_and_the_hash_of_its_picture(house: House) -> None:
    await house.take(
        await mms(house), await house.draft(), msgspec.structs.replace(await house.draft(), flash=True)
    )
    parts = await house.claim()
    assert [(part.channel, part.flash, part.subject, part.picture) for part in parts] == [
        (Channel.MMS, False, "Весна", SPRING.hash),
        (Channel.SMS, False, "", ""),
        (Channel.SMS, True, "", ""),
    ]


@told
async def test_the_history_tells_kind_and_size_of_a_picture(house: House) -> None:
    await house.take(await mms(house), await house.draft())
    with transaction(house.engine) as connection:
        plain, shown = history(connection)
    assert (shown.channel, shown.subject) == (Channel.MMS, "Весна")
    assert shown.picture == PictureLine(SPRING.hash, "png", len(SPRING.octets))
    assert (plain.channel, plain.flash, plain.subject, plain.picture) == (Channel.SMS, False, "", None)


@told
async def test_an_mms_is_a_duplicate_only_of_one_with_the_same_subject_and_picture(house: House) -> None:
    with transaction(house.engine) as connection:
        shop = settings.find_account(connection, "shop")
        settings.change_account(connection, msgspec.structs.replace(shop, duplicate_s=60))
    first = [await mms(house), await mms(house, AUTUMN), await mms(house, subject="Осень")]
    await house.take(*first)
    for draft, taken in (
        (await mms(house), False),
        (await mms(house, AUTUMN, subject="Осень"), True),
        (await mms(house, AUTUMN), False),
        (await house.draft(payer=SHOP), True),
    ):
        (result,) = await house.store.messages.accept([draft], later(1))
        assert isinstance(result, Accepted) is taken
    assert house.flaws() == []
