"""The longest prefix."""

from hypothesis import given
from hypothesis import strategies as st

from gonets.rules.prefixes import longest

digits = st.text(st.sampled_from("012"), max_size=6)


@given(st.dictionaries(digits, st.integers(), max_size=20), digits)
def test_the_entry_found_is_the_longest_of_those_that_match(table: dict[str, int], number: str) -> None:
    matching = [prefix for prefix in table if number.startswith(prefix)]
    assert longest(table, number) == (table[max(matching, key=len)] if matching else None)


@given(st.dictionaries(digits, st.integers(), max_size=20), digits)
def test_the_digits_an_address_begins_with_are_no_prefix(table: dict[str, int], local: str) -> None:
    assert longest(table, f"{local}@example.com") == table.get("")
