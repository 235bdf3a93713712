"""Where the servers of a room agree on its state against us, and where they do not agree at all.

Pure: views go in, findings come out.
"""

from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from countersign.protocol.rooms.room_state import StateKey
from countersign.service.rooms.sync.resident_views import View


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """A piece of state that is not, for all who were asked, as it is for us.

    Attributes:
        key: the piece.
        ours: the event that stands in our eyes, or None.
        said: which event each server has there, or None; without those that have several.
        agreed: the event that most of them have there, or None.
        is_agreed: enough of them agree on `agreed`.
    """

    key: StateKey
    ours: str | None
    said: Mapping[str, str | None]
    agreed: str | None
    is_agreed: bool

    @property
    def is_change(self) -> bool:
        """Most have an event there that is not ours."""
        return self.is_agreed and self.agreed is not None and self.agreed != self.ours


def compare(
    views: Sequence[View],
    ours: Mapping[StateKey, str],
    key_of: Callable[[str], StateKey | None],
    *,
    quorum: int,
) -> list[Finding]:
    """Return every piece of state that at least one server sees differently than we do.

    Args:
        views: what the servers say.
        ours: the events that stand in our eyes.
        key_of: which piece of state an event is, None if we do not know it.
        quorum: how many servers must say the same for it to count.
    """
    if not views:
        return []
    by_everyone = frozenset.intersection(*(view.standing for view in views))
    held = frozenset(ours.values())
    differing = frozenset.union(*(view.standing for view in views)) - by_everyone
    in_play = differing | (by_everyone - held) | (held - by_everyone)
    keys = {key for event_id in in_play if (key := key_of(event_id)) is not None}
    candidates = in_play.union(ours[key] for key in keys if key in ours)
    said = {view.server: _said(view, keys, candidates, key_of) for view in views}
    return list(_findings(sorted(keys), ours, said, quorum))


def _said(
    view: View,
    keys: Collection[StateKey],
    candidates: frozenset[str],
    key_of: Callable[[str], StateKey | None],
) -> dict[StateKey, str | None]:
    """Return what a view has for each of `keys`; what it has twice, it does not know."""
    said: dict[StateKey, str | None] = {}
    several = set(view.disputed)
    for event_id in view.standing & candidates:
        key = key_of(event_id)
        if key is None:
            continue
        if key in said:
            several.add(key)
        said[key] = event_id
    return {key: said.get(key) for key in keys if key not in several}


def _findings(
    keys: Sequence[StateKey],
    ours: Mapping[StateKey, str],
    said: Mapping[str, Mapping[StateKey, str | None]],
    quorum: int,
) -> Iterator[Finding]:
    for key in keys:
        votes = {server: by_key[key] for server, by_key in said.items() if key in by_key}
        ((agreed, count),) = Counter(votes.values()).most_common(1) or [(None, 0)]
        yield Finding(
            key=key,
            ours=ours.get(key),
            said=votes,
            agreed=agreed,
            is_agreed=count >= quorum and 2 * count > len(votes),
        )
