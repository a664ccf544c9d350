"""Every PDU of SMPP 3.4 for hypothesis, as the table of fields allows it and no wider."""

from typing import Any, Final

from hypothesis import strategies as st

from gonets.wire.smpp import fields
from gonets.wire.smpp.codec import FROM_NETWORK
from gonets.wire.smpp.codes import RESPONSE, Tag
from gonets.wire.smpp.pdu import PDUS, DistributionList, Pdu, SmeAddress, Tlv, Unsuccess
from gonets.wire.smpp.tlvs import NUMBERS, OCTETS, STRINGS

KNOWN: Final = frozenset({*NUMBERS, *STRINGS, *OCTETS})

octet = st.integers(0, 0xFF)
word = st.integers(0, 0xFFFFFFFF)


def strings(longest: int) -> st.SearchStrategy[str]:
    return st.text(st.characters(min_codepoint=1, max_codepoint=0xFF), max_size=longest)


addresses = st.builds(SmeAddress, octet, octet, strings(20))
unsuccesses = st.builds(Unsuccess, octet, octet, strings(20), word)
destinations = addresses | st.builds(DistributionList, strings(20))


def values(field: fields.Field) -> st.SearchStrategy[Any]:
    match field:
        case fields.CString():
            return strings(field.size - 1)
        case fields.Octet():
            return octet
        case fields.SizedOctets():
            return st.binary(max_size=20) | st.binary(min_size=252, max_size=254)
        case fields.Destinations():
            return st.lists(destinations, min_size=1, max_size=4).map(tuple)
        case fields.Unsuccesses():
            return st.lists(unsuccesses, max_size=4).map(tuple)


def sized(tag: int) -> st.SearchStrategy[Tlv]:
    """A parameter we know, in a length that suits it."""
    if tag in NUMBERS:
        return st.binary(min_size=NUMBERS[tag], max_size=NUMBERS[tag]).map(lambda value: Tlv(tag, value))
    least, most = OCTETS.get(tag, (0, STRINGS.get(tag, 0)))
    return st.binary(min_size=least, max_size=min(most, 300)).map(lambda value: Tlv(tag, value))


known = st.sampled_from(sorted(KNOWN)).flatmap(sized)
unknown = st.builds(Tlv, st.integers(0, 0xFFFF).filter(lambda tag: tag not in KNOWN), st.binary(max_size=40))
any_size = st.builds(Tlv, st.sampled_from(Tag) | st.integers(0, 0xFFFF), st.binary(max_size=40))


def pdus_of(kind: type[Pdu]) -> st.SearchStrategy[Pdu]:
    free = kind.command_id & RESPONSE or kind in FROM_NETWORK
    parameters = st.lists(any_size if free else known | unknown, max_size=4).map(tuple)
    return st.builds(kind, word, word, parameters, *map(values, fields.FIELDS[kind]))


kinds = st.sampled_from(PDUS)
pdus = kinds.flatmap(pdus_of)
