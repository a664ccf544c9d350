"""The line that says what a number look-up found."""

import re
from urllib.parse import parse_qs, unquote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gonets.wire.smpp import hlr
from gonets.wire.smpp.hlr import LookUp

RECORDED = (
    b"id:855469 stat:DELIVRD err:000 imsi:250023012345678 msc:79232510066 mcc:250 mnc:02"
    b" cn:Russian+Federation net:MegaFON+open+Joint+Stock+Company rcn: rnet:"
)
FOUND = LookUp(
    id="855469",
    stat="DELIVRD",
    imsi="250023012345678",
    msc="79232510066",
    mcc="250",
    mnc="02",
    cn="Russian Federation",
    net="MegaFON open Joint Stock Company",
)

digits = st.text("0123456789", max_size=15)
names = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
results = st.builds(
    LookUp,
    id=st.integers(1, 2**63).map(str),
    stat=st.sampled_from(["DELIVRD", "UNDELIV", "EXPIRED"]),
    err=st.integers(0, 999),
    imsi=digits,
    msc=digits,
    mcc=digits,
    mnc=digits,
    cn=names,
    net=names,
    rcn=names,
    rnet=names,
)


def as_query(line: str) -> dict[str, str]:
    """As one of the document's parsers has it: `strtr($dlr, ": ", "=&")` and `parse_str`."""
    return {
        name: values[0]
        for name, values in parse_qs(
            line.translate(str.maketrans(": ", "=&")), keep_blank_values=True
        ).items()
    }


def as_expression(line: str) -> dict[str, str] | None:
    """As the other has it: `preg_match`, and `urldecode` of the four names."""
    found = re.match(
        r"^id:(\d+) stat:(\w+) err:(\d+) imsi:(\d*) msc:(\d*) mcc:(\d*) mnc:(\d*)"
        r" cn:([^ ]*) net:([^ ]*) rcn:([^ ]*) rnet:([^ ]*)",
        line,
        re.ASCII,
    )
    if found is None:
        return None
    plain = dict(zip(hlr.NAMES, found.groups(), strict=True))
    return {
        name: unquote_plus(value) if name in {"cn", "net", "rcn", "rnet"} else value
        for name, value in plain.items()
    }


def test_the_documents_own_example_is_read_and_written() -> None:
    assert hlr.read(RECORDED) == FOUND
    assert hlr.write(FOUND) == RECORDED


@given(results)
def test_every_result_comes_back(found: LookUp) -> None:
    assert hlr.read(hlr.write(found)) == found


@given(results)
def test_both_parsers_of_the_document_read_it(found: LookUp) -> None:
    line = hlr.write(found).decode("ascii")
    said = {name: str(getattr(found, name)) for name in hlr.NAMES} | {"err": f"{found.err:03}"}
    assert as_query(line) == said
    assert as_expression(line) == said


def test_names_are_encoded_as_php_does() -> None:
    line = hlr.write(LookUp("1", "DELIVRD", cn="Côte d'Ivoire", net="a~b.c-d_e:f &=%"))
    assert b"cn:C%C3%B4te+d%27Ivoire net:a%7Eb.c-d_e%3Af+%26%3D%25 rcn: rnet:" in line


@pytest.mark.parametrize(
    "found",
    [
        LookUp("", "DELIVRD"),
        LookUp("x1", "DELIVRD"),
        LookUp("1", ""),
        LookUp("1", "NOT OK"),
        LookUp("1", "DELIVRD", err=1000),
        LookUp("1", "DELIVRD", err=-1),
        LookUp("1", "DELIVRD", imsi="25002x"),
        LookUp("1", "DELIVRD", mnc="٢"),
    ],
)
def test_what_the_parsers_would_misread_is_refused(found: LookUp) -> None:
    with pytest.raises(ValueError, match=r"cannot be|needed"):
        hlr.write(found)


@pytest.mark.parametrize(
    "octets", [b"", b"Hello", b"id:1 sub:001 stat:DELIVRD err:000 text:imsi", b"imsi:25002 stat:DELIVRD"]
)
def test_another_receipt_is_no_result(octets: bytes) -> None:
    assert hlr.read(octets) is None


@pytest.mark.parametrize(
    "octets",
    [
        b"id:1 stat:UNDELIV err:x imsi: msc:",
        b"ID:1 STAT:UNDELIV IMSI:",
        b"imsi: stat:UNDELIV id:1\0",
        b"\0i\0d\0:\x001\0 \0s\0t\0a\0t\0:\0U\0N\0D\0E\0L\0I\0V\0 \0i\0m\0s\0i\0:",
    ],
)
def test_a_result_is_read_however_little_it_says(octets: bytes) -> None:
    assert hlr.read(octets) == LookUp("1", "UNDELIV")


@given(st.binary(max_size=60))
def test_whatever_comes_is_a_result_or_none(octets: bytes) -> None:
    hlr.read(b"id:1 imsi:" + octets)
    hlr.read(octets)
