"""The XML scripts of SMS Club: what is read from a document, and what is answered."""

from urllib.parse import quote, quote_plus

import pytest

from gonets.model.calls import Login, Submission
from gonets.model.message import MessageId, Status
from gonets.model.reasons import Reason
from gonets.model.results import Found, Outcome, Refused
from gonets.protocols.smsclub.tables import REASON_TEXTS, STATES
from gonets.wire.http import Reply, Request
from tests.clocks import START
from tests.protocols.smsclub.recorded import (
    FOLDER,
    answered,
    called,
    document,
    ids,
    items,
    posted,
    said,
    taken,
)

SEND = "xmlsendsmspost.php"
EACH = "xmlsendindividual.php"
STATE = "xmlgetsmsstatepost.php"
WHO = "<username><![CDATA[user]]></username><password><![CDATA[pass]]></password>"
FROM = "<from><![CDATA[XML]]></from>"
UNKNOWN = Refused(Reason.UNKNOWN_MESSAGE)
HEAD = '<?xml version="1.0" encoding="utf-8"?>'

AS_PRINTED = """
      <?xml version='1.0' encoding='utf-8'?>
      <request_sendsms>
      <username><![CDATA[username]]></username>
      <password><![CDATA[password]]></password>
      <from><![CDATA[XML]]></from>
      <to><![CDATA[380675126767]]></to>
      <text><![CDATA[Пример русского ЮТФ-8 текста]]></text>
      </request_sendsms>"""
"""The document's sample in PHP, white space and all."""

STATE_AS_PRINTED = """<?xml version='1.0' encoding='utf-8'?><request_getstate>
  <username><![CDATA[user]]>
  <password><![CDATA[pass]]></password>
  <smscid><![CDATA[000000;
0001;000002;000003]]></smscid></request_getstate>"""
"""The document's sample, with a tag that is not closed and a list that is broken over two lines."""


def error(reason: Reason) -> str:
    return f"{HEAD}<response><status>ERROR</status><text>{REASON_TEXTS[reason]}</text></response>"


def texts(request: Request) -> list[tuple[str, str] | Reason]:
    """Of each message recipient and text, or why it is refused."""
    return [
        item.reason if isinstance(item, Refused) else (item.recipient, item.text) for item in items(request)
    ]


@pytest.mark.parametrize(
    "request_",
    [
        posted(SEND, AS_PRINTED, "text/xml"),
        posted(SEND, AS_PRINTED),
        posted(SEND, AS_PRINTED, ""),
        posted(SEND, AS_PRINTED.encode("utf-16"), ""),
        posted(SEND, "xmlrequest=" + quote(AS_PRINTED)),
        posted(SEND, "xmlrequest=" + quote_plus(AS_PRINTED), "text/plain"),
        posted(SEND, "a=1&xmlrequest=" + quote_plus(AS_PRINTED) + "&xmlrequest=x"),
        posted(
            SEND,
            f'--x\r\nContent-Disposition: form-data; name="xmlrequest"\r\n\r\n{AS_PRINTED}\r\n--x--\r\n',
            "multipart/form-data; boundary=x",
        ),
        Request("GET", FOLDER + SEND, ("xmlrequest=" + quote(AS_PRINTED)).encode()),
    ],
)
def test_the_document_is_a_form_field_or_the_body(request_: Request) -> None:
    assert items(request_) == (Submission("XML", "380675126767", "Пример русского ЮТФ-8 текста"),)
    who = called(request_).who
    assert (who.protocol, who.login, who.password) == ("smsclub", "username", "password")


def test_the_ids_of_all_parts_are_listed_and_messages_and_parts_counted() -> None:
    request = document(SEND, f"{WHO}{FROM}<to>80501111111;80502222222;</to><text>Hi</text>")
    assert called(request).who == Login("smsclub", "", "user", "pass", "192.0.2.7")
    assert texts(request) == [("80501111111", "Hi"), ("80502222222", "Hi")]
    assert answered(request, (taken(1001, 2), taken(1003))) == Reply(
        200,
        (
            HEAD + "<response><status>OK</status><text>Сообщений: 2 (3 частей)</text>"
            "<ids><mess>1001</mess><mess>1002</mess><mess>1003</mess></ids></response>"
        ).encode(),
        "text/xml; charset=utf-8",
    )


def test_a_refused_recipient_stands_in_its_place_and_does_not_count() -> None:
    request = document(SEND, f"{WHO}{FROM}<to>1;2;3</to><text>Hi</text>")
    assert said(request, (Refused(Reason.RECIPIENT_DENIED), taken(1001), Refused(Reason.BAD_RECIPIENT))) == (
        HEAD + "<response><status>OK</status><text>Сообщений: 1 (1 частей)</text><ids>"
        "<mess>Phone in black list.</mess><mess>1001</mess><mess>Неверно указан номер</mess></ids></response>"
    )


