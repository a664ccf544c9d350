"""What nobody should send, sent to a whole gateway: a clear answer each time, and it serves the next."""

from collections.abc import Iterator
from contextlib import contextmanager
from socket import create_server
from typing import Final
from urllib.parse import quote

import pytest

from tests.processes import GatewayProcess, curl
from tests.stories.smsclub.club import FOLDER, GATE, ask, exchange, numbers

WRONG: Final = "Не указаны обязательные параметры"
DENIED: Final = "Не найдено соответствие пары логин\\пароль"
HTTP: Final = FOLDER + "httpsendsms.php"
XML: Final = FOLDER + "xmlsendsmspost.php"
FORM: Final = "application/x-www-form-urlencoded"
SEND: Final = "httpsendsms.php?username=user&password=pass&from=Club&to=0671234567&text=SGVsbG8h"

_ENTITIES: Final = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 10))
BOMB: Final = f'<!DOCTYPE r [<!ENTITY e0 "ha">{_ENTITIES}]><r><to>1</to><text>&e9;</text></r>'
QUADRATIC: Final = f'<!DOCTYPE r [<!ENTITY e "{"x" * 50_000}">]><r><text>{"&e;" * 50_000}</text></r>'
DEEP: Final = "<r>" + "<a>" * 100_000 + "</a>" * 100_000 + "</r>"
WIDE: Final = "<r>" + "<to>1</to>" * 90_000 + "</r>"


def error(text: str) -> bytes:
    head = '<?xml version="1.0" encoding="utf-8"?><response><status>ERROR</status><text>'
    return f"{head}{text}</text></response>".encode()


@pytest.mark.parametrize(
    "document",
    [
        BOMB,
        QUADRATIC,
        "<!DOCTYPE r SYSTEM 'http://127.0.0.1:9/x.dtd'><r/>",
        "<!DOCTYPE r [<!ENTITY x SYSTEM 'file:///etc/passwd'>]><r><to>&x;</to></r>",
        "<r" + "x" * 1_000_000,
        "<" * 1_000_000,
        "\0" * 1_000_000,
        "<r>\0</r",
        "<?xml version='1.0' encoding='utf-16'?>",
    ],
)
def test_a_document_that_is_none_or_explodes_is_a_bad_request(gateway: GatewayProcess, document: str) -> None:
    for raw in (document.encode(), document.encode("utf-16")[:1_090_000]):
        assert exchange(gateway, XML, raw) == (200, "text/xml; charset=utf-8", error(WRONG))
        status, kind, body = exchange(gateway, GATE, raw)
        assert (status, kind) == (500, "text/xml; charset=utf-8")
        assert f"<faultcode>SOAP-ENV:Client</faultcode><faultstring>{WRONG}</faultstring>".encode() in body
    field = b"xmlrequest=" + quote(document[:300_000]).encode()
    assert exchange(gateway, XML, field, FORM)[2] == error(WRONG)


@pytest.mark.parametrize("document", [DEEP, WIDE, "<r a='" + "x" * 1_000_000 + "'></r>", "<r>&e9;&#0;</r>"])
def test_a_document_without_credentials_is_denied_however_large_or_deep(
    gateway: GatewayProcess, document: str
) -> None:
    assert exchange(gateway, XML, document.encode()) == (200, "text/xml; charset=utf-8", error(DENIED))


@contextmanager
def listening() -> Iterator[tuple[int, list[object]]]:
    """A port that nobody should call, and who did."""
    with create_server(("127.0.0.1", 0)) as server:
        server.setblocking(False)
        callers: list[object] = []
        yield server.getsockname()[1], callers
        try:
            callers.append(server.accept()[1])
        except BlockingIOError:
            pass


def test_nothing_that_a_document_points_to_is_looked_up(gateway: GatewayProcess) -> None:
    with listening() as (port, callers):
        url = f"http://127.0.0.1:{port}/x"
        for document in (
            f"<!DOCTYPE r SYSTEM '{url}'><r><to>1</to></r>",
            f"<!DOCTYPE r [<!ENTITY x SYSTEM '{url}'>]><r><to>&x;</to></r>",
            f"<!DOCTYPE r [<!ENTITY % x SYSTEM '{url}'> %x;]><r/>",
            f"<?xsl href='{url}'?><r xmlns:i='http://www.w3.org/2001/XInclude'><i:include href='{url}'/></r>",
        ):
            exchange(gateway, XML, document.encode())
            exchange(gateway, GATE, document.encode())
    assert callers == []


@pytest.mark.parametrize(
    ("path", "status", "said"),
    [(HTTP, 200, WRONG.encode()), (XML, 200, error(WRONG)), (GATE, 500, f"<faultstring>{WRONG}<".encode())],
)
def test_ten_megabytes_are_refused_before_they_are_read(
    gateway: GatewayProcess, tmp_path_factory: pytest.TempPathFactory, path: str, status: int, said: bytes
) -> None:
    file = tmp_path_factory.mktemp("large") / "large"
    file.write_bytes(b"<r><text>" + b"x" * 10_000_000 + b"</text></r>")
    answer = curl("--data-binary", f"@{file}", "-w", "|%{http_code}", gateway.site(path))
    assert said in answer
    assert answer.endswith(b"|%d" % status)


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (b'--x\r\nContent-Disposition: form-data; name="to"\r\n\r\n1', "multipart/form-data; boundary=x"),
        (b"--y\r\n\r\n1\r\n--y--", "multipart/form-data; boundary=x"),
        (b"nothing", "multipart/form-data"),
        (b"--x\r\n" * 100_000, "multipart/form-data; boundary=x"),
        (
            b'--x\r\nContent-Disposition: form-data; name="a"\r\n\r\n\r\n' * 2_000 + b"--x--",
            "multipart/form-data; boundary=x",
        ),
        (b"--x\r\n" + b"A: b\r\n" * 50_000, "multipart/form-data; boundary=x"),
    ],
)
def test_multipart_that_is_broken_is_a_bad_request(
    gateway: GatewayProcess, body: bytes, content_type: str
) -> None:
    assert exchange(gateway, HTTP, body, content_type) == (200, "text/html; charset=utf-8", WRONG.encode())
    assert exchange(gateway, XML, body, content_type) == (200, "text/xml; charset=utf-8", error(WRONG))


@pytest.mark.parametrize(
    "body",
    [
        b"\0" * 100_000,
        b"&" * 1_000_000,
        b"=" * 1_000_000,
        b"%" * 1_000_000,
        b"username=%FF%00&password=\xff&to=;;;",
    ],
)
def test_a_form_of_nonsense_is_denied(gateway: GatewayProcess, body: bytes) -> None:
    assert exchange(gateway, HTTP, body, FORM) == (200, "text/html; charset=utf-8", DENIED.encode())


def test_it_still_serves(gateway: GatewayProcess) -> None:
    assert len(numbers(ask(gateway, SEND))) == 1
