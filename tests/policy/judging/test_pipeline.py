"""Tests of the pipeline: every filter runs in order, and the findings make one decision."""

from dataclasses import dataclass, replace
from typing import ClassVar

import pytest

from countersign.policy.decisions import Decision, Verdict
from countersign.policy.document.globs import Globs
from countersign.policy.event_kinds.aspects import Aspect
from countersign.policy.event_kinds.memberships import ALL_KINDS, MembershipKind
from countersign.policy.events import PART_CHARS
from countersign.policy.facts import Facts
from countersign.policy.filter import Filter
from countersign.policy.filters.form.event_size import EventSize
from countersign.policy.filters.pace.event_rate import EventRate
from countersign.policy.filters.text.keyword import Keyword
from countersign.policy.filters.text.link import Link
from countersign.policy.findings import Mode
from countersign.policy.fingerprints import fingerprint
from countersign.policy.harms import Harm
from countersign.policy.judging.pipeline import CUT, Exemptions, Pipeline
from countersign.policy.judging.running_steps import FilterBroken
from countersign.policy.judging.steps import OnError, Step
from countersign.policy.questions.counts import SignedEvents
from countersign.policy.questions.sender_groups import Per
from countersign.policy.text.content import MAX_TEXTS


@dataclass(frozen=True, kw_only=True)
class AlwaysFinds(Filter):
    """Always has something against an event."""

    name: ClassVar[str] = "says"
    harm: ClassVar[Harm] = Harm.SPAM
    says: ClassVar[str] = "Please don't."

    reason: str = "a reason"

    def judge(self, event, facts):
        return self.refuse(self.reason)


@dataclass(frozen=True, kw_only=True)
class Silent(AlwaysFinds):
    """Has nothing against anything."""

    def judge(self, event, facts):
        return None


@dataclass(frozen=True, kw_only=True)
class Broken(AlwaysFinds):
    """Has a mistake in it."""

    name: ClassVar[str] = "broken"

    def judge(self, event, facts):
        raise RuntimeError("secret content")


@dataclass(frozen=True, kw_only=True)
class BrokenWithQuestions(Broken):
    """Has a mistake in what it asks."""

    def asks(self, event):
        raise RuntimeError


def judge(pipeline, event, facts=None):
    return pipeline.judge(event, facts or Facts(), "r1")


def steps(*filters, **beside):
    return Pipeline(steps=tuple(Step(filter=filter_, **beside) for filter_ in filters))


def test_an_event_without_findings_is_signed(message):
    assert judge(steps(Silent()), message()) == Decision(verdict=Verdict.SIGN, policy_revision="r1")


def test_an_empty_pipeline_signs(message):
    assert judge(Pipeline(), message()).verdict is Verdict.SIGN


def test_one_finding_refuses_with_the_filters_words_and_harm(message):
    decision = judge(steps(Silent(), AlwaysFinds()), message())

    assert decision.verdict is Verdict.REFUSE
    assert decision.says == "Please don't."
    assert decision.harms == (Harm.SPAM,)
    assert [finding.reason for finding in decision.findings] == ["a reason"]


def test_the_policys_words_stand_in_place_of_the_filters(message):
    assert judge(steps(AlwaysFinds(), says="Not here."), message()).says == "Not here."


def test_all_filters_judge_in_order_and_the_first_one_speaks(message):
    pipeline = Pipeline(
        steps=(
            Step(filter=AlwaysFinds(reason="one"), says="First."),
            Step(filter=EventSize(max_bytes=256)),
            Step(filter=AlwaysFinds(reason="three"), says="Third."),
        )
    )

    decision = judge(pipeline, message())

    assert [finding.filter for finding in decision.findings] == ["says", "event-size", "says"]
    assert decision.says == "First."
    assert decision.harms == (Harm.SPAM, Harm.FLOODING)


def test_a_shadow_is_recorded_and_refuses_nothing(message):
    decision = judge(steps(AlwaysFinds(), mode=Mode.SHADOW), message())

    assert decision.verdict is Verdict.SIGN
    assert decision.says is None
    assert decision.harms == ()
    assert [finding.mode for finding in decision.findings] == [Mode.SHADOW]


def test_a_broken_filter_decides_nothing(message):
    with pytest.raises(FilterBroken, match="broken") as caught:
        judge(steps(AlwaysFinds(), Broken()), message())

    assert caught.value.filter_name == "broken"


