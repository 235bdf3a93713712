"""Tests of limits for newcomers that say when they end, by the rules of trust."""

import pytest

from countersign.policy.facts import NO_FACTS
from countersign.policy.filters.form.media_kind import MediaKind
from countersign.policy.findings import FindingKind
from countersign.policy.judging.pipeline import Pipeline
from countersign.policy.judging.steps import Step
from countersign.policy.languages.limit_ends import with_limit_end
from countersign.policy.measures.trust import Standing, TrustRules
from countersign.policy.measures.trust_records import Trust

NOON = 1_750_075_200_000  # 2025-06-16 12:00:00 UTC
HOUR = 3_600_000
RULES = TrustRules(member_after_hours=24, member_accepted_events=5)
SAYS = "Please send text; pictures come later ({when})."


def limit_end(*, accepted=0, seen_ago=None, is_given=False, now_ts=NOON, language="en"):
    standing = Standing(
        level=Trust.NEW,
        because="",
        accepted_events=accepted,
        first_seen_ts=0 if seen_ago is None else NOON - seen_ago,
        is_given=is_given,
    )
    left, from_ts = standing.missing_for_membership(RULES, now_ts)
    return with_limit_end(
        "{when}", messages_left=left, from_ts=from_ts, now_ts=now_ts, language=language
    )


@pytest.mark.parametrize(
    ("accepted", "seen_ago", "words"),
    [
        (0, None, "messages to go: 5; not before 2025-06-17 12:00 UTC"),
        (2, 22 * HOUR - 1, "messages to go: 3; not before 2025-06-16 14:01 UTC"),
        (5, 0, "not before 2025-06-17 12:00 UTC"),
        (9, HOUR, "not before 2025-06-17 11:00 UTC"),
        (1, 24 * HOUR, "messages to go: 4"),
        (4, 90 * HOUR, "messages to go: 1"),
    ],
)
def test_the_end_of_a_limit_follows_the_rules_of_trust(accepted, seen_ago, words):
    assert limit_end(accepted=accepted, seen_ago=seen_ago) == words


def test_a_set_level_has_no_end_by_itself():
    assert limit_end(is_given=True) == "when the moderators say so"


def test_the_text_without_a_clock_names_only_the_number_of_messages():
    assert limit_end(now_ts=0) == "messages to go: 5"
    assert limit_end(now_ts=0, language="de") == "noch zu schreiben: 5"


def decided(event, **step):
    media = {"msgtype": "m.image", "body": "x", "url": "mxc://b/c"}
    pipeline = Pipeline(
        steps=(Step(filter=MediaKind(kinds=("image",)), says=SAYS, **step),), trust_rules=RULES
    )
    return pipeline.judge(event(content=media, received_ts=NOON), NO_FACTS, "1")


def test_the_sentence_of_a_step_tells_the_time(event):
    assert decided(event).says == (
        "Please send text; pictures come later "
        "(messages to go: 5; not before 2025-06-17 12:00 UTC)."
    )


def test_evidence_tells_no_time(event):
    assert decided(event, kind=FindingKind.EVIDENCE).says == MediaKind.says
