"""National numbering plans, as far as they are needed to complete numbers: from libphonenumber's metadata.

A plan is made once for a country, in a millisecond or two, and kept; after that only its few patterns are asked.
Where people may get texts is what counts, so lengths are those of mobile numbers. Leaves out rules that move
digits about: Argentina's `011 15-2345-6789` is not read.
"""

import re
from functools import cache
from typing import Final

import msgspec
from phonenumbers import (
    PhoneMetadata,
    PhoneNumberFormat,
    PhoneNumberType,
    example_number_for_type,
    format_number,
)

_NEVER: Final = re.compile("(?!)")
_GROUP: Final = re.compile(r"\((?!\?)")


class Plan(msgspec.Struct, frozen=True):
    """How a country writes its numbers."""

    code: str
    """The country code."""
    prefix: str
    """What is dialled before a national number; empty: nothing is."""
    lengths: tuple[int, ...]
    """How many digits a mobile number can have without code and prefix, ascending."""
    international: re.Pattern[str]
    """A number of this country with its code and without a plus."""
    prefixed: re.Pattern[str]
    """The prefix and as many digits as a mobile number has; the group is the national number."""
    bare: re.Pattern[str]
    """A mobile number alone, in a range that is in use."""
    writes_bare: bool
    """Whether people there write mobile numbers alone."""


@cache
def plan_of(country: str) -> Plan | None:
    """The plan of a country (ISO 3166 alpha-2, upper case); None where there is no such country."""
    metadata = PhoneMetadata.metadata_for_region(country)
    if metadata is None or metadata.country_code is None or metadata.general_desc is None:
        return None
    general, mobile = metadata.general_desc, metadata.mobile
    possible = _lengths(general.possible_length)
    lengths = (mobile and _lengths(mobile.possible_length)) or possible
    pattern = (mobile and mobile.national_number_pattern) or general.national_number_pattern or "(?!)"
    prefix = metadata.national_prefix or ""
    dialled = metadata.national_prefix_for_parsing
    if dialled is None or metadata.national_prefix_transform_rule is not None:
        # Its groups belong to a rule that moves digits about; the prefix alone can be taken off.
        dialled = re.escape(prefix)
    code = str(metadata.country_code)
    return Plan(
        code=code,
        prefix=prefix,
        lengths=lengths,
        international=re.compile(f"{code}{_digits(possible)}"),
        prefixed=re.compile(f"(?:{_GROUP.sub('(?:', dialled)})({_digits(lengths)})", re.ASCII)
        if prefix
        else _NEVER,
        bare=re.compile(pattern, re.ASCII),
        writes_bare=not prefix or prefix == code or _example_is_bare(country),
    )


def _lengths(possible: tuple[int, ...]) -> tuple[int, ...]:
    """Without the -1 that stands for no length at all."""
    return tuple(sorted(length for length in possible if length > 0))


def _digits(lengths: tuple[int, ...]) -> str:
    return "(?:" + "|".join(f"[0-9]{{{length}}}" for length in lengths) + ")"


def _example_is_bare(country: str) -> bool:
    example = example_number_for_type(country, PhoneNumberType.MOBILE)
    if example is None:
        return False
    written = format_number(example, PhoneNumberFormat.NATIONAL)
    return "".join(char for char in written if char.isdigit()) == str(example.national_number)
