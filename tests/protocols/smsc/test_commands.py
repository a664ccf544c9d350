"""SMSC.ru's text commands and comments, in every form in which clients send them."""

import pytest

from gonets.model.calls import Submission
from gonets.model.message import Channel, Encoding, Hears, Speech, UserData, Voice
from gonets.protocols.smsc.reading import Reader
from gonets.rules.texts import without_comment
from gonets.wire import gsm7
from gonets.wire.smpp import tlvs
from gonets.wire.smpp.codes import Tag
from tests.protocols.smsc.asked import PLAIN, SMSC, SMSC_ISO, read, submit, unfit

FORMS = [
    pytest.param(0x00, str.encode, SMSC, id="raw ASCII with data_coding 0"),
    pytest.param(0x00, gsm7.encode, SMSC, id="true GSM"),
    pytest.param(0x00, str.encode, SMSC_ISO, id="ISO"),
    pytest.param(0x04, str.encode, SMSC, id="Latin-1"),
    pytest.param(0x01, str.encode, SMSC, id="ASCII"),
    pytest.param(0x08, lambda text: text.encode("utf-16-be"), SMSC, id="UCS-2"),
    pytest.param(0x08, lambda text: b"\xfe\xff" + text.encode("utf-16-be"), SMSC, id="UCS-2 with a mark"),
]

COMMANDS: dict[str, dict[str, object]] = {
    "__MMS__: Look at this\nsubj:Spring": {
        "channel": Channel.MMS,
        "text": "Look at this",
        "subject": "Spring",
    },
    "__MMS__: No subject": {"channel": Channel.MMS, "text": "No subject"},
    "__MMS__: two\nlines\nsubj:and:one": {"channel": Channel.MMS, "text": "two\nlines", "subject": "and:one"},
    "__MMS__: subj: a\nsubj:b": {"channel": Channel.MMS, "text": "subj: a", "subject": "b"},
    "__MMS__:no blank\r\nsubj:s": {"channel": Channel.MMS, "text": "no blank", "subject": "s"},
    "__MMS__: \nsubj:only": {"channel": Channel.MMS, "text": "", "subject": "only"},
    "__CALL__: Your code is 1 2": {"channel": Channel.CALL, "text": "Your code is 1 2", "speech": Speech()},
    **{
        f"__CALL__: Hi\nvoice:{voice}": {
            "channel": Channel.CALL,
            "text": "Hi",
            "speech": Speech(Voice(voice)),
        }
        for voice in ("m", "m2", "w", "w2", "w3", "w4")
    },
    "__CALL__: Hi\nvoice:w\n~~~\nparam=10,2": {
        "channel": Channel.CALL,
        "text": "Hi",
        "speech": Speech(Voice.W, "param=10,2"),
    },
    "__CALL__: Hi\n~~~\n10,2": {"channel": Channel.CALL, "text": "Hi", "speech": Speech(Voice.M, "10,2")},
    "__VIBER__: Hi <button>": {"channel": Channel.VIBER, "text": "Hi <button>"},
    "__VIBER__: Hi\n~~~\nnote": {"channel": Channel.VIBER, "text": "Hi\n~~~\nnote"},
    "__HLR__": {"channel": Channel.HLR, "hears": Hears.SUCCESS | Hears.FAILURE},
    "__HLR__\n~~~\nnote": {
        "channel": Channel.HLR,
        "text": "\n~~~\nnote",
        "hears": Hears.SUCCESS | Hears.FAILURE,
    },
    "__PING__": {"channel": Channel.PING, "hears": Hears.SUCCESS | Hears.FAILURE},
    "__PING__\n": {"channel": Channel.PING, "hears": Hears.SUCCESS | Hears.FAILURE},
    "Hello\n~~~\norder 17": {"text": "Hello\n~~~\norder 17"},
    "a_b": {"text": "a_b"},
    "__HLR__ please": {"text": "__HLR__ please"},
    "__MMS__ please": {"text": "__MMS__ please"},
    "__FAX__: no": {"text": "__FAX__: no"},
    "say __PING__": {"text": "say __PING__"},
}
NO_COMMANDS = ("a_b", "__HLR__ please", "__MMS__ please", "__FAX__: no", "say __PING__")
"""In raw ASCII these are GSM like any other text."""


@pytest.mark.parametrize(("data_coding", "encode", "reader"), FORMS)
@pytest.mark.parametrize("text", COMMANDS)
def test_commands_and_comments_are_understood_in_every_form(
    text: str, data_coding: int, encode: object, reader: Reader
) -> None:
    assert callable(encode)
    octets = encode(text)
    found = read(submit(data_coding=data_coding, short_message=octets), reader)
    expected: dict[str, object] = {"text": "", "hears": Hears.NOTHING, **COMMANDS[text]}
    raw = data_coding == 0 and octets == text.encode() and reader is SMSC
    if raw and text in NO_COMMANDS:
        expected["text"] = gsm7.decode(octets)
    assert found == Submission("Bank", "79031234567", **expected)  # type: ignore[arg-type]


