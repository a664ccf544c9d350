"""Requests over HTTP: each as a line of `curl`, and as the demo sends the same itself.

Both say the same octet for octet where it matters; but for what the shell works out anew each time.
"""

import re
import shlex
import ssl
from enum import Enum, auto
from http.client import HTTPException
from typing import Final, assert_never
from urllib.error import HTTPError
from urllib.parse import quote_plus
from urllib.request import HTTPSHandler, OpenerDirector, ProxyHandler, Request, build_opener

import msgspec

from gonets.cli.demo.doors import Answer, Doors
from gonets.cli.demo.shell import Piece, Worked, pieces_of, word

_ANSWER_S: Final = 15.0
_BOUNDARY: Final = "gonets-demo-boundary"
_SAME_IN_FORMS: Final = re.compile("[A-Za-z0-9._-]*")
"""Values that a form leaves as they are."""


class Door(Enum):
    """Where a request goes; the value is the name of the port in the settings."""

    HTTP = "http"
    HTTPS = "http_tls"
    MFMS = "mfms"
    MFMS_TLS = "mfms_tls"


class How(Enum):
    """How the fields of a request travel."""

    QUERY = auto()
    """GET, in the URL as a person writes it."""
    GET = auto()
    """GET, put into the URL by curl."""
    POST = auto()
    """POST, as a form in the body."""
    PARTS = auto()
    """POST, as multipart/form-data."""
    BODY = auto()
    """POST, a document that is no form."""


class Attached(msgspec.Struct, frozen=True):
    """A file that lies in the demo's folder."""

    name: str
    kind: str
    octets: bytes


Value = str | Worked | Attached
Fields = tuple[tuple[str, Value], ...]


class Curl(msgspec.Struct, frozen=True):
    """A request over HTTP."""

    path: str
    fields: Fields = ()
    how: How = How.QUERY
    door: Door = Door.HTTP
    headers: tuple[tuple[str, str], ...] = ()
    body: str = ""
    """The document of `How.BODY`."""
    charset: str = "utf-8"
    """Of the fields; another one only in `How.QUERY`, for what a person types is UTF-8."""
    times: int = 1
    """How often it is sent in a row, all the same but for a field that nobody knows; only in `How.QUERY`. The answers
    come one after another, as curl prints them."""


# ---- as a person types it


def line_of(ask: Curl, doors: Doors) -> str:
    """The request as one line for a shell."""
    words = ["curl"]
    url = _url(ask, doors)
    if url.startswith("https:"):
        words += ["--cacert", shlex.quote(str(doors.certificate))]
    for field, said in ask.headers:
        words += ["-H", shlex.quote(f"{field}: {said}")]
    match ask.how:
        case How.QUERY:
            if any("[" in name for name, _ in ask.fields):
                words.insert(1, "-g")
            tries = [f"&try=[1-{ask.times}]"] if ask.times > 1 else []
            words.append(word([f"{url}?", *_query(ask), *tries] if ask.fields else [url]))
        case How.GET | How.POST:
            words += ["-G"] if ask.how is How.GET else []
            words.append(url)
            for name, value in ask.fields:
                words += _encoded(name, value)
        case How.PARTS:
            words.append(url)
            for name, value in ask.fields:
                words += _part(name, value, doors)
        case How.BODY:
            words += [url, "--data-binary", shlex.quote(ask.body)]
        case _:
            assert_never(ask.how)
    return " ".join(words)


def _url(ask: Curl, doors: Doors) -> str:
    """Without its query."""
    scheme = "https" if ask.door.value.endswith("_tls") else "http"
    return f"{scheme}://{doors.host}:{doors.ports[ask.door.value]}{ask.path}"


def _encoded(name: str, value: Value) -> list[str]:
    """A field that curl encodes where it has to be."""
    if isinstance(value, str) and _SAME_IN_FORMS.fullmatch(value):
        return ["-d", shlex.quote(f"{name}={value}")]
    return ["--data-urlencode", word([f"{name}=", *_pieces(value)])]


def _part(name: str, value: Value, doors: Doors) -> list[str]:
    """A field of a form with files."""
    if isinstance(value, Attached):
        return ["-F", shlex.quote(f"{name}=@{doors.folder / value.name};type={value.kind}")]
    if isinstance(value, str) and _SAME_IN_FORMS.fullmatch(value):
        return ["-F", shlex.quote(f"{name}={value}")]
    return ["--form-string", word([f"{name}=", *_pieces(value)])]


def _pieces(value: Value) -> list[Piece]:
    if isinstance(value, Attached):
        raise TypeError("a file travels in How.PARTS only")
    return pieces_of(value)


def _query(ask: Curl) -> list[Piece]:
    """The pieces of a query: brackets stay, values are percent-encoded where they must be."""
    pieces: list[Piece] = []
    for name, value in ask.fields:
        pieces.append(f"{'&' if pieces else ''}{name}=")
        for piece in _pieces(value):
            if isinstance(piece, str):
                piece = quote_plus(piece, safe="@:;", encoding=ask.charset)
            pieces.append(piece)
    return pieces


# ---- as the demo sends it


class Caller:
    """Sends requests straight to the gateway, whatever proxy the environment names."""

    def __init__(self, doors: Doors) -> None:
        self._doors = doors
        trusting = ssl.create_default_context(cafile=str(doors.certificate))
        self._opener: OpenerDirector = build_opener(ProxyHandler({}), HTTPSHandler(context=trusting))

    def ask(self, ask: Curl) -> Answer:
        """What is answered; waits for it. The status is that of the last answer."""
        answers = [self._ask_once(ask) for _ in range(ask.times)]
        return Answer(answers[-1].status, "".join(answer.body for answer in answers))

    def _ask_once(self, ask: Curl) -> Answer:
        try:
            with self._opener.open(request_of(ask, self._doors), timeout=_ANSWER_S) as reply:
                return Answer(reply.status, reply.read().decode())
        except HTTPError as refusal:
            with refusal:
                return Answer(refusal.code, refusal.read().decode(errors="replace"))
        except (OSError, HTTPException, UnicodeDecodeError) as error:
            return Answer(0, f"no answer: {error}")


def request_of(ask: Curl, doors: Doors) -> Request:
    """The request as the standard library sends it."""
    url, headers = _url(ask, doors), dict(ask.headers)
    match ask.how:
        case How.QUERY | How.GET:
            return Request(f"{url}?{_written(ask)}" if ask.fields else url, headers=headers)
        case How.POST:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
            return Request(url, _written(ask).encode(), headers)
        case How.PARTS:
            headers["Content-Type"] = f"multipart/form-data; boundary={_BOUNDARY}"
            return Request(url, _multipart(ask.fields), headers)
        case How.BODY:
            return Request(url, ask.body.encode(), headers)
        case _:
            assert_never(ask.how)


def _written(ask: Curl) -> str:
    """A query or a form."""
    return "".join(piece.value if isinstance(piece, Worked) else piece for piece in _query(ask))


def _multipart(fields: Fields) -> bytes:
    body = bytearray()
    for name, value in fields:
        body += f'--{_BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"'.encode()
        if isinstance(value, Attached):
            body += f'; filename="{value.name}"\r\nContent-Type: {value.kind}\r\n\r\n'.encode()
            body += value.octets + b"\r\n"
        else:
            text = "".join(piece.value if isinstance(piece, Worked) else piece for piece in _pieces(value))
            body += f"\r\n\r\n{text}\r\n".encode()
    return bytes(body) + f"--{_BOUNDARY}--\r\n".encode()
