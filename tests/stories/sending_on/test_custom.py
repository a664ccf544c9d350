"""A provider that is described by settings alone: messages arrive there, and its states come back to us."""

from pathlib import Path

from gonets.model.message import State
from tests.processes import Starting, curl, prepare, running, until
from tests.stories.sending_on.chain import LONG, link, send, states, status
from tests.stories.sending_on.provider import KEY, Acme, serving, settings_of

WANTED = [
    ("79031234567", 'Say "Привет" \\ {text}'),
    ("79031234568", "lost"),
    ("79031234569", "bad"),
    ("79031234560", LONG),
]
BECOME = [State.DELIVERED, State.UNDELIVERED, State.REJECTED]
TOKEN = "s3cret-token"


def test_its_states_are_asked_for_and_come_back(tmp_path: Path, starting: Starting) -> None:
    acme, place = Acme(), prepare(tmp_path)
    acme.busy = 2
    with serving(acme) as url:
        asking = {"status_url": f"{url}/v1/state/{{remote_id}}?key={{token}}", "status": "$.state"}
        link(place, "custom", "7", {**settings_of(url), **asking})
        with running(place, starting) as gateway:
            messages = send(gateway, WANTED)
            until(lambda: all(state.final for state in states(place)), 60.0, "not everything comes to an end")
            assert status(gateway, messages[1]) == "undelivered"
            assert gateway.stop() == 0
            assert "Traceback" not in gateway.said()
            assert KEY not in gateway.said()
    assert states(place)[:3] == BECOME
    assert set(states(place)[3:]) == {State.DELIVERED}
    assert sorted(message["text"] for message in acme.messages) == sorted(text for _, text in WANTED)
    assert {message["from"] for message in acme.messages} == {"Gonets"}
    assert sorted(message["to"] for message in acme.messages) == sorted(f"+{to}" for to, _ in WANTED)


def test_it_reports_states_and_is_answered_once_they_are_durable(tmp_path: Path, starting: Starting) -> None:
    acme, place = Acme(), prepare(tmp_path)
    with serving(acme) as url:
        reporting = {
            "callback_token": TOKEN,
            "callback_id": "msg",
            "callback_status": "st",
            "callback_reply": "thanks",
        }
        link(place, "custom", "7", {**settings_of(url), **reporting})
        with running(place, starting) as gateway:
            acme.reports_to = gateway.site(f"/receipts/far/{TOKEN}")
            send(gateway, WANTED)
            until(lambda: all(state.final for state in states(place)), 60.0, "not everything comes to an end")
            until(lambda: len(acme.answers) == 3, 20.0, "a report is not answered")
            for wrong in ("far/another", "far", f"phones/{TOKEN}", f"nobody/{TOKEN}"):
                url = gateway.site(f"/receipts/{wrong}?msg=A-1&st=FAILED")
                assert curl("-o", "/dev/null", "-w", "%{http_code}", url) == b"404"
            unread = curl("--data", "{", acme.reports_to)
            assert unread == b"thanks"
            assert gateway.stop() == 0
            assert "Traceback" not in gateway.said()
            assert TOKEN not in gateway.said()
    assert states(place)[:3] == BECOME
    assert set(states(place)[3:]) == {State.DELIVERED}
    assert acme.answers == [(200, "thanks")] * 3
