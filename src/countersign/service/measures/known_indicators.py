"""Indicators that communities know: what members posted, and what is bad."""

from collections.abc import Callable, Iterator
from hashlib import blake2b
from typing import Final

from countersign.basics.bounded_mapping import BoundedMapping
from countersign.basics.durations import DAY_MS, HOUR_MS
from countersign.policy.questions.indicators import (
    ENOUGH_POSTERS,
    SETTLED_AFTER_MS,
    BadIndicator,
)
from countersign.policy.text.indicators.kinds import Indicator, IndicatorKind
from countersign.ports.broadcasts import Broadcasts, Topic
from countersign.ports.clock import Clock
from countersign.ports.indicators import IndicatorKey, IndicatorStore
from countersign.service.measures.postings import Posting

MAX_POSTED: Final = 50_000
"""Maximum number of indicators of members, in all; the longest unused go first."""
MAX_BAD: Final = 20_000
"""Maximum number of bad indicators."""
_DIGEST_BYTES: Final = 16
_LABEL_BYTES: Final = 4


class KnownIndicators:
    """Register of indicators, by keyed hashes of kind and name.

    `save` stores what was learned, in groups and a little later; a moderator's command is stored
    at once.

    Args:
        store: keeps what is known.
        secret: 32 bytes, the key of the hashes; with another secret no stored indicator is found.
        registrable_domain: returns the registrable domain of a host, by which domains are known.
    """

    def __init__(
        self,
        store: IndicatorStore,
        clock: Clock,
        *,
        secret: bytes,
        registrable_domain: Callable[[str], str] = str,
    ) -> None:
        self._store = store
        self._clock = clock
        self._secret = secret
        self._registrable_domain = registrable_domain
        self._posted: BoundedMapping[IndicatorKey, Posting]
        self._posted = BoundedMapping(MAX_POSTED, self._forgot_posted)
        self._bad: BoundedMapping[IndicatorKey, BadIndicator] = BoundedMapping(MAX_BAD)
        self._unsaved_posted: dict[IndicatorKey, Posting] = {}
        self._unsaved_bad: dict[IndicatorKey, BadIndicator] = {}
        self._forgotten: set[IndicatorKey] = set()
        self._taken_back: set[IndicatorKey] = set()
        self._broadcasts: Broadcasts | None = None

    def share(self, broadcasts: Broadcasts) -> None:
        """Share with other processes who posted indicators; the store has only how many."""

        def on_message(community: str, digest: str, sender: str, vouches: str) -> None:
            posted = self._posting((community, bytes.fromhex(digest)), self._clock.now_ts())
            posted.add_poster(sender, is_voucher=bool(vouches))

        self._broadcasts = broadcasts
        broadcasts.subscribe(Topic.POSTED, on_message)

    async def load(self) -> None:
        """Read what is stored.

        Raises:
            StoreUnavailable: it can't be read now.
        """
        for key, each in (await self._store.posted(MAX_POSTED)).items():
            self._posted[key] = Posting(*each)
        now_ts = self._clock.now_ts()
        for bad in await self._store.bad(ending_after_ts=now_ts, limit=MAX_BAD):
            self._bad[bad.community, bad.digest] = bad

    async def apply_changes(self, changed_after: int) -> None:
        """Take over what other processes learned.

        Of different numbers of members who posted an indicator the larger one stands.

        Args:
            changed_after: a number of `Topic.INDICATORS`.

        Raises:
            StoreUnavailable: it can't be read now.
        """
        posted = await self._store.posted(MAX_POSTED, changed_after=changed_after)
        bad = await self._store.changed_bad(changed_after, limit=MAX_BAD)
        for key, each in posted.items():
            posting = self._posted.get(key)
            if posting is None:
                self._posted[key] = Posting(*each)
                continue
            posting.add(each)
        now_ts = self._clock.now_ts()
        for indicator in bad:
            key = indicator.community, indicator.digest
            if key in self._unsaved_bad:
                continue
            if indicator.until_ts > now_ts:
                self._bad[key] = indicator
            else:
                self._bad.pop(key, None)

    async def forget_taken_back(self, changed_after: int) -> None:  # noqa: ARG002 - all are compared
        """Forget indicators that moderators removed through other processes.

        Raises:
            StoreUnavailable: it can't be read now.
        """
        stored = await self._store.posted(MAX_POSTED)
        for key in [key for key in self._posted if key not in stored]:
            if key not in self._unsaved_posted:
                del self._posted[key]

    async def save(self) -> None:
        """Store what was learned since the last time.

        Raises:
            StoreUnavailable: it is stored the next time.
        """
        if not (self._unsaved_posted or self._unsaved_bad or self._forgotten):
            return
        posted, bad = dict(self._unsaved_posted), dict(self._unsaved_bad)
        forgotten = set(self._forgotten)
        await self._store.save(
            {key: each.to_stored() for key, each in posted.items()},
            list(bad.values()),
            forget_posted=forgotten,
            forget_ended_before_ts=self._clock.now_ts() - DAY_MS,
            is_taken_back=bool(self._taken_back & forgotten),
        )
        for key, saved in posted.items():
            if self._unsaved_posted.get(key) is saved:
                del self._unsaved_posted[key]
        for key, stored in bad.items():
            if self._unsaved_bad.get(key) is stored:
                del self._unsaved_bad[key]
        self._forgotten -= forgotten
        self._taken_back -= forgotten

    def digest(self, indicator: Indicator) -> bytes:
        """Return the keyed hash of an indicator, 16 bytes."""
        name = indicator.name
        if indicator.kind is IndicatorKind.DOMAIN:
            name = self._registrable_domain(indicator.host)
        kind_and_name = f"{indicator.kind.value}\0{name}".encode("utf-8", "surrogatepass")
        return blake2b(kind_and_name, digest_size=_DIGEST_BYTES, key=self._secret).digest()

    def domain_digest(self, indicator: Indicator) -> bytes | None:
        """Return the keyed hash of a link's registrable domain; None for other indicators."""
        if not indicator.host:
            return None
        return self.digest(Indicator(IndicatorKind.DOMAIN, indicator.host, indicator.host))

    def label(self, indicator: Indicator) -> str:
        """Return the label that moderators read; it contains no name that may be a person's."""
        return label_of(indicator.kind, indicator.name, self.digest(indicator))

    def post(self, key: IndicatorKey, sender: str, now_ts: int, *, is_voucher: bool) -> None:
        """Record that a member posted an indicator.

        Args:
            key: the community and the digest.
            sender: the user ID.
            now_ts: the time.
            is_voucher: the member is trusted or a moderator, so that one such post is enough.
        """
        posted = self._posting(key, now_ts)
        is_news = posted.add_poster(sender, is_voucher=is_voucher)
        if is_news and self._broadcasts is not None:
            community, digest = key
            vouches = "vouches" if is_voucher else ""
            self._broadcasts.publish(Topic.POSTED, community, digest.hex(), sender, vouches)
        if is_news or now_ts - posted.last_ts >= HOUR_MS:
            posted.last_ts = now_ts
            self._unsaved_posted[key] = posted

    def _posting(self, key: IndicatorKey, now_ts: int) -> Posting:
        posted = self._posted.use(key)
        if posted is None:
            posted = self._posted[key] = Posting(now_ts, now_ts)
            self._forgotten.discard(key)
            self._taken_back.discard(key)
        return posted

    def is_vouched(self, key: IndicatorKey, sender: str, now_ts: int) -> bool:
        """Return True if members other than `sender` vouch for an indicator.

        They do from a day after the first of them posted it; at once if they are several or one of
        them is trusted. So a single account that was taken over cannot vouch for a new link.
        """
        posted = self._posted.get(key)
        if posted is None:
            return False
        if now_ts - posted.first_ts >= SETTLED_AFTER_MS:
            return True
        other_vouchers = posted.vouchers - {sender}
        return bool(other_vouchers) or posted.others_than(sender) >= ENOUGH_POSTERS

    def is_known(self, key: IndicatorKey, sender: str, now_ts: int) -> bool:
        """Return True if another member posted it before, or the sender at least a day ago."""
        posted = self._posted.get(key)
        if posted is None:
            return False
        return now_ts - posted.first_ts >= SETTLED_AFTER_MS or posted.others_than(sender) > 0

    def posted_days(self, key: IndicatorKey, now_ts: int) -> int:
        """Return the number of whole days since a member first posted it; -1 if none did."""
        posted = self._posted.get(key)
        return -1 if posted is None else max(0, now_ts - posted.first_ts) // DAY_MS

    def forget_posted(self, key: IndicatorKey) -> None:
        """Forget that members posted an indicator, so that it counts as unknown."""
        if self._posted.pop(key, None) is not None:
            self._unsaved_posted.pop(key, None)
            self._forgotten.add(key)
            self._taken_back.add(key)

    def find_bad(self, key: IndicatorKey, now_ts: int) -> BadIndicator | None:
        """Return the record of a bad indicator; None if it is not bad."""
        bad = self._bad.get(key)
        return bad if bad is not None and bad.until_ts > now_ts else None

    def learn_bad(self, bad: BadIndicator) -> None:
        """Record that an indicator is bad, unless it already is for an equal or stronger reason."""
        key = bad.community, bad.digest
        before = self.find_bad(key, bad.made_ts)
        if before is not None and _rank(before) > _rank(bad):
            return
        self._bad[key] = self._unsaved_bad[key] = bad

    async def store_bad(self, bad: BadIndicator) -> None:
        """Record and store at once that an indicator is bad, by a moderator's command.

        Raises:
            StoreUnavailable: nothing has changed.
        """
        await self._store.save({}, [bad])
        key = bad.community, bad.digest
        self._unsaved_bad.pop(key, None)
        self._bad[key] = bad

    async def remove_bad(self, key: IndicatorKey) -> None:
        """Remove the record of a bad indicator.

        Raises:
            StoreUnavailable: nothing has changed.
        """
        await self._store.remove_bad(key)
        self._unsaved_bad.pop(key, None)
        self._bad.pop(key, None)

    def bad_in(self, community: str) -> Iterator[BadIndicator]:
        """Yield the bad indicators of a community, the latest first."""
        now_ts = self._clock.now_ts()
        for bad in reversed(self._bad.values()):
            if bad.community == community and bad.until_ts > now_ts:
                yield bad

    def forget_people(self) -> None:
        """Forget who posted indicators; that some members did stays."""
        for posted in self._posted.values():
            posted.names.clear()
            posted.vouchers.clear()

    def forget_person(self, user_id: str) -> None:
        """Forget that a user posted indicators; that some member did stays."""
        for posted in self._posted.values():
            posted.names.discard(user_id)
            posted.vouchers.discard(user_id)

    def _forgot_posted(self, key: IndicatorKey, posted: Posting) -> None:  # noqa: ARG002
        self._unsaved_posted.pop(key, None)
        self._forgotten.add(key)


def label_of(kind: IndicatorKind, name: str, digest: bytes) -> str:
    """Return the label of an indicator: its kind, with its name or a part of its hash.

    Args:
        kind: the kind of the indicator.
        name: its normal form; it is left out for kinds that may identify a person.
        digest: its keyed hash.
    """
    if kind.is_personal or not name:
        return f"{kind.value} {digest[:_LABEL_BYTES].hex()}"
    return f"{kind.value} {name}"


def _rank(bad: BadIndicator) -> int:
    return list(type(bad.because)).index(bad.because)
