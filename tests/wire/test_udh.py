"""The user data header: its elements, and what the known ones say."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gonets.wire import udh
from gonets.wire.udh import Broken, Concatenation, Element, Headed, Header, Ports

elements = st.builds(Element, st.integers(0, 255), st.binary(max_size=20))
headers = st.lists(elements, max_size=8).map(lambda found: Header(tuple(found)))


@pytest.mark.parametrize(
    ("octets", "concatenation", "ports", "text"),
    [
        ("05 00 03 cc 03 02 48", Concatenation(0xCC, 3, 2), None, b"H"),
        ("06 08 04 01cc ff ff", Concatenation(0x01CC, 255, 255, wide=True), None, b""),
        ("06 05 04 1581 0000", None, Ports(5505, 0), b""),
        ("04 04 02 f0 0f", None, Ports(0xF0, 0x0F, wide=False), b""),
        ("0b 05 04 0b84 23f0 00 03 01 02 01 ff", Concatenation(1, 2, 1), Ports(2948, 9200), b"\xff"),
        ("00 48", None, None, b"H"),
        ("03 24 01 01", None, None, b""),
    ],
)
def test_a_header_says_what_stands_in_it(
    octets: str, concatenation: Concatenation | None, ports: Ports | None, text: bytes
) -> None:
    data = bytes.fromhex(octets)
    found = udh.split(data)
    assert isinstance(found, Headed)
    assert found.header.concatenation() == concatenation
    assert found.header.ports() == ports
    assert found.text == text
    assert found.header.octets() + found.text == data


@given(headers, st.binary(max_size=20))
def test_every_header_comes_back_with_its_text(header: Header, text: bytes) -> None:
    assert udh.split(header.octets() + text) == Headed(header, text)


@given(st.binary(max_size=40))
def test_any_octets_are_headed_or_broken(data: bytes) -> None:
    match udh.split(data):
        case Headed(header, text):
            assert header.octets() + text == data
            header.concatenation()
            header.ports()
        case Broken(detail):
            assert detail


@pytest.mark.parametrize(
    ("octets", "why"),
    [
        ("", "there is no header"),
        ("05 00 03 cc 03", "runs 1 octets too far"),
        ("ff", "runs 255 octets too far"),
        ("01 00", "element 0x00 runs past"),
        ("05 00 04 cc 03 02 48", "element 0x00 runs past"),
        ("06 00 03 cc 03 02 08 04", "element 0x08 runs past"),
    ],
)
def test_a_header_that_does_not_hold_together_is_broken(octets: str, why: str) -> None:
    found = udh.split(bytes.fromhex(octets))
    assert isinstance(found, Broken)
    assert why in found.detail


@pytest.mark.parametrize("element", ["00 03 cc 03 04", "00 03 cc 03 00", "00 03 cc 00 00", "00 02 cc 03"])
def test_a_part_that_cannot_be_means_nothing_and_is_kept(element: str) -> None:
    data = bytes.fromhex(element)
    found = udh.split(bytes([len(data)]) + data)
    assert isinstance(found, Headed)
    assert found.header.concatenation() is None
    assert found.header.octets()[1:] == data


def test_the_last_of_two_counts_that_can_be() -> None:
    first, second = Concatenation(1, 2, 1), Concatenation(0x101, 3, 2, wide=True)
    impossible = Element(udh.CONCATENATION, b"\1\2\3")
    header = Header((udh.concatenated(first), udh.concatenated(second), impossible))
    assert header.concatenation() == second
    ports = Header((udh.between(Ports(1, 2)), udh.between(Ports(3, 4, wide=False))))
    assert ports.ports() == Ports(3, 4, wide=False)


@given(st.integers(0, 0xFFFF), st.integers(1, 255), st.data())
def test_which_part_it_is_comes_back(reference: int, total: int, data: st.DataObject) -> None:
    which = Concatenation(
        reference, total, data.draw(st.integers(1, total)), wide=reference > 0xFF or data.draw(st.booleans())
    )
    assert Header((udh.concatenated(which),)).concatenation() == which


@pytest.mark.parametrize(
    "which",
    [
        Concatenation(256, 2, 1),
        Concatenation(65536, 2, 1, wide=True),
        Concatenation(-1, 2, 1),
        Concatenation(1, 256, 1),
        Concatenation(1, 2, 3),
        Concatenation(1, 2, 0),
    ],
)
def test_a_part_that_cannot_be_is_not_written(which: Concatenation) -> None:
    with pytest.raises(ValueError, match="cannot be"):
        udh.concatenated(which)


@pytest.mark.parametrize("ports", [Ports(65536, 0), Ports(0, -1), Ports(256, 0, wide=False)])
def test_ports_that_cannot_be_are_not_written(ports: Ports) -> None:
    with pytest.raises(ValueError, match="cannot be"):
        udh.between(ports)


@pytest.mark.parametrize(
    "header",
    [
        Header((Element(256, b""),)),
        Header((Element(1, bytes(256)),)),
        Header((Element(1, bytes(254)),)),
        Header((Element(1, bytes(126)), Element(1, bytes(126)))),
    ],
)
def test_a_header_that_is_too_long_is_not_written(header: Header) -> None:
    with pytest.raises(ValueError, match="cannot"):
        header.octets()
