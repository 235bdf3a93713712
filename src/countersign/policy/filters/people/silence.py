"""Filter `silence`: mutes senders after repeated refusals."""

from dataclasses import dataclass
from functools import lru_cache
from typing import ClassVar, Final

from countersign.policy.document.options import option
from countersign.policy.event_kinds.follow_ups import FollowUp
from countersign.policy.events import Event
from countersign.policy.facts import Facts
from countersign.policy.filter import Filter
from countersign.policy.findings import Finding, FindingKind
from countersign.policy.harms import Harm
from countersign.policy.questions.people import Silenced

_MAX_QUESTIONS: Final = 4_096


@dataclass(frozen=True, kw_only=True)
class Silence(Filter):
    """Refuses what a sender writes for a while, after several events of theirs were refused.

    ## Why this harms
    A sender whose message is refused tries other words until something passes. A mute makes that
    slow, and gives people time to find out what the room does not accept.

    ## What it sees
    The filter counts the sender's events that were refused for evidence of abuse in any room of the
    community, each event once. Not counted are

    - refusals for courtesy, by rules alone (listed words, lists of banned people, malformed
      events), because of a raid, or because several people together used up a rate,
    - refusals of a text that others wrote, too, if it has no link, contact or file and other
      evidence against it makes less than half of the threshold,
    - warnings,
    - retries, and events that repeat in the same room, in another one or in other words what was
      refused within `within_seconds`: two fifths of the words, a link or a domain in common.

    The refusal that makes it `after_refusals` within `within_seconds` mutes the sender for
    `silence_seconds` in all rooms of the community. Each further mute is twice as long, up to
    `max_seconds`, until a day has passed without one. Events sent during a mute do not prolong it,
    and refusals before a mute do not count for the next. Mutes survive a restart of the server.
    Events that are never blocked always pass, and so do redactions. In rooms that the policy names
    as `open_rooms` of `raid`, where people ask moderators for help, nobody is muted.

    ## When it is wrong
    If another filter is wrong about somebody, a mute makes it worse. Let the filter apply to people
    whom the community hardly knows, keep the mute short, and look at what was refused before.
    """

    name: ClassVar[str] = "silence"
    finding_kind: ClassVar[FindingKind] = FindingKind.COURTESY
    harm: ClassVar[Harm] = Harm.FLOODING
    expects_crowds: ClassVar[bool] = True
    follows_evidence: ClassVar[bool] = True
    says: ClassVar[str] = (
        "Please pause, and write again in a while: several of your messages were not taken."
    )

    after_refusals: int = option(
        3,
        minimum=1,
        maximum=1_000,
        unit="events",
        help="The number of refused events that leads to a mute.",
    )
    within_seconds: int = option(
        600,
        minimum=1,
        maximum=86_400,
        unit="seconds",
        help="The time within which refused events count.",
    )
    silence_seconds: int = option(
        60, minimum=1, maximum=86_400, unit="seconds", help="How long the first mute lasts."
    )
    max_seconds: int = option(
        3_600,
        minimum=1,
        maximum=604_800,
        unit="seconds",
        help="The longest time that a mute lasts.",
    )

    def asks(self, event: Event) -> tuple[Silenced, ...]:
        """See `Filter.asks`."""
        return () if event.follow_up is FollowUp.REDACTION else (self._question(event),)

    def judge(self, event: Event, facts: Facts) -> Finding | None:
        """See `Filter.judge`."""
        for question in self.asks(event):
            if until_ts := facts[question]:
                return self.refuse(
                    f"the sender is silent for a while, after {self.after_refusals} refused events "
                    f"within {self.within_seconds} seconds",
                    expires_ts=until_ts if until_ts > event.received_ts else None,
                )
        return None

    def _question(self, event: Event) -> Silenced:
        return _silenced(
            event.sender,
            self.after_refusals,
            self.within_seconds,
            self.silence_seconds,
            self.max_seconds,
        )


# Cached: building a question takes longer than judging by it, and each event needs it twice.
_silenced = lru_cache(_MAX_QUESTIONS)(Silenced)
