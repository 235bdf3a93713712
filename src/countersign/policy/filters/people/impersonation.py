"""Filter `impersonation`: somebody who is called like a moderator."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from typing import ClassVar, Final

from countersign.policy.document.mistakes import shown
from countersign.policy.document.options import option
from countersign.policy.events import Event
from countersign.policy.facts import Facts
from countersign.policy.filter import Filter
from countersign.policy.findings import Finding, FindingKind
from countersign.policy.harms import Harm
from countersign.policy.measures.trust_records import Trust
from countersign.policy.questions import NamesInRoom
from countersign.policy.text.look_alikes import skeleton
from countersign.policy.text.normalisation import normalize

_MAX_KNOWN_NAMES: Final = 4_096
_MAX_KNOWN_CHARS: Final = 100


@dataclass(frozen=True, kw_only=True)
class Impersonation(Filter):
    """Refuses events of those whose name in the room looks like a moderator's.

    ## Why this harms
    People do what a moderator asks of them: to open a link, to tell a code, to pay. A copied name
    and picture are enough to be taken for one.

    ## What it sees
    The sender's display name in the room, and with `judge_membership` the one that a membership
    event brings; also the name in the profile of one message, unless a bridge named under `bridges`
    sends it. It is compared with the display names of the room's moderators, their user names,
    and the names in `names`, as they look: without regard to case, accents, spaces, punctuation,
    invisible characters, and letters of other alphabets that look like Latin ones. Moderators may
    be called alike. Names of less than `min_chars` letters are not compared.

    ## When it is wrong
    Two people can have the same name. Who had it before the other became a moderator should be
    exempt, or not be called Max.
    """

    name: ClassVar[str] = "impersonation"
    finding_kind: ClassVar[FindingKind] = FindingKind.EVIDENCE
    harm: ClassVar[Harm] = Harm.IMPERSONATION
    says: ClassVar[str] = (
        "Please choose another display name for this room: yours looks like a moderator's."
    )

    names: tuple[str, ...] = option(
        (),
        maximum=1_000,
        unit="names",
        help="Names that nobody but moderators may have, such as `Support` or the project's name.",
    )
    min_chars: int = option(
        4,
        minimum=2,
        maximum=50,
        unit="letters",
        help="Names with fewer letters are not compared.",
    )
    _protected: frozenset[str] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        looks = filter(None, map(self._look, self.names))
        object.__setattr__(self, "_protected", frozenset(looks))

    def asks(self, event: Event) -> Iterable[NamesInRoom]:
        """See `Filter.asks`."""
        if event.standing.level is not Trust.MODERATOR:
            yield NamesInRoom(event.sender)

    def judge(self, event: Event, facts: Facts) -> Finding | None:
        """See `Filter.judge`."""
        for question in self.asks(event):
            names = facts[question]
            for own in _names_of(event, names.own):
                look = self._look(own)
                if look is None:
                    continue
                if look in self._protected:
                    return self.refuse(f"is called {shown(own)}, which is a protected name")
                for user_id, name in names.moderators:
                    localpart = user_id[1:].partition(":")[0]
                    if user_id != event.sender and look in map(self._look, (name, localpart)):
                        return self.refuse(f"is called {shown(own)}, like {user_id}")
        return None

    def _look(self, name: str | None) -> str | None:
        """Return what a name looks like; None if it is too short to say."""
        if name is None:
            return None
        # The same people's names come again and again; longer ones are not worth their room.
        look = (_known_look if len(name) <= _MAX_KNOWN_CHARS else _look)(name)
        return look if len(look) >= self.min_chars else None


def _look(name: str) -> str:
    return "".join(filter(str.isalnum, skeleton(normalize(name))))


_known_look = lru_cache(maxsize=_MAX_KNOWN_NAMES)(_look)


def _names_of(event: Event, own: str | None) -> Iterator[str]:
    if event.type != "m.room.member":
        if own is not None:
            yield own
        # A bridge shows its people so.
        if not event.is_bridged:
            yield from event.seen.profile_names
        return
    name = event.content.get("displayname")
    if event.state_key == event.sender and isinstance(name, str):
        yield name
