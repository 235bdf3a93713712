"""Tests of contacts: one in many forms is one indicator."""

# ruff: noqa: RUF001 - full-width letters and words of other scripts

import pytest

from countersign.policy.text.content import Content
from countersign.policy.text.indicators.extraction import indicators_of


def names_in(said):
    content = Content({"msgtype": "m.text", "body": said}, "m.room.message")
    return {each.name for each in indicators_of(content, "!room:example.org")}


@pytest.mark.parametrize(
    "written",
    [
        "t.me/grace_luck7", "@grace_luck7 on Telegram", "telegram: grace_luck7",
        "Telegram grace_luck7", "ｔ．ｍｅ／ｇｒａｃｅ＿ｌｕｃｋ７", "t . me / grace_luck7",
        "t[.]me/grace_luck7", "тг grace_luck7", "http://telegram.me/grace_luck7",
        "@grace_luck7 (tg)",
    ],
)  # fmt: skip
def test_one_handle_in_many_forms_is_one_indicator(written):
    assert "grace_luck7" in names_in(f"hello everybody, {written}")


@pytest.mark.parametrize(
    "written",
    [
        "WhatsApp +44 7700 900461", "WhatsApp 0044 7700-900-461", "whatsapp +44.7700.900.461",
        "wa.me/447700900461", "whatsapp: +44 (7700) 900 461", "WhatsApp 4 4 7 7 0 0 9 0 0 4 6 1",
        "WhatsApp ＋４４ ７７００ ９００４６１",
    ],
)  # fmt: skip
def test_one_number_in_many_forms_is_one_indicator(written):
    assert "447700900461" in names_in(f"hello everybody, {written}")


@pytest.mark.parametrize("said", ["the telegram bridge is down", "signal works, whatsapp does not"])
def test_words_behind_a_messenger_are_no_names(said):
    assert names_in(said) == set()
