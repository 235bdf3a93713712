"""Tests of members' requests for links and contacts, which newcomers may answer."""

from dataclasses import replace

import pytest

from countersign.policy.measures.trust import Standing
from countersign.policy.measures.trust_records import Trust
from countersign.policy.message_traits.asked_links import asks_for_link
from countersign.policy.policies.filter_registry import BUILTIN_FILTERS
from countersign.policy.policies.policy_documents import parse_policy
from countersign.policy.questions.messages import LinkAskedFor, RelatedMessage
from countersign.service.answers.event_context import EventContext
from countersign.service.recent_messages.link_requests import (
    ADDRESSED_ANSWERS,
    ADDRESSED_MS,
    MODERATORS_ANSWERS,
    OPEN_ANSWERS,
    OPEN_MS,
    LinkRequests,
)
from countersign.testing.clocks import ManualClock
from countersign.testing.filters import make_message_to_judge
from tests.contracts.broadcasts import Hub

POLICY = parse_policy(b"filters: [link]", BUILTIN_FILTERS)
MEMBER, NEWCOMER, OTHER = "@member:example.org", "@new:example.org", "@other:example.org"
ROOM = "!room:example.org"
QUESTION = "what is the invite link of your group?"
ASKED_MS = 1_000_000


def find_nothing(event_id, context):
    return None


def context(sender, at_ms, body, *, level=Trust.NEW, accepted=1, seen_ts=1, mentions=(), **more):
    if mentions:
        more["m.mentions"] = {"user_ids": list(mentions)}
    event = replace(
        make_message_to_judge(body, **more),
        sender=sender,
        room_id=ROOM,
        standing=Standing(level=level, because="", accepted_events=accepted, first_seen_ts=seen_ts),
    )
    return EventContext(community="a", policy=POLICY, room=None, event=event, now=0.0, now_ts=at_ms)


def asked(body=QUESTION, requests=None, *, mentions=(), level=Trust.MEMBER):
    requests = requests or LinkRequests(find_nothing)
    requests.note(context(MEMBER, ASKED_MS, body, level=level, mentions=mentions))
    return requests


def answers(requests, sender=NEWCOMER, after_ms=1_000, **more):
    answer = context(sender, ASKED_MS + after_ms, "t.me/abc", **more)
    return requests.answer(LinkAskedFor(ROOM), answer)


def test_an_event_that_is_judged_twice_is_one_answer():
    requests = asked()
    answer = context(NEWCOMER, ASKED_MS + 1_000, "t.me/abc")

    assert [requests.answer(LinkAskedFor(ROOM), answer) for _ in range(OPEN_ANSWERS + 1)] == [
        True
    ] * (OPEN_ANSWERS + 1)
    assert answers(requests, OTHER)


@pytest.mark.parametrize(
    "body",
    [
        "link?", "how can I reach you?", "do you have Signal?", "Hast du eine Nummer?",
        "a qué hora, y cuál es el enlace?", "есть ссылка?", "有群吗\uff1f", "ما هو رقمك؟",
        "> nice\n\ndo you have a link?",
    ],
)  # fmt: skip
def test_questions_for_links_and_contacts_are_seen(body):
    assert asks_for_link(body)


@pytest.mark.parametrize(
    "body",
    ["send me the link", "how are you?", "> link?\n\nno", "is it true? " + "link " * 80],
    ids=["no question", "another question", "quoted", "long"],
)
def test_others_ask_for_none(body):
    assert not asks_for_link(body)


def test_an_open_request_has_two_answers_within_two_minutes():
    requests = asked()

    assert [answers(requests, f"@n{number}:x") for number in range(3)] == [True, True, False]
    assert OPEN_ANSWERS == 2
    assert not answers(asked(), after_ms=OPEN_MS + 1)


def test_people_who_are_mentioned_have_three_answers_within_ten_minutes_and_others_none():
    requests = asked(mentions=[NEWCOMER])

    assert not answers(requests, OTHER)
    assert [answers(requests, after_ms=ADDRESSED_MS - 9) for _ in range(4)].count(True) == 3
    assert ADDRESSED_ANSWERS == 3
    assert not answers(asked(mentions=[NEWCOMER]), after_ms=ADDRESSED_MS + 1)


def test_a_moderator_may_ask_everybody():
    requests = asked(level=Trust.MODERATOR)

    given = [answers(requests, f"@n{number}:x", after_ms=ADDRESSED_MS) for number in range(30)]
    assert given.count(True) == MODERATORS_ANSWERS == 24


def test_a_moderator_may_ask_people_who_said_nothing_yet():
    requests = asked(level=Trust.MODERATOR)

    assert answers(requests, accepted=0)
    assert not answers(requests, accepted=0, seen_ts=ASKED_MS + 1)


def test_the_person_whom_a_request_answers_may_answer_it_and_nobody_else():
    def find(event_id, _):
        return RelatedMessage(NEWCOMER, 10, ()) if event_id == "$said" else None

    reply = {"m.relates_to": {"m.in_reply_to": {"event_id": "$said"}}}
    for body in (QUESTION, "give me a number and I'll call"):
        requests = LinkRequests(find)
        requests.note(context(MEMBER, ASKED_MS, body, level=Trust.MEMBER, **reply))

        assert not answers(requests, OTHER)
        assert answers(requests, after_ms=ADDRESSED_MS - 9)
    requests.note(context(MEMBER, ASKED_MS, "give me a number", level=Trust.MEMBER))
    assert not answers(requests, OTHER)


@pytest.mark.parametrize(
    "standing",
    [{"accepted": 0}, {"seen_ts": ASKED_MS + 1}, {"seen_ts": 0}],
    ids=["said nothing", "came later", "never seen"],
)
def test_people_who_were_not_there_before_cannot_answer(standing):
    assert not answers(asked(), **standing)


def test_nobody_asked():
    assert not answers(LinkRequests(find_nothing))
    assert not answers(asked("see you tomorrow?"))


def test_other_processes_know_of_a_request():
    hub, clock = Hub(), ManualClock()
    here, there = LinkRequests(find_nothing), LinkRequests(find_nothing)
    here.share(hub.join(), clock)
    there.share(hub.join(), clock)
    asked(requests=here, mentions=[NEWCOMER])
    since_ms = clock.now_ts() - ASKED_MS

    assert answers(there, after_ms=since_ms + 1_000)
    assert not answers(there, OTHER, after_ms=since_ms + 1_000)


def test_answers_are_counted_over_all_processes():
    hub, clock = Hub(), ManualClock()
    processes = [LinkRequests(find_nothing) for _ in range(3)]
    for each in processes:
        each.share(hub.join(), clock)
    asked(requests=processes[0])
    answer = context(NEWCOMER, clock.now_ts() + 1_000, "t.me/abc")

    taken = [
        each.answer(LinkAskedFor(ROOM), replace(answer, event=replace(answer.event)))
        for each in processes[1:] * OPEN_ANSWERS
    ]

    assert taken == [True] * OPEN_ANSWERS + [False] * OPEN_ANSWERS
    assert not answers(processes[0])


def test_erased_people_and_rooms_are_forgotten():
    of_member, of_room = asked(), asked()
    elsewhere = context(MEMBER, ASKED_MS, QUESTION, level=Trust.MEMBER)
    elsewhere = replace(elsewhere, event=replace(elsewhere.event, room_id="!other:example.org"))
    of_member.note(elsewhere)
    of_member.forget_person(MEMBER)
    of_room.forget_room(ROOM)

    assert not answers(of_member)
    assert not answers(of_room)
