"""Filter `policy-list`: users, servers and rooms that a policy list bans."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import ClassVar, Final

from countersign.policy.document.mistakes import Mistake, shown
from countersign.policy.document.options import OptionsInvalid, option
from countersign.policy.event_kinds.memberships import MembershipKind
from countersign.policy.events import Event
from countersign.policy.facts import Facts
from countersign.policy.filter import Filter
from countersign.policy.findings import Finding
from countersign.policy.harms import Harm
from countersign.policy.measures.trust_records import Trust
from countersign.policy.questions.lists import ListedBy
from countersign.policy.text.mentions import unquoted

MAX_LINKED_ROOMS: Final = 20

_ROOM_LINK: Final = re.compile(
    r"(?:https?://(?:www\.)?matrix\.to/#/|matrix:)([!#]|r/|room/|roomid/)([^/?]+)", re.IGNORECASE
)
_SIGILS: Final = {"roomid/": "!", "!": "!"}
_A_ROOM_ID: Final = "a room ID, such as '!list:example.org', of a room that our user has joined"


@dataclass(frozen=True, kw_only=True)
class PolicyList(Filter):
    """Refuses events of people whom a policy list bans, and links to rooms that a list bans.

    ## Why this harms
    Somebody who was banned for spam or worse in one community comes to the next. Communities share
    what they learned in policy lists: rooms whose state names the users, servers and rooms to keep
    out.

    ## What it sees
    The filter applies the rules in the rooms of `lists`, which our user must have joined, and
    follows their changes. It reads `m.policy.rule.user`, `m.policy.rule.server` and
    `m.policy.rule.room` and the older names of these types, globs, and entities given by their
    hash. `m.ban` and `m.takedown` refuse. The filter compares the rules, ignoring case, with the
    sender and the sender's server, with the user whom an invitation invites, and with the rooms
    that a message links to.

    The first list that has a rule for any of them decides, so put your own list first: a rule in it
    that recommends `m.unban` exempts people, or a server, from the bans of the lists below it.
    Within one list an unban outweighs a ban.

    Moderators are never refused. Nor is anybody refused by a rule that is too wide: one that
    matches more than `max_members_percent` of the people who have been in the event's room for a
    while, or that could match everyone. Such a rule is logged, and `countersign lists preview`
    shows it. Put it into `confirmed` if it is right.

    ## When it is wrong
    A list is only as good as the people who keep it. Check whom it would refuse before you follow
    it, with `countersign lists preview`, and start in `mode: shadow`. The filter finds links to
    rooms only if they are `matrix.to` or `matrix:` links.
    """

    name: ClassVar[str] = "policy-list"
    harm: ClassVar[Harm] = Harm.OTHER
    says: ClassVar[str] = (
        "Please ask the moderators if this is a mistake: this room follows a list of bans that "
        "stands against it."
    )

    lists: tuple[str, ...] = option(
        minimum=1,
        maximum=50,
        unit="room IDs",
        help="The rooms with the rules, the most trusted first.",
    )
    linked_rooms: bool = option(
        default=True, help="Whether links to rooms are compared with the rules for rooms."
    )
    max_members_percent: int = option(
        10,
        minimum=1,
        maximum=100,
        unit="percent",
        help="A rule that matches more of a room's members does not count in that room.",
    )
    confirmed: tuple[str, ...] = option(
        (),
        maximum=1_000,
        unit="entities",
        help="Entities of rules, exactly as written there, that count however many people they"
        " match.",
    )

    def __post_init__(self) -> None:
        mistakes = [
            Mistake(path=("lists", place), found=shown(name), allowed=_A_ROOM_ID)
            for place, name in enumerate(self.lists)
            if not name.startswith("!")
        ]
        if mistakes:
            raise OptionsInvalid(mistakes)

    def names_people(self) -> bool:
        """See `Filter.names_people`."""
        return True

    def asks(self, event: Event) -> Iterable[ListedBy]:
        """See `Filter.asks`."""
        if event.standing.level is not Trust.MODERATOR:
            yield ListedBy(
                self.lists,
                (event.sender, *_invited(event)),
                tuple(_linked_rooms(event)) if self.linked_rooms else (),
                self.max_members_percent,
                self.confirmed,
            )

    def judge(self, event: Event, facts: Facts) -> Finding | None:
        """See `Filter.judge`."""
        for question in self.asks(event):
            listing = facts[question]
            if listing is not None:
                rule = listing.rule
                because = f": {shown(rule.reason)}" if rule.reason else ""
                return self.refuse(
                    f"{shown(listing.identifier)} is on the list {listing.list_id} as the "
                    f"{rule.kind.value} {shown(rule.shown)}, {rule.recommendation.value}{because}",
                    value=rule.shown,
                )
        return None


def _invited(event: Event) -> Iterator[str]:
    if event.membership_kind is MembershipKind.INVITE and event.state_key != event.sender:
        yield event.state_key or ""


def _linked_rooms(event: Event) -> Iterator[str]:
    room_ids = dict.fromkeys(
        _SIGILS.get(match[1].lower(), "#") + match[2]
        for link in event.seen.links
        if (match := _ROOM_LINK.match(unquoted(link.url))) is not None
    )
    room_ids.pop(event.room_id, None)
    yield from list(room_ids)[:MAX_LINKED_ROOMS]
