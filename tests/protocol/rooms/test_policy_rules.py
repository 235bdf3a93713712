"""Tests of policy rules: which are understood, and the speed of lookups among many."""

from base64 import b64encode
from hashlib import sha256

import pytest

from countersign.protocol.room_versions import get_room_version
from countersign.protocol.rooms.policy_rule_sets import _GLOBS_A_CHUNK, PolicyRules
from countersign.protocol.rooms.policy_rules import (
    MAX_POLICY_RULES,
    EntityKind,
    Recommendation,
    parse_policy_rule,
    trimmed_rule,
)
from countersign.protocol.rooms.room_state import RoomState, StateEvent
from countersign.protocol.rooms.server_acls import GlobSet

USER = "m.policy.rule.user"


def rule(entity, recommendation="m.ban", event_type=USER, **content):
    content = {"entity": entity, "recommendation": recommendation, **content}
    return parse_policy_rule(event_type, trimmed_rule(content))


def rules(*entities, event_type=USER):
    found = PolicyRules()
    for entity in entities:
        found.put((event_type, f"rule:{entity}"), rule(entity, event_type=event_type))
    return found


def entities(found):
    return sorted(each.entity for each in found)


def hashed(identifier):
    return {"hashes": {"sha256": b64encode(sha256(identifier.encode()).digest()).decode()}}


@pytest.mark.parametrize(
    "content",
    [
        {},
        {"entity": "@a:b"},
        {"recommendation": "m.ban"},
        {"entity": 5, "recommendation": "m.ban"},
        {"entity": "", "recommendation": "m.ban"},
        {"entity": "@a:b", "recommendation": ["m.ban"]},
        {"entity": "@a:b", "recommendation": "m.praise"},
        {"entity": "@" + "a" * 300, "recommendation": "m.ban"},
        {"hashes": "x", "recommendation": "m.ban"},
        {"hashes": {"sha256": "short"}, "recommendation": "m.ban"},
        {"hashes": {"sha256": "!" * 43}, "recommendation": "m.ban"},
        {"hashes": {"sha256": "\u00e9" * 43}, "recommendation": "m.ban"},
    ],
)
def test_rules_without_entity_or_known_recommendation_are_ignored(content):
    assert parse_policy_rule(USER, trimmed_rule(content)) is None


@pytest.mark.parametrize("event_type", [USER, "m.room.rule.user", "org.matrix.mjolnir.rule.user"])
@pytest.mark.parametrize(
    ("recommendation", "understood"),
    [
        ("m.ban", Recommendation.BAN),
        ("org.matrix.mjolnir.ban", Recommendation.BAN),
        ("m.takedown", Recommendation.TAKEDOWN),
        ("org.matrix.msc4204.takedown", Recommendation.TAKEDOWN),
        ("m.unban", Recommendation.UNBAN),
        ("fi.mau.meowlnir.unban", Recommendation.UNBAN),
    ],
)
def test_old_and_new_names_of_types_and_recommendations_are_known(
    event_type, recommendation, understood
):
    found = rule("@a:b", recommendation, event_type)

    assert (found.kind, found.recommendation) == (EntityKind.USER, understood)


def test_globs_and_names_are_found_in_any_case_and_nothing_else_is():
    known = rules("@alice:example.org", "@spam*:*", "@?ob:example.org")

    assert not known.find(EntityKind.USER, "@alicia:example.org")
    assert not known.find(EntityKind.SERVER, "@alice:example.org")
    assert entities(known.find(EntityKind.USER, "@Alice:EXAMPLE.org")) == ["@alice:example.org"]
    assert entities(known.find(EntityKind.USER, "@SPAMMER:a.example")) == ["@spam*:*"]
    assert entities(known.find(EntityKind.USER, "@bob:example.org")) == ["@?ob:example.org"]


def test_a_glob_of_subdomains_leaves_the_domain_itself():
    known = rules("*.example.org", event_type="m.policy.rule.server")

    assert not known.find(EntityKind.SERVER, "example.org")
    assert known.find(EntityKind.SERVER, "a.example.org")


