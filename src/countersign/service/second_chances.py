"""Second chances: refused events that pass when they are sent again.

A warning lets the same words of the same sender pass the second time. A moderator who allows a
refused event lets them pass for a while.
"""

from collections import OrderedDict
from dataclasses import dataclass
from typing import Final, NamedTuple

from countersign.policy.decisions import Decision, RecordedDecision, Verdict
from countersign.service.asked import Asked

WARNED_FOR_MS: Final = 24 * 3_600_000
MAX_WARNED: Final = 50_000
MAX_ALLOWED: Final = 10_000


class Words(NamedTuple):
    """The same words of the same sender in one community."""

    community: str
    sender: str
    fingerprint: str


@dataclass(frozen=True, slots=True)
class Allowance:
    """What a moderator allowed.

    Attributes:
        reference: of the refused decision.
        until_ts: until when the words pass, in ms since the epoch.
    """

    reference: str
    until_ts: int


class SecondChances:
    """Remembers who was warned of what, and what moderators allowed."""

    def __init__(self) -> None:
        self._warned: OrderedDict[Words, int] = OrderedDict()
        self._allowed: OrderedDict[Words, Allowance] = OrderedDict()

    def reconsider(self, decision: Decision, asked: Asked, fingerprint: str) -> Decision:
        """Return the decision on an event that filters refuse, with what is known of its words.

        It may be a warning that was given before, or words that a moderator allowed.
        """
        words = Words(asked.community, asked.event.sender, fingerprint)
        allowed = self._allowed.get(words)
        if allowed is not None and allowed.until_ts > asked.now_ts:
            return decision.spared(f"allowed as {allowed.reference}")
        if decision.is_warning and self._warned.get(words, 0) > asked.now_ts:
            return decision.spared("warned before")
        return decision.known_by(fingerprint)

    def allow(self, words: Words, allowance: Allowance) -> None:
        """Let the words pass from now on, until the allowance ends."""
        self._allowed[words] = allowance
        self._allowed.move_to_end(words)
        if len(self._allowed) > MAX_ALLOWED:
            self._allowed.popitem(last=False)

    def settled(self, asked: Asked, recorded: RecordedDecision) -> None:
        """Remember a warning that was given."""
        decision = recorded.decision
        if decision.verdict is not Verdict.REFUSE or not decision.is_warning:
            return
        words = Words(asked.community, recorded.sender, decision.fingerprint or "")
        self._warned[words] = asked.now_ts + WARNED_FOR_MS
        self._warned.move_to_end(words)
        if len(self._warned) > MAX_WARNED:
            self._warned.popitem(last=False)
