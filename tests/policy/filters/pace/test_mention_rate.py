"""Tests of `mention-rate`, which adds up a sender's mentions over events."""

from countersign.policy.facts import Facts
from countersign.policy.filters.pace.mention_rate import MentionRate
from countersign.policy.questions.counts import PeopleCalled
from countersign.policy.questions.messages import MessageRelatedTo, RelatedMessage
from tests.policy.conftest import ALICE, BOB, CAROL


def calling(message, *user_ids):
    return message("lunch?", **{"m.mentions": {"user_ids": list(user_ids)}})


def judge(filter_, event, before):
    return filter_.judge(event, Facts(dict.fromkeys(filter_.asks(event), before)))


def test_an_event_without_mentions_raises_no_question(message):
    assert [*MentionRate().asks(message())] == []
    assert judge(MentionRate(max_users=1), message(), 99) is None


def test_calls_add_up_to_the_limit_and_not_beyond(message):
    rate = MentionRate(max_users=5, per_seconds=60)
    two = calling(message, BOB, CAROL, BOB)

    assert [*rate.asks(two)] == [PeopleCalled(ALICE, 2, 60, (BOB, CAROL))]
    assert judge(rate, two, 3) is None
    finding = judge(rate, two, 4)
    assert finding.reason == "calls 2 users, 6 within 60 seconds; this community allows 5"


def test_the_whole_room_counts_as_the_policy_says(message):
    everyone = message("@room hello")

    assert judge(MentionRate(max_users=10, room_counts_as=10), everyone, 0) is None
    assert judge(MentionRate(max_users=10, room_counts_as=11), everyone, 0) is not None
    assert [*MentionRate(room_counts_as=0).asks(everyone)] == []


def test_people_who_are_mentioned_one_by_one_have_a_limit_of_their_own(message):
    rate = MentionRate(max_users=2, max_singly=5)

    assert judge(rate, calling(message, BOB), 4) is None
    assert judge(rate, calling(message, BOB), 5).limit == 5
    assert judge(rate, calling(message, BOB, CAROL), 1).limit == 2


def test_a_greeting_is_a_short_text_once_words_of_courtesy_are_left_out(message):
    rate = MentionRate(max_users=2, max_singly=20, singly_chars=32)

    def judged(body):
        return judge(rate, message(body, **{"m.mentions": {"user_ids": [BOB]}}), 9)

    assert judged("hi Bob, how are you?") is None
    assert judged("welcome Bob, nice to have you here") is None
    assert judged("the photos of the garden are lovely") is not None
    assert judged("welcome Bob, look at the shop of my brother") is not None


def test_a_reply_may_always_mention_the_person_whom_it_answers(message):
    rate = MentionRate(max_users=2)
    relates_to = {"m.in_reply_to": {"event_id": "$said"}}
    mentions = {"m.mentions": {"user_ids": [BOB]}}
    reply = message("yes", **mentions, **{"m.relates_to": relates_to})
    called, answered = rate.asks(reply)

    def judged(said):
        return rate.judge(reply, Facts({called: 9, answered: said}))

    assert answered == MessageRelatedTo("$said")
    assert judged(RelatedMessage(BOB, 10, ())) is None
    assert judged(RelatedMessage(CAROL, 10, (BOB,))) is not None
    assert judged(None) is not None
