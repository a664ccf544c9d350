"""A request of the demo says the same as a line for a shell and as it is sent."""

import subprocess
from email import message_from_bytes
from email.policy import HTTP
from pathlib import Path
from shlex import split
from urllib.parse import parse_qsl, urlsplit

import pytest

from gonets.cli.demo.asking import line_of
from gonets.cli.demo.curl import Attached, Curl, Door, How, request_of
from gonets.cli.demo.doors import Doors
from gonets.cli.demo.esme import Query, Send, SmppDoor, Who
from gonets.cli.demo.shell import NOW, Worked, printed
from gonets.cli.demo.showing import Scene, Show
from gonets.cli.demo.shows import SHOWS
from gonets.cli.smpp.texts import Long
from tests.clocks import START

DOORS = Doors(
    "127.0.0.1",
    {
        "http": 8080,
        "http_tls": 8443,
        "mfms": 9876,
        "mfms_tls": 9875,
        "smpp": 2775,
        "smpp_smsc": 3700,
        "smpp_smsclub": 2777,
        "smpp_tls": 3443,
    },
    Path("gonets-demo"),
    ".venv/bin/gonets",
)
FIELDS = (("text", 'Привет; & 100% "$HOME" `x` it\'s'), ("key[0]", "a b"), ("plain", "a.b-1"))


def typed(ask: Curl) -> list[str]:
    """The words after `curl`, as a shell would make them of a line in which nothing is worked out."""
    program, *words = split(line_of(ask, DOORS))
    assert program == "curl"
    return words


@pytest.mark.parametrize("door", Door)
def test_a_query_stands_in_the_url(door: Door) -> None:
    ask = Curl("/send", FIELDS, door=door)
    words = typed(ask)
    url = words[-1]
    tls = door in {Door.HTTPS, Door.MFMS_TLS}
    assert words[:-1] == ["-g", *(["--cacert", "gonets-demo/tls-cert.pem"] if tls else [])]
    assert urlsplit(url)[:3] == ("https" if tls else "http", f"127.0.0.1:{DOORS.ports[door.value]}", "/send")
    assert parse_qsl(urlsplit(url).query) == list(FIELDS)
    assert request_of(ask, DOORS).full_url == url


def test_a_query_may_be_in_another_charset() -> None:
    ask = Curl("/send", (("text", "Привет"),), charset="cp1251")
    assert typed(ask) == ["http://127.0.0.1:8080/send?text=%CF%F0%E8%E2%E5%F2"]


def test_what_is_sent_twice_is_one_line_in_which_curl_counts() -> None:
    ask = Curl("/send", (("text", "x"),), times=2)
    assert typed(ask) == ["http://127.0.0.1:8080/send?text=x&try=[1-2]"]
    assert request_of(ask, DOORS).full_url == "http://127.0.0.1:8080/send?text=x"


def test_a_request_without_fields_has_no_query() -> None:
    assert typed(Curl("/wsdl")) == ["http://127.0.0.1:8080/wsdl"]
    assert request_of(Curl("/wsdl"), DOORS).full_url == "http://127.0.0.1:8080/wsdl"


@pytest.mark.parametrize(("how", "before"), [(How.GET, ["-G"]), (How.POST, [])])
def test_curl_encodes_the_fields_where_it_has_to(how: How, before: list[str]) -> None:
    ask = Curl("/send", FIELDS, how, headers=(("X-It", "it's"),))
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
    ask = Curl("/api.php", (*FIELDS, ("picture", picture)), How.PARTS)
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
    ask = Curl("/x.php", how=How.BODY, headers=(("Content-Type", "text/xml"),), body="<a b='c'>ж</a>")
    assert typed(ask) == [
        *("-H", "Content-Type: text/xml", "http://127.0.0.1:8080/x.php"),
        *("--data-binary", "<a b='c'>ж</a>"),
    ]
    request = request_of(ask, DOORS)
    assert (request.data, request.get_header("Content-type")) == ("<a b='c'>ж</a>".encode(), "text/xml")


