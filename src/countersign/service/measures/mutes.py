"""Mutes: pauses for senders after repeated refusals."""

from collections.abc import Iterable
from dataclasses import replace
from functools import lru_cache
from typing import Final

from countersign.basics.bounded_mapping import BoundedMapping
from countersign.policy.measures.mutes import Mute
from countersign.policy.questions.people import Silenced
from countersign.ports.broadcasts import Broadcasts
from countersign.ports.clock import Clock
from countersign.ports.counters import Count, Namespace, Settlement, Total
from countersign.ports.stores.moderation import ModerationStore
from countersign.service.answers.answers import CountedAnswerer
from countersign.service.answers.event_context import EventContext
from countersign.service.answers.refused_texts import RefusedTexts
from countersign.service.clock_readings import MAX_CLOCK_SKEW_MS

MAX_REMEMBERED: Final = 50_000
FORGIVEN_AFTER_MS: Final = 86_400_000
_MAX_DOUBLINGS: Final = 32

_Key = tuple[str, str, str]
"""Community, user ID and rule."""


class Mutes(CountedAnswerer):
    """Answers `Silenced`.

    The counters count refusals. The mutes that follow are stored, so a restart ends none. Counting
    starts again after each mute: refusals before it do not count for the next. A refusal of what is
    like something that was refused of the sender just before does not count.

    If the wall clock is set back to before the start of a mute, the mute ends: nobody is muted for
    longer than the policy says.

    Args:
        store: keeps mutes; new ones are stored a little later by `save`.
    """

    def __init__(self, store: ModerationStore, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._mutes: BoundedMapping[_Key, Mute] = BoundedMapping(MAX_REMEMBERED)
        self._unsaved: dict[_Key, Mute] = {}
        self._refused = RefusedTexts()

    def share(self, broadcasts: Broadcasts) -> None:
        """Share with other processes what senders had refused; see `RefusedTexts`."""
        self._refused.share(broadcasts, self._clock)

    async def load(self) -> None:
        """Read current mutes, and past ones that make the next one longer.

        Raises:
            StoreUnavailable: they can't be read now.
        """
        since_ts = self._clock.now_ts() - FORGIVEN_AFTER_MS
        for mute in await self._store.mutes(ending_after_ts=since_ts, limit=MAX_REMEMBERED):
            self._remember(mute)

    async def apply_changes(self, changed_after: int) -> None:
        """Take over mutes that other processes began or ended.

        Args:
            changed_after: a number of `Topic.MUTES`.

        Raises:
            StoreUnavailable: they can't be read now.
        """
        changed = await self._store.mutes(
            ending_after_ts=self._clock.now_ts() - FORGIVEN_AFTER_MS,
            limit=MAX_REMEMBERED,
            changed_after=changed_after,
        )
        for mute in changed:
            if (mute.community, mute.user_id, mute.rule) not in self._unsaved:
                self._remember(mute)

    async def save(self) -> None:
        """Store new mutes, and delete stored ones that no longer have an effect.

        Raises:
            StoreUnavailable: it is stored the next time.
        """
        unsaved = dict(self._unsaved)
        if not unsaved:
            return
        forgiven_ts = self._clock.now_ts() - FORGIVEN_AFTER_MS
        await self._store.save_mutes(list(unsaved.values()), forget_ended_before_ts=forgiven_ts)
        for key, mute in unsaved.items():
            if self._unsaved.get(key) is mute:
                del self._unsaved[key]

    async def read_again(self) -> None:
        """Read all mutes again; keep those that wait to be stored, and forget all else.

        Raises:
            StoreUnavailable: it can't be read now.
        """
        since_ts = self._clock.now_ts() - FORGIVEN_AFTER_MS
        stored = await self._store.mutes(ending_after_ts=since_ts, limit=MAX_REMEMBERED)
        self._mutes.clear()
        self._refused.forget_people()
        for mute in (*stored, *self._unsaved.values()):
            self._remember(mute)

    def forget_person(self, user_id: str) -> None:
        """Forget a user's mutes, and those that wait to be stored."""
        for memory in (self._mutes, self._unsaved):
            for key in [key for key in memory if key[1] == user_id]:
                del memory[key]
        self._refused.forget_person(user_id)

    def list_current(self) -> list[Mute]:
        """Return the current mutes, sorted by their end."""
        now_ts = self._clock.now_ts()
        mutes = [self._find(key, now_ts) for key in self._mutes]
        lasting = [mute for mute in mutes if mute is not None and now_ts < mute.until_ts]
        return sorted(lasting, key=lambda mute: (mute.until_ts, mute.user_id))

    def end(self, community: str, user_id: str) -> list[Mute]:
        """End and return a user's mutes; the next one is as long as a first one."""
        now_ts = self._clock.now_ts()
        ended = [
            mute
            for mute in self.list_current()
            if (mute.community, mute.user_id) == (community, user_id)
        ]
        for mute in ended:
            over = replace(mute, until_ts=now_ts, times=0)
            self._remember(over)
            self._unsaved[mute.community, mute.user_id, mute.rule] = over
        return ended

    def put_back(self, mutes: Iterable[Mute]) -> None:
        """Restore mutes that were ended; `save` stores them."""
        for mute in mutes:
            self._remember(mute)
            self._unsaved[mute.community, mute.user_id, mute.rule] = mute

    def counts(self, question: Silenced, context: EventContext) -> Count:
        """See `CountedAnswerer.counts`: neither refusals during a mute nor repetitions count."""
        mute = self._find(_key(question, context), context.now_ts)
        is_mute = mute is not None and context.now_ts < mute.until_ts
        return Count(
            Namespace.REFUSALS,
            (question.user_id, _rule(question), str(mute.started_ts if mute is not None else 0)),
            question.within_seconds * 1_000,
            units=0 if is_mute or self._is_said_again(question, context) else 1,
            on=Settlement.REFUSED,
        )

    def answer(self, question: Silenced, context: EventContext, reply: Total) -> int:
        """See `CountedAnswerer.answer`.

        Several refusals may be decided at the same time, each without knowing of the others.
        """
        now_ts = context.now_ts
        if reply.units >= question.after_refusals:
            self._begin(question, context, now_ts - reply.latest_ms_ago)
        mute = self._find(_key(question, context), now_ts)
        if mute is None or context.event.room_id in context.policy.raid_rules.open_rooms:
            return 0  # rooms in which people ask moderators for help
        return mute.until_ts if now_ts < mute.until_ts else 0

    def settled(
        self, question: Silenced, context: EventContext, reply: Total, settlement: Settlement
    ) -> None:
        """See `CountedAnswerer.settled`: the refusal that reaches the limit starts a mute."""
        if settlement is not Settlement.REFUSED:
            return
        is_enough = reply.units + 1 >= question.after_refusals
        if is_enough and not self._is_said_again(question, context):
            self._begin(question, context, context.now_ts)
        self._refused.note(_key(question, context), context.event, context.now_ts)

    def _is_said_again(self, question: Silenced, context: EventContext) -> bool:
        since_ts = context.now_ts - question.within_seconds * 1_000
        return self._refused.has_like(_key(question, context), context.event, since_ts)

    def _begin(self, question: Silenced, context: EventContext, started_ts: int) -> None:
        key = _key(question, context)
        former = self._find(key, context.now_ts)
        if former is not None and started_ts < former.until_ts:
            return  # refusals before the mute have led to it
        times = 0
        if former is not None and started_ts - former.until_ts <= FORGIVEN_AFTER_MS:
            times = former.times
        seconds = min(question.silence_seconds << min(times, _MAX_DOUBLINGS), question.max_seconds)
        mute = Mute(
            community=context.community,
            user_id=question.user_id,
            rule=_rule(question),
            started_ts=started_ts,
            until_ts=started_ts + seconds * 1_000,
            times=times + 1,
        )
        self._remember(mute)
        self._unsaved[key] = mute

    def _find(self, key: _Key, now_ts: int) -> Mute | None:
        """Return the last mute; None if there is none, or if it starts in the future."""
        mute = self._mutes.get(key)
        if mute is None or mute.started_ts > now_ts + MAX_CLOCK_SKEW_MS:
            return None
        return mute

    def _remember(self, mute: Mute) -> None:
        self._mutes[mute.community, mute.user_id, mute.rule] = mute


def _key(question: Silenced, context: EventContext) -> _Key:
    return context.community, question.user_id, _rule(question)


def _rule(question: Silenced) -> str:
    return _rule_of(
        question.after_refusals,
        question.within_seconds,
        question.silence_seconds,
        question.max_seconds,
    )


@lru_cache(maxsize=256)
def _rule_of(refusals: int, within_seconds: int, seconds: int, max_seconds: int) -> str:
    return f"{refusals} in {within_seconds} s: {seconds} s to {max_seconds} s"
