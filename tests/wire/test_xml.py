"""XML as strangers write it, and as they never should."""

from xml.sax.saxutils import escape

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from gonets.wire import xml

NAMES = frozenset({"to", "text", "username", "password"})

BOMB = (
    '<!DOCTYPE r [<!ENTITY a "lol">'
    + "".join(
        f'<!ENTITY {name} "{f"&{before};" * 10}">'
        for before, name in zip("abcdefgh", "bcdefghi", strict=True)
    )
    + "]><r><text>&i;</text></r>"
)
OUTSIDE = '<!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/passwd">]><r><text>&x;</text></r>'


def read(document: str | bytes) -> list[tuple[str, str]] | None:
    """The fields of a document that is recovered; None: it is refused."""
    root = xml.read(document.encode() if isinstance(document, str) else document, recover=True)
    return None if root is None else xml.fields(root, NAMES)


def is_taken(document: str | bytes) -> bool:
    """Whether a document is read as it stands."""
    return xml.read(document.encode() if isinstance(document, str) else document) is not None


@pytest.mark.parametrize(
    ("document", "text"),
    [
        ("<r><text>Hello</text></r>", "Hello"),
        ("<r><text> a\tb </text></r>", " a\tb "),
        ("<r><text><![CDATA[<b> & ]] > &amp;]]></text></r>", "<b> & ]] > &amp;"),
        ("<r><text>a<![CDATA[b]]>c</text></r>", "abc"),
        ("<r><text>a <![CDATA[b]]> c</text></r>", "a b c"),
        ("<r><text><![CDATA[a]]> <![CDATA[b]]></text></r>", "a b"),
        ("<r><text>\n  <![CDATA[ Hello ]]>\n</text></r>", " Hello "),
        ("<r><text>&lt;&amp;&#1078;&#x416;</text></r>", "<&жЖ"),
        ("<r><text>a<!-- no -->b<?no?>c</text></r>", "abc"),
        ("<r><text/></r>", ""),
        ("<r><x><text>Hello</text></x></r>", "Hello"),
        ("<r><text>Hello <b>dear <i>friend</i></b>!</text></r>", "Hello dear friend!"),
        ("<a:r xmlns:a='urn:a'><a:text>Hello</a:text></a:r>", "Hello"),
        ("<r>\r\n<text>a\r\nb</text>\r\n</r>\r\n", "a\nb"),
        ("<text>Hello</text>", "Hello"),
    ],
)
def test_a_field_is_the_text_of_its_element(document: str, text: str) -> None:
    assert read(document) == [("text", text)]


@pytest.mark.parametrize(
    ("document", "fields"),
    [
        (
            "<r><username><![CDATA[user]]>\n <password><![CDATA[pass]]></password><to>1</to></r>",
            [("username", "user"), ("password", "pass"), ("to", "1")],
        ),
        ("<r><to>1</to><text>Hello</txt></r>", [("to", "1"), ("text", "Hello")]),
        ("<r><to>1<text>Hello</r>", [("to", "1"), ("text", "Hello")]),
        ("<r><to>1</text><text>Hello</text></r>", [("to", "1"), ("text", "Hello")]),
        ("<r><to>1</to><text>Hello</text>", [("to", "1"), ("text", "Hello")]),
        ("<r><a:to x:y='1'>1</a:to></r>", [("to", "1")]),
        ("<r><text>Tom & Jerry &nbsp;&x; R&D</text></r>", [("text", "Tom & Jerry &nbsp;&x; R&D")]),
        ("<r><text>http://x.example/?a=1&b=2&lt=3</text></r>", [("text", "http://x.example/?a=1&b=2&lt=3")]),
        ("<r><text>1 < 2 <3</text></r>", [("text", "1 < 2 <3")]),
        ("<r><text>a</text></r><r><text>b</text></r>", [("text", "a")]),
        ("<?xml version='1.0' encoding='utf-8'><r><text>a</text></r>", [("text", "a")]),
    ],
)
def test_broken_markup_is_recovered_where_that_is_asked_for(
    document: str, fields: list[tuple[str, str]]
) -> None:
    assert read(document) == fields


