"""A request of the demo says the same as a line for a shell and as it is sent."""

from email import message_from_bytes
from email.policy import HTTP
from pathlib import Path
from shlex import split
from urllib.parse import parse_qsl, urlsplit

import pytest

from gonets.cli.demo.asking import (
    Ask,
    Attached,
    Door,
    Doors,
    How,
    Worked,
    curl_line,
    request_of,
)
from gonets.cli.demo.showing import Scene, Show
from gonets.cli.demo.shows import SHOWS
from tests.clocks import START

DOORS = Doors(
    "127.0.0.1", {"http": 8080, "http_tls": 8443, "mfms": 9876, "mfms_tls": 9875}, Path("gonets-demo")
)
FIELDS = (("text", 'Привет; & 100% "$HOME" `x` it\'s'), ("key[0]", "a b"), ("plain", "a.b-1"))


def typed(ask: Ask) -> list[str]:
    """The words after `curl`, as a shell would make them of a line in which nothing is worked out."""
    program, *words = split(curl_line(ask, DOORS))
    assert program == "curl"
    return words


@pytest.mark.parametrize("door", Door)
def test_a_query_stands_in_the_url(door: Door) -> None:
    ask = Ask("/send", FIELDS, door=door)
    words = typed(ask)
    url = words[-1]
    tls = door in {Door.HTTPS, Door.MFMS_TLS}
    assert words[:-1] == ["-g", *(["--cacert", "gonets-demo/tls-cert.pem"] if tls else [])]
    assert urlsplit(url)[:3] == ("https" if tls else "http", f"127.0.0.1:{DOORS.ports[door.value]}", "/send")
    assert parse_qsl(urlsplit(url).query) == list(FIELDS)
    assert request_of(ask, DOORS).full_url == url


def test_a_query_may_be_in_another_charset() -> None:
    ask = Ask("/send", (("text", "Привет"),), charset="cp1251")
    assert typed(ask) == ["http://127.0.0.1:8080/send?text=%CF%F0%E8%E2%E5%F2"]


def test_what_is_sent_twice_is_one_line_in_which_curl_counts() -> None:
    ask = Ask("/send", (("text", "x"),), times=2)
    assert typed(ask) == ["http://127.0.0.1:8080/send?text=x&try=[1-2]"]
    assert request_of(ask, DOORS).full_url == "http://127.0.0.1:8080/send?text=x"


def test_a_request_without_fields_has_no_query() -> None:
    assert typed(Ask("/wsdl")) == ["http://127.0.0.1:8080/wsdl"]
    assert request_of(Ask("/wsdl"), DOORS).full_url == "http://127.0.0.1:8080/wsdl"


@pytest.mark.parametrize(("how", "before"), [(How.GET, ["-G"]), (How.POST, [])])
def test_curl_encodes_the_fields_where_it_has_to(how: How, before: list[str]) -> None:
    ask = Ask("/send", FIELDS, how, headers=(("X-It", "it's"),))
    assert typed(ask) == [
        *("-H", "X-It: it's"),
        *before,
        "http://127.0.0.1:8080/send",
        *("--data-urlencode", "text=" + FIELDS[0][1]),
        *("--data-urlencode", "key[0]=a b"),
        *("-d", "plain=a.b-1"),
    ]
    request = request_of(ask, DOORS)
    written = urlsplit(request.full_url).query if how is How.GET else (request.data or b"").decode()  # type: ignore[union-attr]
    assert parse_qsl(written) == list(FIELDS)
    assert request.get_header("X-it") == "it's"


