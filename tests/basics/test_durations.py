"""Tests of durations as people write them."""

import pytest

from countersign.basics.durations import find_duration_ms


@pytest.mark.parametrize(
    ("text", "ms"),
    [
        ("1s", 1_000),
        ("30m", 1_800_000),
        ("2h", 7_200_000),
        ("7d", 604_800_000),
        (" 07d ", 604_800_000),
        ("99999d", 8_639_913_600_000),
    ],
)
def test_reads_a_number_and_a_unit(text, ms):
    assert find_duration_ms(text) == ms


@pytest.mark.parametrize(
    "text",
    ["", "7", "d", "0d", "-1d", "1.5h", "1w", "7 d", "7D", "1h30m", "100000d", "٣d"],
)
def test_anything_else_is_no_duration(text):
    assert find_duration_ms(text) is None