@pytest.mark.parametrize(
    "document",
    ["<r><a>x</r>", "<r>Tom & Jerry</r>", "<r>&nbsp;</r>", "<r a=1/>", "<r/><r/>", "<a:r/>", "<r>1 < 2</r>"],
)
def test_broken_markup_is_refused_where_it_is_not(document: str) -> None:
    assert not is_taken(document)


@pytest.mark.parametrize(
    "document",
    ["", " \n", "\0", "hello", "<", "<>", "<r", "&", "<?xml version='1.0'?>", "<!-- r -->", "<1/>", "]]>"],
)
def test_what_has_no_root_is_refused(document: str) -> None:
    assert read(document) is None
    assert not is_taken(document)


@pytest.mark.parametrize(
    "document",
    [
        BOMB,
        OUTSIDE,
        "<!DOCTYPE r><r/>",
        "<!doctype r><r/>",
        "<!-- x --><!DOCTYPE r SYSTEM 'http://127.0.0.1:9/x.dtd'><r/>",
        "<?xml version='1.0'?>\n<?x y?> <!DOCTYPE r [<!ENTITY % p SYSTEM 'file:///x'> %p;]><r/>",
        "<r><!ENTITY x 'y'>&x;</r>",
        "<r><text>a<!b</text></r>",
    ],
)
@pytest.mark.parametrize("charset", ["utf-8", "utf-16", "utf-16-le", "utf-16-be"])
def test_a_document_type_and_entities_of_its_own_are_refused(document: str, charset: str) -> None:
    assert read(document.encode(charset)) is None
    assert not is_taken(document.encode(charset))


def test_an_entity_that_nobody_declared_names_nothing() -> None:
    assert read("<r><text>&x;</text></r>") == [("text", "&x;")]
    assert not is_taken("<r><text>&x;</text></r>")


def test_what_looks_like_a_document_type_may_be_a_text() -> None:
    document = "<r><text><![CDATA[<!DOCTYPE r>]]></text></r>"
    assert read(document) == [("text", "<!DOCTYPE r>")]
    assert is_taken(document)


@pytest.mark.parametrize(
    "document",
    [
        "<r><text>Tom ",
        "<r><text><![CDATA[Tom",
        "<r><text>a</text",
        "<r><!-- <text>a</text></r>",
        "<r><?x </r>",
    ],
)
def test_what_was_cut_short_is_not_recovered(document: str) -> None:
    assert read(document) is None


@pytest.mark.parametrize(
    "document",
    [
        "<r><text>Привіт</text></r>".encode(),
        "\ufeff<r><text>Привіт</text></r>".encode(),
        "\ufeff<r><text>Привіт</text></r>".encode("utf-16-le"),
        "\ufeff<r><text>Привіт</text></r>".encode("utf-16-be"),
        "<r><text>Привіт</text></r>".encode("utf-16-le"),
        " \n<r><text>Привіт</text></r>".encode("utf-16-be"),
        "<?xml version='1.0' encoding='utf-16'?><r><text>Привіт</text></r>".encode(),
        "<?xml version='1.0' encoding='windows-1251'?><r><text>Привіт</text></r>".encode(),
        "<?xml version='1.0' encoding='windows-1251'?><r><text>Привіт</text></r>".encode("cp1251"),
        '  \n<?xml version="1.0"  encoding = "Windows-1251" ?><r><text>Привіт</text></r>'.encode("cp1251"),
        "<?xml version='1.0' encoding='KOI8-U'?><r><text>Привіт</text></r>".encode("koi8-u"),
        "\n\t <?xml version='1.0' encoding='utf-8'?>\n <r>\n <text>Привіт</text>\n</r>\n\0".encode(),
    ],
)
def test_the_charset_is_found_out(document: bytes) -> None:
    assert read(document) == [("text", "Привіт")]
    assert is_taken(document)


