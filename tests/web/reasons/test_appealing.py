"""Tests of appeals from the page on a refusal, over the wire: once, bounded, and answered there."""

from dataclasses import replace
from urllib.parse import urlencode

import pytest

from countersign.basics.durations import DAY_MS
from countersign.ports.stores.review.appeals import AppealState
from countersign.service.reasons.appealing import MAX_OPEN_OF_SENDER, MAX_TEXT_CHARS
from countersign.testing.records import REFUSE, make_recorded
from countersign.web.reasons.sentences import PAGE_SENTENCES
from tests.web.reasons.test_pages import words_of
from tests.web.wire import ask

REFUSED = make_recorded(1, REFUSE)
BROWSER = {
    "Content-Type": "application/x-www-form-urlencoded",
    "Sec-Fetch-Site": "same-origin",
    "Accept-Language": "de",
}


@pytest.fixture
async def refused(world):
    await world.stores.decisions.record(REFUSED)
    return REFUSED


async def post(federation, recorded, text="", *, network=1, headers=BROWSER, body=None):
    written = urlencode({"text": text}).encode() if body is None else body
    headers = {"X-Forwarded-For": f"203.0.{network}.9", **headers}
    return await ask(federation.bound, "POST", f"/r/{recorded.reference}", headers, written)


async def page_of(federation, recorded):
    return words_of(await federation.ask("GET", f"/r/{recorded.reference}"))


async def test_an_appeal_is_stored_and_the_page_says_when_an_answer_is_due(
    federation, world, refused
):
    before = await federation.ask("GET", f"/r/{refused.reference}")
    answer = await post(federation, refused, "Das war\r\nein Zitat. \x1b[31m")

    found = await world.stores.appeals.find(refused.key)
    now_ts = world.clock.now_ts()
    assert (answer.status, answer.headers["location"]) == (303, f"/r/{refused.reference}")
    assert found.text == "Das war\nein Zitat. [31m"
    assert (found.sender, found.language, found.community) == (refused.sender, "de", "default")
    assert (found.made_ts, found.due_ts) == (now_ts, now_ts + 7 * DAY_MS)
    assert '<form method="post">' in before.body.decode()
    after = await federation.ask("GET", f"/r/{refused.reference}")
    assert "<form" not in after.body.decode()
    assert "Zitat" not in after.body.decode()
    assert "It was received at " in words_of(after)


async def test_the_page_shows_the_answer_and_nobodys_name(federation, world, refused):
    await post(federation, refused)
    world.clock.advance(8 * 86_400)
    assert "The answer is late" in await page_of(federation, refused)

    now_ts = world.clock.now_ts()
    await world.stores.appeals.decide(
        refused.key,
        AppealState.GRANTED,
        decided_ts=now_ts,
        decided_by="carol",
        allowed_until_ts=now_ts + DAY_MS,
    )
    granted = await page_of(federation, refused)
    world.clock.advance(2 * 86_400)

    assert "It was granted: the refusal was a mistake. Until " in granted
    assert "carol" not in granted
    ended = await page_of(federation, refused)
    assert PAGE_SENTENCES["was_granted"] in ended
    assert "Until" not in ended


async def test_a_second_appeal_changes_nothing(federation, world, refused):
    await post(federation, refused, "first")
    answer = await post(federation, refused, "second")

    assert answer.status == 303
    assert (await world.stores.appeals.find(refused.key)).text == "first"


async def test_appeals_of_one_sender_are_limited(federation, world):
    answers = []
    for number in range(MAX_OPEN_OF_SENDER + 1):
        recorded = make_recorded(number, REFUSE)
        await world.stores.decisions.record(recorded)
        answers.append(await post(federation, recorded))

    assert [each.status for each in answers] == [303] * MAX_OPEN_OF_SENDER + [429]
    assert "Bitte morgen noch einmal versuchen" in words_of(answers[-1])


async def test_appeals_of_one_network_are_limited_and_others_accepted(federation, refused):
    statuses = [(await post(federation, refused)).status for _ in range(6)]

    assert statuses == [303] * 5 + [429]
    assert (await post(federation, refused, network=2)).status == 303


async def test_a_page_of_somebody_else_cannot_send_one(federation, world, refused):
    forged = (
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://["},
        {"Origin": "http://[::1"},
        {"Origin": "localhost"},
        {"Content-Type": "text/plain"},
    )
    for number, each in enumerate(forged):
        headers = {"Content-Type": BROWSER["Content-Type"], **each}
        answer = await post(federation, refused, headers=headers, network=number)
        assert (answer.status, PAGE_SENTENCES["not_sent"] in words_of(answer)) == (400, True), each

    assert await world.stores.appeals.find(refused.key) is None
    plain = {"Content-Type": BROWSER["Content-Type"], "Origin": "http://localhost"}
    assert (await post(federation, refused, headers=plain, network=99)).status == 303


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (urlencode({"text": "ä" * MAX_TEXT_CHARS}).encode(), 303),
        (urlencode({"text": "ä" * (MAX_TEXT_CHARS + 1)}).encode(), 400),
        (b"text=" + b"a" * 20_000, 400),
        (b"text=%FF", 400),
        (b"text=\xff", 400),
        (b"a=1&" * 50, 400),
        (b"", 303),
    ],
)
async def test_a_form_is_bounded(federation, refused, body, status):
    assert (await post(federation, refused, body=body)).status == status


async def test_there_is_no_appeal_against_what_was_not_refused(federation, world):
    answer = await post(federation, replace(REFUSED, key=b"\x07" * 32))

    assert answer.status == 404
    assert await world.stores.appeals.listed() == []
