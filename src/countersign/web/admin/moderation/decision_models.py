"""Parameters and JSON of the endpoints for decisions."""

from typing import Annotated, Any, Literal

from pydantic import Field

from countersign.policy.decisions import DetailsGone, Verdict
from countersign.policy.findings import FindingKind, Mode
from countersign.policy.harms import Harm
from countersign.policy.measures.trust_records import Trust
from countersign.ports.stores.outcomes import OutcomeKind
from countersign.web.admin.declarations.fields import (
    Hints,
    LastsMs,
    Moment,
    Place,
    Reference,
    RoomId,
    ServerName,
    UserId,
    WholeNumber,
)
from countersign.web.admin.declarations.models import JsonAnswer, Parameters

Step = Annotated[str, Field(description="the label of a step of a policy")]


class DecisionsParameters(Parameters):
    """Selection of the decisions to list; all that is given must hold."""

    room_id: RoomId | None = Field(default=None, description="in this room")
    sender: UserId | None = Field(default=None, description="on events of this user")
    server: ServerName | None = Field(default=None, description="on events of users of this server")
    verdict: Annotated[Verdict, Field(strict=False)] | None = None
    step: Step | None = Field(
        default=None, description="in which this step of the policy found something"
    )
    filter: str | None = Field(default=None, description="in which this filter found something")
    since_ts: Moment = Field(default=0, description="made at this moment or later")
    before_ts: Moment | None = Field(default=None, description="made before this moment")
    min_score: WholeNumber | None = Field(
        default=None, description="whose evidence adds up to so many points at least"
    )
    max_score: WholeNumber | None = Field(
        default=None, description="whose evidence adds up to so many points at most"
    )
    outcome: Literal["allowed", "spam", "appealed"] | None = Field(
        default=None,
        description="about which moderators did this, and did not take it back, of the last "
        "10,000 times; or which somebody appealed against, of 1,000 appeals",
    )
    before: Place | None = Field(
        default=None, description="recorded before the page that ended with this `next`"
    )
    limit: WholeNumber = Field(default=50, description="so many; 1,000 at most")


class DecisionParameters(Parameters):
    """Request about one decision."""

    reference: Reference


class StatisticsParameters(Parameters):
    """Selection of the decisions to count."""

    since_ts: Moment = 0
    room_id: RoomId | None = None


class Allow(Parameters):
    """Words to allow, by the decision that refused them."""

    reference: Reference
    lasts_ms: LastsMs | None = Field(default=None, description="in ms; a day if left out")


class FindingJson(JsonAnswer):
    """Objection of a step to an event."""

    filter: str
    harm: Harm
    reason: str = Field(
        description="for moderators; empty of what did not decide, unless its step is in shadow"
    )
    says: str = Field(description="for the sender")
    value: int | str | None = Field(description="what was measured")
    limit: int | str | None = Field(description="what the policy allows")
    mode: Mode
    step: str
    weight: int | None = Field(description="points that it adds; null if it decides alone")
    kind: FindingKind
    points: int | None = Field(description="the filter's own measure of the evidence")
    hits: int = Field(description="how many different things were found")
    expires_ts: Moment | None
    rests_on: list[int]


class JudgementJson(JsonAnswer):
    """Decision as a policy makes it."""

    verdict: Verdict
    findings: list[FindingJson]
    says: str | None = Field(description="words for the sender; null for the usual ones")
    harms: list[Harm]
    policy_revision: str
    is_warning: bool = Field(description="refused once: the same words pass when sent again")
    score: int
    threshold: int | None
    trust: Trust | None
    fingerprint: str | None
    spared_by: str | None = Field(
        description="why an event is signed that would be refused: `warned before`, or a reference"
    )
    language: str = Field(description="of the words for the sender")


class DecisionJson(JudgementJson):
    """Decision with its event."""

    reference: str = Field(description="what a refused sender can quote")
    event_id: str
    room_id: str
    room_name: str | None
    sender: str
    event_type: str
    asked_by: str = Field(description="the server that asked first")
    decided_ts: Moment
    details_gone: DetailsGone | None = Field(description="why only the verdict is still kept")


class DecisionsJson(JsonAnswer):
    """Decisions, the newest first."""

    decisions: list[DecisionJson]
    next: str | None = Field(description="null if the page is not full")
    count: int | None = Field(
        default=None,
        description="if none was found: how many there are in all; null for who sees not all",
    )
    steps: list[str] | None = Field(
        default=None,
        description="if none was found: the steps of the policies, if one was asked for",
    )
    hints: Hints


class MeantDecisions(JsonAnswer):
    """Decisions that a reference may mean."""

    decisions: list[DecisionJson]


class ArchivedJson(JsonAnswer):
    """Event in the archive."""

    state_key: str | None
    content: dict[str, Any]
    texts: list[str]
    decision: JudgementJson | None = Field(
        description="all that was found; null of what an earlier version archived"
    )


class ArchiveJson(JsonAnswer):
    """State of the archive."""

    trouble: str | None
    retention_days: int | None = Field(description="null while it is off")


class OutcomeJson(JsonAnswer):
    """Action of a person about a decision."""

    kind: OutcomeKind
    actor: str | None
    happened_ts: Moment
    note: str
    steps: list[str]


class ExplainedDecision(DecisionJson):
    """Decision with the stored data of its event."""

    sum: list[str] = Field(description="sentences about the points and the threshold")
    advice: list[str] = Field(description="what else a moderator could do, in sentences")
    archived: list[ArchivedJson]
    archive: ArchiveJson
    texts: list[str] | None = Field(description="of a refused event; null if none are kept")
    are_texts_cut: bool
    outcomes: list[OutcomeJson]


class ExplainedDecisions(JsonAnswer):
    """Decisions that a reference may mean, with the stored data of their events."""

    decisions: list[ExplainedDecision]


class StatisticsOfStepJson(JsonAnswer):
    """Counts of a step."""

    step: str
    refused: int
    warned: int
    spared: int
    shadow: int = Field(description="events that it would have refused, were it not in shadow")
    people: int
    shadow_people: int
    allowed: int = Field(description="refusals that a moderator allowed: false positives")
    kinds: list[FindingKind]


class StatisticsJson(JsonAnswer):
    """Counts of decisions, and of each step."""

    decisions: int
    steps: list[StatisticsOfStepJson]
    hints: Hints


class AllowanceJson(JsonAnswer):
    """Words that pass for a while."""

    community: str
    sender: str
    fingerprint: str
    reference: str
    steps: list[str]
    allowed_ts: Moment
    until_ts: Moment


class Allowed(JsonAnswer):
    """Allowance that was made."""

    allowed: AllowanceJson
