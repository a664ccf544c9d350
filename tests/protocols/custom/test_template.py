"""A value never gets out of its place in a template, whatever it is."""

import json
from typing import Final
from urllib.parse import parse_qsl, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gonets.protocols.custom.template import Place, Template
from gonets.wire import xml

KNOWN: Final = frozenset({"text", "sender", "id"})
TEXTS: Final = st.text(st.characters(exclude_categories=["Cs"]))
HOSTILE: Final = "\"&{id}\\\r\nX: y%00</text><a b='c'>]]>\x00Привет"


def fill(text: str, place: Place, value: str, encoding: str = "utf-8") -> str:
    return Template(text, place, KNOWN, encoding).fill({"text": value, "sender": value, "id": 7})


@given(TEXTS)
def test_in_a_url_it_is_one_field_as_it_was(value: str) -> None:
    url = fill("https://a.example/s/{id}?text={text}&from={sender}&end=1#f", Place.FORM, value)
    assert url.isascii()
    assert url.isprintable()
    parts = urlsplit(url)
    assert (parts.netloc, parts.path, parts.fragment) == ("a.example", "/s/7", "f")
    fields = parse_qsl(parts.query, keep_blank_values=True)
    assert fields == [("text", value), ("from", value), ("end", "1")]


@given(TEXTS)
def test_in_a_json_string_it_is_part_of_it_and_outside_it_is_a_whole_value(value: str) -> None:
    body = fill(
        '{"a": "<{text}>", "b\\"": {text}, "id": {id}, "s": "{id}", "x": {"y": [{text}]}}', Place.JSON, value
    )
    assert json.loads(body) == {"a": f"<{value}>", 'b"': value, "id": 7, "s": "7", "x": {"y": [value]}}


@given(TEXTS)
def test_in_xml_it_is_text_or_an_attribute(value: str) -> None:
    root = xml.read(fill('<m to="{sender}"><text>{text}</text></m>', Place.XML, value).encode())
    assert root is not None
    assert [child.tag for child in root] == ["text"]
    assert sorted(root.attrib) == ["to"]


@given(TEXTS)
def test_in_a_header_it_is_one_line(value: str) -> None:
    line = fill("Bearer {text}", Place.HEADER, value)
    assert "\r" not in line
    assert "\n" not in line
    assert "\0" not in line


@pytest.mark.parametrize("place", [Place.FORM, Place.JSON, Place.XML, Place.HEADER])
def test_a_hostile_value_is_never_read_as_a_place(place: Place) -> None:
    around = {Place.JSON: '"{text}"', Place.XML: "<a>{text}</a>"}.get(place, "{text}")
    filled = fill(around, place, "{id}")
    assert "7" not in filled.replace("%7B", "").replace("%7D", "")


def test_raw_is_as_it_is() -> None:
    assert fill("<{text}>", Place.RAW, HOSTILE) == f"<{HOSTILE}>"


def test_a_url_is_encoded_in_its_encoding_and_what_that_has_not_is_an_error() -> None:
    assert fill("t={text}", Place.FORM, "Да", "windows-1251") == "t=%C4%E0"
    with pytest.raises(UnicodeEncodeError):
        fill("t={text}", Place.FORM, "你", "windows-1251")


def test_braces_round_anything_else_are_braces() -> None:
    assert fill('{"A": {"b c": "{text}"}, "e": {}}', Place.JSON, "x") == '{"A": {"b c": "x"}, "e": {}}'


@pytest.mark.parametrize(
    ("text", "place", "sentence"),
    [
        ("{recipent}", Place.FORM, "there is no {recipent}; there are id, sender, text"),
        ('{"a": {text}', Place.JSON, "it is no JSON"),
        ('{"a": x{text}}', Place.JSON, "it is no JSON"),
        ("<a>{text}</b>", Place.XML, "it is no XML"),
    ],
)
def test_a_template_that_could_never_be_right_is_refused(text: str, place: Place, sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        Template(text, place, KNOWN)
