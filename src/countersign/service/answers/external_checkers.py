"""Answers of external checkers: bounded, validated, with a pause after repeated failures."""

from dataclasses import dataclass
from typing import Any, Final

import structlog

from countersign.basics.bounded_mapping import BoundedMapping
from countersign.basics.printable_text import spaced
from countersign.policy.facts import FactUnavailable
from countersign.policy.questions.checkers import CheckedBy, CheckerAnswer, ModerationScores
from countersign.ports.errors import PeerUnavailable
from countersign.ports.external_checkers import Checkers, CheckRequest
from countersign.protocol.canonical_json import JsonObject
from countersign.service.answers.event_context import EventContext

FAILURES_IN_A_ROW: Final = 5
REST_SECONDS: Final = 15.0
MAX_IN_FLIGHT: Final = 64
"""Maximum number of events that wait for one checker; further ones get no answer."""
MAX_BREAKERS: Final = 1_000
MAX_ANSWER_BYTES: Final = 16 * 1024
MAX_SCORES_BYTES: Final = 256 * 1024
MAX_REASON_CHARS: Final = 500
MAX_SAYS_CHARS: Final = 1_000
MAX_CATEGORIES: Final = 200
MAX_CATEGORY_CHARS: Final = 100

log = structlog.get_logger()


@dataclass(slots=True)
class _Breaker:
    """State of one external checker.

    Attributes:
        failures: failures in a row.
        rests_until: end of its pause, by the monotonic clock.
        in_flight: events that wait for it.
        is_probed: one event is asking it after a pause.
    """

    failures: int = 0
    rests_until: float = 0.0
    in_flight: int = 0
    is_probed: bool = False


class GuardedCheckers:
    """Asks external checkers, with a circuit breaker for each.

    After five failures in a row a checker is not asked for fifteen seconds; then one event tries
    it. Meanwhile events get `FactUnavailable` at once.
    """

    def __init__(self, checkers: Checkers) -> None:
        self._checkers = checkers
        self._breakers: BoundedMapping[tuple[str, str], _Breaker] = BoundedMapping(MAX_BREAKERS)

    async def ask(self, request: CheckRequest, now: float) -> Any:
        """Return the answer unchecked; the caller must call `succeed` or `fail` with its verdict.

        Args:
            request: the checker, and what it is asked.
            now: seconds of the monotonic clock.

        Raises:
            FactUnavailable: there is no answer.
        """
        breaker = self._breaker(request)
        if now < breaker.rests_until or breaker.is_probed:
            raise FactUnavailable("the external checker is not asked for now: it keeps failing")
        if breaker.in_flight >= MAX_IN_FLIGHT:
            raise FactUnavailable("too many events wait for the external checker")
        is_probe = breaker.is_probed = breaker.failures >= FAILURES_IN_A_ROW
        breaker.in_flight += 1
        try:
            return await self._checkers.ask(request)
        except PeerUnavailable as error:
            self.fail(request, str(error), now)
            raise FactUnavailable(f"the external checker gave no answer: {error}") from error
        finally:
            breaker.in_flight -= 1
            if is_probe:
                breaker.is_probed = False

    def succeed(self, request: CheckRequest) -> None:
        """Record a valid answer of a checker."""
        breaker = self._breaker(request)
        if breaker.failures >= FAILURES_IN_A_ROW:
            log.info("an external checker answers again", program=request.program)
        breaker.failures = 0

    def fail(self, request: CheckRequest, reason: str, now: float) -> None:
        """Record a failure or an invalid answer of a checker."""
        breaker = self._breaker(request)
        breaker.failures += 1
        if breaker.failures < FAILURES_IN_A_ROW:
            return
        breaker.rests_until = now + REST_SECONDS
        if breaker.failures == FAILURES_IN_A_ROW:
            log.warning(
                "an external checker keeps failing and is not asked for a while",
                program=request.program,
                reason=reason,
            )

    def _breaker(self, request: CheckRequest) -> _Breaker:
        key = (request.url, request.checker)
        breaker = self._breakers.use(key)
        if breaker is None:
            breaker = self._breakers[key] = _Breaker()
        return breaker


