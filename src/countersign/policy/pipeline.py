"""Pipeline: a policy's filters in their order, and how their findings become a decision."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from countersign.policy.decisions import Decision
from countersign.policy.events import Event
from countersign.policy.facts import Facts
from countersign.policy.filters import Filter
from countersign.policy.findings import Finding, Mode
from countersign.policy.globs import NO_GLOBS, Globs
from countersign.policy.harms import Harm
from countersign.policy.questions import Question
from countersign.protocol.errors import CountersignError


class OnError(StrEnum):
    """What becomes of an event whose filter fails."""

    REFUSE = "refuse"
    """It is not signed for now: the asker is told to try again, and nothing is remembered."""
    PASS = "pass"  # noqa: S105
    """The filter has no say this once; its failure is recorded with the decision."""


class FilterBroken(CountersignError):
    """A filter failed on an event; nothing is decided.

    Args:
        filter_name: which filter.
    """

    def __init__(self, filter_name: str) -> None:
        super().__init__(f"The filter {filter_name} failed.")
        self.filter_name = filter_name


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """A filter as a policy uses it.

    Attributes:
        filter: the filter with its options.
        mode: what its findings do.
        says: the policy's words for the sender, in place of the filter's.
        on_error: what follows when it fails.
    """

    filter: Filter
    mode: Mode = Mode.ENFORCE
    says: str | None = None
    on_error: OnError = OnError.REFUSE


@dataclass(frozen=True, slots=True, kw_only=True)
class Exemptions:
    """Whose events no filter sees.

    Attributes:
        users: globs over the sender's user ID.
        servers: globs over the sender's server name.
        power_level: from this power level on; None for nobody.
    """

    users: Globs = NO_GLOBS
    servers: Globs = NO_GLOBS
    power_level: int | None = None

    def cover(self, event: Event) -> bool:
        """Tell whether `event` is exempt."""
        if self.power_level is not None and event.sender_power_level >= self.power_level:
            return True
        return self.users.match(event.sender) or self.servers.match(event.server)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pipeline:
    """Filters in the order of the policy document. All of them judge; any may refuse.

    Attributes:
        steps: the filters, without those that are off.
        judge_membership: whether `m.room.member` events are judged. On today's homeservers the
            sender's server does not ask before it sends one, so that a refused join splits the
            room between those who saw it and those who did not.
        exemptions: whose events are always signed.
    """

    steps: tuple[Step, ...] = ()
    judge_membership: bool = False
    exemptions: Exemptions = Exemptions()

    def questions(self, event: Event) -> tuple[Question[Any], ...]:
        """Return what must be known to judge `event`, each question once.

        Raises:
            FilterBroken: a filter failed to ask.
        """
        asked: dict[Question[Any], None] = {}
        for step in self._steps_for(event):
            try:
                asked |= dict.fromkeys(step.filter.asks(event))
            except Exception as error:
                # Judging will fail too, and then be recorded.
                if step.on_error is not OnError.PASS:
                    raise FilterBroken(step.filter.name) from error
        return tuple(asked)

    def judge(self, event: Event, facts: Facts, policy_revision: str) -> Decision:
        """Return the decision on `event`, given the answers to `questions`.

        Raises:
            FilterBroken: a filter failed, and its policy does not let events pass then.
        """
        findings = (_judged(step, event, facts) for step in self._steps_for(event))
        return Decision.on(
            tuple(finding for finding in findings if finding is not None),
            policy_revision=policy_revision,
        )

    def _steps_for(self, event: Event) -> Iterator[Step]:
        if event.type == "m.room.member" and not self.judge_membership:
            return
        if self.exemptions.cover(event):
            return
        yield from self.steps


def _judged(step: Step, event: Event, facts: Facts) -> Finding | None:
    try:
        finding = step.filter.judge(event, facts)
    except Exception as error:
        if step.on_error is OnError.REFUSE:
            raise FilterBroken(step.filter.name) from error
        return Finding(
            filter=step.filter.name,
            harm=Harm.NONE,
            reason=f"failed with {type(error).__name__}; the policy lets events pass then",
            says="",
            mode=Mode.SHADOW,
        )
    if finding is None:
        return None
    return replace(finding, mode=step.mode, says=step.says or finding.says)
