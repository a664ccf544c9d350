"""The platform file as text: what is written is read back, and every key is found at the line where it stands."""

import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings

from gonets.cli.platform.document import document_of, dotted
from gonets.cli.platform.lines import Spot, lines_of
from gonets.cli.platform.reading import ACCOUNT, declared
from gonets.cli.platform.writing import platform_text
from gonets.flow.vault import Vault
from gonets.model.platform import Platform
from gonets.rules.declaring import aimed, difference, facts
from tests.rules.platforms import account, platforms

FILE = Path("platform.toml")


def no_vault() -> Vault:
    raise AssertionError("nothing has to be sealed")


def read(text: str, before: Platform) -> Platform:
    return declared(document_of(FILE, text), before, no_vault)


def spots(value: Any, spot: Spot = ()) -> Iterator[Spot]:
    pairs = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, each in pairs:
        yield (*spot, key)
        yield from spots(each, (*spot, key))


@settings(max_examples=40, deadline=None)
@given(platforms())
def test_any_platform_is_read_back_as_it_was_written(platform: Platform) -> None:
    assert read(platform_text(platform), Platform()) == platform


@settings(max_examples=40, deadline=None)
@given(platforms())
def test_a_written_platform_changes_nothing_where_it_came_from(platform: Platform) -> None:
    wanted = read(platform_text(platform), platform)
    assert difference(platform, aimed(platform, wanted, prune=False)) == []
    assert difference(platform, aimed(platform, wanted, prune=True)) == []


@settings(max_examples=40, deadline=None)
@given(platforms(), platforms())
def test_with_prune_any_platform_becomes_the_written_one_but_for_what_is_switched_off(
    before: Platform, wanted: Platform
) -> None:
    declared_now = declared(document_of(FILE, platform_text(wanted)), Platform(), no_vault)
    after = aimed(before, declared_now, prune=True)
    assert after.accounts == wanted.accounts
    assert after.logins == wanted.logins
    assert after.tariffs == wanted.tariffs
    assert {key: each for key, each in after.routes.items() if key in wanted.routes} == wanted.routes
    assert not any(each.enabled for key, each in after.routes.items() if key not in wanted.routes)
    assert difference(after, aimed(after, declared_now, prune=True)) == []


@settings(max_examples=40, deadline=None)
@given(platforms())
def test_every_key_of_a_written_platform_has_the_line_it_stands_at(platform: Platform) -> None:
    text = platform_text(platform)
    lines = text.split("\n")
    found = lines_of(text)
    for spot in spots(tomllib.loads(text)):
        assert spot in found, dotted(spot)
        if isinstance(spot[-1], str) and spot[-1].isascii() and spot[-1].isalnum():
            assert spot[-1] in lines[found[spot] - 1]


def test_every_setting_of_an_account_can_be_read_and_is_written() -> None:
    assert list(facts(account("shop"))) == list(ACCOUNT)


HARD = """\
# [no.table]
a = 1 # b = 2
"b\\u0041".c = \"\"\"x
]" \\"\"\" ""\\\\
y\"\"\"\"
[[t]]
k = [1,
  "]",  # ] "
  { z = 'a#', y.w = 2 }, [3,
 4]
]
[t.u]
v = 1979-05-27 07:32:00
[[t]]
k = '''
\\'''
[t."x y"]
q = []
r = {}
s = \"\"\"\"\"\"
m = '\\' # '
 n . o  = -inf
"""


def test_strings_comments_and_brackets_do_not_hide_a_line() -> None:
    assert set(spots(tomllib.loads(HARD))) == set(lines_of(HARD)) - {()}
    assert {dotted(spot): line for spot, line in lines_of(HARD).items() if len(spot) > 1} == {
        "bA.c": 3,
        "t[0]": 6,
        "t[0].k": 7,
        "t[0].k[0]": 7,
        "t[0].k[1]": 8,
        "t[0].k[2]": 9,
        "t[0].k[2].z": 9,
        "t[0].k[2].y": 9,
        "t[0].k[2].y.w": 9,
        "t[0].k[3]": 9,
        "t[0].k[3][0]": 9,
        "t[0].k[3][1]": 10,
        "t[0].u": 12,
        "t[0].u.v": 13,
        "t[1]": 14,
        "t[1].k": 15,
        't[1]."x y"': 17,
        't[1]."x y".q': 18,
        't[1]."x y".r': 19,
        't[1]."x y".s': 20,
        't[1]."x y".m': 21,
        't[1]."x y".n': 22,
        't[1]."x y".n.o': 22,
    }


@pytest.mark.parametrize("ending", ["\n", "\r\n"])
def test_lines_are_counted_whatever_they_end_in(ending: str) -> None:
    assert lines_of(f"a = 1{ending}{ending}b = 2")["b",] == 3
