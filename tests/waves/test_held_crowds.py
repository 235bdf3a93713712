"""Tests of raids that no filter knows: moderators are told, and hold back who came with them."""

import pytest

from countersign.basics.durations import HOUR_MS
from countersign.policy.measures.crowds import CAME_MS
from countersign.policy.measures.raid_mode import Strictness
from tests.waves.dice import Dice, abuse, come, newcomers, text, wrote
from tests.waves.every_kind import EVERY_KIND
from tests.waves.simulated_community import ROOMS, refused, simulated_community

LOBBY = ROOMS[0]
SLOGANS = ("free the frogs", "FREE THE FROGS!!", "frogs must be free", "free frogs now")


class Moderator:
    """A moderator who looks at the crowd that is told, and holds it back some time later."""

    def __init__(self, played, *, reacts_after_seconds=60):
        self.told_after = None
        self.passed_before = None
        self._played = played
        self._reacts_after_ms = reacts_after_seconds * 1_000
        self._told_ts = None
        self._decide_one = played._decide_one
        played._decide_one = self._look

    async def _look(self, number, sent, outcome):
        await self._decide_one(number, sent, outcome)
        measures, now_ts = self._played._measures, self._played._clock.now_ts()
        policy = self._played._decide._policies.for_room(LOBBY).policy
        if self._told_ts is None:
            if await measures.crowds.find("default", policy) is not None:
                self._told_ts, self.told_after = now_ts, sent.at_seconds
        elif self.passed_before is None and now_ts - self._told_ts >= self._reacts_after_ms:
            self.passed_before = len(outcome.missed)
            measures.raids.begin(
                "default", policy.raid_rules, "a crowd", lasts_ms=HOUR_MS // 2,
                strict=Strictness(came_within_ms=CAME_MS + now_ts - self._told_ts),
            )  # fmt: skip


async def test_nothing_of_a_raid_of_slogans_passes_once_a_moderator_held_it_back():
    dice = Dice("slogans", 1)
    raid = newcomers(dice, 80, servers=40)
    earlier = newcomers(dice, 6, servers=6, kind="home")
    async with simulated_community() as played:
        moderator = Moderator(played)
        outcome = await played.play([
            *come(dice, earlier, 0, 30, rooms=[LOBBY]),
            *come(dice, raid, 8_000, 80, rooms=[LOBBY]),
            *(abuse(8_100 + 2 * n, raid[n % 80], text(SLOGANS[n % 4])) for n in range(160)),
            *(wrote(8_110 + 50 * n, user, f"is the page about {dice.letters(6)} still right?")
              for n, user in enumerate(earlier)),
        ])  # fmt: skip

    assert moderator.told_after - 8_100 <= 30
    assert len(outcome.missed) == moderator.passed_before
    assert outcome.abuse_refused_percent >= 70
    assert refused(outcome) == []
    assert outcome.muted == set()


@pytest.mark.parametrize("kind", ["raid of word salad", "raid of copypasta", "raid of one opinion"])
async def test_of_raids_that_no_filter_knows_moderators_are_told_within_half_a_minute(kind):
    sent = list(EVERY_KIND[kind].make(Dice(kind, 1)))
    first = min(each.at_seconds for each in sent if each.is_abuse)
    async with simulated_community() as played:
        moderator = Moderator(played)
        outcome = await played.play(sent)

    assert moderator.told_after - first <= 30
    assert len(outcome.missed) == moderator.passed_before
