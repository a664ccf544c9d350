"""Whose a message from a phone is, and whether it asks for no more messages. Pure.

A number of ours belongs to one account, or to several that are told apart by the words a message begins with. What is
compared is folded: upper and lower case, and the punctuation after a word, make no difference.
"""

import unicodedata
from collections.abc import Mapping
from typing import Final, TypeVar

LONGEST_KEYWORD: Final = 64
LONGEST_NUMBER: Final = 20
"""Characters of an address in SMPP."""

OUT: Final = "out"
IN: Final = "in"
"""Kinds of words: no more messages, and again messages."""

T = TypeVar("T")


def number_key(number: str) -> str:
    """What a number of ours is known by: digits without `+`, a name in lower case.

    >>> number_key(" +4242"), number_key("Shop")
    ('4242', 'shop')
    """
    return number.strip().lstrip("+").casefold()


def keyword_key(keyword: str) -> str:
    """Words in the form that is compared.

    >>> keyword_key(" Голос,  Да! ")
    'голос да'
    """
    return " ".join(_words(keyword))


def owner(text: str, keywords: Mapping[str, T]) -> tuple[str, T] | None:
    """The keyword that a text begins with, the longest first, and whose it is; None: nobody's.

    `keywords` are those of one number, folded; an empty one takes whatever begins with none of the others.

    >>> owner("Win, please", {"": 1, "win": 2, "win now": 3}), owner("winner", {"win": 2})
    (('win', 2), None)
    """
    words = _words(text)
    most = max((keyword.count(" ") + 1 for keyword in keywords if keyword), default=0)
    for count in range(min(most, len(words)), 0, -1):
        keyword = " ".join(words[:count])
        if keyword in keywords:
            return keyword, keywords[keyword]
    return ("", keywords[""]) if "" in keywords else None


def consent_key(text: str) -> str:
    """A text as it is compared with words like STOP: letters and digits alone, in lower case.

    >>> consent_key(" «Стоп»!!! "), consent_key("S T O P.")
    ('стоп', 'stop')
    """
    folded = unicodedata.normalize("NFC", text).casefold()
    return "".join(character for character in folded if character.isalnum())


def _words(text: str) -> list[str]:
    """The words of a text, folded, without the punctuation round them; what is none but that is no word."""
    found = []
    for word in unicodedata.normalize("NFC", text).casefold().split():
        start, end = 0, len(word)
        while start < end and not word[start].isalnum():
            start += 1
        while end > start and not word[end - 1].isalnum():
            end -= 1
        if start < end:
            found.append(word[start:end])
    return found