def test_when_all_recipients_are_refused_the_first_reason_is_the_answer() -> None:
    request = document(SEND, f"{WHO}{FROM}<to>1;2</to><text>Hi</text>")
    assert said(request, (Refused(Reason.BAD_TEXT), Refused(Reason.FLOOD))) == error(Reason.BAD_TEXT)


@pytest.mark.parametrize("reason", Reason)
def test_a_request_that_is_refused_is_answered_with_an_error(reason: Reason) -> None:
    status = {Reason.TOO_MANY_REQUESTS: 429, Reason.STORE_UNAVAILABLE: 500}.get(reason, 200)
    for script in (SEND, EACH, STATE):
        reply = answered(document(script, WHO), Refused(reason))
        assert reply == Reply(status, error(reason).encode(), "text/xml; charset=utf-8")


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ("<to>1</to><text>A</text><to>2</to><text>B</text>", [("1", "A"), ("2", "B")]),
        ("<text>A</text><to>1</to><text>B</text><to>2</to>", [("1", "A"), ("2", "B")]),
        ("<sms><to>1</to><text>A</text></sms><sms><to>2</to><text>B</text></sms>", [("1", "A"), ("2", "B")]),
        ("<to>1;2</to><text>A</text><to>3;</to><text>B</text>", [("1", "A"), ("2", "A"), ("3", "B")]),
        ("<to>1</to><to>2</to><text>B</text>", [Reason.BAD_REQUEST, ("2", "B")]),
        ("<to>1</to><text>A</text><text>B</text>", [("1", "A"), Reason.BAD_REQUEST]),
        ("<text>A</text><text>B</text><to>2</to>", [Reason.BAD_REQUEST, ("2", "B")]),
        ("<to>1</to><text>A</text><to>2</to>", [("1", "A"), Reason.BAD_REQUEST]),
        ("<to/><text>A</text><to>2</to><text>B</text>", [Reason.BAD_REQUEST, ("2", "B")]),
        ("<to>1</to><text/>", [("1", "")]),
        ("", [Reason.BAD_REQUEST]),
    ],
)
def test_each_text_goes_to_its_own_recipient_only(
    fields: str, expected: list[tuple[str, str] | Reason]
) -> None:
    assert texts(document(EACH, WHO + FROM + fields)) == expected
    assert texts(document(EACH, WHO + fields + FROM)) == expected


def test_the_sample_for_personal_messages_is_read_as_printed() -> None:
    fields = """
  <username><![CDATA[username]]></username>
  <password><![CDATA[password]]></password>
  <from><![CDATA[XML]]></from>
  <to><![CDATA[80675126767]]></to>
  <text><![CDATA[Пример русского текста ЮТФ-8]]></text>
  <to><![CDATA[80997777646]]></to>
  <text><![CDATA[Example of text in UTF-8]]></text>
"""
    request = document(EACH, fields)
    assert items(request) == (
        Submission("XML", "80675126767", "Пример русского текста ЮТФ-8"),
        Submission("XML", "80997777646", "Example of text in UTF-8"),
    )
    assert said(request, (taken(1001), taken(1002))) == (
        HEAD + "<response><status>OK</status><text>Сообщений: 2 (2 частей)</text>"
        "<ids><mess>1001</mess><mess>1002</mess></ids></response>"
    )


@pytest.mark.parametrize("missing", ["from", "to", "text"])
def test_a_message_that_lacks_a_field_is_refused_once_the_password_was_right(missing: str) -> None:
    fields = f"{WHO}{FROM}<to>1</to><text>A</text>".replace(f"{missing}>", "other>")
    assert texts(document(SEND, fields)) == [Reason.BAD_REQUEST]
    assert said(document(SEND, fields), (Refused(Reason.BAD_REQUEST),)) == error(Reason.BAD_REQUEST)


def test_of_a_repeated_element_the_first_counts_and_unknown_ones_do_not() -> None:
    fields = f"<id>7</id>{WHO}{FROM}<to>1</to><text>A</text><text>B</text><to>2</to><username>x</username>"
    assert texts(document(SEND, fields)) == [("1", "A")]
    assert called(document(SEND, fields)).who.login == "user"


def test_blanks_around_values_are_not_meant_but_those_of_a_text_are() -> None:
    fields = (
        "<username> user\n</username>\n<password>\tpass </password><from> A B </from><to>\n1 ;\n 2 </to>"
        "<text> Hi\n</text>"
    )
    request = document(SEND, fields)
    assert (called(request).who.login, called(request).who.password) == ("user", "pass")
    assert items(request) == (Submission("A B", "1", " Hi\n"), Submission("A B", "2", " Hi\n"))


