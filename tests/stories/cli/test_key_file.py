"""The key of sealed secrets: made at the first start, never replaced, and missed aloud."""

from pathlib import Path

from gonets.rules.proofs import signature_of
from tests.processes import Place, gonets, prepare, running, started

_LOGIN = ("--login", "oson", "--protocol", "osonsms")


def with_salt(folder: Path) -> Place:
    """A folder with a login that signs."""
    place = prepare(folder)
    words = ("account", "add", "shop", *_LOGIN, "--password", "salty", "--config", str(place.config))
    assert gonets(*words).returncode == 0
    return place


def test_the_first_start_makes_the_key_and_later_ones_leave_it(tmp_path: Path) -> None:
    place = prepare(tmp_path)
    file = place.data / "secret.key"
    with running(place) as gateway:
        key = file.read_bytes()
        assert file.stat().st_mode & 0o777 == 0o600
        assert gateway.stop() == 0
    file.chmod(0o640)
    with running(place) as gateway:
        assert [line["level"] for line in gateway.lines("key_file_open")] == ["warning"]
        assert gateway.lines("secrets_lost") == []
    assert file.read_bytes() == key


def test_without_the_key_the_gateway_says_whose_secrets_are_lost_and_serves_the_others(
    tmp_path: Path,
) -> None:
    place = with_salt(tmp_path)
    (place.data / "secret.key").unlink()
    with running(place) as gateway:
        [line] = gateway.lines("secrets_lost")
        assert (line["count"], line["logins"]) == (1, ["osonsms oson (signature)"])
        assert "put the key file back" in line["event"]
        assert "salty" not in gateway.said()


def test_with_a_key_file_that_holds_no_key_the_gateway_does_not_start(tmp_path: Path) -> None:
    place = prepare(tmp_path)
    (place.data / "secret.key").write_text(signature_of("no", "key"), encoding="utf-8")
    with started(place) as gateway:
        assert gateway.wait() == 2
        assert "holds no key" in gateway.said()
        assert "Traceback" not in gateway.said()
