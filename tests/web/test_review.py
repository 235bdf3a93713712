"""Tests of moderators' spam marks and ended mutes, and of reverting both."""

from dataclasses import replace

import pytest

from countersign.basics.durations import DAY_MS
from countersign.policy.measures.mutes import Mute
from countersign.policy.measures.trust_records import Trust
from countersign.ports.stores.evidence import Evidence
from countersign.testing.records import DECIDED_TS, make_recorded
from tests.web.test_actors import (
    IN_A,
    IN_A2,
    IN_B,
    OPERATOR,
    REFUSED,
    ROOM_A,
    V1,
    VICTIM,
    server,  # noqa: F401 - fixtures are found by name
)

LINK = "win.shop.example/prize"
LATER = make_recorded(5, REFUSED, room_id=ROOM_A, sender=VICTIM)
SPAM = {"reference": IN_A.reference, "reason": "a fraud"}


@pytest.fixture
async def token(server, world):  # noqa: F811
    text = f"Claim it at https://{LINK} and call Samaritans at https://samaritans.org"
    await world.stores.evidence.add(
        [Evidence(key=IN_A.key, sender=VICTIM, kept_ts=1, texts=(text,))], max_total_bytes=10_000
    )
    return await server.token("mod-a", "moderator", "a")


async def bad_in(server, community="a"):  # noqa: F811
    answer = await server.ask(OPERATOR, "GET", f"{V1}/indicators?community={community}")
    return {each["name"] for each in answer.json["indicators"]}


async def level_in_a(server):  # noqa: F811
    answer = await server.ask(OPERATOR, "GET", f"{V1}/trust?user_id={VICTIM}&community=a")
    return answer.json["level"]


async def undo(server, by):  # noqa: F811
    body = {"by": by, "since_ts": 0, "dry_run": False}
    answer = await server.ask(OPERATOR, "POST", f"{V1}/undo", body)
    assert answer.status == 200, answer.body
    return [(each["command"], each["is_undone"]) for each in answer.json["changes"]]


async def test_a_spam_mark_teaches_the_community_until_it_is_removed(server, token):  # noqa: F811
    marked = await server.ask(token, "POST", f"{V1}/decisions/spam", SPAM)
    again = await server.ask(token, "POST", f"{V1}/decisions/spam", SPAM)
    listed = await server.ask(token, "GET", f"{V1}/decisions?outcome=spam")

    assert marked.json["is_untrusted"]
    assert marked.json["redaction"] is marked.json["trouble"] is None
    assert (again.status, "already" in again.json["error"]) == (400, True)
    assert [each["reference"] for each in listed.json["decisions"]] == [IN_A.reference]
    assert await bad_in(server) == {LINK, LINK.partition("/")[0]}
    assert await bad_in(server, "b") == set()
    assert await level_in_a(server) == "untrusted"

    taken_back = await server.ask(token, "POST", f"{V1}/decisions/not-spam", SPAM)
    again = await server.ask(token, "POST", f"{V1}/decisions/not-spam", SPAM)

    assert (taken_back.status, again.status) == (200, 400)
    assert await bad_in(server) == set()
    assert await level_in_a(server) == "new"
    listed = await server.ask(token, "GET", f"{V1}/decisions?outcome=spam")
    assert listed.json["decisions"] == []
    entries = [each[1:] for each in await server.audit() if each[0] == "mod-a"]
    assert entries == [
        ("decisions not-spam", "a", IN_A.reference, "done"),
        ("decisions spam", "a", IN_A.reference, "done"),
    ]


async def test_a_mark_and_what_took_it_back_are_undone(server, token):  # noqa: F811
    await server.ask(token, "POST", f"{V1}/decisions/spam", SPAM)
    learned = await bad_in(server)
    other = await server.token("other-a", "moderator", "a")
    await server.ask(other, "POST", f"{V1}/decisions/not-spam", SPAM)

    assert await undo(server, "mod-a") == [("decisions spam", False)]
    assert await undo(server, "other-a") == [("decisions not-spam", True)]
    assert (await bad_in(server), await level_in_a(server)) == (learned, "untrusted")
    assert await undo(server, "mod-a") == [("decisions spam", True)]
    assert (await bad_in(server), await level_in_a(server)) == (set(), "new")


