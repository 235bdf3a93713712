"""Tests of differing lines between documents of any length."""

import pytest

from countersign.web.dashboard.operation.differing_lines import (
    MAX_COMPARED,
    MAX_SHOWN,
    UNORDERED,
    lines_that_differ,
)

MANY = 60_000


def document(lines):
    return "\n".join(lines)


async def test_changes_are_shown_with_some_lines_around():
    before = [f"- word {number}" for number in range(9)]
    after = [*before[:4], "- other", *before[5:]]

    found = await lines_that_differ(document(before), document(after))

    assert found == [
        ("@", "@ -3,5 +3,5 @@"),
        (" ", "- word 2"),
        (" ", "- word 3"),
        ("-", "- word 4"),
        ("+", "- other"),
        (" ", "- word 5"),
        (" ", "- word 6"),
    ]


@pytest.mark.parametrize(("before", "after"), [("", ""), ("a\nb", "a\nb"), ("a", "a\n")])
async def test_same_lines_do_not_differ(before, after):
    assert await lines_that_differ(before, after) == []


async def test_lines_that_begin_like_the_head_of_a_diff_are_shown():
    assert await lines_that_differ("--\n++", "") == [
        ("@", "@ -1,2 +0,0 @@"),
        ("-", "--"),
        ("-", "++"),
    ]


async def test_a_change_in_a_long_document_is_shown_with_its_position():
    before = [f"- word {number}" for number in range(MANY)]
    after = [*before[:-3], "- other", *before[-2:]]

    found = await lines_that_differ(document(before), document(after))

    assert ("-", f"- word {MANY - 3}") in found
    assert ("+", "- other") in found
    assert found[0] == ("@", f"@ -{MANY - 4},5 +{MANY - 4},5 @@")


async def test_many_changes_in_a_long_document_do_not_take_minutes():
    """Time grew with the product of lines."""
    before = [f"- word {number}" for number in range(MANY)]
    after = [each if number % 2 else f"- other {number}" for number, each in enumerate(before)]

    found = await lines_that_differ(document(before), document(after))

    assert found[:2] == [("@", UNORDERED[1:]), ("-", "- word 0")]
    assert found[-1] == ("@", f"… {MANY + 1 - MAX_SHOWN:,} more lines")


async def test_changes_far_from_each_other_are_told_without_their_order():
    before = ["- same"] * (MAX_COMPARED + 10)
    after = ["- first", *before, "- same", "- last"]

    found = await lines_that_differ(document(before), document(after))

    assert found == [
        ("@", UNORDERED[1:]),
        ("+", "- first"),
        ("+", "- same"),
        ("+", "- last"),
    ]
