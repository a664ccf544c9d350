"""A disk of its own for a test, small enough to be filled.

Only root may mount one. Anybody else gets there by running the test once more as root of a user namespace of its own;
a test says so with `in_own_namespace`. Where neither is allowed the test fails, and says what is missing.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import pytest

_PIECE: Final = b"\0" * 65536
_NEEDED: Final = "this test mounts a small disk: run it as root, or let users make namespaces (unshare -Urm)"


def in_own_namespace(request: pytest.FixtureRequest) -> bool:
    """Whether the test has been run, and has passed, in a namespace where it may mount; False: it may here."""
    if os.geteuid() == 0:
        return False
    assert shutil.which("unshare"), _NEEDED
    test = f"{request.path}::{request.node.name}"
    command = ["unshare", "-Urm", sys.executable, "-m", "pytest", "-p", "no:cacheprovider", test]
    done = subprocess.run(command, cwd=request.config.rootpath, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{_NEEDED}\n{done.stdout}\n{done.stderr}"
    return True


@contextmanager
def small_disk(folder: Path, size: int) -> Iterator[Path]:
    """A disk of that many octets in memory, mounted on a folder that is made for it."""
    folder.mkdir()
    mounting = ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(folder)]
    done = subprocess.run(mounting, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{_NEEDED}: {done.stderr}"
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


def fill(disk: Path) -> Path:
    """Take all the room there is with one file, and return that."""
    ballast = disk / "ballast"
    with ballast.open("wb", buffering=0) as file:
        try:
            while file.write(_PIECE):
                pass
        except OSError:
            pass
    return ballast
