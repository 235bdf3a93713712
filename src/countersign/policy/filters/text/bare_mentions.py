"""Filter `bare-mentions`: messages of nothing but mentions."""

import re
from dataclasses import dataclass
from typing import ClassVar, Final

from countersign.policy.document.options import option
from countersign.policy.events import Event
from countersign.policy.facts import Facts
from countersign.policy.filter import Filter
from countersign.policy.findings import Finding, FindingKind
from countersign.policy.harms import Harm

POINTS_EACH: Final = 2
MAX_POINTS: Final = 8
_MENTION: Final = re.compile(r"@(?:room\b|[^\s@:]+:[a-z0-9.\-]+(?::\d+)?)", re.IGNORECASE)
_USER_LINK: Final = re.compile(r"https?://matrix\.to/#/(?:@|%40)|matrix:u/", re.IGNORECASE)
_SAID: Final = re.compile(r"\w")


@dataclass(frozen=True, kw_only=True)
class BareMentions(Filter):
    """Refuses messages that mention people and say nothing, if there is more against them.

    ## Why this harms
    A mention rings. Whoever mentions people and says nothing wants them to come back and read what
    was sent before, or nothing but to disturb.

    ## What it sees
    Messages whose body has no letter and no digit beside user IDs, the labels of pills and `@room`:
    2 points for each who is mentioned, 8 at most, so that it takes many or something else.

    ## When it is wrong
    People do call one another so: "@alice" after a question. One name is little evidence.
    """

    name: ClassVar[str] = "bare-mentions"
    harm: ClassVar[Harm] = Harm.FLOODING
    finding_kind: ClassVar[FindingKind] = FindingKind.EVIDENCE
    says: ClassVar[str] = "Please write what you want from those whom you mention."

    min_users: int = option(
        1,
        minimum=1,
        maximum=1_000,
        unit="users",
        help="From so many mentioned users on; `@room` is one.",
    )

    def most_points(self) -> int:
        """See `Filter.most_points`."""
        return MAX_POINTS

    def judge(self, event: Event, facts: Facts) -> Finding | None:  # noqa: ARG002
        """See `Filter.judge`."""
        mentions = event.seen.mentions
        mentioned = len(mentions.user_ids) + mentions.is_room
        body = event.content.get("body")
        if event.type != "m.room.message" or mentioned < self.min_users or not mentioned:
            return None
        if not isinstance(body, str) or event.content.get("msgtype") not in ("m.text", "m.emote"):
            return None
        if _says_something(event, body):
            return None
        return self.refuse(
            f"mentions {mentioned} and says nothing",
            value=mentioned,
            points=min(MAX_POINTS, POINTS_EACH * mentioned),
        )


def _says_something(event: Event, body: str) -> bool:
    rest = _MENTION.sub(" ", body)
    for link in event.seen.links:
        if link.label and _USER_LINK.match(link.target):
            rest = rest.replace(link.label, " ")
    return _SAID.search(rest) is not None
