"""Trust records of communities' users: counted from signed events, or set by moderators."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from itertools import islice
from typing import Final

from countersign.basics.bounded_mapping import BoundedMapping
from countersign.basics.records import record
from countersign.policy.decisions import RecordedDecision, Verdict
from countersign.policy.measures.raid_mode import Raid
from countersign.policy.measures.trust import STRANGER, Standing
from countersign.policy.measures.trust_records import GivenTrust, LearnedTrust, Trust, TrustRecord
from countersign.policy.policies.policy_documents import Policy
from countersign.ports.clock import Clock
from countersign.ports.stores.trust import Learned, TrustStore
from countersign.service.answers.event_context import EventContext
from countersign.service.background import wait_to_the_end
from countersign.service.misses import MISS, Miss
from countersign.service.rooms.room import Room

MAX_REMEMBERED: Final = 50_000
MAX_UNSAVED: Final = 20_000
SORTED_AT_ONCE: Final = 1_000
"""Users that are put in order, so that those of one transaction are in few places of the file."""

_NO_WORDS: Final = frozenset({"m.room.member", "m.room.redaction"})
"""Types of events that earn no trust."""

_Key = tuple[str, str]


@record(frozen=True, slots=True)
class _Unsaved:
    """Trust record of a user, and the part of it that is not stored yet."""

    record: TrustRecord
    learned: LearnedTrust


class TrustRecords:
    """Register of each sender's trust; counts signed events.

    Counts are stored in groups a little later: a crash loses at most two seconds of counting. What
    a moderator sets is stored at once.
    """

    def __init__(self, store: TrustStore, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._remembered: BoundedMapping[_Key, TrustRecord] = BoundedMapping(MAX_REMEMBERED)
        self._unsaved: dict[_Key, _Unsaved] = {}
        self._being_saved: dict[_Key, _Unsaved] = {}

    def peek(self, community: str, user_id: str) -> TrustRecord | Miss:
        """Return a user's trust record in a community; MISS if it is not in memory."""
        key = (community, user_id)
        remembered = self._remembered.use(key)
        if remembered is not None:
            return remembered
        unsaved = self._unsaved.get(key) or self._being_saved.get(key)
        if unsaved is None:
            return MISS
        self._remembered[key] = unsaved.record
        return unsaved.record

    async def find(self, community: str, user_id: str) -> TrustRecord:
        """Return a user's trust record in a community, from memory or from the store.

        Raises:
            StoreUnavailable: it is not known now.
        """
        peeked = self.peek(community, user_id)
        if peeked is not MISS:
            return peeked
        stored = await self._store.find(community, user_id) or STRANGER
        # Events may have been counted while the store was asked.
        peeked = self.peek(community, user_id)
        if peeked is not MISS:
            return peeked
        self._remembered[community, user_id] = stored
        return stored

    async def apply_changes(self, changed_after: int) -> None:
        """Take over what other processes stored about users whom this process has in memory.

        Args:
            changed_after: a number of `Topic.TRUST`.

        Raises:
            StoreUnavailable: it can't be read now.
        """
        for changed in await self._store.changed(changed_after, limit=MAX_REMEMBERED):
            key = (changed.community, changed.user_id)
            if key in self._being_saved:
                continue  # another change follows once that is stored
            trust_record, unsaved = changed.known, self._unsaved.get(key)
            if unsaved is not None:
                trust_record = trust_record.after(unsaved.learned)
                self._unsaved[key] = replace(unsaved, record=trust_record)
            if key in self._remembered:
                self._remembered[key] = trust_record

    def standing_of(
        self,
        user_id: str,
        trust_record: TrustRecord,
        room: Room | None,
        policy: Policy,
        raid: Raid | None,
        *,
        is_clock_in_doubt: bool = False,
    ) -> Standing:
        """Return a user's standing in a room of a community, or in none of its rooms.

        While our own clock may be wrong, no user whom the community saw before counts as new.

        Args:
            user_id: the user.
            trust_record: what the community knows of them, from `peek` or `find`.
            room: the room; None for the standing outside of its rooms.
            policy: the community's.
            raid: the one that the community is in; None if it is in none.
            is_clock_in_doubt: True if our own clock may be wrong.
        """
        since_ts = None if room is None else room.state.member_known_since_ts(user_id)
        if since_ts and (not trust_record.first_seen_ts or since_ts < trust_record.first_seen_ts):
            trust_record = trust_record.seen_since(since_ts)
        inviter = None if room is None else room.state.inviter_of(user_id)
        was_there_before = room is not None and since_ts is not None and since_ts <= room.joined_ts
        return Standing.of(
            trust_record,
            policy.trust_rules,
            power_level=_power_of(user_id, room),
            is_earlier_member=was_there_before
            or (is_clock_in_doubt and trust_record.first_seen_ts > 0),
            suspect_since_ts=None if raid is None else raid.suspect_since_ts,
            now_ts=self._clock.now_ts(),
            inviter=inviter,
            inviter_power_level=0 if inviter is None else _power_of(inviter, room),
        )

    def settled(self, context: EventContext, recorded: RecordedDecision) -> None:
        """See `Observer.settled`: counts a signed event for its sender."""
        if recorded.decision.verdict is not Verdict.SIGN or context.event.type in _NO_WORDS:
            return
        key = (context.community, recorded.sender)
        trust_record = self.peek(*key)
        if trust_record is MISS:
            return  # dropped from memory since the event was judged, in favour of others
        learned = LearnedTrust.once(context.now_ts)
        trust_record = trust_record.after(learned)
        self._remembered[key] = trust_record
        unsaved = self._unsaved.get(key)
        if unsaved is not None:
            self._unsaved[key] = _Unsaved(trust_record, unsaved.learned.after(learned))
        elif len(self._unsaved) + len(self._being_saved) < MAX_UNSAVED:
            self._unsaved[key] = _Unsaved(trust_record, learned)

    async def set_level(
        self,
        community: str,
        user_id: str,
        level: Trust | None,
        *,
        until_ts: int | None = None,
        reason: str = "",
    ) -> TrustRecord:
        """Set a user's level of trust by a moderator's command; None removes it.

        Raises:
            StoreUnavailable: nothing has changed.
        """
        given = None if level is None else GivenTrust(level=level, until_ts=until_ts, reason=reason)
        stored = await self._store.set_given(community, user_id, given)
        peeked = self.peek(community, user_id)  # memory also has what is not stored yet
        trust_record = (stored if peeked is MISS else peeked).with_given(given)
        key = (community, user_id)
        self._remembered[key] = trust_record
        for waiting in (self._unsaved, self._being_saved):
            if key in waiting:
                waiting[key] = replace(waiting[key], record=trust_record)
        return trust_record

    def forget_stored(self) -> None:
        """Forget all records that are stored; they are read again when needed."""
        for key in list(self._remembered):
            if key not in self._unsaved and key not in self._being_saved:
                del self._remembered[key]

    def forget_person(self, user_id: str) -> None:
        """Forget a user's records, including counts that are not stored yet."""
        for memory in (self._remembered, self._unsaved, self._being_saved):
            for key in [key for key in memory if key[1] == user_id]:
                del memory[key]
        for key in [key for key, each in self._remembered.items() if user_id in each.given_reason]:
            if key not in self._unsaved and key not in self._being_saved:
                del self._remembered[key]

    async def save(self) -> None:
        """Store counts since the last call; those that can't be stored are kept for the next call.

        Raises:
            StoreUnavailable: some were not stored.
        """
        # What is counted meanwhile waits for the next call, which would never end otherwise.
        for _ in range(0, len(self._unsaved), SORTED_AT_ONCE):
            keys = sorted(islice(self._unsaved, SORTED_AT_ONCE))
            at_once = self._store.most_at_once
            for first in range(0, len(keys), at_once):
                await self._save_some(keys[first : first + at_once])

    async def _save_some(self, keys: Sequence[_Key]) -> None:
        for key in keys:
            if key in self._unsaved:  # or it was erased meanwhile
                self._being_saved[key] = self._unsaved.pop(key)
        if not self._being_saved:
            return
        learned = [Learned(*key, each.learned) for key, each in self._being_saved.items()]
        saving = asyncio.ensure_future(self._store.add_learned(learned))
        try:
            # Otherwise it could be stored again, and counted twice.
            await wait_to_the_end(saving)
        finally:
            being_saved, self._being_saved = self._being_saved, {}
            if saving.done() and (saving.cancelled() or saving.exception() is not None):
                self._take_back(being_saved)

    def _take_back(self, unsaved: dict[_Key, _Unsaved]) -> None:
        """Merge counts that could not be stored with those of the meantime."""
        for key, earlier in unsaved.items():
            later = self._unsaved.get(key)
            self._unsaved[key] = (
                earlier
                if later is None
                else _Unsaved(later.record, earlier.learned.after(later.learned))
            )


def _power_of(user_id: str, room: Room | None) -> int:
    return 0 if room is None else room.state.power_levels.user_level(user_id)
