"""Filter `impersonation`: names and user IDs that look like a moderator's."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, ClassVar, Final

from countersign.policy.document.globs import Globs
from countersign.policy.document.mistakes import shown
from countersign.policy.document.options import option
from countersign.policy.events import Event
from countersign.policy.facts import Facts
from countersign.policy.filter import Filter
from countersign.policy.filters.people.resemblance import (
    Resemblance,
    find_id_resemblance,
    find_resemblance,
    is_role,
    is_role_of_user,
    look_of,
    names_in_room,
    user_ids_in,
)
from countersign.policy.findings import Finding, FindingKind
from countersign.policy.harms import Harm
from countersign.policy.measures.trust_records import Trust
from countersign.policy.message_traits.seeking_contact import seeks_contact
from countersign.policy.questions.people import NamesInRoom

SAME_FIRST_NAME_POINTS: Final = 5
"""Points for the same first name as a moderator's: few, since many people share one."""
_MAX_KNOWN_PAIRS: Final = 8_192
MAX_NAME_CHARS: Final = 512
"""Maximum number of characters of a name that are compared; clients show fewer."""


@dataclass(frozen=True, kw_only=True)
class Impersonation(Filter):
    """Refuses events of people whose name in the room looks like a moderator's.

    ## Why this harms
    People do what a moderator asks: they open a link, give away a code, or pay. A copied name and
    picture are enough to pass for a moderator.

    ## What it sees
    The filter checks the sender's display name in the room, the name in the profile of a single
    message (MSC4144; not for bridges that the policy names), and with `judge_membership` the name
    in a membership event. It compares the name with the display names of the room's moderators,
    their user names, and the names in `names`. It compares how names look, ignoring case, accents,
    spaces, punctuation, invisible characters, and the difference between Latin letters and
    look-alikes from other alphabets. It refuses a name that

    - looks the same as a moderator's or as one in `names`,
    - contains the whole of a moderator's name of several words,
    - contains a part of a moderator's name, of three letters or more, beside a role:
      `Helena (Moderator)`, `Support | Helena`,
    - contains a moderator's user ID, with or without its `@`.

    It also compares the sender's user ID, and refuses one with a part of a moderator's name beside
    a role (`@helena_support:…`), and one with a moderator's user name on a server whose name looks
    like that of the moderator's server (`exarnple.org`). A user ID that differs from a moderator's
    by a letter or a sign (`@helena_:…`, `@he1ena:…`), or has a role beside the name of the
    moderator's server, counts 5 points in a message that seeks contact: it asks people to write in
    private or to give away a secret, claims an office, or has a contact in it. With `role_points`,
    a newcomer's name with a role (`Admin`, `Help Desk`) counts so many points beside other
    evidence. In a message that seeks contact it counts twice as many, also of members and bots that
    a moderator invited, and so does a role in a user ID (`@support:…`).

    Moderators may have such names, and so may the accounts in `own_accounts`. A first name that is
    a part of a moderator's name does not count alone. If it is a moderator's whole name, one word
    of letters plainly written, it counts 5 points beside other evidence. A person whose display
    name in the room resembles a moderator's since before the room's power levels were set as they
    are now may keep it, but not one in `names`. Names of less than `min_chars` letters and digits
    are not compared as a whole.

    ## When it is wrong
    Two people can have the same name: exempt the other one, or list the account in `own_accounts`.
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
        help="Names that only moderators may have, such as `Support` or the project's name.",
    )
    min_chars: int = option(
        4,
        minimum=2,
        maximum=50,
        unit="letters",
        help="Names with fewer letters are not compared.",
    )
    own_accounts: tuple[str, ...] = option(
        (),
        maximum=1_000,
        unit="globs",
        help="Other accounts of moderators and their ghosts on bridges, such as "
        "`@telegram_123:example.org`.",
    )
    role_points: int = option(
        0,
        minimum=0,
        maximum=12,
        unit="points",
        help="Points for a name with a role, such as `Support`, that is no moderator's.",
    )
    _protected: frozenset[str] = field(init=False, repr=False, compare=False)

    _own_accounts: Globs = field(init=False, repr=False, compare=False)
    _find: Any = field(init=False, repr=False, compare=False)
    _find_id: Any = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        protected = filter(None, map(self._look_if_long, self.names))
        object.__setattr__(self, "_protected", frozenset(protected))
        object.__setattr__(self, "_own_accounts", Globs(self.own_accounts))
        # Cached, because every message compares the same names.
        object.__setattr__(self, "_find", lru_cache(_MAX_KNOWN_PAIRS)(self._resemblance))
        object.__setattr__(self, "_find_id", lru_cache(_MAX_KNOWN_PAIRS)(find_id_resemblance))

    def most_points(self) -> int:
        """See `Filter.most_points`."""
        return max(SAME_FIRST_NAME_POINTS, 2 * self.role_points)

    def asks(self, event: Event) -> tuple[NamesInRoom, ...]:
        """See `Filter.asks`."""
        if event.standing.level is Trust.MODERATOR or (
            self._own_accounts and self._own_accounts.match(event.sender)
        ):
            return ()
        return (names_in_room(event.sender),)

    def judge(self, event: Event, facts: Facts) -> Finding | None:
        """See `Filter.judge`."""
        for question in self.asks(event):
            names = facts[question]
            for user_id, name in () if names.is_own_earlier else names.moderators:
                same = (
                    None if user_id == event.sender else self._find_id(event.sender, user_id, name)
                )
                if same is not None and (same.is_sure or seeks_contact(event)):
                    return self.refuse(
                        f"has {same.how} {user_id}",
                        points=None if same.is_sure else SAME_FIRST_NAME_POINTS,
                    )
            for own, is_lasting in _names_of(event, names.own):
                if self._look_if_long(own) in self._protected:
                    return self.refuse(f"is called {shown(own)}, which is a protected name")
                if is_lasting and names.is_own_earlier:
                    continue
                for user_id, name in names.moderators:
                    resemblance = (
                        None if user_id == event.sender else self._find(own, user_id, name)
                    )
                    if resemblance is not None:
                        return self.refuse(
                            f"is called {shown(own)}, {resemblance.how} {user_id}",
                            points=None if resemblance.is_sure else SAME_FIRST_NAME_POINTS,
                        )
            if (finding := self._judge_role(event, names.own)) is not None:
                return finding
        return None

    def _judge_role(self, event: Event, own: str | None) -> Finding | None:
        if not self.role_points or event.is_bridged:
            return None
        name = next((name for name, _ in _names_of(event, own) if is_role(name)), None)
        localpart = event.sender[1:].partition(":")[0]
        if name is None and not is_role_of_user(localpart):
            return None
        seeks = seeks_contact(event)
        is_member = event.standing.level.rank >= Trust.MEMBER.rank
        if not seeks and (name is None or is_member):
            return None
        return self.refuse(
            f"is called {shown(localpart if name is None else name)}, as those who look after a "
            "room are" + (", and asks people to write or to give away a secret" if seeks else ""),
            points=self.role_points * (2 if seeks else 1),
        )

    def _resemblance(self, own: str, user_id: str, name: str | None) -> Resemblance | None:
        if user_id.lower() in user_ids_in(own):
            return Resemblance("with the user ID of")
        localpart = user_id[1:].partition(":")[0]
        their_names = [localpart] if name is None else [name, localpart]
        return find_resemblance(own, their_names, min_chars=self.min_chars)

    def _look_if_long(self, name: str) -> str | None:
        """Return the look of a name, see `look_of`; None if the name is too short."""
        look = look_of(name)
        return look if len(look) >= self.min_chars else None


def _names_of(event: Event, own: str | None) -> Iterator[tuple[str, bool]]:
    """Yield the sender's names; with each, True if it is the display name in the room."""
    if event.type == "m.room.member":
        name = event.content.get("displayname")
        if event.state_key == event.sender and isinstance(name, str):
            yield name[:MAX_NAME_CHARS], False
        return
    if own is not None:
        yield own[:MAX_NAME_CHARS], True
    # Bridges use the profiles of single messages for the people of their network.
    if not event.is_bridged:
        for profile_name in event.seen.profile_names:
            yield profile_name[:MAX_NAME_CHARS], False
