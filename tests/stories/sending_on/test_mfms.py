"""One gateway is the MFMS provider of another: what goes into the first is on the phones of the second, once."""

from collections import Counter
from pathlib import Path

from gonets.model.message import State
from tests.processes import PASSWORD, GatewayProcess, Place, Starting, prepare, running, until
from tests.stories.sending_on.chain import LONG, all_become, link, send, states, status


def through(near: Place, far: GatewayProcess, **more: str) -> None:
    """Let Russia go out through the other gateway."""
    settings = {"url": far.url(""), "client": "CLIENT", "connector": "connector0", "password": PASSWORD}
    link(near, "mfms", "7", {**settings, "password_field": "pass", **more})


def test_every_message_is_on_a_phone_of_the_other_once_and_told_to_be_delivered(
    tmp_path: Path, starting: Starting
) -> None:
    far_place, near_place = prepare(tmp_path / "far"), prepare(tmp_path / "near")
    wanted = [(f"7903{number:07}", f"Message {number} & more; 100%") for number in range(120)]
    with running(far_place, starting) as far:
        through(near_place, far)
        with running(near_place, starting) as near:
            messages = send(near, wanted)
            all_become(near_place, State.DELIVERED)
            assert status(near, messages[0]) == "delivered"
            assert PASSWORD not in near.said()
            assert near.stop() == 0
        assert far.stop() == 0
    assert Counter((each.recipient, each.text) for each in far_place.phones()) == Counter(wanted)


def test_a_long_text_arrives_whole_and_all_its_parts_are_delivered(
    tmp_path: Path, starting: Starting
) -> None:
    far_place, near_place = prepare(tmp_path / "far"), prepare(tmp_path / "near")
    with running(far_place, starting) as far:
        through(near_place, far)
        with running(near_place, starting) as near:
            send(near, [("79031234567", LONG)])
            all_become(near_place, State.DELIVERED)
    assert len(states(near_place)) == len(states(far_place)) > 1
    phones = sorted(far_place.phones(), key=lambda each: each.number)
    assert "".join(each.text for each in phones) == LONG


def test_what_the_other_cannot_deliver_comes_back_as_undelivered(tmp_path: Path, starting: Starting) -> None:
    far_place, near_place = prepare(tmp_path / "far"), prepare(tmp_path / "near")
    with running(far_place, starting) as far:
        through(near_place, far)
        with running(near_place, starting) as near:
            [absent] = send(near, [("79031239902", "Hello")])
            all_become(near_place, State.UNDELIVERED)
            assert status(near, absent) == "undelivered"


def test_what_was_away_when_the_process_was_killed_is_asked_for_by_the_next(
    tmp_path: Path, starting: Starting
) -> None:
    network = {"answer_delay": 0.005, "receipt_delay": 8.0, "answer_timeout": 0.5}
    far_place, near_place = prepare(tmp_path / "far", network=network), prepare(tmp_path / "near")
    wanted = [(f"7903{number:07}", f"Message {number}") for number in range(20)]
    with running(far_place, starting) as far:
        through(near_place, far)
        with running(near_place, starting) as near:
            send(near, [*wanted, ("79039999999", LONG)])
            until(lambda: set(states(near_place)) == {State.SENT}, 30.0, "not everything is sent")
            near.kill()
        assert set(states(near_place)) == {State.SENT}
        with running(near_place, starting) as near:
            all_become(near_place, State.DELIVERED)
            assert near.stop() == 0
        assert len(far_place.phones()) == len(states(far_place)) == len(states(near_place))
