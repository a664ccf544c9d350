"""The user data header of a short message (3GPP TS 23.040 §9.2.3.24): what stands before its text.

A length octet and elements, each an identifier, a length and its data. All elements are kept in their order, those
we know nothing of too, so that a header goes on as it came. Known here are concatenation (§9.2.3.24.1, and
§9.2.3.24.8 with 16-bit references) and application ports (§9.2.3.24.3 and .4).

A header that does not hold together is `Broken`, as a whole: its text cannot be found. An element that says something
impossible (part 5 of 3) is kept and has no meaning, as the specification has it. Of two elements that contradict
each other the last counts.
"""

from typing import Final

import msgspec

CONCATENATION: Final = 0x00
PORTS: Final = 0x04
WIDE_PORTS: Final = 0x05
WIDE_CONCATENATION: Final = 0x08

MOST_OCTETS: Final = 255
"""Of a header without its length octet, and of the data of an element."""


class Concatenation(msgspec.Struct, frozen=True, gc=False):
    """Which part of a long message this is."""

    reference: int
    """The same in all parts: 0 to 255, or to 65535 where it is wide."""
    total: int
    """Parts, 1 to 255."""
    number: int
    """Of this part, 1 to total."""
    wide: bool = False
    """The reference has 16 bits."""

    def holds(self) -> bool:
        """Whether all of it is within its bounds."""
        return (
            0 <= self.reference <= (0xFFFF if self.wide else 0xFF) and 1 <= self.number <= self.total <= 255
        )


class Ports(msgspec.Struct, frozen=True, gc=False):
    """The applications a message is between."""

    destination: int
    source: int
    wide: bool = True
    """16 bits each, and 8 otherwise."""


class Element(msgspec.Struct, frozen=True, gc=False):
    """One element as it stands in a header."""

    identifier: int
    data: bytes


class Header(msgspec.Struct, frozen=True, gc=False):
    """A whole header."""

    elements: tuple[Element, ...] = ()

    def concatenation(self) -> Concatenation | None:
        """Which part this is; None: nothing says so, or nothing that can be."""
        for element in reversed(self.elements):
            data = element.data
            if element.identifier == CONCATENATION and len(data) == 3:
                found = Concatenation(data[0], data[1], data[2])
            elif element.identifier == WIDE_CONCATENATION and len(data) == 4:
                found = Concatenation(int.from_bytes(data[:2]), data[2], data[3], wide=True)
            else:
                continue
            if found.holds():
                return found
        return None

    def ports(self) -> Ports | None:
        """The ports; None: nothing says so."""
        for element in reversed(self.elements):
            data = element.data
            if element.identifier == WIDE_PORTS and len(data) == 4:
                return Ports(int.from_bytes(data[:2]), int.from_bytes(data[2:]))
            if element.identifier == PORTS and len(data) == 2:
                return Ports(data[0], data[1], wide=False)
        return None

    def octets(self) -> bytes:
        """The header as it is sent, its length octet first. Raises ValueError where it is too long."""
        out = bytearray(1)
        for element in self.elements:
            if not (0 <= element.identifier <= 0xFF and len(element.data) <= MOST_OCTETS):
                raise ValueError(f"element {element.identifier:#x} cannot be written")
            out += bytes((element.identifier, len(element.data)))
            out += element.data
        if len(out) - 1 > MOST_OCTETS:
            raise ValueError(f"a header cannot have {len(out) - 1} octets")
        out[0] = len(out) - 1
        return bytes(out)


class Headed(msgspec.Struct, frozen=True, gc=False):
    """User data taken apart."""

    header: Header
    text: bytes
    """What follows the header: octets, or septets one to an octet as SMPP carries them."""


class Broken(msgspec.Struct, frozen=True, gc=False):
    """User data whose header does not hold together."""

    detail: str


def split(data: bytes) -> Headed | Broken:
    """User data that begins with a header."""
    if not data:
        return Broken("there is no header")
    end = 1 + data[0]
    if end > len(data):
        return Broken(f"the header runs {end - len(data)} octets too far")
    elements = []
    at = 1
    while at < end:
        if at + 2 > end or at + 2 + data[at + 1] > end:
            return Broken(f"the header's element 0x{data[at]:02X} runs past its end")
        stop = at + 2 + data[at + 1]
        elements.append(Element(data[at], data[at + 2 : stop]))
        at = stop
    return Headed(Header(tuple(elements)), data[end:])


def concatenated(which: Concatenation) -> Element:
    """The element that says which part it is. Raises ValueError where that cannot be."""
    if not which.holds():
        raise ValueError(f"{which} cannot be")
    tail = bytes((which.total, which.number))
    if which.wide:
        return Element(WIDE_CONCATENATION, which.reference.to_bytes(2) + tail)
    return Element(CONCATENATION, which.reference.to_bytes(1) + tail)


def between(ports: Ports) -> Element:
    """The element that names the ports. Raises ValueError for numbers that are too large."""
    size = 2 if ports.wide else 1
    try:
        data = ports.destination.to_bytes(size) + ports.source.to_bytes(size)
    except OverflowError:
        raise ValueError(f"{ports} cannot be") from None
    return Element(WIDE_PORTS if ports.wide else PORTS, data)
