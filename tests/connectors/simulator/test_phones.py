"""What the simulated phones keep, and what a network started again still knows."""

import asyncio
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gonets.connectors.simulator.endings import ENDINGS
from gonets.connectors.simulator.network import Simulator
from gonets.connectors.simulator.phones import Journal, Received, read_phones
from gonets.model.message import Encoding, MessageId, PartId, State, Status
from gonets.model.times import micros
from tests.clocks import START, TravelClock
from tests.connectors.simulator.listening import (
    SETTINGS,
    Listener,
    Story,
    answers,
    keeping,
    line,
    part,
    receipts,
    remote_ids,
    written,
)


def killed(story: Story, network: Listener) -> Listener:
    """Run a story with a network that is never closed."""

    async def run() -> None:
        await network.__aenter__()
        await story(network)
        await network.kill()

    asyncio.run(run())
    return network


async def nothing(_: Listener) -> None:
    pass


# ---- what is kept


def test_the_phones_keep_what_they_got(tmp_path: Path) -> None:
    async def story(network: Listener) -> None:
        network.simulator.send([part(1001, "79161234567", text='Привет, "мир"\n\u2028\x1b🙂')])
        await network.clock.advance(1)

    network = keeping(story, tmp_path)
    assert read_phones(tmp_path) == [
        Received(
            PartId(1001),
            MessageId(1001),
            1,
            1,
            "Test",
            "79161234567",
            'Привет, "мир"\n\u2028\x1b🙂',
            Encoding.GSM7,
            remote_ids(network.events)[0],
            micros(START),
            Status.DELIVERED,
        )
    ]


def test_it_is_kept_before_anything_is_heard(tmp_path: Path) -> None:
    async def story(network: Listener) -> None:
        network.simulator.send([part(1001)])
        assert [one.part for one in read_phones(tmp_path)] == [1001]
        assert network.heard == []

    keeping(story, tmp_path)


def test_what_the_network_refused_is_not_kept(tmp_path: Path) -> None:
    async def story(network: Listener) -> None:
        network.simulator.send(
            [part(1, "79165559904"), part(2, "79165559905"), part(3, "79165559913"), part(4)]
        )

    keeping(story, tmp_path)
    assert [one.part for one in read_phones(tmp_path)] == [4]


def test_a_part_whose_answer_is_lost_is_kept(tmp_path: Path) -> None:
    async def story(network: Listener) -> None:
        network.simulator.send([part(1, "79165559906")])

    keeping(story, tmp_path)
    assert [one.outcome for one in read_phones(tmp_path)] == [Status.DELIVERED]


def test_an_outcome_is_where_the_last_receipt_ends(tmp_path: Path) -> None:
    async def story(network: Listener) -> None:
        network.simulator.send([part(1, "79165559901"), part(2, "79165559903"), part(3, "79165559910")])

    keeping(story, tmp_path)
    outcomes = [one.outcome for one in read_phones(tmp_path)]
    assert outcomes == [Status.UNDELIVERED, Status.EXPIRED, Status.DELIVERED]


def test_without_a_folder_nothing_is_kept(tmp_path: Path) -> None:
    async def story(network: Listener) -> None:
        network.simulator.send([part(1)])
        await network.clock.advance(1)

    assert len(keeping(story, tmp_path, Listener()).heard) == 2
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_missing_is_made(tmp_path: Path) -> None:
    keeping(nothing, tmp_path, Listener(folder=tmp_path / "deep" / "down"))
    assert read_phones(tmp_path / "deep" / "down") == []


