"""Finding things in what a provider says."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gonets.protocols.custom.patterns import finder, matcher

DEEP = '{"m": [{"id": 17, "s": " DELIVRD ", "ok": true, "no": null, "f": 1.5, "o": {}}], "a-b": "x"}'


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("$.m[0].id", "17"),
        ("$.m[0].s", "DELIVRD"),
        ("$.m[0].ok", "true"),
        ("$.m[0].no", ""),
        ("$.m[0].f", "1.5"),
        ("$.m[0].o", ""),
        ("$.a-b", "x"),
        ("$.m[1].id", ""),
        ("$.m.id", ""),
        ("$[0]", ""),
    ],
)
def test_a_path_leads_to_a_value_or_to_nothing(path: str, found: str) -> None:
    assert finder(path)(DEEP) == found


def test_a_pattern_finds_its_group() -> None:
    find = finder("(?i)id[:=] ?([0-9]+)")
    assert find("OK ID: 42 queued") == "42"
    assert find("no") == ""
    assert finder("a(x)?")("a") == ""


@given(st.text())
def test_whatever_is_said_something_or_nothing_is_found(said: str) -> None:
    for written in ("$.a[0]", "id=(.*)", "(a|b)+?"):
        assert len(finder(written)(said)) <= 256
    assert finder("$.a")(json.dumps({"a": said})) == said.strip()[:256]


def test_half_a_surrogate_pair_is_no_letter_of_an_id() -> None:
    assert finder("$.a")('{"a": "x\\ud8001"}') == "x?1"


def test_json_that_is_nested_without_end_is_nothing() -> None:
    assert finder("$.a")("[" * 1_000_000) == ""


def test_a_pattern_that_would_take_for_ever_elsewhere_is_quick() -> None:
    assert not matcher("(a+)+$")("a" * 60_000 + "b")


@pytest.mark.parametrize(
    ("written", "sentence"),
    [
        ("$", "no path like"),
        ("$.a..b", "no path like"),
        ("$.a[x]", "no path like"),
        ("id", "has to have one group"),
        ("(a)(b)", "has to have one group"),
        ("(", "is no pattern"),
        (r"(a)\1", "is no pattern"),
    ],
)
def test_what_is_neither_is_refused(written: str, sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        finder(written)
