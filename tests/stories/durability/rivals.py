"""A process that submits through the intake directly on a store, beside others that do the same.

It says `ready`, is given a plan in one line, submits, and says how each submission ended in one line.
"""

import asyncio
import subprocess
import sys
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Final

import msgspec

from gonets.app import open_intake
from gonets.config import Config
from gonets.model.calls import Login, Submission
from gonets.model.results import Refused
from gonets.stores import settings
from gonets.stores.store import transaction

_ROOT: Final = Path(__file__).parents[3]
"""Where `tests` can be imported from."""
ACCEPTED: Final = "accepted"
"""How a submission ended that was not refused; one that was ended with the name of its reason."""


class Plan(msgspec.Struct, frozen=True):
    """What one process submits: each item as a call of its own, `at_once` of them at any time."""

    data: str
    """The data folder."""
    account: str
    items: list[Submission]
    at_once: int


def run_rivals(plans: Sequence[Plan]) -> list[str]:
    """A process for each plan, all of them let go together; how every submission ended."""
    with ExitStack() as stack:
        processes = [
            stack.enter_context(
                subprocess.Popen(
                    [sys.executable, "-m", __name__],
                    cwd=_ROOT,
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    bufsize=0,
                )
            )
            for _ in plans
        ]
        for process in processes:
            assert process.stdout is not None
            assert process.stdout.readline() == b"ready\n"
        for process, plan in zip(processes, plans, strict=True):
            assert process.stdin is not None
            process.stdin.write(msgspec.json.encode(plan) + b"\n")
        ended: list[str] = []
        for process in processes:
            assert process.stdout is not None
            ended += msgspec.json.decode(process.stdout.read(), type=list[str])
            assert process.wait(30) == 0
        return ended


async def _submit(plan: Plan) -> list[str]:
    config = Config(data=plan.data)
    async with open_intake(config) as (intake, store):
        with transaction(store.engine) as connection:
            account = settings.find_account(connection, plan.account)
        who = Login("mfms", "", plan.account, "", "127.0.0.1")
        left = list(plan.items)
        ended: list[str] = []

        async def worker() -> None:
            while left:
                [result] = await intake.submit(account, who, (left.pop(),))
                ended.append(result.reason.value if isinstance(result, Refused) else ACCEPTED)

        await asyncio.gather(*(worker() for _ in range(plan.at_once)))
        return ended


def _rival() -> None:
    sys.stdout.buffer.write(b"ready\n")
    sys.stdout.buffer.flush()
    plan = msgspec.json.decode(sys.stdin.buffer.readline(), type=Plan)
    sys.stdout.buffer.write(msgspec.json.encode(asyncio.run(_submit(plan))))


if __name__ == "__main__":
    _rival()
