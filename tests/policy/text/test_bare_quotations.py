"""Tests of quotations that stand by themselves."""

# ruff: noqa: RUF001 - quotation marks of many languages

import pytest

from countersign.policy.text.prose.bare_quotations import is_bare_quotation

LINE = "you have been raided by the crows, everybody out"


@pytest.mark.parametrize(
    "text",
    [
        f'"{LINE}"',
        f'"{LINE}"?',
        f"„{LINE}“ aha",
        f"« {LINE} »",
        f"> {LINE}",
        f"> {LINE}\n> {LINE}\n\nwhat is this",
        f"seen elsewhere\n> {LINE}",
        f"they write '{LINE}' over there",
        "「この部屋はもう俺たちのものだ全員出て行け」",
    ],
)
def test_a_quotation_with_few_words_beside_it_stands_by_itself(text):
    assert is_bare_quotation(text)


@pytest.mark.parametrize(
    "text",
    [
        LINE,
        f'Please all write: "{LINE}"',
        f"Bitte schreibt:\n> {LINE}",
        f"请大家写：「{LINE}」",
        f'{LINE}, and the "crows" are back; {LINE}',
        "it's the moderators' turn, isn't it",
        "",
        '"' * 2_000,
    ],
)
def test_words_that_somebody_says_or_asks_for_are_no_quotation(text):
    assert not is_bare_quotation(text)
