"""A long message from a phone is the same message once, however its parts come."""

from hypothesis import given
from hypothesis import strategies as st

from gonets.rules.joining import GAP, PATIENCE_US, Piece, Pile, body, heap, is_copy

Texts = list[str]


def told_of(coming: list[Piece], total: int) -> tuple[list[Pile], list[Pile]]:
    """What a store does with pieces of one key: (handed over in order, still waited for)."""
    piles: tuple[Pile, ...] = ()
    told: list[Pile] = []
    for piece in coming:
        piles, index = heap(piles, piece, total)
        if index is None or not piles[index].whole:
            continue
        pile = piles[index]
        others = tuple(each for each in piles if each is not pile)
        if is_copy(pile, others):
            piles = others
            continue
        over = Pile(total, pile.pieces, told=True)
        told.append(over)
        piles = (*others, over)
    return told, [pile for pile in piles if not pile.told]


def pieces(texts: Texts, order: list[int], binary: bool = False) -> list[Piece]:
    return [Piece(at, number + 1, texts[number], binary, at) for at, number in enumerate(order)]


@st.composite
def arrivals(draw: st.DrawFn) -> tuple[Texts, list[int]]:
    """The parts of a text, and the order in which they come: each at least once."""
    texts = draw(st.lists(st.text(max_size=3), min_size=2, max_size=7))
    again = draw(st.lists(st.sampled_from(range(len(texts))), max_size=8))
    return texts, draw(st.permutations([*range(len(texts)), *again]))


@given(arrivals())
def test_any_order_and_repetition_of_parts_gives_the_same_message_once(
    arrival: tuple[Texts, list[int]],
) -> None:
    texts, order = arrival
    told, waiting = told_of(pieces(texts, order), len(texts))
    assert [body(pile) for pile in told] == [("".join(texts), False)]
    assert all(is_copy(pile, told) for pile in waiting)


@given(st.lists(st.lists(st.text(max_size=2), min_size=3, max_size=3), min_size=1, max_size=4), st.data())
def test_messages_one_after_the_other_under_one_reference_are_kept_apart(
    messages: list[Texts], data: st.DataObject
) -> None:
    coming: list[Piece] = []
    for texts in messages:
        order = data.draw(st.permutations(range(3)))
        coming += [
            Piece(len(coming) + n, number + 1, texts[number], False, n) for n, number in enumerate(order)
        ]
    told, waiting = told_of(coming, 3)
    expected = ["".join(texts) for n, texts in enumerate(messages) if texts not in messages[:n]]
    assert [body(pile)[0] for pile in told] == expected
    assert waiting == []


@given(arrivals(), st.data())
def test_what_is_missing_is_marked_and_nothing_else_is_lost(
    arrival: tuple[Texts, list[int]], data: st.DataObject
) -> None:
    texts, order = arrival
    lost = data.draw(st.sets(st.sampled_from(range(len(texts))), min_size=1, max_size=len(texts) - 1))
    told, waiting = told_of(pieces(texts, [each for each in order if each not in lost]), len(texts))
    assert told == []
    [pile] = waiting
    marked = "".join(
        (GAP if not number or number - 1 not in lost else "") if number in lost else text
        for number, text in enumerate(texts)
    )
    assert body(pile) == (marked, False)


def test_a_part_joins_the_message_that_was_heard_of_last() -> None:
    first, second, tail = Piece(1, 1, "a", False, 0), Piece(2, 1, "b", False, 5), Piece(3, 2, "c", False, 6)
    told, waiting = told_of([first, second, tail], 2)
    assert [body(pile)[0] for pile in told] == ["bc"]
    assert [body(pile)[0] for pile in waiting] == [f"a{GAP}"]


def test_after_half_an_hour_a_part_belongs_to_another_message() -> None:
    first = Piece(1, 1, "a", False, 0)
    assert told_of([first, Piece(2, 2, "b", False, PATIENCE_US - 1)], 2)[1] == []
    assert len(told_of([first, Piece(2, 2, "b", False, PATIENCE_US)], 2)[1]) == 2


def test_octets_with_a_hole_are_shown_and_no_octets_any_more() -> None:
    parts = pieces(["00ff", "01"], [0, 1], binary=True)
    assert body(Pile(2, tuple(parts))) == ("00ff01", True)
    assert body(Pile(2, tuple(parts[:1]))) == (f"[00ff]{GAP}", False)
    assert body(Pile(2, (parts[0], Piece(9, 2, "text", False, 0)))) == ("[00ff]text", False)
