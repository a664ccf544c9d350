"""What people and the command line read from the simulated phones."""

from pathlib import Path

import msgspec

from gonets.connectors.simulator.phones import Text, read_inbox, read_phones
from gonets.model.message import Channel, MessageId, Outgoing
from gonets.model.times import micros
from tests.clocks import START
from tests.connectors.simulator.listening import Listener, keeping, line, long_text, part, written


def test_reading_by_recipient_finds_only_that_phone(tmp_path: Path) -> None:
    written(
        tmp_path,
        line(1, "79160000001"),
        line(2, "79160000002", text='"recipient":"79160000001"'),
        line(3, "7916"),
    )
    assert [one.part for one in read_phones(tmp_path, "79160000001")] == [1]
    assert [one.part for one in read_phones(tmp_path, "7916")] == [3]
    assert read_phones(tmp_path, "1") == []


def test_reading_with_a_limit_finds_the_newest_and_the_newest_last(tmp_path: Path) -> None:
    written(tmp_path, *(line(number) for number in range(1, 10)))
    assert [one.part for one in read_phones(tmp_path, limit=3)] == [7, 8, 9]
    assert read_phones(tmp_path, limit=0) == []
    assert len(read_phones(tmp_path, limit=100)) == 9


def test_parts_taken_at_one_moment_are_read_in_the_order_in_which_they_were_sent(tmp_path: Path) -> None:
    written(tmp_path, *(line(number, at=77) for number in (3, 1, 2)))
    assert [one.part for one in read_phones(tmp_path)] == [3, 1, 2]


def test_reading_joins_the_networks_of_one_folder(tmp_path: Path) -> None:
    written(tmp_path, line(1), line(3), connector="one")
    written(tmp_path, line(2), line(4), connector="two")
    assert [one.part for one in read_phones(tmp_path)] == [1, 2, 3, 4]
    assert [one.part for one in read_phones(tmp_path, limit=3)] == [2, 3, 4]


def test_reading_a_missing_folder_finds_nothing(tmp_path: Path) -> None:
    assert read_phones(tmp_path / "nowhere") == []
    assert read_inbox(tmp_path / "nowhere") == []


def test_a_line_that_is_still_being_written_is_not_read(tmp_path: Path) -> None:
    written(tmp_path, line(1), line(2))
    journal = tmp_path / "phones.jsonl"
    journal.write_bytes(journal.read_bytes()[:-1])
    assert [one.part for one in read_phones(tmp_path)] == [1]


def test_journals_from_before_there_was_mms_are_read_as_sms(tmp_path: Path) -> None:
    (tmp_path / "phones.jsonl").write_bytes(
        b'{"line":"received","part":7,"message":7,"number":1,"total":1,"sender":"Test",'
        b'"recipient":"79161234567","text":"Hi","encoding":0,"remote_id":"1001","at":77,"outcome":"delivered"}\n'
    )
    (kept,) = read_phones(tmp_path)
    assert (kept.channel, kept.flash, kept.subject, kept.picture) == (Channel.SMS, False, "", "")
    assert [text.text for text in read_inbox(tmp_path)] == ["Hi"]


def test_what_is_no_plain_sms_is_kept_as_what_it_is(tmp_path: Path) -> None:
    mms = msgspec.structs.replace(
        part(2, text="Привет"), channel=Channel.MMS, subject="Весна", picture="c0ffee"
    )
    flash = msgspec.structs.replace(part(3), flash=True)

    async def story(network: Listener) -> None:
        network.simulator.send([part(1), mms, flash])
        await network.clock.advance(1)

    keeping(story, tmp_path)
    shown = [(text.channel, text.flash, text.subject, text.picture) for text in read_inbox(tmp_path)]
    assert shown == [
        (Channel.SMS, False, "", ""),
        (Channel.MMS, False, "Весна", "c0ffee"),
        (Channel.SMS, True, "", ""),
    ]
    plain = (tmp_path / "phones.jsonl").read_bytes().splitlines()[0]
    assert b"channel" not in plain
    assert b"picture" not in plain


# ---- the inbox


def test_the_parts_of_a_long_text_are_joined_in_their_order(tmp_path: Path) -> None:
    async def story(network: Listener) -> None:
        first, second, third = long_text(1001, ["One, ", "two, ", "three"])
        network.simulator.send([third, first])
        await network.clock.advance(1)
        assert read_inbox(tmp_path) == []
        network.simulator.send([second])

    keeping(story, tmp_path)
    moment = micros(START) + 1_000_000
    assert read_inbox(tmp_path) == [
        Text(MessageId(1001), "Test", "79161234567", "One, two, three", 3, moment)
    ]


def test_parts_that_their_client_cut_are_joined_by_their_headers(tmp_path: Path) -> None:
    def headed(number: int, text: str, which: str, sender: str = "Test") -> Outgoing:
        return msgspec.structs.replace(
            part(number, text=text), sender=sender, header=f"0500034d02{which}", octets=text.encode().hex()
        )

    async def story(network: Listener) -> None:
        network.simulator.send([headed(12, "two", "02"), headed(9, "else", "01", "Other")])
        await network.clock.advance(1)
        assert read_inbox(tmp_path) == []
        network.simulator.send([headed(11, "One, ", "01")])
        plain = msgspec.structs.replace(part(13, text="Hi"), header="06050400501f90", octets="4869")
        network.simulator.send([plain])

    keeping(story, tmp_path)
    assert [(one.message, one.text, one.parts) for one in read_inbox(tmp_path)] == [
        (11, "One, two", 2),
        (13, "Hi", 1),
    ]


def test_what_never_reached_the_phone_is_not_in_the_inbox(tmp_path: Path) -> None:
    async def story(network: Listener) -> None:
        network.simulator.send([part(1, "79165559901"), part(2, "79165559903"), part(3, "79165559909")])

    keeping(story, tmp_path)
    assert [one.message for one in read_inbox(tmp_path)] == [3]


def test_a_text_that_came_twice_is_in_the_inbox_twice(tmp_path: Path) -> None:
    async def story(network: Listener) -> None:
        network.simulator.send([part(1)])
        network.simulator.send([part(1)])

    keeping(story, tmp_path)
    assert [one.message for one in read_inbox(tmp_path)] == [1, 1]


def test_an_inbox_is_one_phones_and_its_limit_counts_texts(tmp_path: Path) -> None:
    async def story(network: Listener) -> None:
        network.simulator.send([part(1), *long_text(2, ["a", "b"]), part(4, "79160000001"), part(5)])

    keeping(story, tmp_path)
    assert [one.message for one in read_inbox(tmp_path, "79161234567", limit=2)] == [2, 5]