def test_a_broken_filter_may_be_passed_over_and_that_is_recorded(message):
    decision = judge(steps(Broken(), on_error=OnError.PASS), message())

    assert decision.verdict is Verdict.SIGN
    (finding,) = decision.findings
    assert finding.reason == "failed with RuntimeError; the policy lets events pass then"
    assert (finding.harm, finding.mode) == (Harm.NONE, Mode.SHADOW)


def test_a_passed_over_filter_does_not_shield_an_event_from_the_others(message):
    pipeline = Pipeline(
        steps=(Step(filter=Broken(), on_error=OnError.PASS), Step(filter=AlwaysFinds()))
    )

    assert judge(pipeline, message()).verdict is Verdict.REFUSE


def test_a_filter_that_cannot_ask_is_broken_too(message):
    with pytest.raises(FilterBroken):
        steps(BrokenWithQuestions()).all_questions(message())
    assert steps(BrokenWithQuestions(), on_error=OnError.PASS).all_questions(message()) == ()


def test_a_question_that_two_filters_ask_is_asked_once(message):
    pipeline = steps(EventRate(max_events=1), EventRate(max_events=9), EventRate(per=Per.ROOM))

    assert pipeline.all_questions(message()) == (
        SignedEvents(Per.SENDER, "@alice:example.org", (), 60),
        SignedEvents(Per.ROOM, "!room:example.org", (), 60),
    )


def test_a_filter_without_its_answer_is_broken(message):
    with pytest.raises(FilterBroken):
        judge(steps(EventRate()), message())


def test_membership_is_judged_only_if_the_policy_says_so(event):
    member = event("m.room.member", {"membership": "join"}, state_key="@alice:example.org")
    judging = Pipeline(steps=(Step(filter=AlwaysFinds()),), judge_membership=ALL_KINDS)

    assert judge(steps(AlwaysFinds()), member).verdict is Verdict.SIGN
    assert judge(judging, member).verdict is Verdict.REFUSE


@pytest.mark.parametrize(
    ("membership", "before", "is_judged"),
    [
        ("join", "leave", False),
        ("join", "invite", False),
        ("join", None, False),
        ("join", "join", True),
        ("invite", None, True),
        ("knock", None, False),
        ("leave", "join", False),
        (None, "join", False),
        (["join"], "join", False),
    ],
)
def test_a_policy_may_judge_some_memberships_only(event, membership, before, is_judged):
    kinds = frozenset({MembershipKind.INVITE, MembershipKind.PROFILE})
    pipeline = Pipeline(steps=(Step(filter=AlwaysFinds()),), judge_membership=kinds)
    content = {"membership": membership}
    member = event("m.room.member", content, state_key="@a:b", membership_before=before)

    assert (judge(pipeline, member).verdict is Verdict.REFUSE) is is_judged


def test_nothing_is_asked_about_what_is_not_judged(event):
    member = event("m.room.member", {}, state_key="@alice:example.org")

    assert steps(EventRate()).all_questions(member) == ()


@pytest.mark.parametrize(
    ("exemptions", "is_exempt"),
    [
        (Exemptions(), False),
        (Exemptions(users=Globs(["@bob:*"])), False),
        (Exemptions(users=Globs(["@alice:*"])), True),
        (Exemptions(servers=Globs(["example.org"])), True),
        (Exemptions(power_level=51), False),
        (Exemptions(power_level=50), True),
    ],
)
def test_exempt_senders_are_not_judged(message, event, exemptions, is_exempt):
    pipeline = Pipeline(steps=(Step(filter=AlwaysFinds()),), exemptions=exemptions)

    verdict = judge(pipeline, event(sender_power_level=50)).verdict

    assert (verdict is Verdict.SIGN) is is_exempt


def overfull(message):
    return message("x", list=[f"{number:x}" for number in range(MAX_TEXTS + 1)])


def test_filters_without_content_ignore_the_number_of_pieces(message):
    assert judge(steps(EventSize()), overfull(message)).verdict is Verdict.SIGN


def test_content_that_was_not_read_in_full_is_not_signed(message):
    decision = judge(steps(Keyword(words=("spam",))), overfull(message))

    assert decision.verdict is Verdict.REFUSE
    (finding,) = decision.findings
    assert finding.filter == CUT
    assert finding.reason.startswith("holds more than 2,000 texts")


def test_filters_that_only_watch_let_it_pass_and_exemptions_do(message):
    watching = judge(steps(Keyword(words=("spam",)), mode=Mode.SHADOW), overfull(message))
    exempt = Exemptions(users=Globs(["*"]))
    spared = steps(Keyword(words=("spam",)), exemptions=exempt)

    assert watching.verdict is Verdict.SIGN
    assert [finding.filter for finding in watching.findings] == [CUT]
    assert judge(spared, overfull(message)).findings == ()


