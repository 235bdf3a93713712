"""Mutes: a pause for those who keep being refused."""

from collections import OrderedDict, deque
from dataclasses import dataclass, field
from typing import Final

from countersign.policy.decisions import Decision, Verdict
from countersign.policy.policies.dependencies import is_senders_own_doing
from countersign.policy.questions import Silenced
from countersign.service.answers.asked import Asked

MAX_REMEMBERED: Final = 50_000
FORGIVEN_AFTER_SECONDS: Final = 86_400.0
_MAX_REFUSALS: Final = 1_000
_MAX_DOUBLINGS: Final = 20


@dataclass(slots=True)
class _Trouble:
    """What one sender had refused, and how often they were silenced for it."""

    refusals: deque[float] = field(default_factory=lambda: deque(maxlen=_MAX_REFUSALS))
    silences: int = 0
    silent_until: float = float("-inf")


class Mutes:
    """Answers `Silenced`."""

    def __init__(self) -> None:
        self._troubles: OrderedDict[tuple[str, Silenced], _Trouble] = OrderedDict()

    def answer(self, question: Silenced, asked: Asked) -> bool:
        """See `Answerer.answer`."""
        trouble = self._troubles.get((asked.community, question))
        return trouble is not None and asked.now < trouble.silent_until

    def note(self, question: Silenced, asked: Asked, decision: Decision) -> None:
        """See `Answerer.note`: counts a refusal, unless the sender is silent already.

        What others brought about does not count: a raid, or a rate that they share. Nor does what
        was refused for courtesy alone.
        """
        if decision.verdict is not Verdict.REFUSE or decision.is_warning:
            return
        if decision.is_courtesy or _is_others_doing(asked, decision):
            return
        key = (asked.community, question)
        trouble = self._troubles.get(key)
        if trouble is None:
            trouble = self._troubles[key] = _Trouble()
            if len(self._troubles) > MAX_REMEMBERED:
                self._troubles.popitem(last=False)
        self._troubles.move_to_end(key)
        now = asked.now
        if now < trouble.silent_until:
            return
        if now - trouble.silent_until > FORGIVEN_AFTER_SECONDS:
            trouble.silences = 0
        trouble.refusals.append(now)
        while trouble.refusals and trouble.refusals[0] < now - question.within_seconds:
            trouble.refusals.popleft()
        if len(trouble.refusals) >= question.after_refusals:
            seconds = min(
                question.silence_seconds << min(trouble.silences, 32), question.max_seconds
            )
            trouble.silent_until = now + seconds
            trouble.silences += 1
            trouble.refusals.clear()


def _is_others_doing(asked: Asked, decision: Decision) -> bool:
    labels = {finding.label for finding in decision.held_against_sender}
    found = [step for step in asked.policy.pipeline.steps if step.label in labels]
    return bool(found) and not any(map(is_senders_own_doing, found))
