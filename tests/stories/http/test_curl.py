"""The lines a person types, with the real curl."""

import asyncio
from collections.abc import Sequence
from pathlib import Path

import pytest

from gonets.servers import tls
from gonets.servers.http import HttpServer
from gonets.servers.sockets import Listener
from tests.clocks import START
from tests.stories.http.served import QUERY, SEND, STATUS, dialect, run

TWO = QUERY + "&subject[1]=SUBJECT&address[1]=79032222222&text[1]=Hey,%20you"
FORM = [
    "login=CLIENT",
    "password=P@ssw0rd",
    "subject[a]=Имя",
    "address[a]=79031111111",
    "text[a]=Привет; & 100%",
]


async def curl(*arguments: str) -> bytes:
    command = ["curl", "--silent", "--show-error", "--globoff", "--max-time", "10", *arguments]
    process = await asyncio.create_subprocess_exec(
        *command, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    out, err = await process.communicate()
    assert process.returncode == 0, err.decode()
    return out


@pytest.mark.parametrize(
    ("arguments", "answer"),
    [
        (["http://{plain}" + SEND + "?" + TWO], b"ok;0;1001\nok;1;1002"),
        (["https://{secure}" + SEND + "?" + TWO, "--insecure"], b"ok;0;1001\nok;1;1002"),
        (["https://{secure}" + SEND + "?" + QUERY, "--cacert", "{cert}"], b"ok;0;1001"),
        (["http://{plain}" + SEND + "?" + QUERY.replace("[", "%5B").replace("]", "%5D")], b"ok;0;1001"),
        (["http://{plain}" + SEND, "--data", TWO], b"ok;0;1001\nok;1;1002"),
        (
            ["http://{plain}" + SEND, *(word for field in FORM for word in ("--data-urlencode", field))],
            b"ok;a;1001",
        ),
        (
            [
                "http://{plain}" + SEND,
                "--get",
                *(word for field in FORM for word in ("--data-urlencode", field)),
            ],
            b"ok;a;1001",
        ),
        (["http://{plain}" + SEND, "--http1.0", "--data", QUERY], b"ok;0;1001"),
        (["http://{plain}" + SEND, "--http2", "--data", QUERY], b"ok;0;1001"),
        (["http://{plain}" + SEND, "--data", QUERY, "--header", "Transfer-Encoding: chunked"], b"ok;0;1001"),
        (["http://{plain}" + SEND + "?" + QUERY.replace("P@ssw0rd", "no")], b"error-auth;0;"),
        (
            ["http://{plain}" + STATUS + "?login=CLIENT&password=P@ssw0rd&providerId[0]=9"],
            b"error-provider-id-unknown;9;;;",
        ),
        (["http://{plain}" + SEND, "--data-binary", "@{big}"], b"error-syntax"),
        (
            ["http://{plain}" + SEND, "--data-binary", "@{big}", "--header", "Expect: 100-continue"],
            b"error-syntax",
        ),
        (["https://{secure}" + SEND, "--insecure", "--data-binary", "@{big}"], b"error-syntax"),
        (
            ["http://{plain}" + SEND + "?" + QUERY, "http://{plain}" + SEND + "?" + QUERY],
            b"ok;0;1001ok;0;1001",
        ),
    ],
)
def test_a_line_of_curl_is_answered(arguments: Sequence[str], answer: bytes, tmp_path: Path) -> None:
    cert, key = tls.own_certificate(tmp_path, START)
    big = tmp_path / "big"
    big.write_bytes(b"x" * 3_000_000)

    async def story() -> None:
        app = dialect()
        listeners = [Listener("127.0.0.1", 0), Listener("127.0.0.1", 0, tls.server_context(cert, key))]
        async with HttpServer(app, listeners, too_long=app.too_long) as running:
            plain, secure = (f"127.0.0.1:{port}" for port in running.ports)
            filled = [
                argument.replace("{plain}", plain)
                .replace("{secure}", secure)
                .replace("{cert}", str(cert))
                .replace("{big}", str(big))
                for argument in arguments
            ]
            assert await curl(*filled) == answer

    run(story)
