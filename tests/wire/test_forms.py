"""Form fields as clients really write them, and as they never should."""

from urllib.parse import parse_qsl, quote_plus, urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gonets.wire import forms

pairs = st.lists(st.tuples(st.binary(max_size=12), st.binary(max_size=40)), max_size=8)


@pytest.mark.parametrize(
    ("raw", "fields"),
    [
        (b"", []),
        (b"a=1", [(b"a", b"1")]),
        (b"a=1&b=2&a=3", [(b"a", b"1"), (b"b", b"2"), (b"a", b"3")]),
        (b"text[0]=Hey,%20you", [(b"text[0]", b"Hey, you")]),
        (b"text%5B0%5d=a+b%2Bc", [(b"text[0]", b"a b+c")]),
        (b"a", [(b"a", b"")]),
        (b"a=", [(b"a", b"")]),
        (b"=1", [(b"", b"1")]),
        (b"=", [(b"", b"")]),
        (b"&&a=1&", [(b"a", b"1")]),
        (b"a=b=c==", [(b"a", b"b=c==")]),
        (b"a=1;b=2", [(b"a", b"1;b=2")]),
        (b"a=%26%3D%25", [(b"a", b"&=%")]),
        (b"a%3D=1", [(b"a=", b"1")]),
        (b"a=\xd0\x9f", [(b"a", b"\xd0\x9f")]),
        (b"a=%D0%9f%cf", [(b"a", b"\xd0\x9f\xcf")]),
        (b"a=1\r\n", [(b"a", b"1\r\n")]),
    ],
)
def test_fields_come_in_the_order_sent(raw: bytes, fields: list[tuple[bytes, bytes]]) -> None:
    assert forms.parse(raw) == fields


@pytest.mark.parametrize(
    ("raw", "value"),
    [
        (b"100%", b"100%"),
        (b"%", b"%"),
        (b"%4", b"%4"),
        (b"%zz", b"%zz"),
        (b"%4x%41", b"%4xA"),
        (b"%%41", b"%A"),
        (b"%%%41%", b"%%A%"),
        (b"%u0416", b"%u0416"),
        (b"%2541", b"%41"),
        (b"%\xff1", b"%\xff1"),
        (b"% 41", b"% 41"),
        (b"%+1", b"%+1"),
        (b"%-1%0x41", b"%-1%0x41"),
    ],
)
def test_a_bad_escape_stays_as_it_was_sent(raw: bytes, value: bytes) -> None:
    assert forms.unescape(raw) == value
    assert forms.parse(b"a=" + raw) == [(b"a", value.replace(b"+", b" "))]


@given(pairs)
def test_what_urllib_writes_is_read_back(fields: list[tuple[bytes, bytes]]) -> None:
    assert forms.parse(urlencode(fields).encode()) == fields


@given(pairs)
def test_what_escapes_everything_is_read_back(fields: list[tuple[bytes, bytes]]) -> None:
    def escaped(raw: bytes) -> str:
        return "".join(f"%{octet:02x}" for octet in raw)

    raw = "&".join(f"{escaped(name)}={escaped(value)}" for name, value in fields)
    assert forms.parse(raw.encode()) == fields


@given(st.text("ab0129Ff%&=+;[] \u0416", max_size=60))
def test_any_input_is_read_as_urllib_reads_it(text: str) -> None:
    raw = text.encode()
    read = parse_qsl(raw.decode("latin-1"), keep_blank_values=True, encoding="latin-1")
    assert forms.parse(raw) == [(name.encode("latin-1"), value.encode("latin-1")) for name, value in read]


@pytest.mark.parametrize("unit", [b"%", b"&", b"=", b"+", b"%4", b"%41%", b"%41", b"a=%41&", b"k%5B0%5D=1&"])
def test_hostile_input_is_read_in_one_pass(unit: bytes) -> None:
    # Quadratic work on this much would outlast the suite's time limit.
    raw = unit * (1_000_000 // len(unit))
    assert len(forms.parse(raw)) <= raw.count(b"&") + 1


def test_ten_thousand_fields_are_all_kept() -> None:
    raw = "&".join(f"text[{key}]={quote_plus('два слова')}" for key in range(10_000)).encode()
    fields = forms.parse(raw)
    assert len(fields) == 10_000
    assert fields[-1] == (b"text[9999]", "два слова".encode())
