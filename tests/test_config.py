"""One strict file: what it says is taken, what it cannot mean is refused with the file, the key and a sentence."""

from pathlib import Path

import pytest

from gonets.config import Config, ConfigRefused, read_config


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "gonets.toml"


def read(file: Path, text: str) -> Config:
    file.write_text(text, encoding="utf-8")
    return read_config(file)


def test_an_empty_file_is_all_defaults(file: Path) -> None:
    config = read(file, "")
    assert (config.listen.mfms, config.listen.mfms_tls, config.listen.admin) == (9876, 9875, 9090)
    assert config.listen.admin_bind == "127.0.0.1"
    assert config.folder == file.parent
    assert config.store_url == f"sqlite:///{file.parent}/gonets.db"


def test_the_data_folder_is_taken_from_where_the_file_is(file: Path) -> None:
    assert read(file, 'data = "var/lib"').folder == file.parent / "var" / "lib"
    assert read(file, 'data = "/srv/gonets"').folder == Path("/srv/gonets")


def test_what_the_file_says_is_taken(file: Path) -> None:
    config = read(
        file,
        """
        [store]
        url = "sqlite:////srv/other.db"
        [listen]
        mfms = 0
        mfms_tls = -1
        [flow]
        tries = 1
        first_retry_seconds = 5
        longest_retry_seconds = 5.0
        stop_seconds = 0
        [log]
        level = "debug"
        json = false
        """,
    )
    assert config.store_url == "sqlite:////srv/other.db"
    assert (config.listen.mfms, config.listen.mfms_tls) == (0, -1)
    assert (config.flow.tries, config.flow.first_retry_seconds) == (1, 5.0)
    assert (config.log.level, config.log.json) == ("debug", False)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("colour = 1", "unknown field `colour`"),
        ("[listen]\nport = 1", "unknown field `port` - at `$.listen`"),
        ('[listen]\nmfms = "9876"', "Expected `int`, got `str` - at `$.listen.mfms`"),
        ("[listen]\nmfms = true", "Expected `int`, got `bool` - at `$.listen.mfms`"),
        ("[listen]\nmfms = 70000", "70000 is not a port - at `$.listen.mfms`"),
        ("[listen]\nadmin = -2", "-2 is not a port - at `$.listen.admin`"),
        ('[tls]\nkey = "a.pem"', "both the certificate and the key, or neither - at `$.tls`"),
        ('[log]\nlevel = "loud"', "'loud' is none of debug, info, warning, error - at `$.log.level`"),
        ("[flow]\ntries = 0", "tried at least once - at `$.flow.tries`"),
        ("[flow]\nfirst_retry_seconds = 0", "more than 0, and a number - at `$.flow.first_retry_seconds`"),
        ("[flow]\nfirst_retry_seconds = 301", "no more than longest_retry_seconds"),
        ("[flow]\nlongest_retry_seconds = inf", "a number - at `$.flow.longest_retry_seconds`"),
        ("[flow]\nno_report_hours = -1.0", "more than 0, and a number - at `$.flow.no_report_hours`"),
        ("[flow]\nno_report_hours = nan", "more than 0, and a number - at `$.flow.no_report_hours`"),
        ("[flow]\nno_report_hours = 1e300", "a number - at `$.flow.no_report_hours`"),
        (
            '[push]\nallow = ["10.0.0.0/33"]',
            "is not a network; write one like 192.0.2.0/24 or 2001:db8::/32.",
        ),
        ("[flow]\npush_timeout_seconds = 0", "more than 0, and a number - at `$.flow.push_timeout_seconds`"),
        ("[flow]\nstop_seconds = -1", "not be less than 0 - at `$.flow.stop_seconds`"),
        ("[flow]\nstop_seconds = nan", "not be less than 0 - at `$.flow.stop_seconds`"),
        ("[http]\nidle_seconds = nan", "more than 0, and a number - at `$.http.idle_seconds`"),
        ("[http]\nhead_seconds = -5", "more than 0, and a number - at `$.http.head_seconds`"),
        ("[http]\nconnections = 0", "more than 0, and a number - at `$.http.connections`"),
        ("[listen\nmfms = 1", "is not TOML"),
        ("data = 1\ndata = 2", "is not TOML"),
    ],
)
def test_what_it_cannot_mean_is_refused_with_its_place(file: Path, text: str, sentence: str) -> None:
    with pytest.raises(ConfigRefused) as refused:
        read(file, text)
    assert sentence in str(refused.value)
    assert str(file) in str(refused.value)


def test_a_file_that_is_not_there_or_no_text_is_refused_with_a_sentence(file: Path) -> None:
    with pytest.raises(ConfigRefused, match=r"cannot read .*; `gonets init` writes one"):
        read_config(file)
    file.write_bytes(b"\xff\xfe")
    with pytest.raises(ConfigRefused, match="is not UTF-8 text"):
        read_config(file)
    with pytest.raises(ConfigRefused, match="cannot read"):
        read_config(file.parent)
