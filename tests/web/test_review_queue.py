"""Tests of the review queue: who reviews what, and a whole wave decided by one example."""

from dataclasses import replace

import pytest

from countersign.policy.decisions import Decision, Verdict
from countersign.policy.findings import Finding, FindingKind
from countersign.policy.harms import Harm
from countersign.service.commands.review import incidents
from countersign.testing.records import SIGN, make_recorded
from tests.contracts.stores.reports import PLENTY, make_report
from tests.web.test_actors import (
    OPERATOR,
    ROOM_A,
    ROOM_A2,
    ROOM_B,
    V1,
    server,  # noqa: F401 - fixtures are found by name
)

HOUR_MS = 3_600_000


def weighed(number, score, *, room_id=ROOM_A, filter_name="wave"):
    finding = Finding(
        filter=filter_name,
        harm=Harm.SPAM,
        reason="alike",
        says="No.",
        weight=score,
        kind=FindingKind.EVIDENCE,
    )
    decision = Decision(
        verdict=Verdict.REFUSE,
        findings=(finding,),
        says="No.",
        harms=(Harm.SPAM,),
        policy_revision="one",
        score=score,
        threshold=10,
        fingerprint=f"words-{number}",
    )
    sender = f"@user{number}:example.org"
    return make_recorded(number, decision, room_id=room_id, sender=sender)


WAVE = [weighed(number, 10 + number % 10) for number in range(10, 30)]
CLEAR = weighed(31, 30, filter_name="text-model")
OTHERS = weighed(32, 10, room_id=ROOM_B)


@pytest.fixture
async def token(server, world):  # noqa: F811
    now_ts = world.clock.now_ts()
    for place, each in enumerate([*WAVE, CLEAR, OTHERS]):
        await world.stores.decisions.record(replace(each, decided_ts=now_ts - HOUR_MS + place))
    return await server.token("mod-a", "moderator", "a")


async def queue(server, token, query=""):  # noqa: F811
    answer = await server.ask(token, "GET", f"{V1}/reviews{query}")
    assert answer.status == 200, answer.body
    return answer.json


async def test_borderline_refusals_wait_as_one_item_until_decided(server, token):  # noqa: F811
    (item,) = (found := await queue(server, token))["items"]
    assert (item["likeness"], item["refused"], item["waiting"]) == ("wave", 20, 6)
    assert (item["because"], item["state"], item["actor"]) == (["borderline"], "open", None)
    assert (item["waits_ms"], item["first_action_ms"]) == (HOUR_MS, None)
    assert (found["open"], found["median_first_action_ms"]) == (1, None)

    example = {"reference": item["example"]}
    taken = await server.ask(token, "POST", f"{V1}/reviews/take", example)
    (item,) = (await queue(server, token, "?state=taken"))["items"]
    assert (taken.json["refusals"], item["actor"]) == (6, "mod-a")
    handed = {**example, "note": "in Turkish"}
    await server.ask(token, "POST", f"{V1}/reviews/hand-over", handed)
    (item,) = (await queue(server, token))["items"]
    assert (item["state"], item["note"]) == ("handed-over", "in Turkish")

    body = {**example, "answer": "allow", "lasts_ms": HOUR_MS}
    decided = await server.ask(token, "POST", f"{V1}/reviews/decide", body)

    assert decided.json == {
        "reference": item["example"],
        "answer": "allow",
        "decided": 20,
        "left": 0,
        "troubles": [],
    }
    assert len(await server.world.stores.moderation.allowances()) == 20
    assert await queue(server, token) == {
        "items": [],
        "open": 0,
        "median_first_action_ms": pytest.approx(HOUR_MS, abs=100),
        "refusals": 23,
        "is_cut": False,
    }
    limited = await server.token("other-room", "moderator", "a", rooms=[ROOM_A2])
    assert (await queue(server, limited))["median_first_action_ms"] is None
    (item,) = (await queue(server, token, "?state=handled"))["items"]
    assert (item["answer"], item["actor"], item["waiting"]) == ("allow", "mod-a", 0)
    again = await server.ask(token, "POST", f"{V1}/reviews/decide", body)
    assert again.json["decided"] == 0


