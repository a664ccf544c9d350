"""Multipart forms as clients send them, and as nobody should."""

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from gonets.wire import forms, multipart
from gonets.wire.http import Request

TYPE = "multipart/form-data; boundary=frontier"


def body(*parts: bytes, end: bytes = b"--frontier--\r\n") -> bytes:
    return b"".join(b"--frontier\r\n" + part + b"\r\n" for part in parts) + end


def field(name: str, value: bytes, rest: str = "") -> bytes:
    return f'Content-Disposition: form-data; name="{name}"{rest}\r\n\r\n'.encode() + value


def test_fields_come_in_order_as_octets_and_names_repeat() -> None:
    sent = body(field("to", b"1"), field("text", "привет".encode("cp1251")), field("to", b"\r\n--front"))
    assert multipart.parse(sent, TYPE) == [
        (b"to", b"1"),
        (b"text", "привет".encode("cp1251")),
        (b"to", b"\r\n--front"),
    ]


def test_a_file_is_a_field_whatever_it_calls_itself() -> None:
    file = field("picture", b"\x89PNG\r\n\x1a\n", '; filename="a.exe"\r\nContent-Type: text/html')
    assert multipart.parse(body(file), TYPE) == [(b"picture", b"\x89PNG\r\n\x1a\n")]


def test_a_part_without_a_name_is_left_out() -> None:
    nameless = b"Content-Disposition: form-data\r\n\r\nx"
    other = b"Content-Type: text/plain\r\n\r\nx"
    assert multipart.parse(body(nameless, other, field("a", b"b")), TYPE) == [(b"a", b"b")]


def test_names_of_headers_are_read_in_any_case() -> None:
    assert multipart.parse(body(b"CONTENT-disposition: form-data; name=a\r\n\r\nb"), TYPE) == [(b"a", b"b")]


@pytest.mark.parametrize(
    ("sent", "content_type"),
    [
        (body(field("a", b"b")), "multipart/form-data"),
        (body(field("a", b"b")), "multipart/form-data; boundary="),
        (body(field("a", b"b")), f"multipart/form-data; boundary={'x' * 300}"),
        (body(field("a", b"b"), end=b""), TYPE),
        (body(field("a", b"b"))[:-8], TYPE),
        (b"a=b", TYPE),
        (b"", TYPE),
        (body(b"no header at all"), TYPE),
        (body(*[field("a", b"")] * 1001), TYPE),
        (body(b"".join(b"X-%d: y\r\n" % n for n in range(1000)) + field("a", b"")), TYPE),
        (body(b"X: " + b"y" * 100_000 + b"\r\n" + field("a", b"")), TYPE),
    ],
    ids=[
        "no boundary",
        "empty boundary",
        "endless boundary",
        "without end",
        "cut short",
        "another body",
        "nothing",
        "no header",
        "too many parts",
        "too many headers",
        "endless header",
    ],
)
def test_what_is_broken_or_without_end_is_said_to_be(sent: bytes, content_type: str) -> None:
    with pytest.raises(multipart.Broken):
        multipart.parse(sent, content_type)
    assert forms.fields(Request("POST", "/", b"", content_type, sent + b" ")) is None


@given(st.binary(max_size=200), st.sampled_from(["", "\r\n--frontier\r\n", "\r\n--frontier--\r\n"]))
def test_whatever_is_sent_is_read_or_said_to_be_broken(noise: bytes, tail: str) -> None:
    for sent in (noise + tail.encode(), body(noise), body(field("a", noise))):
        try:
            found = multipart.parse(sent, TYPE)
        except multipart.Broken:
            continue
        assert all(isinstance(name, bytes) and isinstance(value, bytes) for name, value in found)


@given(st.lists(st.tuples(st.from_regex(r"[a-z]{1,9}", fullmatch=True), st.binary(max_size=50)), max_size=9))
def test_what_was_put_in_comes_out(pairs: list[tuple[str, bytes]]) -> None:
    pairs = [(name, value.replace(b"--frontier", b"")) for name, value in pairs]
    sent = body(*(field(name, value) for name, value in pairs))
    if pairs:
        assert multipart.parse(sent, TYPE) == [(name.encode(), value) for name, value in pairs]


def test_fields_of_the_query_come_before_those_of_the_body() -> None:
    sent = body(field("a", b"3"))
    assert forms.fields(Request("POST", "/", b"a=1", TYPE.upper().replace("FRONTIER", "frontier"), sent)) == [
        (b"a", b"1"),
        (b"a", b"3"),
    ]
    urlencoded = "application/x-www-form-urlencoded; charset=windows-1251"
    assert forms.fields(Request("POST", "/", b"a=1", urlencoded, b"a=2")) == [(b"a", b"1"), (b"a", b"2")]
    assert forms.fields(Request("POST", "/", b"a=1", "", b"a=2")) == [(b"a", b"1"), (b"a", b"2")]
    assert forms.fields(Request("POST", "/", b"a=1", "text/xml", b"a=2")) == [(b"a", b"1")]


@given(st.lists(st.tuples(st.sampled_from(["user", "picture"]), st.binary(), st.sampled_from(["", "png"]))))
def test_what_is_written_is_read_back(fields: list[tuple[str, bytes, str]]) -> None:
    assume(fields)
    kind, body = multipart.write(fields)
    assert multipart.parse(body, kind) == [(name.encode(), value) for name, value, _ in fields]
