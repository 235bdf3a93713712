"""Steps of a policy: a filter with its conditions, weight and mode."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from countersign.policy.filter import Filter
from countersign.policy.findings import Finding, FindingKind, Mode
from countersign.policy.judging.exemptions import NO_EXEMPTIONS, Exemptions
from countersign.policy.languages.sentences import Says
from countersign.policy.measures.trust_records import Trust
from countersign.policy.thresholds import MAX_HITS_COUNTED, MAX_WEIGHT, Thresholds, weight_of_hits

EVERYONE: Final = frozenset(Trust)


class OnError(StrEnum):
    """Verdict on an event whose filter fails."""

    REFUSE = "refuse"
    """It is not signed for now: the server is told to try again, and nothing is remembered."""
    PASS = "pass"  # noqa: S105
    """The filter has no say this once; its failure is recorded with the decision."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """A filter as a policy uses it.

    Attributes:
        filter: the filter with its options.
        name: what the policy calls this use of it; empty for the filter's own name.
        mode: what its findings do.
        says: the policy's words for the sender, in place of the filter's; one text, or one by
            language.
        on_error: what follows when it fails.
        weight: what a finding adds to the event's score, in place of refusing by itself; the most
            that it may add if the filter gives points of its own.
        kind: what its findings may be used for; None for what the filter says, or evidence if
            they have a weight.
        applies_to: the levels of trust whose events it looks at.
        exemptions: what it does not look at.
    """

    filter: Filter
    name: str = ""
    mode: Mode = Mode.ENFORCE
    says: Says | None = None
    on_error: OnError = OnError.REFUSE
    weight: int | None = None
    kind: FindingKind | None = None
    applies_to: frozenset[Trust] = EVERYONE
    exemptions: Exemptions = NO_EXEMPTIONS

    @property
    def tells_untrusted_from_new(self) -> bool:
        """True if the step looks at events of one of the two; a raid makes newcomers untrusted."""
        return (Trust.UNTRUSTED in self.applies_to) != (Trust.NEW in self.applies_to)

    @property
    def label(self) -> str:
        """The name under which moderators find it in their policy."""
        return self.name or self.filter.name

    def kind_of(self, finding: Finding) -> FindingKind:
        """Return the kind of a finding of its filter."""
        if self.kind is not None:
            return self.kind
        return finding.kind if self.weight is None else FindingKind.EVIDENCE

    def weight_of(self, finding: Finding) -> int | None:
        """Return the points of a finding of its filter; None if it decides alone."""
        if finding.points is None or self.kind_of(finding) is not FindingKind.EVIDENCE:
            return None if self.weight is None else weight_of_hits(self.weight, finding.hits)
        most = MAX_WEIGHT if self.weight is None else self.weight
        return max(0, min(finding.points, most))

    @property
    def most_weight(self) -> int:
        """The most that one finding of it can add to the score; 0 if its findings add nothing."""
        if self.kind not in (None, FindingKind.EVIDENCE):
            return 0
        points = self.filter.most_points()
        if self.weight is None:
            return min(points, MAX_WEIGHT)
        if points:
            return min(points, self.weight)
        hits = MAX_HITS_COUNTED if self.filter.counts_hits else 1
        return weight_of_hits(self.weight, hits)

    def may_warn(self, thresholds: Thresholds) -> bool:
        """Return True if a finding of it may make of the decision a warning."""
        if self.mode is Mode.WARN:
            return True
        if thresholds.warn == 0 or self.mode is not Mode.ENFORCE:
            return False
        # A filter outside this package may give points that it did not declare.
        return self.kind in (None, FindingKind.EVIDENCE)