async def test_a_mark_leaves_what_moderators_gave_and_what_members_stand_for(server, token):  # noqa: F811
    measures = server.measures
    await measures.trust.set_level("a", VICTIM, Trust.TRUSTED)
    for domain in await _digests(server, token):
        for member in ("@one:example.org", "@two:example.org"):
            measures.indicators.post(("a", domain), member, 1, is_voucher=False)

    marked = await server.ask(token, "POST", f"{V1}/decisions/spam", SPAM)

    assert (marked.json["indicators"], marked.json["is_untrusted"]) == ([], False)
    assert await level_in_a(server) == "trusted"


async def _digests(server, token):  # noqa: F811
    marked = await server.ask(token, "POST", f"{V1}/decisions/spam", {**SPAM, "distrusts": False})
    await server.ask(token, "POST", f"{V1}/decisions/not-spam", SPAM)
    return [bytes.fromhex(each["id"]) for each in marked.json["indicators"]]


async def test_a_missing_redaction_is_reported(server, token):  # noqa: F811
    marked = await server.ask(token, "POST", f"{V1}/decisions/spam", {**SPAM, "redacts": True})

    assert marked.status == 200
    assert "redacts nothing" in marked.json["trouble"]


@pytest.mark.parametrize("path", ["spam", "not-spam"])
async def test_only_moderators_of_the_community_say_what_is_spam(server, token, path):  # noqa: F811
    junior = await server.token("junior-a", "junior", "a")
    before = server.tables()

    asked = {"reference": IN_B.reference}
    others = await server.ask(token, "POST", f"{V1}/decisions/{path}", asked)
    unknown = await server.ask(
        token, "POST", f"{V1}/decisions/{path}", {"reference": "AAAAA-AAAAA"}
    )
    forbidden = await server.ask(junior, "POST", f"{V1}/decisions/{path}", SPAM)

    assert (others.status, unknown.status, forbidden.status) == (404, 404, 403)
    assert others.json["error"].replace(IN_B.reference, "AAAAA-AAAAA") == unknown.json["error"]
    assert server.tables() == before


async def test_pauses_are_listed_ended_and_put_back(server, token, world):  # noqa: F811
    now_ts = world.clock.now_ts()
    for community in ("a", "b"):
        server.measures.mutes.put_back(
            [
                Mute(
                    community=community,
                    user_id=VICTIM,
                    rule="3 in 600 s: 60 s to 3600 s",
                    started_ts=now_ts,
                    until_ts=now_ts + 600_000,
                    times=1,
                )
            ]
        )

    async def paused():
        answer = await server.ask(OPERATOR, "GET", f"{V1}/mutes")
        return sorted(each["community"] for each in answer.json["mutes"])

    seen = await server.ask(token, "GET", f"{V1}/mutes")
    body = {"user_id": VICTIM, "community": "a", "reason": "a mistake"}
    ended = await server.ask(token, "POST", f"{V1}/mutes/end", body)
    again = await server.ask(token, "POST", f"{V1}/mutes/end", body)

    assert [each["community"] for each in seen.json["mutes"]] == ["a"]
    assert (ended.status, again.status) == (200, 404)
    assert await paused() == ["b"]
    assert await undo(server, "mod-a") == [("mutes end", True)]
    assert await paused() == ["a", "b"]
    assert await undo(server, "mod-a") == [("mutes end", False)]


