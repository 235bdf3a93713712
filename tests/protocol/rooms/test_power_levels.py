"""Tests of power levels: the spec's defaults, and unusual values of real rooms."""

from typing import ClassVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from countersign.protocol.room_versions import ROOM_VERSIONS
from countersign.protocol.rooms.power_levels import INFINITE_LEVEL, PowerLevels, are_well_formed

ALICE, BOB, CAROL = "@alice:example.org", "@bob:example.org", "@carol:example.org"
V5, V9, V10, V11, V12 = (ROOM_VERSIONS[version] for version in ("5", "9", "10", "11", "12"))

hostile = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=4),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=5,
)
contents = st.dictionaries(
    st.sampled_from(["users", "users_default", "events", "ban", "kick", "state_default"]), hostile
)


def levels(content=None, rules=V11, creators=(ALICE,)) -> PowerLevels:
    return PowerLevels.parse(content, creators, rules)


class TestDefaults:
    @pytest.mark.parametrize("content", [None, {}])
    def test_are_the_specs(self, content):
        subject = levels(content)

        assert (subject.invite, subject.kick, subject.ban, subject.redact) == (0, 50, 50, 50)
        assert subject.send_level("m.room.message", is_state=False) == 0
        assert subject.send_level("m.room.name", is_state=True) == 50
        assert subject.user_level(BOB) == 0

    def test_the_creator_has_100_as_long_as_there_is_no_event(self):
        assert levels(None).user_level(ALICE) == 100
        assert levels({}).user_level(ALICE) == 0

    def test_creators_are_above_all_since_version_12(self):
        for content in (None, {}, {"users": {ALICE: 5}}):
            subject = levels(content, V12, [ALICE, BOB])

            assert subject.user_level(ALICE) == subject.user_level(BOB) == INFINITE_LEVEL
            assert subject.user_level(CAROL) == 0


class TestParse:
    def test_reads_what_is_there(self):
        subject = levels(
            {
                "users": {ALICE: 100, BOB: -5},
                "users_default": 10,
                "events": {"m.room.name": 30},
                "events_default": 20,
                "state_default": 60,
                "ban": 1,
                "kick": 2,
                "invite": 3,
                "redact": 4,
            }
        )

        assert [subject.user_level(user) for user in (ALICE, BOB, CAROL)] == [100, -5, 10]
        assert subject.send_level("m.room.name", is_state=False) == 30
        assert subject.send_level("m.room.message", is_state=False) == 20
        assert subject.send_level("m.room.topic", is_state=True) == 60
        assert (subject.ban, subject.kick, subject.invite, subject.redact) == (1, 2, 3, 4)

    @pytest.mark.parametrize(
        ("text", "level"),
        [("100", 100), (" +007 ", 7), ("-5\n", -5), ("5.5", 50), ("1_0", 50), ("٣", 50), ("", 50)],
    )
    def test_strings_are_levels_before_version_10(self, text, level):
        assert levels({"ban": text}, V9).ban == level
        assert levels({"ban": text}, V10).ban == 50

    def test_floats_are_cut_in_old_versions(self):
        assert levels({"ban": 20.9}, V5).ban == 20
        assert levels({"ban": float("nan")}, V5).ban == 50
        assert levels({"ban": float("inf")}, V5).ban == 50
        assert levels({"ban": 20.9}, V10).ban == 50

    @pytest.mark.parametrize("value", [None, True, [], {}, [7]])
    def test_an_invalid_level_is_the_default(self, value):
        subject = levels({"ban": value, "users": {BOB: value}, "users_default": 3})

        assert subject.ban == 50
        assert subject.user_level(BOB) == 3

    @given(contents, st.sampled_from([V5, V9, V10, V12]))
    def test_never_raises(self, content, rules):
        subject = levels(content, rules)

        subject.user_level(BOB)
        subject.send_level("m.room.name", is_state=True)
        subject.may_become(levels({}, rules), BOB)
        are_well_formed(content, [ALICE], rules)


class TestMayBecome:
    BEFORE: ClassVar = {
        "users": {ALICE: 100, BOB: 50, CAROL: 50},
        "events": {"m.room.name": 50},
        "ban": 60,
    }

    @pytest.mark.parametrize(
        "changes",
        [
            pytest.param({}, id="nothing"),
            pytest.param({"kick": 50}, id="what is within reach"),
            pytest.param({"events": {"m.room.name": 10}}, id="an event type"),
            pytest.param({"users": {ALICE: 100, BOB: 0, CAROL: 50}}, id="their own level down"),
            pytest.param({"users": {ALICE: 100, CAROL: 50}}, id="their own level away"),
            pytest.param(
                {"users": {ALICE: 100, BOB: 50, CAROL: 50, "@d:x": 50}}, id="another up to theirs"
            ),
        ],
    )
    def test_a_moderator_may_change(self, changes):
        before = levels(self.BEFORE)

        assert before.may_become(levels({**self.BEFORE, **changes}), BOB)

    @pytest.mark.parametrize(
        "changes",
        [
            pytest.param({"users": {ALICE: 100, BOB: 51, CAROL: 50}}, id="their own level up"),
            pytest.param({"users": {ALICE: 99, BOB: 50, CAROL: 50}}, id="one above"),
            pytest.param({"users": {BOB: 50, CAROL: 50}}, id="one above, away"),
            pytest.param({"users": {ALICE: 100, BOB: 50, CAROL: 0}}, id="an equal"),
            pytest.param({"ban": 50}, id="a level above theirs"),
            pytest.param({"kick": 51}, id="a level to above theirs"),
            pytest.param({"events": {"m.room.name": 51}}, id="an event type to above theirs"),
            pytest.param({"notifications": {"room": 51}}, id="a notification to above theirs"),
        ],
    )
    def test_a_moderator_may_not_change(self, changes):
        before = levels(self.BEFORE)

        assert not before.may_become(levels({**self.BEFORE, **changes}), BOB)

    def test_a_creator_may_change_all_since_version_12(self):
        before = levels({"users": {BOB: 100}}, V12)

        assert before.may_become(levels({"users": {BOB: 0}, "ban": 1000}, V12), ALICE)


class TestWellFormed:
    @pytest.mark.parametrize("content", [{}, {"users": {ALICE: 1}, "events": {"a": 2}, "ban": 0}])
    def test_integers_are(self, content):
        assert are_well_formed(content, [BOB], V12)

    def test_strings_are_before_version_10(self):
        assert are_well_formed({"users": {ALICE: "5"}}, [], V9)
        assert not are_well_formed({"users": {ALICE: "5"}}, [], V10)

    @pytest.mark.parametrize("content", [{"ban": "junk"}, {"events": []}, {"kick": None}])
    def test_only_users_matter_before_version_10(self, content):
        assert are_well_formed(content, [], V9)
        assert not are_well_formed(content, [], V10)

    @pytest.mark.parametrize(
        "content",
        [
            {"ban": None},
            {"ban": True},
            {"users": []},
            {"users": None},
            {"users": {"alice": 5}},
            {"users": {ALICE: None}},
            {"events": {"a": []}},
            {"notifications": {"room": {}}},
        ],
    )
    def test_anything_else_is_not(self, content):
        assert not are_well_formed(content, [], V11)

    def test_naming_a_creator_is_not_since_version_12(self):
        assert not are_well_formed({"users": {ALICE: 100}}, [ALICE], V12)
        assert are_well_formed({"users": {ALICE: 100}}, [ALICE], V11)
