"""Prospects: when a newcomer will be a member, so that limits for newcomers say when they end."""

from datetime import UTC, datetime
from typing import Final

from countersign.basics.durations import HOUR_MS
from countersign.policy.languages.catalogues import translated
from countersign.policy.languages.sentences import filled_in
from countersign.policy.measures.trust import Standing, TrustRules

WHEN: Final = "{when}"
"""What a policy's words for the sender hold where the time is to stand."""
MESSAGES_AND_TIME: Final = "messages to go: {count}; not before {time}"
MESSAGES: Final = "messages to go: {count}"
TIME: Final = "not before {time}"
BY_MODERATORS: Final = "when the moderators say so"

_MINUTE_MS: Final = 60_000


def with_prospect(
    says: str, standing: Standing, rules: TrustRules, *, now_ts: int, language: str
) -> str:
    """Return words for the sender with the time in place of `{when}`.

    Args:
        says: the words, in `language`.
        standing: of the sender, who is no member yet.
        rules: what it takes to be one.
        now_ts: the moment, in ms since the epoch; 0 if it is not known.
        language: a language tag.
    """
    if WHEN not in says:
        return says
    return says.replace(WHEN, _prospect(standing, rules, now_ts, language))


def _prospect(standing: Standing, rules: TrustRules, now_ts: int, language: str) -> str:
    left = max(0, rules.member_accepted_events - standing.accepted_events)
    since_ts = standing.first_seen_ts or now_ts
    from_ts = since_ts + rules.member_after_hours * HOUR_MS if since_ts else 0
    if standing.is_given:
        return translated(BY_MODERATORS, language)
    if from_ts <= now_ts:
        return filled_in(MESSAGES, language, count=str(max(1, left)))
    # A minute that has begun is not over.
    at = datetime.fromtimestamp(-(-from_ts // _MINUTE_MS) * 60, UTC).strftime("%Y-%m-%d %H:%M UTC")
    if left == 0:
        return filled_in(TIME, language, time=at)
    return filled_in(MESSAGES_AND_TIME, language, count=str(left), time=at)
