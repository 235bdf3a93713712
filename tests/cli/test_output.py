"""Tests of tables, on terminals of every width and without a terminal."""

from operator import itemgetter

import pytest
from rich.cells import cell_len

from countersign.cli import output
from countersign.cli.output import Column, print_table

ROOM = "!ZmOCGQXxRkhVGBbTBpBKVFVgSPIdmwxJwSFmSsIYTSI"
COLUMNS = (
    Column("When", itemgetter(0), rank=3),
    Column("Reference", itemgetter(1), rank=0),
    Column("Room ID", itemgetter(2), rank=4),
    Column("Because", itemgetter(3), rank=2, min_chars=8),
    Column("Alerts", itemgetter(4), is_below=True),
    Column("Room", itemgetter(5), rank=1, min_chars=8),
)
ROW = (
    "2026-11-29 18:00:00",
    "7F3K9-QX2MB",
    ROOM,
    "keyword, mention-flood",
    "Our user was kicked.\nIts community is in raid mode.",
    "Lobby\x1b[31m of [bold]the[/] 東京 meeting of all who garden",
)


@pytest.fixture
def shown(capsys, monkeypatch):
    """Return what a terminal of a width shows of a table with one row; without one for None."""

    def shown(columns, row=ROW):
        monkeypatch.setattr(output, "is_on_terminal", lambda: columns is not None)
        monkeypatch.setattr(output.console, "_width", columns)
        monkeypatch.setattr(output.console, "no_color", True)
        monkeypatch.setattr(output.console, "_color_system", None)
        print_table([row], COLUMNS, empty="Nothing.")
        return capsys.readouterr().out.splitlines()

    return shown


@pytest.mark.parametrize("width", [1, 20, 40, 80, 120, 400])
def test_on_a_terminal_a_row_is_one_line_that_fits_and_never_breaks_what_is_to_be_copied(
    shown, width
):
    titles, row, *below = shown(width)

    assert "7F3K9-QX2MB" in row
    assert len(row) <= max(width, len("7F3K9-QX2MB"))
    assert ("Room ID" in titles) == (ROOM in row) == (width >= 120)
    assert [line.strip() for line in below] == ROW[4].split("\n")
    assert "\x1b" not in row


def test_columns_go_by_rank_and_those_that_may_be_cut_are_cut_first(shown):
    assert shown(80)[0].split() == ["When", "Reference", "Because", "Room"]
    assert "2026-11-29 18:00:00  7F3K9-QX2MB  keyword, mention-flood  Lobby" in shown(80)[1]
    assert shown(40)[:2] == [
        "Reference    Because       Room",
        "7F3K9-QX2MB  keyword, me…  Lobby\\x1b[31…",
    ]


def test_without_a_terminal_a_row_is_one_whole_line(shown):
    titles, row = shown(None)

    assert titles.split("  ")[0] == "When"
    for cell in (*ROW[:4], "Our user was kicked.; Its community is in raid mode."):
        assert cell in row
    assert row.endswith("Lobby\\x1b[31m of [bold]the[/] 東京 meeting of all who garden")


def test_wide_characters_take_two_columns(shown):
    _, row, *_ = shown(80, (*ROW[:5], "東" * 60))

    assert row.endswith("…")
    assert 75 < cell_len(row) <= 80
