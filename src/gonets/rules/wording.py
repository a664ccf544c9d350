"""Stop words and patterns: texts that are not sent.

A word is found where it stands as a word, in any case, however it is spaced and whichever marks of no width are put
into it; `*` before or after it opens that end (`casin*` finds `casinos`). A letter of the other alphabet that looks
like the one it stands for does not hide it: `кaзинo` with Latin `a` and `o` is `казино`. A text whose words are of
one alphabet is not suspected for that: `Tom` is not `том`, though `TOP` is `ТОР`, which no eye tells apart. A pattern
is a regular expression in RE2's syntax, in any case, looked for in the text as it stands.

The time is linear in the text whatever the number of words and patterns: all words are looked for in one pass
(Aho and Corasick), and all patterns in another (RE2 has no backtracking). Refuses words without a letter, digit or
sign, words that are too long, patterns that RE2 cannot read, and patterns that find something in every text.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple, Protocol

import ahocorasick
import re2

from gonets.rules.texts import mixed_alphabet

LONGEST_WORD: Final = 100
"""Characters of a stop word: it bounds how many words can end at one place of a text."""

_MEMORY_OF_ONE: Final = 8 << 20
_MEMORY_OF_ALL: Final = 64 << 20
"""Octets that a pattern may take, and all together, compiled and in use."""

_WITHOUT_WIDTH: Final = re.compile(
    "[\u00ad\u0300-\u036f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180e\u200b-\u200f\u202a-\u202e"
    "\u2060-\u206f\ufe00-\ufe0f\ufeff\U000e0000-\U000e0fff]"
)
"""What shows no more than a mark on the letter before it, or nothing at all."""

_TWINS: Final = tuple(zip("аеорсхукмтнвіјѕ", "aeopcxykmthbijs", strict=True))
"""Cyrillic letters and the Latin ones that they are mistaken for in one case or the other."""

_TO_CYRILLIC: Final = str.maketrans("aeopcxyijsABCEHIJKMOPSTXY", "аеорсхуіјѕАВСЕНІЈКМОРЅТХУ")
"""Those that look the same in the very case."""
_TO_LATIN: Final = {after: before for before, after in _TO_CYRILLIC.items()}


class _Word(NamedTuple):
    written: str
    """As it was given, stars included."""
    plain: str
    open_before: bool
    open_after: bool
    mixed: bool
    """Whether it mixes alphabets itself, and says so of its letters no more than how they look."""


class _Words(Protocol):
    def iter(self, text: str) -> Iterator[tuple[int, tuple[_Word, ...]]]: ...


class _Patterns(Protocol):
    def Match(self, text: bytes) -> list[int] | None: ...  # noqa: N802


class Matcher:
    """Stop words and patterns, compiled; never changes."""

    __slots__ = ("_phrases", "_words", "_written", "_patterns")

    def __init__(self, words: Iterable[str] = (), patterns: Iterable[str] = ()) -> None:
        """Raises ValueError, naming the word or pattern and what is wrong with it."""
        read = [_read(word) for word in words]
        self._phrases = any(" " in word.plain for word in read)
        self._words = _compile_words(read)
        self._written = tuple(patterns)
        self._patterns = _compile_patterns(self._written)

    def find(self, text: str) -> str | None:
        """The stop word or pattern, as it was given, that a text holds; None where it holds none.

        Of several words it is the one that ends first, and of those the longest; of several patterns, and of words
        that look alike, the one that was given first. Words come before patterns. Takes any text, half a surrogate
        pair included.
        """
        if self._words is not None and (word := self._find_word(self._words, text)) is not None:
            return word
        if self._patterns is not None and (found := self._patterns.Match(text.encode("utf-8", "replace"))):
            return self._written[min(found)]
        return None

    def _find_word(self, words: _Words, text: str) -> str | None:
        normal = _normal(text, self._phrases)
        plain = _plain(normal)
        twins: tuple[str, str] | None = None
        for last, found in words.iter(_folded(plain)):
            end = last + 1
            goes_on = end < len(plain) and plain[last].isalnum() and plain[end].isalnum()
            for word in found:
                if goes_on and not word.open_after:
                    continue
                start = end - len(word.plain)
                if start and not word.open_before and plain[start].isalnum() and plain[start - 1].isalnum():
                    continue
                span = plain[start:end]
                if span == word.plain or word.mixed or mixed_alphabet(span) is not None:
                    return word.written
                twins = twins or (_plain(normal.translate(_TO_CYRILLIC)), _plain(normal.translate(_TO_LATIN)))
                if word.plain in (twins[0][start:end], twins[1][start:end]):
                    return word.written
        return None


def _normal(text: str, phrases: bool) -> str:
    """A text without what tells it from another that reads the same, but for case."""
    if not text.isascii():
        text = _WITHOUT_WIDTH.sub("", unicodedata.normalize("NFKC", text))
    return " ".join(text.split()) if phrases else text


def _plain(normal: str) -> str:
    """It without case, and without the dots that few people write."""
    return normal.casefold().replace("ё", "е")


def _folded(plain: str) -> str:
    """It with every Cyrillic letter that has a twin in its Latin form; every character stays at its place."""
    if not plain.isascii():
        for cyrillic, latin in _TWINS:
            plain = plain.replace(cyrillic, latin)
    return plain


def _read(written: str) -> _Word:
    body = written.strip()
    if len(body) > LONGEST_WORD:
        raise ValueError(
            f"The stop word {written[:20]!r}… has over {LONGEST_WORD} characters; write a pattern."
        )
    open_before, open_after = body.startswith("*"), body.endswith("*")
    plain = _plain(_normal(body.strip("*"), phrases=True))
    if not plain:
        raise ValueError(f"The stop word {written!r} has no letter, digit or sign.")
    return _Word(written, plain, open_before, open_after, mixed_alphabet(plain) is not None)


def _compile_words(words: list[_Word]) -> _Words | None:
    """The words in one automaton, by their folded form."""
    if not words:
        return None
    by_form: dict[str, tuple[_Word, ...]] = {}
    for word in words:
        form = _folded(word.plain)
        by_form[form] = (*by_form.get(form, ()), word)
    automaton = ahocorasick.Automaton()
    for form, those in by_form.items():
        automaton.add_word(form, those)
    automaton.make_automaton()
    compiled: _Words = automaton
    return compiled


def _compile_patterns(patterns: tuple[str, ...]) -> _Patterns | None:
    """The patterns in one set."""
    if not patterns:
        return None
    options = _options(_MEMORY_OF_ONE)
    compiled = re2.Set.SearchSet(_options(_MEMORY_OF_ALL))
    for pattern in patterns:
        try:
            finds_empty = re2.compile(pattern, options).search("") is not None
        except UnicodeEncodeError:
            raise ValueError(f"The pattern {pattern!r} is not Unicode.") from None
        except re2.error as error:
            why = error.args[0]
            why = why.decode("utf-8", "replace") if isinstance(why, bytes) else str(why)
            raise ValueError(f"The pattern {pattern!r} cannot be read: {why}.") from None
        if finds_empty:
            raise ValueError(f"The pattern {pattern!r} finds nothing in particular: every text has it.")
        compiled.Add(pattern)
    try:
        compiled.Compile()
    except re2.error:
        raise ValueError("The patterns are too large together; make them fewer or shorter.") from None
    re2.purge()  # it keeps what it compiled last, which nobody asks for again
    matching: _Patterns = compiled
    return matching


def _options(memory: int) -> re2.Options:
    options = re2.Options()
    options.case_sensitive = False
    options.log_errors = False
    options.max_mem = memory
    return options
