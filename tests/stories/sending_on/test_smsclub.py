"""One gateway is the SMS Club of another, in each of its three ways."""

from collections import Counter
from pathlib import Path

import pytest

from gonets.model.message import State
from tests.processes import PASSWORD, Starting, prepare, running
from tests.stories.sending_on.chain import LONG, all_become, link, send, states


@pytest.mark.parametrize("way", ["http", "xml", "soap"])
def test_every_message_is_on_a_phone_of_the_other_once_and_told_to_be_delivered(
    tmp_path: Path, starting: Starting, way: str
) -> None:
    far_place = prepare(tmp_path / "far", logins={"smsclub": "user"})
    near_place = prepare(tmp_path / "near")
    wanted = [(f"38067{number:07}", f"Привіт, їжаче {number} & <more>; 100%") for number in range(30)]
    with running(far_place, starting) as far:
        settings = {"url": far.site("").rstrip("/"), "user": "user", "password": PASSWORD, "variant": way}
        link(near_place, "smsclub", "380", settings)
        with running(near_place, starting) as near:
            send(near, [*wanted, ("380679999999", LONG)])
            all_become(near_place, State.DELIVERED)
            assert PASSWORD not in near.said()
            assert near.stop() == 0
        assert far.stop() == 0
    phones = sorted(far_place.phones(), key=lambda each: each.number)
    short = Counter((each.recipient, each.text) for each in phones if each.recipient != "380679999999")
    assert short == Counter(wanted)
    assert "".join(each.text for each in phones if each.recipient == "380679999999") == LONG
    assert len(states(far_place)) == len(states(near_place)) == 30 + 4
