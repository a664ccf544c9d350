"""A disk that is full: nothing is acknowledged that is not kept, and afterwards work goes on."""

import asyncio
import os
import resource
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from gonets.model.results import Accepted
from gonets.ports.stores import StoreUnavailable
from tests.clocks import START
from tests.contract.house import SHOP, House, told

SMALL = 2_000_000


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of two megabytes, mounted for this test."""
    mount, unmount = shutil.which("mount"), shutil.which("umount")
    if os.geteuid() != 0 or mount is None or unmount is None:
        pytest.skip("only root may mount a file system")
    folder = tmp_path / "disk"
    folder.mkdir()
    command = [mount, "-t", "tmpfs", "-o", f"size={SMALL}", "tmpfs", str(folder)]
    if subprocess.run(command, check=False, capture_output=True).returncode != 0:
        pytest.skip("this machine does not let root mount a file system")
    try:
        yield folder
    finally:
        subprocess.run([unmount, "--lazy", str(folder)], check=True)


def fill(folder: Path) -> Path:
    """A file that takes all the room there is."""
    filler = folder / "filler"
    with filler.open("wb", buffering=0) as file:
        try:
            while file.write(b"\0" * 4096):
                pass
        except OSError:
            pass
    return filler


async def probes(house: House, count: int) -> None:
    for _ in range(count):
        await house.store.probe()


def well(house: House) -> bool:
    return house.store.well


def test_on_a_full_disk_nothing_is_acknowledged_and_when_there_is_room_work_goes_on(
    small_disk: Path, furnished: Path
) -> None:
    path = small_disk / "gonets.db"
    shutil.copyfile(furnished, path)

    @told
    async def story() -> None:
        house = House.open(f"sqlite:///{path}")
        before = [await house.draft(price=1) for _ in range(10)]
        after = [await house.draft(price=1) for _ in range(10)]
        await house.take(*before)
        ids = [draft.id for draft in (*before, *after)]
        await house.store.messages.find(
            SHOP, ids
        )  # the reader's connection keeps the log from being cut short
        filler = fill(small_disk)
        calls = [house.store.messages.accept(after, START) for _ in range(3)]
        for result in await asyncio.gather(*calls, return_exceptions=True):
            assert isinstance(result, StoreUnavailable)
        with pytest.raises(StoreUnavailable):
            await probes(house, 100)  # a small write may find room that a large one has left
        assert await house.claim(routes=[]) == []  # a transaction that has nothing to write succeeds
        assert not well(house)
        with pytest.raises(StoreUnavailable):
            await house.claim()
        found = await house.store.messages.find(SHOP, ids)
        assert [each is not None for each in found] == [True] * 10 + [False] * 10
        filler.unlink()
        await house.store.probe()
        assert well(house)
        await house.take(*after)
        assert len(await house.claim()) == 20
        assert house.flaws() == []
        await house.store.close()
        again = House.open(f"sqlite:///{path}")
        assert again.rows("SELECT count(*) FROM messages") == [(20,)]
        await again.store.close()

    story()


def test_where_a_file_may_not_grow_the_store_is_unavailable_and_keeps_what_it_has(url: str) -> None:
    ran = subprocess.run(
        [sys.executable, "-c", f"from {__name__} import grow; grow({url!r})"],
        check=False,
        capture_output=True,
        text=True,
        timeout=60,
        cwd=Path(__file__).parents[2],
    )
    assert ran.returncode == 0, ran.stderr
    taken = int(ran.stdout.split()[-1])
    house = House.open(url)
    assert house.rows("SELECT count(*) FROM messages") == [(taken,)]
    assert house.flaws() == []
    asyncio.run(house.store.close())


@told
async def grow(url: str) -> None:
    """In a process of its own: accept until a file may not grow any more, and say how many were taken."""
    house = House.open(url)
    resource.setrlimit(resource.RLIMIT_FSIZE, (SMALL // 4, resource.RLIM_INFINITY))
    taken = 0
    while True:
        try:
            drafts = [await house.draft(price=1) for _ in range(20)]
            results = await house.store.messages.accept(drafts, START)
        except StoreUnavailable:
            break
        taken += sum(isinstance(result, Accepted) for result in results)
    resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    drafts = [await house.draft(price=1)]
    taken += len(await house.store.messages.accept(drafts, START))
    sys.stdout.write(f"\n{taken}\n")
    await house.store.close()