def test_what_the_shell_works_out_is_left_to_it_and_all_else_kept_from_it() -> None:
    worked = Worked('a "b" $5 ', "$(date +%s)", "17")
    assert line_of(Curl("/a", (("x", worked),)), DOORS) == (
        'curl "http://127.0.0.1:8080/a?x=a+%22b%22+%245+$(date +%s)"'
    )
    assert line_of(Curl("/a", (("x", worked),), How.POST), DOORS) == (
        'curl http://127.0.0.1:8080/a --data-urlencode "x=a \\"b\\" \\$5 $(date +%s)"'
    )
    assert request_of(Curl("/a", (("x", worked),)), DOORS).full_url.endswith("x=a+%22b%22+%245+17")
    assert request_of(Curl("/a", (("x", worked),), How.POST), DOORS).data == b"x=a+%22b%22+%245+17"


# ---- over SMPP


@pytest.mark.parametrize(
    ("door", "at"),
    [
        (SmppDoor.PLAIN, ["2775"]),
        (SmppDoor.SMSC, ["3700"]),
        (SmppDoor.SMSCLUB, ["2777"]),
        (SmppDoor.TLS, ["3443", "--tls", "--cacert", "gonets-demo/tls-cert.pem"]),
    ],
)
def test_a_text_over_smpp_is_a_line_of_gonets(door: SmppDoor, at: list[str]) -> None:
    ask = Send(Who("shop", "a b", door), "79031234567", "it's", "Shop", Long.SAR, flash=True)
    assert split(line_of(ask, DOORS)) == [
        *(".venv/bin/gonets", "smpp", "send", "--host", "127.0.0.1", "--port", *at),
        *("--system-id", "shop", "--password", "a b", "--from", "Shop", "--to", "79031234567"),
        *("--text", "it's", "--long", "sar", "--flash"),
    ]


def test_what_goes_without_saying_is_left_out_of_a_line() -> None:
    ask = Send(Who("shop", "x", SmppDoor.PLAIN), "79031234567", Worked("Hi ", NOW, "17"))
    assert line_of(ask, DOORS) == (
        ".venv/bin/gonets smpp send --host 127.0.0.1 --port 2775 --system-id shop --password x"
        ' --to 79031234567 --text "Hi $(date +%s%N)"'
    )


def test_messages_are_asked_after_in_one_line() -> None:
    ask = Query(Who("shop", "x", SmppDoor.PLAIN), ("1001", "1002"))
    assert line_of(ask, DOORS) == (
        ".venv/bin/gonets smpp query 1001 1002 --host 127.0.0.1 --port 2775 --system-id shop --password x"
    )


def test_several_lines_of_text_are_one_line_for_a_shell() -> None:
    form = "it's %s\n~~~\nC:\\new"
    worked = printed(form, "17")
    assert worked.value == "it's 17\n~~~\nC:\\new"
    line = line_of(Send(Who("shop", "x", SmppDoor.PLAIN), "1", worked), DOORS)
    assert "\n" not in line
    word = line.partition("--text ")[2].replace(NOW, "17")
    printing = subprocess.run(["sh", "-c", f"printf %s {word}"], capture_output=True, text=True, check=True)
    assert printing.stdout == worked.value


# ---- what is shown


@pytest.mark.parametrize("show", SHOWS, ids=lambda show: f"{show.speech.name} {show.what}")
def test_every_show_is_one_line_that_says_where_it_goes(show: Show) -> None:
    ask = show.ask(Scene(START, "1", {}))
    line = line_of(ask, DOORS)
    assert "\n" not in line
    if isinstance(ask, Curl):
        assert line.startswith("curl ")
        assert request_of(ask, DOORS).full_url.split("?")[0] in line
    else:
        assert line.startswith(".venv/bin/gonets smpp ")
        assert f" --port {DOORS.ports[ask.who.door.value]} " in line


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
