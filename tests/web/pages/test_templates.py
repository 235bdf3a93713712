"""Tests of templates that are rendered in portions between other requests."""

import asyncio
from itertools import count

import pytest
from jinja2 import UndefinedError

from countersign.web.dashboard.pages import PACKAGE
from countersign.web.dashboard.shown import FILTERS
from countersign.web.pages import templates as module
from countersign.web.pages.templates import Templates

ROWS = 40


def decisions():
    """Decisions as a page lists them; what strangers wrote in each is HTML."""
    return [
        {
            "reference": f"7F3K9-{number}",
            "verdict": "refuse",
            "is_warning": False,
            "harms": ["m.spam"],
            "details_gone": None,
            "decided_ts": 1_750_000_000_000 + number,
            "sender": f"@<b>{number}</b>:example.org",
            "room_id": "!room:example.org",
            "room_name": None,
            "event_type": "m.room.message",
            "findings": [],
        }
        for number in range(ROWS)
    ]


@pytest.fixture
def templates():
    return Templates(PACKAGE, filters=FILTERS)


async def test_rows_are_all_there_and_escaped(templates):
    html = await templates.filled_in("decision_rows.html", {"decisions": decisions()})

    assert html.count("<li>") == ROWS
    for number in range(ROWS):
        assert f"@&lt;b&gt;{number}&lt;/b&gt;:example.org" in html
    assert "<b>" not in html


async def test_others_have_a_turn_in_the_midst_of_a_long_list(templates, monkeypatch):
    """Each part of the page takes a millisecond by this clock."""
    await templates.filled_in("decision_rows.html", {"decisions": []})
    milliseconds = count()
    monkeypatch.setattr(module, "perf_counter", lambda: next(milliseconds) / 1_000)
    turns = 0

    async def watch():
        nonlocal turns
        while True:
            await asyncio.sleep(0)
            turns += 1

    watching = asyncio.create_task(watch())
    await templates.filled_in("decision_rows.html", {"decisions": decisions()})
    watching.cancel()

    assert turns >= ROWS


async def test_a_template_is_read_off_the_loop_with_all_that_it_needs(templates, monkeypatch):
    read = []
    monkeypatch.setattr(
        module, "in_thread", lambda call, name: asyncio.sleep(0, read.append(name) or call(name))
    )

    for _ in range(2):
        await templates.filled_in("decision_rows.html", {"decisions": decisions()})

    assert read == ["decision_rows.html"]
    assert "parts.html" in templates.read_names


async def test_a_missing_value_is_an_error(templates):
    with pytest.raises(UndefinedError):
        await templates.filled_in("decision_rows.html", {})
