"""How something is found in what a provider says: by a pattern with a group (RE2 syntax), or by a path into JSON.

A path begins with `$`: `$.messages[0].id`. Patterns take time linear in the text, whoever wrote them and whatever it
holds. Refused at once: what is neither.
"""

import json
import re
from collections.abc import Callable
from typing import Any, Final

import re2

_PATH: Final = re.compile(r"\$(?:\.[A-Za-z_][A-Za-z0-9_-]*|\[[0-9]{1,4}\])+")
_STEP: Final = re.compile(r"\.([A-Za-z_][A-Za-z0-9_-]*)|\[([0-9]+)\]")
_LONGEST: Final = 256
"""Letters of an id or a word."""

Find = Callable[[str], str]
"""What is found in a text; empty: nothing."""
Matches = Callable[[str], bool]


def finder(written: str) -> Find:
    """How one thing is found. Raises ValueError with a sentence."""
    if written.startswith("$"):
        if _PATH.fullmatch(written) is None:
            raise ValueError(f"{written!r} is no path like $.messages[0].id")
        steps = [name or int(number) for name, number in _STEP.findall(written)]
        return lambda text: _at(text, steps)
    pattern = _compiled(written)
    if pattern.groups != 1:
        raise ValueError(f"{written!r} has to have one group, round what is looked for")

    def find(text: str) -> str:
        found = pattern.search(text)
        return "" if found is None else str(found.group(1) or "").strip()[:_LONGEST]

    return find


def matcher(written: str) -> Matches:
    """Whether a text has something in it. Raises ValueError with a sentence."""
    pattern = _compiled(written)
    return lambda text: pattern.search(text) is not None


def _compiled(written: str) -> Any:
    options = re2.Options()
    options.log_errors = False
    try:
        return re2.compile(written, options=options)
    except re2.error as error:
        raise ValueError(f"{written!r} is no pattern: {error}") from None


def _at(text: str, steps: list[str | int]) -> str:
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return ""
    for step in steps:
        if isinstance(step, str) and isinstance(value, dict):
            value = value.get(step)
        elif isinstance(step, int) and isinstance(value, list) and step < len(value):
            value = value[step]
        else:
            return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if not isinstance(value, str | int | float):
        return ""
    # JSON can write half a surrogate pair, which no database takes.
    return str(value).strip()[:_LONGEST].encode("utf-8", "replace").decode()
