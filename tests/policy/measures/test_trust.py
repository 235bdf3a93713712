"""Tests of trust levels, by time and accepted events, and of their explanation."""

import pytest

from countersign.policy.measures.trust import (
    DAY_MS,
    DEFAULT_TRUST_RULES,
    HOUR_MS,
    STRANGER,
    Standing,
    TrustRules,
)
from countersign.policy.measures.trust_records import (
    MAX_ACCEPTED_COUNTED,
    MAX_ACTIVE_DAYS_COUNTED,
    LearnedTrust,
    Trust,
    TrustRecord,
)

NOW_TS = 1_750_000_000_000


def standing(known=STRANGER, *, rules=DEFAULT_TRUST_RULES, **about):
    given = {"power_level": 0, "is_earlier_member": False, "suspect_since_ts": None}
    return Standing.of(known, rules, now_ts=NOW_TS, **(given | about))


def known(*, hours=0, **more):
    return TrustRecord(first_seen_ts=NOW_TS - hours * HOUR_MS, **more)


@pytest.mark.parametrize(
    ("known", "level"),
    [
        (STRANGER, Trust.NEW),
        (known(hours=23, accepted_events=500, active_days=1), Trust.NEW),
        (known(hours=24, accepted_events=4, active_days=1), Trust.NEW),
        (known(hours=24, accepted_events=5, active_days=1), Trust.MEMBER),
        (known(hours=24 * 14, accepted_events=500, active_days=4), Trust.MEMBER),
        (known(hours=24 * 14, accepted_events=50, active_days=5), Trust.TRUSTED),
        (known(hours=24 * 900), Trust.NEW),
    ],
)
def test_time_alone_and_chatter_alone_earn_nothing(known, level):
    assert standing(known).level is level


def test_a_clock_that_goes_back_takes_nobody_for_a_veteran():
    later = TrustRecord(first_seen_ts=NOW_TS + DAY_MS, accepted_events=9, active_days=1)

    assert standing(later).level is Trust.NEW
    assert standing(later).known_hours == 0


def test_people_in_the_room_before_us_are_members_by_default():
    assert standing(is_earlier_member=True).level is Trust.MEMBER
    strict = TrustRules(knows_earlier_members=False)
    assert standing(is_earlier_member=True, rules=strict).level is Trust.NEW


def test_people_whom_a_moderator_invited_are_members_by_default():
    invited = {"inviter": "@helena:example.org", "inviter_power_level": 50}
    assert standing(**invited).level is Trust.MEMBER
    assert standing(**invited).because == "was invited by the moderator @helena:example.org"
    assert standing(**(invited | {"inviter_power_level": 49})).level is Trust.NEW
    strict = TrustRules(knows_invited_people=False)
    assert standing(**invited, rules=strict).level is Trust.NEW
    distrusted = known(given=Trust.UNTRUSTED)
    assert standing(distrusted, **invited).level is Trust.UNTRUSTED


def test_a_power_level_makes_a_moderator():
    assert standing(power_level=49).level is Trust.NEW
    assert standing(power_level=50).level is Trust.MODERATOR


def test_a_set_level_overrides_all_until_it_ends():
    banned = known(hours=9_000, given=Trust.BANNED, given_reason="sold watches")

    assert standing(banned, power_level=100).level is Trust.BANNED
    assert standing(banned).because == "a moderator said so: sold watches"
    ended = known(hours=1, given=Trust.BANNED, given_until_ts=NOW_TS)
    assert standing(ended).level is Trust.NEW


def test_a_raid_makes_suspects_of_those_who_came_with_it_only():
    since_ts = NOW_TS - 2 * HOUR_MS

    assert standing(known(hours=3), suspect_since_ts=since_ts).level is Trust.NEW
    assert standing(known(hours=2), suspect_since_ts=since_ts).level is Trust.UNTRUSTED
    assert standing(known(hours=1), suspect_since_ts=since_ts).level is Trust.UNTRUSTED
    assert standing(STRANGER, suspect_since_ts=since_ts).level is Trust.UNTRUSTED
    earlier = standing(known(hours=1), suspect_since_ts=since_ts, is_earlier_member=True)
    assert earlier.level is Trust.MEMBER


def test_days_are_counted_once_each():
    first = STRANGER.after(LearnedTrust.once(NOW_TS))
    second = first.after(LearnedTrust.once(NOW_TS + 1))
    third = second.after(LearnedTrust.once(NOW_TS + DAY_MS))

    assert (first.first_seen_ts, first.accepted_events, first.active_days) == (NOW_TS, 1, 1)
    assert (second.accepted_events, second.active_days) == (2, 1)
    assert (third.first_seen_ts, third.accepted_events, third.active_days) == (NOW_TS, 3, 2)


def on_day(day, *, events=1, days=1):
    ts = day * DAY_MS
    return LearnedTrust(first_ts=ts, accepted_events=events, active_days=days, last_active_day=day)


@pytest.mark.parametrize(
    ("first", "second", "days", "last"),
    [
        (on_day(100), on_day(100), 1, 100),
        (on_day(100), on_day(101), 2, 101),
        (on_day(100), on_day(109), 2, 109),
        (on_day(101), on_day(100), 1, 101),  # two processes about midnight
        (on_day(102, days=3), on_day(102, days=3), 3, 102),  # two that could not store for days
        (on_day(101, days=2), on_day(102, days=3), 3, 102),
        (on_day(9_000), on_day(100), 2, 100),  # a clock was fast, and is right again
    ],
)
def test_days_that_several_processes_saw_count_once(first, second, days, last):
    for known in (STRANGER.after(first).after(second), STRANGER.after(first.after(second))):
        assert (known.active_days, known.last_active_day) == (days, last)


def test_a_first_sighting_by_a_fast_clock_moves_to_when_it_is_right():
    fast, right = on_day(9_000), on_day(100)

    for known in (STRANGER.after(fast).after(right), STRANGER.after(fast.after(right))):
        assert known.first_seen_ts == right.first_ts


def test_counts_end_at_their_limits():
    busy = on_day(9_000, events=MAX_ACCEPTED_COUNTED + 5, days=MAX_ACTIVE_DAYS_COUNTED + 5)

    known = STRANGER.after(busy).after(busy)

    assert known.accepted_events == MAX_ACCEPTED_COUNTED
    assert known.active_days == MAX_ACTIVE_DAYS_COUNTED


def test_a_level_includes_all_below_it():
    assert Trust.NEW.up_to() == {Trust.BANNED, Trust.UNTRUSTED, Trust.NEW}
    assert Trust.MODERATOR.up_to() == set(Trust)
