"""What can be set of a mail server."""

from typing import Any

import msgspec
import pytest

from gonets.connectors.smtp import MEANINGS, SmtpSettings


def test_each_setting_has_its_sentence() -> None:
    assert set(MEANINGS) == set(SmtpSettings.__struct_fields__)


@pytest.mark.parametrize(("security", "port"), [("starttls", 587), ("tls", 465), ("plain", 25)])
def test_the_usual_port_is_that_of_the_security(security: str, port: int) -> None:
    given = {"host": "mx.example", "sender": "a@b.example", "security": security}
    assert msgspec.convert(given, SmtpSettings).port_there == port
    assert msgspec.convert({**given, "port": 26}, SmtpSettings).port_there == 26


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"sender": "Bank"}, "sender has to be an address"),
        ({"domain": "nowhere"}, "domain has to be a whole name"),
        ({"host": "a b"}, "host is neither a name nor an address"),
        ({"security": "plain", "ca_file": "x.pem"}, "ca_file is for security = starttls or tls"),
        ({"window": 3}, "unknown field `window`"),
        ({"connections": 0}, ">= 1"),
    ],
)
def test_what_cannot_be_is_refused_with_a_sentence(given: dict[str, Any], sentence: str) -> None:
    with pytest.raises(msgspec.ValidationError, match=sentence):
        msgspec.convert({"host": "mx.example", "sender": "a@b.example", **given}, SmtpSettings)