async def test_a_wave_is_spam_on_one_example_and_what_comes_later_waits_again(server, token, world):  # noqa: F811
    body = {"reference": WAVE[3].reference, "answer": "spam", "note": "a fraud"}
    decided = await server.ask(token, "POST", f"{V1}/reviews/decide", body)
    listed = await server.ask(token, "GET", f"{V1}/decisions?outcome=spam&limit=100")

    assert (decided.json["decided"], len(listed.json["decisions"])) == (20, 20)
    assert (await queue(server, token))["items"] == []
    later = replace(weighed(40, 11), decided_ts=world.clock.now_ts() - HOUR_MS + 90)
    await world.stores.decisions.record(later)
    (item,) = (await queue(server, token))["items"]
    assert (item["state"], item["waiting"], item["example"]) == ("open", 1, later.reference)


async def test_a_single_refusal_can_be_kept(server, token):  # noqa: F811
    body = {"reference": WAVE[0].reference, "answer": "keep", "is_alone": True}
    decided = await server.ask(token, "POST", f"{V1}/reviews/decide", body)

    (item,) = (await queue(server, token))["items"]
    assert (decided.json["decided"], item["waiting"]) == (1, 5)
    assert await server.world.stores.moderation.allowances() == []


async def test_juniors_allow_and_moderators_say_what_is_spam(server, token):  # noqa: F811
    junior = await server.token("junior-a", "junior", "a")
    reader = await server.token("reader-a", "read", "a")
    body = {"reference": CLEAR.reference, "answer": "spam"}

    assert (await server.ask(junior, "POST", f"{V1}/reviews/decide", body)).status == 403
    allow = {**body, "answer": "allow"}
    assert (await server.ask(reader, "POST", f"{V1}/reviews/decide", allow)).status == 403
    assert (await server.ask(junior, "POST", f"{V1}/reviews/decide", allow)).status == 200
    unknown = {**body, "answer": "x"}
    assert (await server.ask(junior, "POST", f"{V1}/reviews/decide", unknown)).status == 400


async def test_reviews_of_others_do_not_exist(server, token):  # noqa: F811
    for path in ("take", "hand-over", "decide"):
        body = {"reference": OTHERS.reference} | ({"answer": "keep"} if path == "decide" else {})
        assert (await server.ask(token, "POST", f"{V1}/reviews/{path}", body)).status == 404
    assert (await server.ask(token, "GET", f"{V1}/reviews?community=b")).status == 404
    everything = await queue(server, OPERATOR)
    assert {item["community"] for item in everything["items"]} == {"a", "b"}


async def test_the_answer_says_if_more_refusals_exist_than_were_searched(
    server,  # noqa: F811
    token,
    monkeypatch,
):
    found = await queue(server, token)
    assert (found["refusals"], found["is_cut"]) == (23, False)

    monkeypatch.setattr(incidents, "MAX_REFUSALS", 5)

    found = await queue(server, token)
    assert (found["refusals"], found["is_cut"]) == (5, True)


PASSED = make_recorded(50, SIGN, room_id=ROOM_A, sender="@mallory:example.org")
PASSED_IN_B = make_recorded(51, SIGN, room_id=ROOM_B, sender="@mallory:example.org")


@pytest.fixture
async def reported(server, world, token):  # noqa: F811
    """Two members reported an event of room A, and one an event of room B."""
    now_ts = world.clock.now_ts()
    for each, community in ((PASSED, "a"), (PASSED_IN_B, "b")):
        await world.stores.decisions.record(replace(each, decided_ts=now_ts - HOUR_MS))
        for number, text in enumerate(["he insults me", ""] if each is PASSED else [""]):
            report = make_report(
                reporter=number,
                key=each.key,
                reference=each.reference,
                community=community,
                room_id=each.room_id,
                sender=each.sender,
                text=text,
                made_ts=now_ts - HOUR_MS // 2,
            )
            await world.stores.reports.add(report, PLENTY)
    return PASSED.reference