async def test_refusals_that_belong_together_are_listed_as_one(server, world):  # noqa: F811
    token = await server.token("reader-a", "read", "a")
    listed = (await server.ask(token, "GET", f"{V1}/incidents?since_ts=0")).json
    (incident,) = listed["incidents"]

    assert (incident["community"], incident["likeness"], incident["name"]) == (
        "a",
        "sender",
        VICTIM,
    )
    assert (incident["refused"], incident["people"], incident["room_count"]) == (2, 1, 2)
    assert incident["reference"] == IN_A.reference
    after = f"{V1}/incidents?since_ts=0&after={listed['cursor']}"
    assert (await server.ask(token, "GET", after)).json["incidents"] == []

    await world.stores.decisions.record(LATER)
    (incident,) = (await server.ask(token, "GET", after)).json["incidents"]
    assert (incident["refused"], incident["new"]) == (3, 1)
    shown = await server.ask(token, "GET", f"{V1}/incidents/show?reference={IN_A.reference}")
    assert shown.json["references"] == [IN_A.reference, IN_A2.reference, LATER.reference]


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("?community=b", 404),
        ("?after=there", 400),
        ("/show?reference={others}", 404),
        ("/show?reference=AAAAA-AAAAA", 404),
    ],
)
async def test_incidents_of_others_do_not_exist(server, query, status):  # noqa: F811
    token = await server.token("reader-a", "read", "a")

    answer = await server.ask(token, "GET", f"{V1}/incidents{query.format(others=IN_B.reference)}")

    assert answer.status == status


async def test_steps_are_counted_by_day_and_scores_by_trust(server, world):  # noqa: F811
    day = DECIDED_TS - DECIDED_TS % DAY_MS
    world.clock.set_wall_clock(day + DAY_MS)
    weighed = replace(REFUSED, score=12, threshold=10, trust=Trust.NEW)
    weighed = replace(weighed, findings=tuple(replace(f, weight=6) for f in weighed.findings))
    await world.stores.decisions.record(make_recorded(6, weighed, room_id=ROOM_A))
    token = await server.token("reader-a", "read", "a")

    target = f"{V1}/filters/statistics?since_ts={day}&threshold=13"
    told = (await server.ask(token, "GET", target)).json
    beyond = await server.ask(token, "GET", f"{target}&community=b")
    long_ago = await server.ask(token, "GET", f"{V1}/filters/statistics?since_ts=1")

    steps = {each["step"]: each for each in told["steps"]}
    assert set(steps) == {finding.label for finding in REFUSED.findings}
    assert told["costs"] == []
    assert steps["keyword"]["refused"] == 3
    assert [
        (each["day_ts"], each["refused"], each["people"]) for each in steps["keyword"]["by_day"]
    ] == [
        (day, 3, 2),
        (day + DAY_MS, 0, 0),
    ]
    new = told["levels"]["new"]
    assert (new["refused"], new["refused_alone"]) == ({"12": 1}, {"0": 2})
    assert new["by_threshold"]["13"] == {"honest_refused": 0, "refused_passed": 1}
    assert (beyond.status, long_ago.status) == (404, 400)

    moderator = await server.token("mod-a", "moderator", "a")
    allowed = {"reference": make_recorded(6, weighed, room_id=ROOM_A).reference}
    await server.ask(moderator, "POST", f"{V1}/decisions/allow", allowed)
    new = (await server.ask(token, "GET", target)).json["levels"]["new"]
    assert new["allowed"] == {"12": 1}  # at once, though the day's counts are kept


async def test_a_junior_of_one_room_allows_in_that_room_alone(server, world):  # noqa: F811
    body = {"reference": IN_A.reference}
    token = await server.token("junior", "junior", "a", rooms=[ROOM_A])

    everywhere = await server.ask(token, "POST", f"{V1}/decisions/allow", body)
    here = await server.ask(token, "POST", f"{V1}/decisions/allow-here", body)
    elsewhere = await server.ask(
        token, "POST", f"{V1}/decisions/allow-here", {"reference": IN_A2.reference}
    )

    assert (everywhere.status, here.status, elsewhere.status) == (403, 200, 404)
    find = server.measures.allowances.find
    assert find(IN_A, "a") is None
    assert find(IN_A2, "a", is_for_one_room=True) is None
    assert find(IN_A, "a", is_for_one_room=True) is not None
    assert await undo(server, "junior") == [("decisions allow-here", True)]
    assert find(IN_A, "a", is_for_one_room=True) is None
