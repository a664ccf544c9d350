"""The examples in docstrings are true."""

import doctest
from importlib import import_module
from pathlib import Path

import pytest

from gonets.wire import smpp

MODULES = sorted(path.stem for path in Path(smpp.__file__).parent.glob("*.py"))


@pytest.mark.parametrize("name", MODULES)
def test_what_a_docstring_shows_is_what_happens(name: str) -> None:
    module = import_module(f"gonets.wire.smpp.{name}".removesuffix(".__init__"))
    assert doctest.testmod(module).failed == 0