@pytest.mark.parametrize("key", ["hashes", "org.matrix.msc4205.hashes"])
@pytest.mark.parametrize("spelled", [str, lambda text: text.rstrip("=")])
def test_an_entity_may_be_given_by_its_hash(key, spelled):
    digest = spelled(hashed("@yarrgh:example.com")["hashes"]["sha256"])
    content = trimmed_rule({key: {"sha256": digest}, "recommendation": "m.takedown"})
    known = PolicyRules()
    known.put((USER, "x"), parse_policy_rule(USER, content))

    assert not known.find(EntityKind.USER, "@yarr:example.com")
    (found,) = known.find(EntityKind.USER, "@yarrgh:example.com")
    assert found.entity == ""
    assert found.describes("@yarrgh:example.com")


def test_cached_lookups_are_dropped_when_a_rule_changes():
    known = rules("@a*:b")
    assert known.find(EntityKind.USER, "@abc:b")

    known.put((USER, "rule:@a*:b"), None)
    assert not known.find(EntityKind.USER, "@abc:b")
    known.put((USER, "rule:@a*:b"), rule("@abc:b"))
    assert entities(known.find(EntityKind.USER, "@abc:b")) == ["@abc:b"]
    assert len(known) == 1


def test_rules_come_and_go_in_full_chunks():
    known = rules(*(f"@a{number}-*:b" for number in range(1_000)))
    for number in range(0, 1_000, 2):
        known.put((USER, f"rule:@a{number}-*:b"), None)
    for number in range(500):
        known.put((USER, f"new:{number}"), rule(f"@b{number}-*:b"))

    assert len(known) == 1_000
    assert not known.find(EntityKind.USER, "@a10-x:b")
    assert entities(known.find(EntityKind.USER, "@a11-x:b")) == ["@a11-*:b"]
    assert entities(known.find(EntityKind.USER, "@b499-x:b")) == ["@b499-*:b"]


@pytest.mark.parametrize("shape", ["@spammer{}:example.org", "@spam{}*:*.example.org", "*{}*"])
def test_no_step_with_a_list_of_20_000_rules_compiles_more_than_a_chunk(shape, monkeypatch):
    chunks = -(-20_000 // _GLOBS_A_CHUNK) if "*" in shape else 0
    compiled, walked = [], 0
    compile_globs, match_globs = GlobSet.of, GlobSet.matches

    def of(patterns):
        patterns = list(patterns)
        compiled[-1] += len(patterns)
        return compile_globs(patterns)

    def matches(globs, text):
        nonlocal walked
        walked += 1
        return match_globs(globs, text)

    monkeypatch.setattr(GlobSet, "of", of)
    monkeypatch.setattr(GlobSet, "matches", matches)
    known = PolicyRules()

    def step(work, *args):
        compiled.append(0)
        work(*args)

    for number in range(20_000):
        step(known.put, (USER, str(number)), rule(shape.format(f"x{number}")))
    assert walked == 0
    for number in range(100):
        step(known.find, EntityKind.USER, f"@somebody{number}:matrix.example.org")
    assert walked == 100 * chunks
    for number in range(0, 20_000, 400):
        step(known.put, (USER, str(number)), None)
        step(known.find, EntityKind.USER, "@somebody:matrix.example.org")

    assert walked == 150 * chunks
    assert max(compiled) <= _GLOBS_A_CHUNK
    assert sum(compiled) <= 20_000 + 51 * _GLOBS_A_CHUNK


def test_a_room_keeps_no_more_rules_than_its_bound():
    state = RoomState("!list:example.org", get_room_version("11"))

    def put(number, content):
        return state.apply(
            StateEvent(USER, str(number), "@mod:example.org", content, f"${number}", 1, 0)
        )

    for number in range(MAX_POLICY_RULES):
        put(number, {"entity": f"@u{number}:b", "recommendation": "m.ban"})

    assert not put("one more", {"entity": "@x:b", "recommendation": "m.ban"})
    assert len(state.policy_rules) == MAX_POLICY_RULES
    assert state.settle(StateEvent(USER, "5", "@mod:example.org", {}, "$new", 2, 1))
    assert len(state.policy_rules) == MAX_POLICY_RULES - 1
    assert not state.policy_rules.find(EntityKind.USER, "@u5:b")