def test_an_aspect_may_be_in_unread_content(message):
    decision = judge(steps(Link()), overfull(message))

    assert decision.verdict is Verdict.REFUSE
    assert [finding.filter for finding in decision.findings] == [CUT]


def test_filters_without_questions_are_skipped_when_asking(message):
    assert steps(Silent(), EventSize()).all_questions(message()) == ()


@dataclass(frozen=True, kw_only=True)
class AboutMentions(AlwaysFinds):
    """Has something against mentions."""

    def about(self):
        return Aspect.MENTIONS


@dataclass(frozen=True, kw_only=True)
class AboutMentionsTogether(AboutMentions):
    """Has something against mentions, and reads several messages as one."""

    reads_together: ClassVar[bool] = True


def test_a_filter_is_called_only_for_what_it_is_about(message):
    pipeline = steps(AboutMentions())

    assert judge(pipeline, message("hello")).findings == ()
    assert len(judge(pipeline, message("hello @bob:example.com")).findings) == 1


def test_filters_that_join_messages_are_called_for_each(message):
    assert len(judge(steps(AboutMentionsTogether()), message("hello")).findings) == 1


def _large(event, **content):
    body = "word " * 2_000
    return event(
        "m.room.message", {"msgtype": "m.text", "body": body, **content}, size_bytes=12_000
    )


def test_an_event_that_is_refused_for_its_size_is_read_in_part(event, no_facts):
    pipeline = Pipeline(steps=(Step(filter=EventSize(max_bytes=11_000)),))
    small = _large(event, list=["last"])
    small.size_bytes = 11_000
    large, small = pipeline.limit_reading(_large(event)), pipeline.limit_reading(small)

    decision = pipeline.judge(large, no_facts, "test")
    pipeline.judge(small, no_facts, "test")

    assert [finding.filter for finding in decision.findings] == ["event-size"]
    assert PART_CHARS - 100 < len(large.seen.raw) <= PART_CHARS
    assert small.seen.texts[-1].raw == "last"


def test_an_event_is_read_in_full_and_signed_if_the_step_for_its_size_is_dropped(event, no_facts):
    pipeline = Pipeline(steps=(Step(filter=EventSize(max_bytes=11_000), name="size"),))
    large = pipeline.limit_reading(_large(event, list=["last"]), {"size"})

    pipeline.all_questions(large)
    decision = pipeline.judge(large, no_facts, "test", dropped={"size"})

    assert decision.verdict is Verdict.SIGN
    assert large.seen.texts[-1].raw == "last"


def test_an_event_that_was_read_in_part_is_never_signed(event, no_facts):
    large = replace(_large(event), is_read_in_part=True)

    decision = Pipeline(steps=(Step(filter=Link()),)).judge(large, no_facts, "test")

    assert decision.verdict is Verdict.REFUSE
    assert [finding.label for finding in decision.deciding] == [CUT]


def test_an_event_that_was_read_in_part_has_the_fingerprint_of_all_of_it(event, no_facts):
    pipeline = Pipeline(steps=(Step(filter=EventSize(max_bytes=11_000)),))
    one = pipeline.limit_reading(_large(event, end="one"))
    other = pipeline.limit_reading(_large(event, end="other"))
    for each in (one, other):
        pipeline.judge(each, no_facts, "test")

    assert one.seen.normalized == other.seen.normalized
    assert fingerprint(one) != fingerprint(other)


@pytest.mark.parametrize(
    "step",
    [
        Step(filter=EventSize(max_bytes=11_000), mode=Mode.SHADOW),
        Step(filter=EventSize(max_bytes=11_000), weight=3),
        Step(filter=EventSize(max_bytes=11_000), exemptions=Exemptions(power_level=50)),
        Step(filter=EventSize(max_bytes=1_000)),
    ],
)
def test_an_event_that_may_pass_is_read_in_full(event, no_facts, step):
    pipeline = Pipeline(steps=(step,))
    large = pipeline.limit_reading(_large(event))

    pipeline.judge(large, no_facts, "test")

    assert len(large.seen.raw) > PART_CHARS


def test_a_long_edit_is_read_in_full(event, no_facts):
    """Text that it holds twice does not count for its size, and presets spare edits."""
    pipeline = Pipeline(steps=(Step(filter=EventSize(max_bytes=11_000)),))
    edit = pipeline.limit_reading(
        _large(event, **{"m.relates_to": {"rel_type": "m.replace", "event_id": "$a"}})
    )

    pipeline.judge(edit, no_facts, "test")

    assert len(edit.seen.raw) > PART_CHARS