def test_raw_ascii_that_says_nothing_of_ours_is_gsm() -> None:
    assert read(submit(short_message=b"a_b$@")).text == "a§b¤¡"


def test_a_plain_account_has_no_commands() -> None:
    for text in COMMANDS:
        octets = gsm7.encode(text)
        assert read(submit(short_message=octets), PLAIN) == Submission(
            "Bank", "79031234567", text, hears=Hears.NOTHING
        )


def test_look_ups_have_a_result_whatever_registered_delivery_says() -> None:
    for asked in range(32):
        hears = read(submit(short_message=b"__HLR__", registered_delivery=asked)).hears
        assert hears is not None
        assert hears & (Hears.SUCCESS | Hears.FAILURE) == Hears.SUCCESS | Hears.FAILURE


def test_a_voice_that_there_is_not_is_refused() -> None:
    assert unfit(submit(short_message=b"__CALL__: Hi\nvoice:x")) == (
        0x01,
        "the voice is one of m, m2, w, w2, w3, w4",
    )


# ---- e-mail


@pytest.mark.parametrize(
    ("fields", "text", "recipient", "rest"),
    [
        ({"destination_addr": "me@example.com"}, "Hi", "me@example.com", "Hi"),
        (
            {"tlvs": (tlvs.tlv(Tag.DESTINATION_EMAIL, "somebody@long.example.com"),)},
            "Hi",
            "somebody@long.example.com",
            "Hi",
        ),
        ({}, "to:me@example.com\nHi\nthere", "me@example.com", "Hi\nthere"),
        ({"destination_addr": ""}, "to: me@example.com\nHi", " me@example.com", "Hi"),
        ({}, "to:me@example.com", "me@example.com", ""),
        ({"destination_addr": "me@example.com"}, "to:nobody\nHi", "me@example.com", "to:nobody\nHi"),
        ({"destination_addr": "me@example.com"}, "to:you@example.com\nHi", "me@example.com", "Hi"),
    ],
)
def test_an_e_mail_goes_to_the_first_address_that_is_given(
    fields: dict[str, object], text: str, recipient: str, rest: str
) -> None:
    found = read(submit(short_message=f"__MAIL__: {text}\nsubj:News".encode(), **fields))
    assert (found.channel, found.recipient, found.text, found.subject) == (
        Channel.MAIL,
        recipient,
        rest,
        "News",
    )


def test_an_e_mail_without_an_address_is_refused() -> None:
    assert unfit(submit(short_message=b"__MAIL__: Hi\nsubj:News"))[0] == 0x0B


# ---- parts that the client cut


def part(octets: bytes, number: int = 2, data_coding: int = 0) -> Submission:
    header = bytes((5, 0, 3, 7, 2, number))
    return read(submit(esm_class=0x40, data_coding=data_coding, short_message=header + octets))


@pytest.mark.parametrize(
    ("data_coding", "octets", "kept", "text"),
    [
        (0, b"Hello_\n~~~\nnote", b"Hello\x11", "Hello_\n~~~\nnote"),
        (0, gsm7.encode("Hello_{\n~~~\nnote"), gsm7.encode("Hello_{"), "Hello_{\n~~~\nnote"),
        (0, b"Hello`\n~~~\nnote", b"Hello`", "Hello`\n~~~\nnote"),
        (8, "Жук\n~~~\nnote".encode("utf-16-be"), "Жук".encode("utf-16-be"), "Жук\n~~~\nnote"),
        (3, b"\xe7a\n~~~\nnote", b"\xe7a", "ça\n~~~\nnote"),
    ],
)
def test_a_comment_is_cut_off_a_part_that_goes_on_as_it_came(
    data_coding: int, octets: bytes, kept: bytes, text: str
) -> None:
    found = part(octets, data_coding=data_coding)
    assert found.text == text
    assert without_comment(found.text)[1] == "note"
    assert found.user_data is not None
    assert found.user_data.octets == kept


def test_a_part_without_a_comment_is_left_alone() -> None:
    assert part(b"Hello_").user_data == UserData(b"Hello_", Encoding.GSM7, bytes.fromhex("050003070202"))


@pytest.mark.parametrize("octets", [b"__MMS__: Look", gsm7.encode("__MMS__: Look"), b"__HLR__"])
def test_a_command_that_its_client_cut_is_refused(octets: bytes) -> None:
    status, detail = unfit(submit(esm_class=0x40, short_message=bytes((5, 0, 3, 7, 2, 1)) + octets))
    assert status == 0x01
    assert "message_payload" in detail


def test_binary_is_never_a_command() -> None:
    found = read(submit(data_coding=0x02, short_message=b"__HLR__"))
    assert found.channel is Channel.SMS
    assert found.text == b"__HLR__".hex()
