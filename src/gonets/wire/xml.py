"""XML that strangers wrote: read into a tree of lxml, within bounds, and without anything that it points to.

A document is text first: its encoding is settled here, whatever is no character of XML 1.0 (§2.2) becomes U+FFFD,
and its declaration, having said all it can, is dropped. Refused: a document type declaration, with it every entity
but the five that XML has (§4.6), elements nested deeper than 256, and what has no root. Markup that is broken is
refused too, unless it is to be recovered. The work is linear in the input; the size of the input is the server's to
bound.
"""

import re
from collections.abc import Container
from typing import Final
from xml.sax.saxutils import escape

from lxml import etree

Element = etree._Element

_STRANGE: Final = re.compile("[^\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_BLANKS: Final = " \t\r\n\0\ufeff"
"""Around a document; a NUL where a program in C sent the end of its string too."""

_DECLARATION: Final = re.compile(r"<\?xml\b[^<>]*>")
_DECLARED: Final = re.compile(rb"\s*<\?xml\b[^<>]*?encoding\s*=\s*[\"']([A-Za-z0-9._-]{1,40})")
_MARKS: Final = (
    (b"\xef\xbb\xbf", "utf-8"),
    (b"\xff\xfe", "utf-16-le"),
    (b"\xfe\xff", "utf-16-be"),
)
_CHARSETS: Final = {
    "windows-1251": "cp1251",
    "cp1251": "cp1251",
    "windows-1252": "cp1252",
    "koi8-r": "koi8-r",
    "koi8-u": "koi8-u",
    "ibm866": "cp866",
    "cp866": "cp866",
    "iso-8859-1": "latin-1",
    "iso-8859-5": "iso8859-5",
}
"""By the name in a declaration, in lower case: those in which people write Cyrillic or believe they do. Anything else
is read as UTF-8."""

_TOKENS: Final = re.compile(
    r"(?:(?<=[^\]]>)\s+)?<!\[CDATA\[(?P<kept>.*?)\]\]>(?:\s+(?=</?[A-Za-z_]))?"
    r"|(?P<aside><!--.*?-->|<\?.*?\?>)"
    r"|(?P<refused><[!?])"
    r"|(?P<bare>&(?!(?:\#[0-9]{1,7}|\#x[0-9A-Fa-f]{1,6}|amp|lt|gt|quot|apos);)|<(?![A-Za-z_:/\x80-\U0010ffff]))",
    re.DOTALL,
)
"""What a reader must not mistake for tags: the content of a CDATA section, with the blanks between it and the tags
around it; what is said aside; what begins a DTD, or something that never ends; signs that nobody escaped."""

_MOST_BARE: Final = 100_000
"""Signs in a document that somebody forgot to escape; where there are more, nobody meant anything."""


def read(raw: bytes, *, recover: bool = False) -> Element | None:
    """The root of a document; None: it is refused.

    To recover is to guess what was meant: tags that are not closed end where their parents do, a sign that should have
    been escaped stands for itself (`Tom & Jerry`, `&nbsp;`), blanks between a tag and a CDATA section are nothing. A
    document that does not end with a tag was cut short and is refused all the same.
    """
    text = decoded(raw).strip(_BLANKS)
    declaration = _DECLARATION.match(text)
    if declaration is not None:
        text = text[declaration.end() :].lstrip(_BLANKS)
    text = _STRANGE.sub("\ufffd", text)
    mended = _mended(text, _MOST_BARE if recover else 0)
    if mended is None or not text.endswith(">"):
        return None
    parser = etree.XMLParser(
        encoding="utf-8",
        recover=recover,
        resolve_entities=False,
        load_dtd=False,
        no_network=True,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    try:
        root = etree.fromstring((mended if recover else text).encode(), parser)
    except etree.XMLSyntaxError:
        return None
    if root is None or root.getroottree().docinfo.internalDTD is not None:
        return None
    return root


def decoded(raw: bytes) -> str:
    """The characters of a document: by its byte order mark, else as UTF-8 if it is that, else as it declares.

    Octets that are no characters of the charset become U+FFFD. What is UTF-8 is hardly ever anything else by chance,
    so a declaration of another charset is a slip then.
    """
    for mark, charset in _MARKS:
        if raw.startswith(mark):
            return raw[len(mark) :].decode(charset, "replace")
    if raw[:2].count(0) == 1:
        return raw.decode("utf-16-le" if raw[0] else "utf-16-be", "replace")
    try:
        return raw.decode()
    except UnicodeDecodeError:
        declared = _DECLARED.match(raw)
        name = declared[1].decode().lower() if declared else ""
        return raw.decode(_CHARSETS.get(name, "utf-8"), "replace")


def looks_like(raw: bytes) -> bool:
    """Whether octets seem to be a document rather than anything else: the first character is `<`."""
    return decoded(raw[:4_000]).lstrip(_BLANKS).startswith("<")


def fields(root: Element, names: Container[str]) -> list[tuple[str, str]]:
    """The texts of the elements that have one of these local names, in the order of the document.

    An element inside of another of them ends it, for it was not closed; the text of any other belongs to the one
    around it.
    """
    found: list[tuple[str, list[str]]] = []
    owner: Element | None = None
    for event, element in etree.iterwalk(root, events=("start", "end")):
        if event == "start":
            name = local_name(element)
            if name in names:
                owner = element
                found.append((name, []))
            text = element.text
        else:
            if element is owner:
                owner = None
            text = element.tail
        if owner is not None and text:
            found[-1][1].append(text)
    return [(name, "".join(texts)) for name, texts in found]


def local_name(element: Element) -> str:
    """The name of an element without its namespace, declared or not."""
    return element.tag.rpartition("}")[2].rpartition(":")[2]


def escaped(text: str) -> str:
    """A text as the content of an element."""
    return escape(_STRANGE.sub("\ufffd", text))


def _mended(text: str, most_bare: int) -> str | None:
    """The document with CDATA sections and bare signs as escaped text.

    None: it has a DTD, does not end, or has more bare signs than may be.
    """
    pieces: list[str] = []
    at = 0
    left = most_bare
    for token in _TOKENS.finditer(text):
        match token.lastgroup:
            case "refused":
                return None
            case "kept":
                meant = escape(token["kept"])
            case "bare":
                left -= 1
                if left < 0:
                    return None
                meant = escape(token["bare"])
            case _:
                meant = ""
        pieces += (text[at : token.start()], meant)
        at = token.end()
    pieces.append(text[at:])
    return "".join(pieces)