class CheckerAnswers:
    """Answers `CheckedBy`."""

    def __init__(self, checkers: GuardedCheckers) -> None:
        self._checkers = checkers

    async def answer(self, question: CheckedBy, context: EventContext) -> CheckerAnswer:
        """See `SlowAnswerer.answer`."""
        request = CheckRequest(
            url=question.url,
            checker=question.checker,
            body=_about(context),
            timeout_ms=question.timeout_ms,
            max_bytes=MAX_ANSWER_BYTES,
        )
        reply = await self._checkers.ask(request, context.now)
        action = reply.get("action") if isinstance(reply, dict) else None
        if action not in ("sign", "refuse"):
            reason = 'the answer is no {"action": "sign"} and no {"action": "refuse"}'
            self._checkers.fail(request, reason, context.now)
            raise FactUnavailable(f"the external checker gave no answer: {reason}")
        self._checkers.succeed(request)
        return CheckerAnswer(
            is_refusal=action == "refuse",
            reason=_text(reply.get("reason"), MAX_REASON_CHARS),
            says=_text(reply.get("says"), MAX_SAYS_CHARS),
        )


class ModerationAnswers:
    """Answers `ModerationScores`."""

    def __init__(self, checkers: GuardedCheckers) -> None:
        self._checkers = checkers

    async def answer(self, question: ModerationScores, context: EventContext) -> dict[str, int]:
        """See `SlowAnswerer.answer`."""
        body: JsonObject = {"input": list(question.texts)}
        if question.model:
            body["model"] = question.model
        request = CheckRequest(
            url=question.url,
            checker=question.checker,
            body=body,
            timeout_ms=question.timeout_ms,
            max_bytes=MAX_SCORES_BYTES,
        )
        reply = await self._checkers.ask(request, context.now)
        try:
            scores = _scores(reply, len(question.texts))
        except (KeyError, TypeError, ValueError) as error:
            reason = "the answer holds no scores as /v1/moderations gives them"
            self._checkers.fail(request, reason, context.now)
            raise FactUnavailable(f"the external checker gave no answer: {reason}") from error
        self._checkers.succeed(request)
        return scores


def _about(context: EventContext) -> JsonObject:
    event = context.event
    about: JsonObject = {
        "type": event.type,
        "sender": event.sender,
        "content": event.safe_content,
        "origin_server_ts": event.origin_server_ts,
    }
    if event.state_key is not None:
        about["state_key"] = event.state_key
    return {
        "community": context.community,
        "room_id": event.room_id,
        "language": context.language or context.policy.languages.of(event.room_id),
        "event": about,
        "sender": {
            "trust": event.standing.level.value,
            "known_hours": event.standing.known_hours,
            "accepted_events": event.standing.accepted_events,
            "power_level": event.sender_power_level,
        },
    }


def _scores(reply: Any, texts: int) -> dict[str, int]:
    """Return the highest score by category.

    Raises:
        KeyError, TypeError, ValueError: the answer is malformed, or has another number of results.
    """
    results = reply["results"]
    if type(results) is not list or len(results) != texts:
        raise ValueError("another number of results")
    highest: dict[str, int] = {}
    for result in results:
        scores = result["category_scores"]
        if type(scores) is not dict or not scores or len(scores) > MAX_CATEGORIES:
            raise ValueError("no scores, or too many")
        for category, score in scores.items():
            if score is None:
                continue  # null: a category that the model does not score for this kind of input
            if type(score) not in (int, float) or not 0 <= score <= 1:
                raise ValueError("a score that is none")
            name = category[:MAX_CATEGORY_CHARS]
            highest[name] = max(highest.get(name, 0), round(score * 100))
    return highest


def _text(value: Any, most: int) -> str:
    """Return a checker's text as one printable line of limited length."""
    if not isinstance(value, str):
        return ""
    return spaced(value[:most]).strip()
