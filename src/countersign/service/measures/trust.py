"""Whom each community knows: seen, counted, remembered, and set by moderators."""

from collections import OrderedDict
from dataclasses import replace
from typing import Final

from countersign.policy.decisions import RecordedDecision, Verdict
from countersign.policy.measures.raid_mode import Raid
from countersign.policy.measures.trust import STRANGER, Standing, Trust, TrustRecord, seen_once_more
from countersign.policy.policies.policy_documents import Policy
from countersign.ports.clock import Clock
from countersign.ports.errors import StoreUnavailable
from countersign.ports.stores.trust import Seen, TrustStore
from countersign.service.answers.asked import Asked
from countersign.service.rooms.room_follower import Room

MAX_REMEMBERED: Final = 50_000
MAX_UNSAVED: Final = 20_000

_Key = tuple[str, str]


class TrustRecords:
    """Tells how a sender stands, and learns from what is signed.

    What was learned is stored a little later, all of it together: a crash forgets two seconds of
    counting and nothing else. What a moderator gives is stored at once.
    """

    def __init__(self, store: TrustStore, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._remembered: OrderedDict[_Key, TrustRecord] = OrderedDict()
        self._unsaved: dict[_Key, TrustRecord] = {}

    def standing_of(
        self,
        user_id: str,
        room: Room | None,
        community: str,
        policy: Policy,
        raid: Raid | None,
        *,
        is_clock_in_doubt: bool = False,
    ) -> Standing:
        """Return how far the community trusts a user in a room of it, or in none.

        While our own clock is in doubt, nobody whom the community ever saw is taken for new.

        Raises:
            StoreUnavailable: it is not known now.
        """
        known = self.find(community, user_id)
        since_ts = None if room is None else room.state.member_known_since_ts(user_id)
        if since_ts and (not known.first_seen_ts or since_ts < known.first_seen_ts):
            known = replace(known, first_seen_ts=since_ts)
        was_there_before = room is not None and since_ts is not None and since_ts <= room.joined_ts
        return Standing.of(
            known,
            policy.trust_rules,
            power_level=0 if room is None else room.state.power_levels.of_user(user_id),
            is_earlier_member=was_there_before or (is_clock_in_doubt and known.first_seen_ts > 0),
            suspect_since_ts=None if raid is None else raid.suspect_since_ts,
            now_ts=self._clock.now_ts(),
        )

    def find(self, community: str, user_id: str) -> TrustRecord:
        """Return what the community knows of a user.

        Raises:
            StoreUnavailable: it is not known now.
        """
        key = (community, user_id)
        known = self._remembered.get(key) or self._unsaved.get(key)
        if known is None:
            known = self._store.find(community, user_id) or STRANGER
            self._remember(key, known)
        else:
            self._remembered[key] = known
            self._remembered.move_to_end(key)
        return known

    def settled(self, asked: Asked, recorded: RecordedDecision) -> None:
        """Learn from a decision that stands: of an event that was signed, that its sender came."""
        if recorded.decision.verdict is not Verdict.SIGN or asked.event.type == "m.room.member":
            return
        key = (asked.community, recorded.sender)
        try:
            known = self.find(*key)
        except StoreUnavailable:
            return
        known = seen_once_more(known, asked.now_ts)
        self._remember(key, known)
        if len(self._unsaved) < MAX_UNSAVED or key in self._unsaved:
            self._unsaved[key] = known

    async def give(
        self,
        community: str,
        user_id: str,
        level: Trust | None,
        *,
        until_ts: int | None = None,
        reason: str = "",
    ) -> TrustRecord:
        """Give a user a level, by a moderator's word, or with None take it away again.

        Raises:
            StoreUnavailable: nothing has changed.
        """
        key = (community, user_id)
        known = replace(
            self.find(community, user_id),
            given=level,
            given_until_ts=until_ts if level is not None else None,
            given_reason=reason if level is not None else "",
        )
        await self._store.save([Seen(*key, known)])
        # More may have been learned meanwhile.
        known = replace(
            self._remembered.get(key, known),
            given=known.given,
            given_until_ts=known.given_until_ts,
            given_reason=known.given_reason,
        )
        self._remember(key, known)
        if key in self._unsaved:
            self._unsaved[key] = known
        return known

    async def save(self) -> None:
        """Store what was learned since the last time; what cannot be stored is kept for the next.

        Raises:
            StoreUnavailable: nothing was stored.
        """
        unsaved = dict(self._unsaved)
        if not unsaved:
            return
        await self._store.save(Seen(*key, known) for key, known in unsaved.items())
        for key, known in unsaved.items():
            if self._unsaved.get(key) is known:
                del self._unsaved[key]

    def _remember(self, key: _Key, known: TrustRecord) -> None:
        self._remembered[key] = known
        self._remembered.move_to_end(key)
        if len(self._remembered) > MAX_REMEMBERED:
            self._remembered.popitem(last=False)