def test_a_folder_that_cannot_be_used_is_an_error_at_the_start(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")
    with pytest.raises(OSError, match="file"):
        keeping(nothing, tmp_path, Listener(folder=tmp_path / "file"))


@pytest.mark.parametrize("name", ["a.old", "a@old", "../up", ".hidden", "~", "nul\0", "Телефоны"])
def test_networks_of_any_name_keep_their_journals_apart(tmp_path: Path, name: str) -> None:
    written(tmp_path, line(1), connector="a")
    written(tmp_path, line(2), connector=name)
    assert [one.part for one in read_phones(tmp_path)] == [1, 2]
    assert len(list(tmp_path.iterdir())) == 2


# ---- after a restart


def test_a_receipt_that_was_never_told_is_told_after_a_restart(tmp_path: Path) -> None:
    async def story(network: Listener) -> None:
        network.simulator.send([part(1)])
        await network.clock.advance(0.05)

    async def later(network: Listener) -> None:
        await network.clock.advance(10)

    clock = TravelClock()
    before = killed(story, Listener(folder=tmp_path, clock=clock))
    assert receipts(before.events) == []
    after = keeping(later, tmp_path, Listener(folder=tmp_path, clock=clock))
    assert [one.remote_id for one in receipts(after.events)] == remote_ids(before.events)
    assert answers(after.events) == []
    assert after.heard[0][0] == pytest.approx(0.11)


def test_an_acknowledged_receipt_is_not_told_after_a_restart(tmp_path: Path) -> None:
    async def story(network: Listener) -> None:
        network.simulator.send([part(1)])
        await network.clock.advance(1)

    async def later(network: Listener) -> None:
        await network.clock.advance(300)

    clock = TravelClock()
    killed(story, Listener(folder=tmp_path, clock=clock))
    assert keeping(later, tmp_path, Listener(folder=tmp_path, clock=clock)).heard == []


def test_a_receipt_that_nobody_acknowledged_is_told_at_once_after_a_restart(tmp_path: Path) -> None:
    async def story(network: Listener) -> None:
        network.simulator.send([part(1), part(2, "79165559901")])
        await network.clock.advance(5)

    async def later(network: Listener) -> None:
        await network.clock.advance(0.1)

    clock = TravelClock()
    before = killed(story, Listener(folder=tmp_path, clock=clock, acknowledging=False))
    after = keeping(later, tmp_path, Listener(folder=tmp_path, clock=clock))
    assert set(receipts(after.events)) == set(receipts(before.events))
    assert len(after.events) == 2


def test_what_is_acknowledged_after_the_end_counts(tmp_path: Path) -> None:
    async def run() -> None:
        clock = TravelClock()
        network = Simulator("phones", SETTINGS, clock, tmp_path)
        await network.start()
        network.send([part(1)])
        clock.jump(1)
        heard = await network.hear()
        await network.close()
        network.acknowledge(heard)
        again = Simulator("phones", SETTINGS, clock, tmp_path)
        await again.start()
        await again.close()
        assert await again.hear() == []
        lines = (tmp_path / "phones.jsonl").read_text().splitlines()
        assert len(lines) == 2

    asyncio.run(run())


def test_of_two_overdue_receipts_a_restart_tells_the_last(tmp_path: Path) -> None:
    async def story(network: Listener) -> None:
        network.simulator.send([part(1, "79165559910"), part(2, "79165559908")])

    async def later(network: Listener) -> None:
        await network.clock.advance(1)

    clock = TravelClock()
    killed(story, Listener(folder=tmp_path, clock=clock))
    clock.jump(100)
    after = keeping(later, tmp_path, Listener(folder=tmp_path, clock=clock))
    assert [one.state for one in receipts(after.events)] == [State.DELIVERED, State.DELIVERED]


def test_of_two_receipts_to_come_a_restart_tells_both(tmp_path: Path) -> None:
    async def story(network: Listener) -> None:
        network.simulator.send([part(1, "79165559910")])

    async def later(network: Listener) -> None:
        await network.clock.advance(5)

    clock = TravelClock()
    killed(story, Listener(folder=tmp_path, clock=clock))
    after = keeping(later, tmp_path, Listener(folder=tmp_path, clock=clock))
    assert [one.state for one in receipts(after.events)] == [State.ACCEPTED, State.DELIVERED]


def test_ids_stay_unique_when_the_clock_is_set_back(tmp_path: Path) -> None:
    async def story(network: Listener) -> None:
        network.simulator.send([part(1), part(2)])
        await network.clock.advance(0.01)

    before = killed(story, Listener(folder=tmp_path))
    after = keeping(story, tmp_path, Listener(folder=tmp_path))
    ids = remote_ids(before.events) + remote_ids(after.events)
    assert len(set(ids)) == 4


def test_a_torn_last_line_is_cut_off_at_the_start(tmp_path: Path) -> None:
    journal = tmp_path / "phones.jsonl"

    async def story(network: Listener) -> None:
        network.simulator.send([part(1)])
        await network.clock.advance(1)

    keeping(story, tmp_path)
    whole = journal.read_bytes()
    journal.write_bytes(whole + whole[:40])
    assert len(read_phones(tmp_path)) == 1
    keeping(story, tmp_path)
    assert len(read_phones(tmp_path)) == 2
    assert whole[:40] + b"{" not in journal.read_bytes()


def test_a_damaged_line_is_passed_over(tmp_path: Path) -> None:
    journal = tmp_path / "phones.jsonl"

    async def story(network: Listener) -> None:
        network.simulator.send([part(1)])

    keeping(story, tmp_path)
    journal.write_bytes(b"\xff\xfe{garbage\n\n" + journal.read_bytes())
    after = keeping(nothing, tmp_path)
    assert len(read_phones(tmp_path)) == 1
    assert after.simulator.window() == (0, 1000)


@settings(max_examples=40, deadline=None)
@given(
    endings=st.lists(st.sampled_from([ending.digits for ending in ENDINGS] + ["0000"]), max_size=8),
    moments=st.lists(st.floats(0, 4), min_size=1, max_size=4),
)
def test_however_often_it_is_killed_every_last_receipt_is_told(
    tmp_path_factory: pytest.TempPathFactory, endings: list[str], moments: list[float]
) -> None:
    folder = tmp_path_factory.mktemp("phones")
    clock = TravelClock()
    told: list[str] = []

    async def send(network: Listener) -> None:
        network.simulator.send([part(number, "7916000" + digits, 9) for number, digits in enumerate(endings)])
        await network.clock.advance(moments[0])

    told += [one.remote_id for one in receipts(killed(send, Listener(folder=folder, clock=clock)).events)]
    for moment in moments[1:]:

        async def wait(network: Listener, seconds: float = moment) -> None:
            await network.clock.advance(seconds)

        told += [one.remote_id for one in receipts(killed(wait, Listener(folder=folder, clock=clock)).events)]

    async def to_the_end(network: Listener) -> None:
        await network.clock.advance(30)

    told += [
        one.remote_id
        for one in receipts(keeping(to_the_end, folder, Listener(folder=folder, clock=clock)).events)
    ]
    silent = ("9906", "9909")
    expected = {one.remote_id for one in read_phones(folder) if not one.recipient.endswith(silent)}
    assert set(told) == expected
    assert len(read_phones(folder)) == sum(digits not in ("9904", "9913") for digits in endings)


# ---- a full disk

FULL_DISK = """
import asyncio, resource, sys
from pathlib import Path
from gonets.connectors.simulator.network import Simulator
from gonets.connectors.simulator.phones import read_phones
from gonets.model.results import Deferred, Sent
from tests.clocks import TravelClock
from tests.connectors.simulator.listening import SETTINGS, answers, part

async def story(folder):
    clock = TravelClock()
    network = Simulator("phones", SETTINGS, clock, folder)
    await network.start()
    network.send([part(1)])
    size = (folder / "phones.jsonl").stat().st_size
    resource.setrlimit(resource.RLIMIT_FSIZE, (size + size // 2, resource.RLIM_INFINITY))
    network.send([part(2)])
    network.send([part(3), part(4)])
    network.send([part(5, "79165559904")])
    assert (folder / "phones.jsonl").stat().st_size == size
    resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    network.send([part(6)])
    clock.jump(SETTINGS.answer_delay)
    results = {one.part: type(one.result).__name__ for one in answers(await network.hear())}
    await network.close()
    print(sorted(results.items()), [one.part for one in read_phones(folder)])

asyncio.run(story(Path(sys.argv[1])))
"""


def test_what_a_full_disk_has_no_room_for_is_deferred_and_not_kept(tmp_path: Path) -> None:
    ran = subprocess.run(
        [sys.executable, "-c", FULL_DISK, tmp_path],
        cwd=Path(__file__).parents[3],
        check=True,
        capture_output=True,
        text=True,
    )
    kinds = [(1, "Sent"), (2, "Deferred"), (3, "Deferred"), (4, "Deferred"), (5, "Rejected"), (6, "Sent")]
    assert ran.stdout.splitlines()[-1] == f"{kinds} [1, 6]"


def test_a_journal_that_is_not_open_keeps_nothing(tmp_path: Path) -> None:
    journal = Journal(tmp_path, "phones", 1000)
    assert not journal.keep([line(1)])
    journal.acknowledged(["1"])
    assert list(tmp_path.iterdir()) == []


# ---- rotation


def test_the_newest_two_files_are_kept(tmp_path: Path) -> None:
    journal = Journal(tmp_path, "phones", 1000)
    journal.open()
    for number in range(1, 40):
        assert journal.keep([line(number)])
    journal.close()
    assert {file.name for file in tmp_path.iterdir()} == {"phones.jsonl", "phones@old.jsonl"}
    assert (tmp_path / "phones@old.jsonl").stat().st_size < 1500
    kept = [one.part for one in read_phones(tmp_path)]
    assert kept == list(range(kept[0], 40))
    assert 4 <= len(kept) < 12


def test_what_is_owed_from_the_older_file_is_known_after_a_restart(tmp_path: Path) -> None:
    journal = Journal(tmp_path, "phones", 1000)
    journal.open()
    for number in range(1, 40):
        journal.keep([line(number)])
    journal.acknowledged(["38000"])
    kept = [one.part for one in read_phones(tmp_path)]
    journal.close()
    again = Journal(tmp_path, "phones", 1000)
    owed, largest = again.open()
    again.close()
    assert [one.part for one in owed] == [number for number in kept if number != 38]
    assert largest == 39000


def test_a_file_that_was_lost_in_rotation_is_begun_anew(tmp_path: Path) -> None:
    journal = Journal(tmp_path, "phones", 10_000)
    journal.open()
    journal.keep([line(1)])
    journal.close()
    (tmp_path / "phones.jsonl").rename(tmp_path / "phones@old.jsonl")
    assert [one.part for one in read_phones(tmp_path)] == [1]
    again = Journal(tmp_path, "phones", 10_000)
    owed, _ = again.open()
    again.close()
    assert [one.part for one in owed] == [1]
