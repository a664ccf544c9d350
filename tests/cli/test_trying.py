"""`gonets connector test`: what a link says, how it understands replies, and one real message."""

import socket
from collections.abc import Iterator

import pytest

from tests.cli.conftest import Cli
from tests.cli.scripted import Scripted, polite, report, taken
from tests.connectors.smtp.server import LOGIN, MailServer
from tests.stories.sending_on.provider import KEY, Acme, serving, settings_of
from tests.stories.smtp.test_mail import serving as mailing


def add(cli: Cli, kind: str, settings: dict[str, str]) -> None:
    words = [word for pair in settings.items() for word in ("--set", "=".join(pair))]
    cli("connector", "add", "acme", "--kind", kind, *words)


@pytest.fixture
def acme() -> Iterator[tuple[Acme, str]]:
    """A provider, and its URL."""
    provider = Acme()
    with serving(provider) as url:
        yield provider, url


def asking(url: str) -> dict[str, str]:
    return {
        **settings_of(url),
        "status_url": f"{url}/v1/state/{{remote_id}}?key={{token}}",
        "status": "$.state",
        "first_poll": "0.1",
    }


def test_the_requests_are_shown_without_secrets_and_nothing_leaves(cli: Cli, acme: tuple[Acme, str]) -> None:
    provider, url = acme
    add(cli, "custom", asking(url))
    shown = cli("connector", "test", "acme", "--to", "+79031234567", "--text", 'Say "hi"').stdout
    assert f"POST {url}/v1/send" in shown
    assert '{"to": "+79031234567", "from": "Gonets", "text": "Say \\"hi\\"", "ref": ' in shown
    assert "X-Api-Key: MASKED" in shown
    assert f"GET {url}/v1/state/THEIR-ID?key=MASKED" in shown
    assert KEY not in shown
    assert provider.messages == []
    assert provider.asked == []


@pytest.mark.parametrize(
    ("reply", "lines"),
    [
        ('200 {"ok": true, "data": [{"id": "A-1"}]}', ["taken, their id is A-1", "no news"]),
        ('200 {"ok": false, "why": "busy"}', ["not taken for the moment", "tried again"]),
        ('200 {"ok": false, "why": "bad number"}', ["refused for good"]),
        ('200 {"state": "DELIVRD"}', ["uncertain", "about a state: delivered"]),
        ("401", ["nothing more is sent for a while: it does not know us"]),
    ],
)
def test_a_reply_is_understood_as_the_gateway_would(cli: Cli, reply: str, lines: list[str]) -> None:
    add(cli, "custom", asking("https://acme.example"))
    shown = cli("connector", "test", "acme", "--reply", reply).stdout
    for line in lines:
        assert line in shown


def test_a_message_is_really_sent_and_its_state_waited_for(cli: Cli, acme: tuple[Acme, str]) -> None:
    provider, url = acme
    add(cli, "custom", asking(url))
    shown = cli("connector", "test", "acme", "--really", "--to", "79031234567").stdout
    assert "Part 1 of 1: taken, their id is A-1" in shown
    assert "Part 1 of 1: delivered" in shown
    assert KEY not in shown
    assert [message["to"] for message in provider.messages] == ["+79031234567"]


def test_one_that_is_refused_is_a_failure(cli: Cli, acme: tuple[Acme, str]) -> None:
    add(cli, "custom", asking(acme[1]))
    result = cli("connector", "test", "acme", "--really", "--to", "79031234567", "--text", "bad", code=1)
    assert "refused for good" in result.stdout
    assert "the message was not taken" in result.stderr


def test_what_a_provider_quotes_of_our_secrets_is_masked(cli: Cli, acme: tuple[Acme, str]) -> None:
    _, url = acme
    add(cli, "custom", {**asking(url), "method": "GET", "body": "", "url": f"{url}/{KEY}/{{token}}"})
    result = cli("connector", "test", "acme", "--really", "--to", "79031234567", code=1)
    assert "HTTP 401" in result.stdout
    assert KEY not in result.output


def test_an_smpp_link_is_bound_and_a_message_sent_through_it(cli: Cli) -> None:
    with Scripted(polite(lambda submit: [taken(submit), report("1001")])) as smsc:
        add(
            cli,
            "smpp",
            {"host": "127.0.0.1", "port": str(smsc.port), "system_id": "me", "password": "x-secret"},
        )
        dry = cli("connector", "test", "acme").stdout
        assert "It would bind there" in dry
        assert "x-secret" not in dry
        shown = cli("connector", "test", "acme", "--really", "--to", "79031234567").stdout
    assert "The link acme is open." in shown
    assert "Part 1 of 1: taken, their id is 1001" in shown
    assert "Part 1 of 1: delivered" in shown


def test_a_mail_server_is_greeted_and_a_mail_sent_through_it(cli: Cli) -> None:
    server = MailServer()
    with mailing(server) as port:
        settings = {"host": "127.0.0.1", "port": str(port), "security": "plain", "sender": "me@bank.example"}
        add(cli, "smtp", settings)
        dry = cli("connector", "test", "acme", "--to", "ann@example.com").stdout
        assert "RCPT TO:<ann@example.com>" in dry
        assert server.envelopes == []
        assert "it offers size" in cli("connector", "test", "acme", "--really").stdout
        shown = cli("connector", "test", "acme", "--really", "--to", "ann@example.com").stdout
    assert "Part 1 of 1: delivered" in shown
    assert [envelope.rcpt_tos for envelope in server.envelopes] == [["ann@example.com"]]


@pytest.mark.parametrize("kind", ["smpp", "smtp", "custom"])
def test_where_nobody_listens_it_says_so_and_where_to_look(cli: Cli, kind: str) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    settings = {
        "smpp": {"host": "127.0.0.1", "port": str(port)},
        "smtp": {
            "host": "127.0.0.1",
            "port": str(port),
            "sender": "me@bank.example",
            "login": LOGIN,
            "password": "x-secret",
        },
        "custom": settings_of(f"http://127.0.0.1:{port}"),
    }[kind]
    add(cli, kind, settings)
    to = "ann@example.com" if kind == "smtp" else "79031234567"
    result = cli("connector", "test", "acme", "--really", "--to", to, "--wait", "1", code=1)
    assert "refused" in result.output or "onnect" in result.output
    assert "Traceback" not in result.output
    assert "x-secret" not in result.output
    assert KEY not in result.output


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("nobody",), "there is no connector 'nobody'; `gonets connector list`"),
        (("acme", "--to", "x"), "--to 'x' is no number like"),
        (("acme", "--text", ""), "--text has to have something in it"),
        (("acme", "--reply", "fine"), "--reply 'fine' is not like"),
        (("acme", "--really"), "give --to NUMBER"),
        (("acme", "--really", "--reply", "200 x"), "leave --really out"),
    ],
)
def test_what_makes_no_sense_is_refused_with_what_to_do(
    cli: Cli, words: tuple[str, ...], sentence: str
) -> None:
    add(cli, "custom", settings_of("https://acme.example"))
    result = cli("connector", "test", *words, code=2)
    assert sentence in result.stderr
