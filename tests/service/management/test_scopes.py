"""Tests that a management room reveals nothing of other communities."""

import pytest

from countersign.policy.decisions import Decision
from countersign.policy.findings import Finding
from countersign.policy.harms import Harm
from countersign.ports.actors import Actor, ActorKind, Face, Role, Scope
from countersign.service.management.answering import Answers
from countersign.service.management.requests import Request
from countersign.testing.records import make_recorded, make_stored_room
from tests.service.management.management_room import come_in, managing

OURS, THEIRS = "!ours:example.org", "!theirs:example.org"
VICTIM = "@victim:example.org"
DECISIONS = 80


@pytest.fixture
async def office(world, tmp_path):
    """The management room of the community `ours`, beside which there is `theirs`."""
    for room_id in (OURS, THEIRS):
        await world.stores.rooms.save(make_stored_room(room_id=room_id))
    await come_in(world)
    world.rooms = world.restarted()
    await world.rooms.load()
    rooms = {"ours": OURS, "theirs": THEIRS}
    async with managing(world, tmp_path, communities=rooms, community="ours") as office:
        yield office


def lead(office):
    return Actor(
        name="@lead:example.org",
        kind=ActorKind.MODERATOR,
        face=Face.ROOM,
        scopes=(Scope(role=Role.LEAD, community="ours"),),
    )


async def refused_in(world, number, room_id):
    finding = Finding(filter="keyword", harm=Harm.SPAM, reason="r", says="No.")
    decision = Decision.from_findings((finding,), policy_revision="abc").known_by(f"words {number}")
    recorded = make_recorded(number, decision, room_id=room_id, sender=VICTIM)
    return await world.stores.decisions.record(recorded)


async def test_five_hundred_attempts_find_and_change_nothing_of_others(office, world):
    answers = Answers(office.commands, world.clock)
    actor = lead(office)
    office.measures.raids.begin(
        "theirs", office.commands.policies._policies.find("theirs").policy.raid_rules,
        "their raid", lasts_ms=None,
    )  # fmt: skip
    await office.measures.trust.set_level("theirs", VICTIM, None)

    async def ask(text):
        words = tuple(text.split())
        request = Request(actor=actor, management=office.management, words=words[1:])
        return (await answers.answer(request, words)).content()["body"]

    attempts = 0
    for number in range(DECISIONS):
        theirs = await refused_in(world, number, THEIRS)
        for name in (theirs.reference, theirs.event_id):
            for verb in ("why", "allow", "spam"):
                more = " for 7d" if verb == "allow" else ""
                answer = await ask(f"{verb} {name}{more}")
                unknown = await ask(f"{verb} {'0' * len(name)}{more}")
                assert answer.replace(name, "") == unknown.replace("0" * len(name), "")
                attempts += 1
        assert office.measures.allowances.find(theirs, "theirs") is None
    shown = ["status", "raid", "rooms", "mute", "policy", f"trust {VICTIM}", "help", "whoami"]
    for text in [
        *shown,
        "raid off",
        "mute end " + VICTIM,
        "policy rollback",
        f"trust {VICTIM} banned",
    ]:
        answer = await ask(text)
        attempts += 1
        assert "theirs" not in answer
        assert "their raid" not in answer
    answer = await ask(f"protect {THEIRS}")
    unknown = await ask("protect !nowhere:example.org")
    assert answer.replace("theirs", "nowhere") == unknown

    assert attempts >= 490
    assert office.measures.raids.report("theirs") is not None
    assert (await office.measures.trust.find("theirs", VICTIM)).given is None


async def test_own_objects_are_found(office, world):
    answers = Answers(office.commands, world.clock)
    ours = await refused_in(world, 1_000, OURS)
    request = Request(actor=lead(office), management=office.management, words=(ours.reference,))

    assert "refused" in (await answers.answer(request, ("why",))).content()["body"]