@pytest.mark.parametrize(
    "declared", ["utf-8", "ascii", "utf-7", "base64", "rot13", "idna", "x" * 90, "ucs-4"]
)
def test_octets_that_are_no_characters_become_u_fffd(declared: str) -> None:
    document = f"<?xml version='1.0' encoding='{declared}'?><r><text>a\xff\xfeb</text></r>".encode("latin-1")
    assert read(document) == [("text", "a\ufffd\ufffdb")]


@pytest.mark.parametrize("character", ["\0", "\x01", "\x1f", "\ufffe", "\uffff"])
def test_characters_that_no_document_may_have_become_u_fffd(character: str) -> None:
    assert read(f"<r><text>a{character}b</text></r>") == [("text", "a\ufffdb")]
    assert xml.escaped(f"<{character}>") == "&lt;\ufffd&gt;"


def test_elements_nested_deeper_than_256_are_refused_or_end_what_is_recovered() -> None:
    document = "<r>" + "<a>" * 300 + "</a>" * 300 + "<text>late</text></r>"
    assert not is_taken(document)
    assert read("<r><to>1</to>" + document[3:]) == [("to", "1")]


@pytest.mark.parametrize(
    ("raw", "seems"),
    [
        (b"<r/>", True),
        (b"  \n<?xml", True),
        (b"\xef\xbb\xbf<r/>", True),
        ("<r/>".encode("utf-16"), True),
        ("<r/>".encode("utf-16-be"), True),
        (b"", False),
        (b"xmlrequest=<r/>", False),
        (b"--boundary", False),
        (b"\xff<r/>", False),
    ],
)
def test_a_document_begins_with_a_tag(raw: bytes, seems: bool) -> None:
    assert xml.looks_like(raw) is seems


@pytest.mark.parametrize(
    "unit",
    [
        "<a/>",
        "<a>",
        "</a>",
        "<",
        "&",
        "& ",
        "&x;",
        "&#1;",
        "&#x110000;",
        "<a></b>",
        "<!--",
        "<!-- -->",
        "<?",
        "<?x?>",
        "<![CDATA[",
        "<![CDATA[]]>",
        "]]>",
        "> ",
        ">\n",
        "<x:a/>",
        "<text>",
        "<text>a</text>",
        "<a b=''>",
        "<a b",
    ],
)
@pytest.mark.parametrize("recover", [True, False])
def test_hostile_documents_are_read_in_one_pass(unit: str, recover: bool) -> None:
    # Quadratic work on this much would outlast the suite's time limit.
    for start, end in (("<r>", "</r>"), ("", ""), ("<r a='", "'/>"), ("<r ", ">")):
        root = xml.read((start + unit * (1_000_000 // len(unit)) + end).encode(), recover=recover)
        if root is not None:
            xml.fields(root, NAMES)


def test_a_million_attributes_or_names_cost_no_more() -> None:
    for attribute in ("a{}=''", "xmlns:a{}='u{}'"):
        attributes = " ".join([attribute.format(number, number) for number in range(40_000)])
        assert is_taken(f"<r {attributes}/>")


@given(st.binary(max_size=200) | st.text("<>/!?[]=&;#x-'\" raCDT\0\ufeff", max_size=80).map(str.encode))
def test_anything_is_read_or_refused(raw: bytes) -> None:
    xml.looks_like(raw)
    for recover in (True, False):
        root = xml.read(raw, recover=recover)
        if root is not None:
            assert all("\0" not in value for _, value in xml.fields(root, NAMES))


@given(st.text(max_size=60))
def test_what_is_escaped_is_read_back(text: str) -> None:
    document = f"<r><text>{xml.escaped(text)}</text></r>"
    [(_, value)] = read(document) or [("", "")]
    assert escape(value) == xml.escaped(text).replace("\r\n", "\n").replace("\r", "\n")
    assert etree.fromstring(document.encode()) is not None
