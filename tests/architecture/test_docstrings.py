"""The code says what it is for: each module, and each word of the vocabularies that dialects must render."""

import ast
from pathlib import Path

import pytest

import gonets
from gonets.model import message, reasons

SOURCE = Path(gonets.__file__).parent
MODULES = sorted(SOURCE.rglob("*.py"))


def parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(SOURCE)))
def test_each_module_says_what_it_is_for(path: Path) -> None:
    assert ast.get_docstring(parsed(path)), "it has no docstring"


def members(module: Path, name: str) -> dict[str, str | None]:
    """Of an enum: each member, and the sentence under it."""
    [found] = [each for each in parsed(module).body if isinstance(each, ast.ClassDef) and each.name == name]
    sentences: dict[str, str | None] = {}
    for statement, after in zip(found.body, [*found.body[1:], None], strict=True):
        if isinstance(statement, ast.Assign):
            [target] = statement.targets
            assert isinstance(target, ast.Name)
            sentences[target.id] = sentence(after)
    return sentences


def sentence(statement: ast.stmt | None) -> str | None:
    constant = statement.value if isinstance(statement, ast.Expr) else None
    return constant.value if isinstance(constant, ast.Constant) and isinstance(constant.value, str) else None


@pytest.mark.parametrize(
    ("module", "name", "enum"),
    [
        (reasons.__file__, "Reason", reasons.Reason),
        (message.__file__, "Status", message.Status),
    ],
)
def test_each_word_of_a_vocabulary_has_its_sentence(
    module: str, name: str, enum: type[reasons.Reason] | type[message.Status]
) -> None:
    found = members(Path(module), name)
    assert list(found) == [member.name for member in enum]
    assert [member for member, said in found.items() if not said or not said.strip().endswith(".")] == []
    assert len(set(found.values())) == len(found)
