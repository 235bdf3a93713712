"""Filters of form and pace leave reactions, edits, redactions, votes and call events alone."""

import pytest

from countersign.policy.decisions import Verdict
from countersign.policy.event_kinds.follow_ups import FollowUp
from countersign.policy.facts import Facts
from countersign.policy.filters.form.event_size import EventSize
from countersign.policy.filters.form.event_type import EventType
from countersign.policy.filters.form.media_kind import MediaKind
from countersign.policy.filters.pace.event_rate import EventRate
from countersign.policy.filters.people.silence import Silence
from countersign.policy.findings import FindingKind
from countersign.policy.judging.pipeline import Pipeline
from countersign.policy.judging.steps import Step
from countersign.policy.policies.filter_registry import BUILTIN_FILTERS
from countersign.policy.policies.policy_documents import PolicyInvalid, parse_policy

EVENT_ID = "$" + "a" * 43
EDITS = {"m.relates_to": {"rel_type": "m.replace", "event_id": EVENT_ID}}
ALL = frozenset(FollowUp)


def edit(event, body="corrected", **content):
    new = {"msgtype": "m.text", "body": body, **content}
    return event(content={**new, "body": f"* {body}", "m.new_content": new, **EDITS})


@pytest.mark.parametrize(
    ("event_type", "content", "state_key", "kind"),
    [
        ("m.reaction", {}, None, "reaction"),
        ("m.room.redaction", {"redacts": EVENT_ID}, None, "redaction"),
        ("m.poll.response", {}, None, "poll-answer"),
        ("org.matrix.msc3381.poll.response", {}, None, "poll-answer"),
        ("m.call.invite", {}, None, "call"),
        ("m.rtc.notification", {}, None, "call"),
        ("org.matrix.msc3401.call.member", {}, "_@a:b_X", "call"),
        ("m.room.message", EDITS, None, "edit"),
        ("m.poll.start", EDITS, None, "edit"),
        ("m.room.encrypted", EDITS, None, "edit"),
        ("m.room.message", {}, None, None),
        ("m.room.message", {"m.relates_to": {"rel_type": "m.replace"}}, None, None),
        ("m.room.message", {"m.relates_to": ["m.replace"]}, None, None),
        (
            "m.room.message",
            {"m.relates_to": {"rel_type": "m.thread", "event_id": "$a"}},
            None,
            None,
        ),
        ("m.room.topic", EDITS, "", None),
        ("m.sticker", {}, None, None),
    ],
)
def test_events_that_act_on_others_are_follow_ups(event, event_type, content, state_key, kind):
    found = event(event_type, content, state_key=state_key).follow_up

    assert found == (kind and FollowUp(kind))


def decided(event, step, *, spares=ALL, before=0):
    pipeline = Pipeline(steps=(step,), courtesy_spares=spares)
    facts = Facts(dict.fromkeys(pipeline.all_questions(event), before))
    return pipeline.judge(event, facts, "1")


def test_a_rate_that_refuses_messages_refuses_no_follow_up(event, message):
    step = Step(filter=EventRate(max_events=5))
    votes = event("m.poll.response"), event("m.reaction"), edit(event), event("m.call.candidates")

    assert decided(message(), step, before=5).verdict is Verdict.REFUSE
    for vote in votes:
        assert decided(vote, step, before=14).verdict is Verdict.SIGN
        assert decided(vote, step, before=14).findings == ()
        assert decided(vote, step, spares=frozenset(), before=5).verdict is Verdict.REFUSE


def test_three_times_the_limit_is_a_flood_and_evidence(event):
    decision = decided(event("m.reaction"), Step(filter=EventRate(max_events=5)), before=15)

    assert decision.verdict is Verdict.REFUSE
    assert decision.findings[0].kind is FindingKind.EVIDENCE


def test_ones_own_words_can_be_taken_back_at_any_pace(event):
    redaction = event("m.room.redaction", {"redacts": EVENT_ID})

    assert decided(redaction, Step(filter=EventRate(max_events=1)), before=999).findings == ()
    assert decided(redaction, Step(filter=Silence()), before=True).findings == ()


def test_a_mute_holds_for_other_follow_ups(event):
    decision = decided(event("m.reaction"), Step(filter=Silence()), before=True)

    assert decision.verdict is Verdict.REFUSE


def test_a_type_that_newcomers_may_not_send_is_no_matter_for_a_vote(event):
    step = Step(filter=EventType(allow=("m.room.message",)), kind=FindingKind.COURTESY)

    assert decided(event("m.poll.response"), step).verdict is Verdict.SIGN
    assert decided(event("m.poll.start"), step).verdict is Verdict.REFUSE


def test_a_step_of_the_kind_rule_refuses_follow_ups_too(event):
    step = Step(filter=EventRate(max_events=5), kind=FindingKind.RULE)

    assert decided(event("m.reaction"), step, before=5).verdict is Verdict.REFUSE


def test_an_edit_that_makes_a_picture_of_words_is_evidence(event, message):
    step = Step(filter=MediaKind(kinds=("image",)))
    picture = {"msgtype": "m.image", "url": "mxc://example.org/a"}

    assert decided(message(**picture), step).findings[0].kind is FindingKind.COURTESY
    edited = decided(edit(event, **picture), step)
    assert edited.verdict is Verdict.REFUSE
    assert edited.findings[0].kind is FindingKind.EVIDENCE


def test_an_edit_weighs_once(event):
    edited = edit(event, "a long story " * 200)
    step = Step(filter=EventSize(max_bytes=4_000))

    def verdict(**changed):
        content = {**edited.content, **changed}
        return decided(event(content=content, size_bytes=6_000), step, spares=frozenset()).verdict

    assert verdict() is Verdict.SIGN
    assert verdict(**{"m.new_content": {}}) is Verdict.REFUSE
    assert verdict(body="x") is Verdict.REFUSE


def test_a_document_says_what_is_spared_and_nothing_is_by_default():
    def spared(source):
        return parse_policy(source.encode(), BUILTIN_FILTERS).pipeline.courtesy_spares

    assert spared("filters: []") == frozenset()
    assert spared("filters: []\ncourtesy: {spares: [edit, poll-answer]}") == {
        FollowUp.EDIT,
        FollowUp.POLL_ANSWER,
    }
    with pytest.raises(PolicyInvalid, match=r"courtesy.spares\[0\].*Did you mean reaction"):
        spared("filters: []\ncourtesy: {spares: [reactions]}")
    with pytest.raises(PolicyInvalid, match=r"follow_ups\[0\]"):
        spared("filters: [{event-rate: {follow_ups: [vote]}}]")


def test_a_rate_of_follow_ups_counts_nothing_else(event, message):
    rate = EventRate(max_events=2, follow_ups=("edit",))

    assert [*rate.asks(message())] == [*rate.asks(event("m.reaction"))] == []
    (question,) = rate.asks(edit(event))
    assert question.counter != next(iter(EventRate(max_events=2).asks(message()))).counter
    assert rate.judge(edit(event), Facts({question: 1})) is None
    assert rate.judge(edit(event), Facts({question: 2})) is not None
