"""One gateway is the upstream of another, over TLS: what goes into the first is on the phones of the second, once."""

from collections import Counter
from pathlib import Path
from typing import Final

import pytest

from gonets.model.message import State
from tests.contract.house import scaled
from tests.processes import PASSWORD, GatewayProcess, Place, Starting, gonets, prepare, running, until
from tests.stories.durability.load import Load
from tests.stories.smpp_upstream.test_faults import parts_of

REQUESTS: Final = scaled(5_000, 250)


def link(near: Place, far: GatewayProcess, *pairs: str) -> None:
    """Let all of Russia go through the other gateway."""
    settings = {
        "host": "localhost",
        "port": str(far.ports["smpp_tls"]),
        "system_id": "smsc",
        "password": PASSWORD,
        "tls": "true",
        "ca_file": str(far.place.data / "tls-cert.pem"),
        "commands": "smsc",
    }
    words = [word for name, value in settings.items() for word in ("--set", f"{name}={value}")]
    words += [word for pair in pairs for word in ("--set", pair)]
    for command in (
        ["connector", "add", "far", "--kind", "smpp", *words],
        ["route", "add", "russia", "--prefix", "7", "--connector", "far"],
    ):
        done = gonets(*command, "--config", str(near.config))
        assert done.returncode == 0, done.stderr


@pytest.mark.timeout(300)
def test_every_part_is_on_a_phone_of_the_other_once_and_told_to_be_delivered(
    tmp_path: Path, starting: Starting
) -> None:
    far_place = prepare(tmp_path / "far", logins={"smsc": "smsc"})
    near_place = prepare(tmp_path / "near")
    load = Load(7, endings=(), most=REQUESTS)
    with running(far_place, starting) as far:
        link(near_place, far, "binds=2", "window=20")
        with running(near_place, starting) as near:
            with load.running(near.ports["mfms"]):
                until(lambda: len(load.requests) >= REQUESTS, 120.0, "the load does not end")
                until(
                    lambda: {state for *_, state in parts_of(near_place)} == {State.DELIVERED},
                    60.0,
                    "not everything is delivered",
                )
            assert near.stop() == 0
        assert far.stop() == 0
    sent = Counter((recipient, text) for recipient, _, text, _ in parts_of(near_place))
    assert sent.total() >= len(load.wanted)
    assert Counter((each.recipient, each.text) for each in far_place.phones()) == sent


@pytest.mark.timeout(180)
def test_where_no_receipts_are_asked_for_query_sm_tells_what_became_of_every_part_and_after_a_restart_too(
    tmp_path: Path, starting: Starting
) -> None:
    far_place = prepare(tmp_path / "far", logins={"smsc": "smsc"})
    near_place = prepare(tmp_path / "near")

    def states() -> set[State]:
        return {state for *_, state in parts_of(near_place)}

    load = Load(8, endings=(), most=20)
    with running(far_place, starting) as far:
        link(near_place, far, "window=20", "receipts=never", "query_after=4")
        with running(near_place, starting) as near:
            with load.running(near.ports["mfms"]):
                until(lambda: len(load.requests) >= 20, 60.0, "the load does not end")
            until(lambda: states() <= {State.SENT, State.DELIVERED}, 30.0, "not everything has left")
            assert State.SENT in states()
            assert near.stop() == 0
        with running(near_place, starting) as near:
            until(lambda: states() == {State.DELIVERED}, 60.0, "not everything is told of")
            assert near.stop() == 0
        assert far.stop() == 0
