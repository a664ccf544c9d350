"""A platform file as far as it is TOML, and where in it everything stands: errors name file, line and key.

Refuses what is no TOML, unknown keys, and values that have not their form.
"""

import difflib
import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final, NoReturn

import msgspec

from gonets.cli.console import CommandRefused
from gonets.cli.platform import forms
from gonets.cli.platform.forms import Form, Wrong
from gonets.cli.platform.lines import Spot, lines_of
from gonets.model.platform import EVERYONE

TABLES: Final = ("everyone", "accounts", "tariffs", "connectors", "costs", "routes")
"""The topmost ones, in the order in which they are written."""

_ERROR_AT: Final = re.compile(r" \(at (?:line (\d+), column \d+|end of document)\)$")
_BARE: Final = re.compile("[A-Za-z0-9_-]+")

Specs = Mapping[str, Form]
"""The keys of a table, which are the model's own names, and their forms."""


class PlatformRefused(CommandRefused):
    """The sentence names the file, the line and the key."""


class Document(msgspec.Struct, frozen=True):
    """A platform file that is TOML."""

    path: Path
    tables: dict[str, object]
    lines: Mapping[Spot, int]

    def refuse(self, spot: Spot, sentence: str) -> NoReturn:
        """Raises PlatformRefused for what stands at a spot."""
        known = spot
        while known and known not in self.lines:
            known = known[:-1]
        raise PlatformRefused(f"{self.path}, line {self.lines.get(known, 1)}: {dotted(spot)}: {sentence}")

    def read(self, spot: Spot, form: Form, value: object) -> Any:
        """The value in its form. Raises PlatformRefused."""
        try:
            return form(value)
        except Wrong as wrong:
            self.refuse((*spot, *wrong.at), str(wrong))

    def known(self, spot: Spot, value: object, keys: Iterable[str]) -> dict[str, object]:
        """The value as a table that has none but known keys. Raises PlatformRefused."""
        table: dict[str, object] = self.read(spot, forms.table, value)
        allowed = list(keys)
        for key in table:
            if key not in allowed:
                near = difflib.get_close_matches(key, allowed, 1)
                hint = f"did you mean {near[0]}?" if near else f"there are {', '.join(allowed)}"
                self.refuse((*spot, key), f"unknown key; {hint}")
        return table

    def settings(self, spot: Spot, value: object, specs: Specs, also: Iterable[str] = ()) -> dict[str, Any]:
        """What a table says by its specs; what it may have `also` is left to others. Raises PlatformRefused."""
        table = self.known(spot, value, (*specs, *also))
        return {key: self.read((*spot, key), specs[key], each) for key, each in table.items() if key in specs}

    def entries(self, spot: Spot, value: object) -> Iterator[tuple[Spot, str, object]]:
        """Where each entry of a table stands, its name, and what it is. Raises PlatformRefused."""
        for name, each in self.read(spot, forms.table, value).items():
            yield (*spot, name), name, each

    def rows(self, spot: Spot, value: object) -> Iterator[tuple[Spot, object]]:
        """Where each element of an array stands, and what it is. Raises PlatformRefused."""
        for number, each in enumerate(self.read(spot, forms.array, value)):
            yield (*spot, number), each


def read_document(path: Path) -> Document:
    """A file as far as it is TOML and has none but known tables. Raises PlatformRefused."""
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise PlatformRefused(f"cannot read {path}: {error.strerror}") from None
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise PlatformRefused(f"{path}, line {line}: this is not UTF-8 text") from None
    return document_of(path, text)


def document_of(path: Path, text: str) -> Document:
    """The same of a text that stood at a path. Raises PlatformRefused."""
    try:
        tables = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise PlatformRefused(_not_toml(path, text, str(error))) from None
    document = Document(path, tables, lines_of(text))
    document.known((), tables, TABLES)
    return document


def stop_lists_of(document: Document) -> set[str]:
    """The names of the accounts whose stop lists the file refers to; `EVERYONE` for the global one."""
    scopes = [(EVERYONE, document.tables.get("everyone"))]
    accounts = document.tables.get("accounts")
    if isinstance(accounts, dict):
        scopes += accounts.items()
    return {name for name, table in scopes if isinstance(table, dict) and "stop_list_file" in table}


def dotted(spot: Spot) -> str:
    """Keys as TOML has them, places in arrays in brackets and from 0: `accounts.shop.logins[0].login`."""
    written = ""
    for each in spot:
        if isinstance(each, int):
            written += f"[{each}]"
        else:
            written += ("." if written else "") + (each if _BARE.fullmatch(each) else f'"{each}"')
    return written


def _not_toml(path: Path, text: str, message: str) -> str:
    """Where `tomllib` stopped, and at which key: the last that begins there or above."""
    lines = text.split("\n")
    found = _ERROR_AT.search(message)
    line = int(found[1]) if found is not None and found[1] else len(lines)
    sentence = _ERROR_AT.sub("", message)
    sentence = f"{sentence[:1].lower()}{sentence[1:]}"
    for above in range(min(line, len(lines)), 0, -1):
        key, equals, _ = lines[above - 1].strip().partition("=")
        if (equals or key.startswith("[")) and not key.startswith("#"):
            return f"{path}, line {above}: {key.strip()}: {sentence}"
    return f"{path}, line {line}: {sentence}"
