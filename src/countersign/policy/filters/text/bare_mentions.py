"""Filter `bare-mentions`: messages of nothing but mentions."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import ClassVar, Final

from countersign.policy.document.options import option
from countersign.policy.event_kinds.aspects import Aspect
from countersign.policy.events import Event
from countersign.policy.facts import Facts
from countersign.policy.filter import Filter
from countersign.policy.findings import Finding, FindingKind
from countersign.policy.harms import Harm
from countersign.policy.questions.crowds import SentBefore

POINTS_EACH: Final = 2
MAX_POINTS: Final = 8
SHORT_SECONDS: Final = 600
_MENTION: Final = re.compile(r"@(?:room\b|[^\s@:]+:[a-z0-9.\-]+(?::\d+)?)", re.IGNORECASE)
_USER_LINK: Final = re.compile(r"https?://matrix\.to/#/(?:@|%40)|matrix:u/", re.IGNORECASE)
_LETTER: Final = re.compile(r"\w")
_BLANK: Final = re.compile(r"\s")
_MAX_READ_CHARS: Final = 4_096
_MAX_NAMES_CHARS: Final = 200
_WORDS: Final = re.compile(r"\w+")


@dataclass(frozen=True, kw_only=True)
class BareMentions(Filter):
    """Refuses messages that mention people and say nothing, if repeated or with other evidence.

    ## Why this harms
    A mention rings a phone. Somebody who mentions people and says nothing wants them to come back
    and read earlier messages, or only wants to disturb.

    ## What it sees
    Messages whose body has no letter and no digit besides user IDs, the labels of pills, `@room`,
    and the names in the user IDs of those whom it mentions. Each mentioned person adds 2 points, up
    to 8, so a refusal takes many mentions or other evidence.

    With `max_events` the filter also limits, as a courtesy, the number of such messages of one
    sender, whomever they mention. A message that says what it is about passes. Replies do not count
    there: a thumbs up in reply to a message also mentions its author.

    With `short_events` the same holds for messages that mention somebody and say next to nothing,
    such as "hey" or "look": of at most `short_letters` letters and digits, within ten minutes.

    ## When it is wrong
    People do call each other in this way: "@alice" after a question. One name is little evidence.
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
        help="The least number of mentioned users for a finding; `@room` counts as one.",
    )

    max_events: int = option(
        0,
        minimum=0,
        maximum=1_000,
        unit="events",
        help="The most such messages of one sender in the time; the next one is refused as a "
        "courtesy limit; 0 for no limit.",
    )
    per_seconds: int = option(
        3_600,
        minimum=1,
        maximum=3_600,
        unit="seconds",
        help="The time for `max_events`, counted back from now.",
    )

    short_events: int = option(
        0,
        minimum=0,
        maximum=1_000,
        unit="events",
        help="The most messages of one sender within ten minutes that mention somebody and say "
        "next to nothing; the next one is refused as a courtesy limit; 0 for no limit.",
    )
    short_letters: int = option(
        10,
        minimum=1,
        maximum=100,
        unit="letters",
        help="The most letters and digits, besides mentions, of a message that counts there.",
    )

    def most_points(self) -> int:
        """See `Filter.most_points`."""
        return MAX_POINTS

    def about(self) -> Aspect | None:
        """See `Filter.about`."""
        return Aspect.MENTIONS

    def asks(self, event: Event) -> Iterable[SentBefore]:
        """See `Filter.asks`."""
        if _is_answer(event):
            return
        if self.max_events and self._mentioned(event):
            yield self._before(event)
        if self.short_events and self._is_short(event):
            yield _short_before(event)

    def judge(self, event: Event, facts: Facts) -> Finding | None:
        """See `Filter.judge`."""
        mentioned = self._mentioned(event)
        repeated: Finding | None = None
        if self.short_events and not _is_answer(event) and self._is_short(event):
            description = "mentions somebody and says next to nothing"
            repeated = self._refuse_often(
                description, facts, _short_before(event), self.short_events
            )
        if repeated is None and mentioned and self.max_events and not _is_answer(event):
            description = f"mentions {mentioned} and says nothing"
            repeated = self._refuse_often(description, facts, self._before(event), self.max_events)
        if repeated is not None or not mentioned:
            return repeated
        return self.refuse(
            f"mentions {mentioned} and says nothing",
            value=mentioned,
            points=min(MAX_POINTS, POINTS_EACH * mentioned),
        )

    def _refuse_often(
        self, description: str, facts: Facts, before: SentBefore, most: int
    ) -> Finding | None:
        """Refuse an event if its sender sent `most` or more such events before; None otherwise."""
        times = facts[before].by_sender
        if times < most:
            return None
        return self.refuse(
            f"{description}, as {times} messages did within {before.per_seconds} seconds; this "
            f"community allows {most}",
            value=times,
            limit=most,
            kind=FindingKind.COURTESY,
        )

    def _before(self, event: Event) -> SentBefore:
        return SentBefore(f"bare mention by {event.sender}", self.per_seconds)

    def _mentioned(self, event: Event) -> int:
        """Return the number of people whom a message of mentions only mentions; otherwise 0."""
        mentioned = _mentioned(event)
        return 0 if mentioned < self.min_users or _letter_count(event) else mentioned

    def _is_short(self, event: Event) -> bool:
        return bool(_mentioned(event)) and _letter_count(event) <= self.short_letters


def _mentioned(event: Event) -> int:
    """Return the number of people whom a text message mentions; 0 for other events."""
    body = event.content.get("body")
    if event.type != "m.room.message" or not isinstance(body, str):
        return 0
    if event.content.get("msgtype") not in ("m.text", "m.emote"):
        return 0
    mentions = event.seen.mentions
    return len(mentions.user_ids) + mentions.is_room


def _short_before(event: Event) -> SentBefore:
    return SentBefore(f"short mention by {event.sender}", SHORT_SECONDS)


def _is_answer(event: Event) -> bool:
    relation = event.seen.relation
    return relation is not None and relation.kind == "reply"


def _letter_count(event: Event) -> int:
    return event.worked_out(_count_letters, _count_letters)


def _count_letters(event: Event) -> int:
    """Return the number of letters and digits in a text besides its mentions."""
    body: str = event.content["body"]
    # Bounds the time. A text that begins with a hundred mentions counts as saying nothing.
    end = _BLANK.search(body, _MAX_READ_CHARS)
    rest = _MENTION.sub(" ", body if end is None else body[: end.start()])
    for link in event.seen.links:
        if link.label and _USER_LINK.match(link.target):
            rest = rest.replace(link.label, " ")
    return len(_LETTER.findall(rest)) - _letters_of_names(event, rest)


def _letters_of_names(event: Event, rest: str) -> int:
    """Return the number of letters in a short text that are names of the people it mentions."""
    if len(rest) > _MAX_NAMES_CHARS:
        return 0
    words = _WORDS.findall(rest.lower())
    mentioned = event.seen.mentions.user_ids
    names = {name for each in mentioned for name in _WORDS.findall(each.partition(":")[0].lower())}
    return sum(map(len, words)) if names.issuperset(words) else 0
