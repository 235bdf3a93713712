"""Raid mode: which community is in a raid, and until when."""

from countersign.policy.decisions import Decision
from countersign.policy.questions import RaidUnderWay
from countersign.policy.raids import Raid
from countersign.service.asked import Asked


class Raids:
    """Holds the raids that are under way, by community."""

    def __init__(self) -> None:
        self._raids: dict[str, Raid] = {}

    def find(self, community: str, now_ts: int) -> Raid | None:
        """Return the raid that the community is in; None at peace."""
        raid = self._raids.get(community)
        if raid is not None and raid.until_ts <= now_ts:
            del self._raids[community]
            return None
        return raid

    def begin(self, community: str, raid: Raid) -> None:
        """Begin a raid, or prolong the one that is under way."""
        self._raids[community] = raid

    def end(self, community: str) -> None:
        """End the raid, if there is one."""
        self._raids.pop(community, None)


class RaidAnswers:
    """Answers `RaidUnderWay`."""

    def __init__(self, raids: Raids) -> None:
        self._raids = raids

    def answer(self, question: RaidUnderWay, asked: Asked) -> Raid | None:  # noqa: ARG002
        """See `Answerer.answer`."""
        return self._raids.find(asked.community, asked.now_ts)

    def note(self, question: RaidUnderWay, asked: Asked, decision: Decision) -> None:
        """See `Answerer.note`: what is decided changes nothing here."""
