"""Words for when a limit for newcomers ends, that is when the sender becomes a member."""

from datetime import UTC, datetime
from typing import Final

from countersign.policy.languages.catalogues import translated
from countersign.policy.languages.sentences import filled_in

WHEN: Final = "{when}"
"""Placeholder for the time in a policy's words for the sender."""
MESSAGES_AND_TIME: Final = "messages to go: {count}; not before {time}"
MESSAGES: Final = "messages to go: {count}"
TIME: Final = "not before {time}"
BY_MODERATORS: Final = "when the moderators say so"

_MINUTE_MS: Final = 60_000


def with_limit_end(
    says: str, *, messages_left: int | None, from_ts: int, now_ts: int, language: str
) -> str:
    """Return words for the sender with the time in place of `{when}`.

    Args:
        says: the words, in `language`.
        messages_left: the number of messages that the sender lacks; None if only moderators can
            trust them.
        from_ts: before when they are no member, in ms since the epoch; 0 if that is not known.
        now_ts: the moment, likewise.
        language: a language tag.
    """
    return says.replace(WHEN, _limit_end(messages_left, from_ts, now_ts, language))


def _limit_end(messages_left: int | None, from_ts: int, now_ts: int, language: str) -> str:
    if messages_left is None:
        return translated(BY_MODERATORS, language)
    if from_ts <= now_ts:
        return filled_in(MESSAGES, language, count=str(max(1, messages_left)))
    # A minute that has begun is not over.
    at = datetime.fromtimestamp(-(-from_ts // _MINUTE_MS) * 60, UTC).strftime("%Y-%m-%d %H:%M UTC")
    if messages_left == 0:
        return filled_in(TIME, language, time=at)
    return filled_in(MESSAGES_AND_TIME, language, count=str(messages_left), time=at)