def test_states_are_answered_entry_by_entry() -> None:
    request = posted(STATE, STATE_AS_PRINTED, "text/xml")
    who = called(request).who
    assert (who.login, who.password) == ("user", "pass")
    assert ids(request) == (None, 1, 2, 3)
    outcome: Outcome = (
        UNKNOWN,
        Found(MessageId(1), Status.DELIVERED, START),
        UNKNOWN,
        Found(MessageId(3), Status.NO_REPORT, START),
    )
    assert answered(request, outcome) == Reply(
        200,
        (
            HEAD + "<response><status>OK</status><text></text><entries>"
            "<entry><smscid>000000</smscid><state>неверно указан id</state></entry>"
            "<entry><smscid>0001</smscid><state>DELIVRD</state></entry>"
            "<entry><smscid>000002</smscid><state>неверно указан id</state></entry>"
            "<entry><smscid>000003</smscid><state>NOREPORT</state></entry></entries></response>"
        ).encode(),
        "text/xml; charset=utf-8",
    )


@pytest.mark.parametrize("status", list(Status))
def test_every_status_can_be_answered(status: Status) -> None:
    body = said(document(STATE, WHO + "<smscid>7</smscid>"), (Found(MessageId(7), status, START),))
    assert f"<entry><smscid>7</smscid><state>{STATES[status]}</state></entry>" in body


def test_ids_may_be_misspelt_as_in_the_documents_sample() -> None:
    assert ids(document(STATE, WHO + "<smssid><![CDATA[0000;0001;0002;0003]]></smssid>")) == (None, 1, 2, 3)
    assert ids(document(STATE, WHO + "<smscid>5</smscid><smssid>6</smssid>")) == (5,)


@pytest.mark.parametrize("field", ["", "<smscid/>", "<smscid>;</smscid>"])
def test_to_ask_after_nothing_lacks_a_field(field: str) -> None:
    request = document(STATE, WHO + field)
    assert ids(request) == ()
    assert said(request, ()) == error(Reason.BAD_REQUEST)


def test_an_id_cannot_break_the_answer() -> None:
    request = document(STATE, WHO + '<smscid><![CDATA[</smscid><x a="&">;1]]></smscid>')
    assert said(request, (UNKNOWN, UNKNOWN)) == (
        HEAD + "<response><status>OK</status><text></text><entries>"
        "<entry><smscid>??smscid??x?a?????</smscid><state>неверно указан id</state></entry>"
        "<entry><smscid>1</smscid><state>неверно указан id</state></entry></entries></response>"
    )


@pytest.mark.parametrize(
    "body",
    [
        "",
        "xmlrequest=",
        "xmlrequest=hello",
        "xmlrequest=<r><to>1</to><text>Tom & Jerry</text></r>",
        "username=user&password=pass",
        "<r",
        "<!DOCTYPE r [<!ENTITY x SYSTEM 'file:///etc/passwd'>]><r><to>1</to><text>&x;</text></r>",
        "xmlrequest=" + quote("<!DOCTYPE r><r><to>1</to><text>a</text></r>"),
    ],
)
def test_what_holds_no_document_is_a_bad_request(body: str) -> None:
    for script in (SEND, EACH, STATE):
        request = posted(script, body)
        assert said(request, ()) == error(Reason.BAD_REQUEST)


def test_a_form_that_is_cut_short_is_a_bad_request() -> None:
    body = '--x\r\nContent-Disposition: form-data; name="xmlrequest"\r\n\r\n<r><to>1</to></r>'
    assert said(posted(SEND, body, "multipart/form-data; boundary=x"), ()) == error(Reason.BAD_REQUEST)
    assert said(posted(SEND, body, "multipart/form-data"), ()) == error(Reason.BAD_REQUEST)


def test_many_recipients_are_read_in_one_call_and_endless_lists_are_not() -> None:
    many = ";".join(str(380_660_000_000 + number) for number in range(10_000))
    assert len(items(document(SEND, f"{WHO}{FROM}<to>{many}</to><text>Hi</text>"))) == 10_000
    pairs = "".join(f"<to>{number}</to><text>Hi {number}</text>" for number in range(20_000))
    assert texts(posted(EACH, f"<r>{WHO}{FROM}{pairs}</r>"))[-1] == ("19999", "Hi 19999")
    too_many = posted(EACH, f"<r>{WHO}{FROM}{pairs}<to>1</to><text>Hi</text></r>")
    assert said(too_many, ()) == error(Reason.BAD_REQUEST)