def test_a_form_with_a_file_is_sent_in_parts() -> None:
    picture = Attached("hello.png", "image/png", b"\x89PNG\r\n")
    ask = Ask("/api.php", (*FIELDS, ("picture", picture)), How.PARTS)
    assert typed(ask) == [
        "http://127.0.0.1:8080/api.php",
        *("--form-string", "text=" + FIELDS[0][1]),
        *("--form-string", "key[0]=a b"),
        *("-F", "plain=a.b-1"),
        *("-F", "picture=@gonets-demo/hello.png;type=image/png"),
    ]
    request = request_of(ask, DOORS)
    head = f"Content-Type: {request.get_header('Content-type')}\r\n\r\n".encode()
    assert isinstance(request.data, bytes)
    parts = list(message_from_bytes(head + request.data, policy=HTTP).iter_parts())
    assert [part.get_param("name", header="content-disposition") for part in parts] == [
        *("text", "key[0]", "plain", "picture")
    ]
    assert parts[0].get_payload(decode=True) == FIELDS[0][1].encode()
    assert parts[3].get_filename() == "hello.png"
    assert parts[3].get_payload(decode=True) == picture.octets


def test_a_document_is_sent_as_it_is() -> None:
    ask = Ask("/x.php", how=How.BODY, headers=(("Content-Type", "text/xml"),), body="<a b='c'>ж</a>")
    assert typed(ask) == [
        *("-H", "Content-Type: text/xml", "http://127.0.0.1:8080/x.php"),
        *("--data-binary", "<a b='c'>ж</a>"),
    ]
    request = request_of(ask, DOORS)
    assert (request.data, request.get_header("Content-type")) == ("<a b='c'>ж</a>".encode(), "text/xml")


def test_what_the_shell_works_out_is_left_to_it_and_all_else_kept_from_it() -> None:
    worked = Worked('a "b" $5 ', "$(date +%s)", "17")
    assert curl_line(Ask("/a", (("x", worked),)), DOORS) == (
        'curl "http://127.0.0.1:8080/a?x=a+%22b%22+%245+$(date +%s)"'
    )
    assert curl_line(Ask("/a", (("x", worked),), How.POST), DOORS) == (
        'curl http://127.0.0.1:8080/a --data-urlencode "x=a \\"b\\" \\$5 $(date +%s)"'
    )
    assert request_of(Ask("/a", (("x", worked),)), DOORS).full_url.endswith("x=a+%22b%22+%245+17")
    assert request_of(Ask("/a", (("x", worked),), How.POST), DOORS).data == b"x=a+%22b%22+%245+17"


# ---- what is shown


@pytest.mark.parametrize("show", SHOWS, ids=lambda show: f"{show.speech.name} {show.what}")
def test_every_show_is_a_line_that_begins_with_curl(show: Show) -> None:
    ask = show.ask(Scene(START, "1", {}))
    line = curl_line(ask, DOORS)
    assert line.startswith("curl ")
    assert "\n" not in line
    assert request_of(ask, DOORS).full_url.split("?")[0] in line


def test_of_each_protocol_there_is_a_message_that_is_delivered_and_one_that_is_refused() -> None:
    for speech in {show.speech.name: show.speech for show in SHOWS}.values():
        ours = [show for show in SHOWS if show.speech is speech]
        assert any("№" in show.answer and show.end.lower().startswith("deliv") for show in ours)
        assert any("№" not in show.answer and not show.late for show in ours)


@pytest.mark.parametrize(
    ("answer", "body", "ids"),
    [
        ("ok;0;№", "ok;0;1001", ("1001",)),
        ("ok;0;№", "ok;0;x", None),
        ("ok;0;№", "ok;0;1001\n", None),
        ("=IDS<br/>№<br/>№<br/>", "=IDS<br/>1<br/>2<br/>", ("1", "2")),
        ('{"id":№,"at":"…"}', '{"id":7,"at":"2026-03-02 09:30:00"}', ("7",)),
        ("Error: no (really)", "Error: no (really)", ()),
        ("Error: no (really)", "Error: no really", None),
    ],
)
def test_the_form_of_an_answer_is_what_it_is_compared_with_and_where_ids_are_read(
    answer: str, body: str, ids: tuple[str, ...] | None
) -> None:
    show = Show(SHOWS[0].speech, "a show", SHOWS[0].ask, answer)
    assert show.ids_in(body) == ids
