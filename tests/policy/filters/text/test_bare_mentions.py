"""Tests of `bare-mentions`: mentions without any text."""

import pytest

from countersign.policy.facts import Facts
from countersign.policy.filters.text.bare_mentions import BareMentions
from countersign.policy.findings import FindingKind
from countersign.policy.questions.crowds import Crowd
from tests.policy.conftest import BOB, CAROL

PILL = f'<a href="https://matrix.to/#/{BOB}">Bob the Builder</a>'


def calls(*user_ids, room=False):
    return {"m.mentions": {"user_ids": list(user_ids), **({"room": True} if room else {})}}


@pytest.mark.parametrize(
    ("body", "content"),
    [
        ("hello", {}),
        ("@", {}),
        (f"{BOB} can you help?", {}),
        (f"{BOB} 42", {}),
        ("Bob the Builder: thanks", {"formatted_body": f"{PILL}: thanks"} | calls(BOB)),
        ("見て", calls(BOB)),
        (f"{BOB} {'見' * 9_000}", {}),
    ],
)
def test_messages_with_words_pass(message, no_facts, body, content):
    assert BareMentions().judge(message(body, **content), no_facts) is None


@pytest.mark.parametrize(
    ("body", "content", "points"),
    [
        (BOB, {}, 2),
        (f"{BOB}: {CAROL} !!!", {}, 4),
        ("@room", {}, 2),
        (f"{BOB} " * 1_000, {}, 2),
        (f"{' ' * 9_000}{BOB}", {}, 2),
        ("Bob the Builder", {"formatted_body": PILL} | calls(BOB), 2),
        ("\U0001f44b", calls(BOB, CAROL, "@d:b"), 6),
        ("...", calls(*(f"@p{number}:b" for number in range(9))), 8),
    ],
)
def test_weighs_by_how_many_are_called(message, no_facts, body, content, points):
    finding = BareMentions().judge(message(body, **content), no_facts)

    assert finding.points == points


def test_a_picture_says_something_and_so_does_another_event(event, message, no_facts):
    picture = message("@bob:b", msgtype="m.image", url="mxc://b/c")

    assert BareMentions().judge(picture, no_facts) is None
    assert BareMentions().judge(event("m.reaction", {"body": BOB}), no_facts) is None


def test_the_policy_says_from_how_many_on(message, no_facts):
    assert BareMentions(min_users=2).judge(message(BOB), no_facts) is None
    assert BareMentions(min_users=2).judge(message(f"{BOB} {CAROL}"), no_facts) is not None


def test_repeated_mentions_are_refused_as_a_courtesy_limit(message):
    filter_ = BareMentions(max_events=1)
    (question,) = filter_.asks(message(BOB))

    assert [*filter_.asks(message(CAROL))] == [question]
    assert filter_.judge(message(BOB), Facts({question: Crowd()})).points == 2
    finding = filter_.judge(message(CAROL), Facts({question: Crowd(by_sender=1)}))
    assert (finding.kind, finding.points, finding.value) == (FindingKind.COURTESY, None, 1)


def test_a_thumb_up_under_somebodys_words_is_no_bare_mention_again(message, no_facts):
    answer = {"m.relates_to": {"m.in_reply_to": {"event_id": "$x"}}} | calls(BOB)
    filter_ = BareMentions(max_events=1)

    assert [*filter_.asks(message("\U0001f44d", **answer))] == []
    assert filter_.judge(message("\U0001f44d", **answer), no_facts).points == 2
    assert [*filter_.asks(message("hello"))] == []


@pytest.mark.parametrize(
    ("times", "body", "is_refused"),
    [
        (5, f"{BOB} hey", False),
        (6, f"{BOB} hey", True),
        (6, f"{BOB} you there?", True),
        (6, f"{BOB} thank you, that helped", False),
        (6, "hey", False),
    ],
)
def test_short_calls_are_limited(message, times, body, is_refused):
    filter_ = BareMentions(short_events=6)
    event = message(body)
    facts = Facts(dict.fromkeys(filter_.asks(event), Crowd(by_sender=times)))

    finding = filter_.judge(event, facts)

    assert (finding is not None and finding.kind is FindingKind.COURTESY) is is_refused


def test_a_short_answer_is_no_call(message):
    relation = {"m.relates_to": {"m.in_reply_to": {"event_id": "$said"}}}

    assert [*BareMentions(short_events=6).asks(message("thanks!", **relation, **calls(BOB)))] == []


def test_a_message_of_names_and_no_more_says_nothing(message, no_facts):
    mentions = {"m.mentions": {"user_ids": [BOB, CAROL]}}

    assert BareMentions().judge(message("Bob, carol!", **mentions), no_facts).value == 2
    assert BareMentions().judge(message("Bob, look", **mentions), no_facts) is None
