"""Tables on narrow and wide terminals."""

import pytest

from gonets.cli import console
from gonets.cli.console import Column, Styled, show_table

COLUMNS = (Column("id", right=True), Column("text", cut=True), Column("why", wrap=True), Column("status"))
ROW = (
    "1001",
    "a text that goes on and on and on " * 3,
    "because of many reasons that follow",
    Styled("ok", "green"),
)


@pytest.fixture
def narrow(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(console, "_PIPE_WIDTH", 0)
    monkeypatch.setenv("COLUMNS", "60")


@pytest.mark.usefixtures("narrow")
def test_a_table_fits_a_narrow_terminal_and_keeps_ids_and_statuses(
    capsys: pytest.CaptureFixture[str],
) -> None:
    show_table(COLUMNS, [ROW, ROW])
    lines = capsys.readouterr().out.splitlines()
    assert max(map(len, lines)) <= 60
    assert sum("1001" in line and "ok" in line and "…" in line for line in lines) == 2
    assert "reasons" in " ".join(lines)


def test_a_table_in_a_pipe_is_wide_and_has_one_line_per_row(capsys: pytest.CaptureFixture[str]) -> None:
    show_table(COLUMNS, [ROW, ROW])
    assert len(capsys.readouterr().out.splitlines()) == 4


def test_columns_are_as_wide_as_they_need_where_there_is_room(capsys: pytest.CaptureFixture[str]) -> None:
    show_table((Column("a"), Column("b", cut=True)), [("1", "two"), ("three", "4")])
    assert [line.rstrip() for line in capsys.readouterr().out.splitlines()] == [
        "a      b",
        "──────────",
        "1      two",
        "three  4",
    ]


def test_no_rows_are_a_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    show_table(COLUMNS, [], "There is nothing.")
    assert capsys.readouterr().out == "There is nothing.\n"


def test_an_error_is_one_line_whatever_is_in_it(capsys: pytest.CaptureFixture[str]) -> None:
    console.complain("[red]no\n\x1b[2J" + "x" * 300)
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err == "error: [red]no⏎␛[2J" + "x" * 300 + "\n"