async def test_reported_events_wait_with_the_text_and_without_reporters(
    server,  # noqa: F811
    token,
    reported,
):
    found = await queue(server, token)
    (item,) = [each for each in found["items"] if each["because"] == ["report"]]

    assert (item["reference"], item["name"]) == (reported, "@mallory:example.org")
    assert (item["reporters"], item["reports"]) == (2, ["he insults me"])
    assert (item["refused"], item["waits_ms"]) == (0, HOUR_MS // 2)
    assert found["open"] == 2
    assert "reporter0" not in str(found)
    explained = await server.ask(token, "GET", f"{V1}/decisions/why?reference={reported}")
    assert "reporter" not in explained.body.decode()


async def test_a_report_is_answered_like_anything_in_the_queue(server, token, reported, world):  # noqa: F811
    body = {"reference": reported}
    await server.ask(token, "POST", f"{V1}/reviews/take", body)
    (taken,) = (await queue(server, token, "?state=taken"))["items"]
    assert taken["reference"] == reported
    wrong = await server.ask(token, "POST", f"{V1}/reviews/decide", {**body, "answer": "allow"})
    assert (wrong.status, "answer spam or keep" in wrong.json["error"]) == (400, True)

    spam = {"reference": PASSED.event_id, "answer": "spam"}
    done = await server.ask(token, "POST", f"{V1}/reviews/decide", spam)

    assert (done.json["decided"], done.json["troubles"]) == (1, [])
    (handled,) = (await queue(server, token, "?state=handled"))["items"]
    assert (handled["answer"], handled["first_action_ms"] >= HOUR_MS // 2) == ("spam", True)
    outcomes = await world.stores.outcomes.of_decision(PASSED)
    assert [each.kind.value for each in outcomes] == ["spam"]


async def report_more(world, first, count, made_ts):
    for number in range(first, first + count):
        report = make_report(
            reporter=number,
            key=PASSED.key,
            reference=PASSED.reference,
            community="a",
            room_id=PASSED.room_id,
            sender=PASSED.sender,
            made_ts=made_ts,
        )
        await world.stores.reports.add(report, PLENTY)


async def test_a_kept_event_returns_when_clearly_more_people_report_it(
    server,  # noqa: F811
    token,
    reported,
    world,
):
    keep = {"reference": reported, "answer": "keep"}
    await server.ask(token, "POST", f"{V1}/reviews/decide", keep)
    world.clock.advance(8 * 86_400)  # the first reports are older than a week
    await report_more(world, 10, 2, world.clock.now_ts())
    assert (await queue(server, token))["items"] == []

    await report_more(world, 20, 1, world.clock.now_ts())
    world.clock.advance(60)

    (item,) = (await queue(server, token))["items"]
    assert (item["state"], item["actor"], item["answer"]) == ("open", None, None)
    assert (item["reporters"], item["waits_ms"]) == (5, 60_000)
    taken = await server.ask(token, "POST", f"{V1}/reviews/take", {"reference": reported})
    assert taken.json["refusals"] == 1
    await server.ask(token, "POST", f"{V1}/reviews/hand-over", {"reference": reported})
    done = await server.ask(token, "POST", f"{V1}/reviews/decide", keep)
    assert done.json["decided"] == 1
    assert (await queue(server, token))["items"] == []


async def test_the_same_answer_to_what_came_back_is_an_answer(server, token, reported, world):  # noqa: F811
    keep = {"reference": reported, "answer": "keep"}
    await server.ask(token, "POST", f"{V1}/reviews/decide", keep)
    world.clock.advance(60)
    await report_more(world, 10, 3, world.clock.now_ts())
    assert len((await queue(server, token))["items"]) == 2
    world.clock.advance(60)

    done = await server.ask(token, "POST", f"{V1}/reviews/decide", keep)

    assert done.json["decided"] == 1
    references = [each["reference"] for each in (await queue(server, token))["items"]]
    assert reported not in references


async def test_reports_of_other_communities_do_not_exist(server, token, reported):  # noqa: F811
    references = {each["reference"] for each in (await queue(server, token))["items"]}
    assert PASSED_IN_B.reference not in references
    for path in ("take", "hand-over", "decide"):
        body = {"reference": PASSED_IN_B.reference}
        body |= {"answer": "keep"} if path == "decide" else {}
        assert (await server.ask(token, "POST", f"{V1}/reviews/{path}", body)).status == 404
