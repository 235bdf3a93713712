"""Tests of the twelve room versions, each the one before except for its changes."""

import dataclasses

import pytest

from countersign.protocol.errors import UnsupportedRoomVersion
from countersign.protocol.room_versions import ROOM_VERSIONS, EventIdFormat, get_room_version


def test_knows_versions_1_to_12():
    assert list(ROOM_VERSIONS) == [str(number) for number in range(1, 13)]
    for identifier, rules in ROOM_VERSIONS.items():
        assert rules.identifier == identifier
        assert get_room_version(identifier) is rules


@pytest.mark.parametrize("identifier", ["", "0", "13", "01", "1.0", "org.matrix.msc3757.10", " 1"])
def test_knows_no_others(identifier):
    with pytest.raises(UnsupportedRoomVersion):
        get_room_version(identifier)


@pytest.mark.parametrize(
    ("flag", "since"),
    [
        ("strict_key_validity", 5),
        ("strict_json", 6),
        ("knocking", 7),
        ("restricted_joins", 8),
        ("knock_restricted", 10),
        ("integer_power_levels", 10),
        ("redacts_in_content", 11),
        ("implicit_creator", 11),
        ("keeps_create_content", 11),
        ("keeps_third_party_signed", 11),
        ("room_id_is_create_hash", 12),
        ("privileged_creators", 12),
    ],
)
def test_features_of_a_version_stay_in_later_ones(flag, since):
    brought = [number for number in range(1, 13) if getattr(ROOM_VERSIONS[str(number)], flag)]

    assert brought == list(range(since, 13))


def test_event_ids_changed_twice():
    formats = [rules.event_id_format for rules in ROOM_VERSIONS.values()]

    assert formats == [
        *[EventIdFormat.SENDER_CHOSEN] * 2,
        EventIdFormat.HASH,
        *[EventIdFormat.HASH_URL_SAFE] * 9,
    ]


def test_rules_do_not_change_and_may_be_keys():
    rules = get_room_version("11")

    assert {rules: 1}[rules] == 1
    assert repr(rules) == "<room version 11>"
    with pytest.raises(dataclasses.FrozenInstanceError):
        rules.strict_json = False
    with pytest.raises(TypeError):
        rules.kept_content_keys["m.room.message"] = ("body",)
