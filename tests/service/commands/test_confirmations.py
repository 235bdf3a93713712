"""Tests of commands that a second person confirms: who may, once, and the audit log."""

import asyncio

import pytest

from countersign.basics.durations import HOUR_MS
from countersign.bootstrap.measures import build_measures
from countersign.bootstrap.policy_files import build_policy_activation
from countersign.config import read_config
from countersign.policy.measures.raid_mode import STRICT_MS
from countersign.ports.actors import Actor, ActorKind, Face, Role, Scope
from countersign.ports.errors import StoreUnavailable
from countersign.ports.stores.access import FrozenActor
from countersign.protocol.errors import BadJson
from countersign.service.commands.actors.confirmation_rules import ConfirmationRules
from countersign.service.commands.actors.confirmations import LASTS_MS, MAX_WAITING_OF_ONE
from countersign.service.errors import Forbidden, NotFound, WaitsForConfirmation
from tests.service.commands.all_commands import make_commands

POLICY = "filters:\n  - keyword: {words: [spam]}\n"
CHANGED = b"filters:\n  - keyword: {words: [spam, ham]}\n"
ALICE = "@alice:example.org"


def actor(name, role=Role.LEAD, community="default"):
    return Actor(
        name=name,
        kind=ActorKind.MODERATOR,
        face=Face.ROOM,
        scopes=(Scope(role=role, community=community),),
    )


FIRST, SECOND, THIRD = (actor(f"@{name}:example.org") for name in ("first", "second", "third"))
MODERATOR = actor("@mod:example.org", Role.MODERATOR)
ELSEWHERE = actor("@lead:elsewhere.example", community="elsewhere")
ACCOUNTS = {each.name: each for each in (FIRST, SECOND, THIRD, MODERATOR, ELSEWHERE)}
OPERATOR = Actor.unlimited("operator", ActorKind.OPERATOR, Face.CLI)
OTHER_OPERATOR = Actor.unlimited("ops-2", ActorKind.OPERATOR, Face.CLI)


@pytest.fixture
def accounts():
    """Return the holders of Matrix accounts as they stand now."""
    return dict(ACCOUNTS)


@pytest.fixture
def rules():
    """Override for others."""
    return ConfirmationRules(policy=frozenset({"default"}), erasure=True)


@pytest.fixture
async def commands(world, tmp_path, accounts, rules):
    settings = tmp_path / "countersign.yaml"
    settings.write_text("server_name: policy.example.com\npolicies: {source: database}\n")
    (tmp_path / "policy.yaml").write_text(POLICY)
    (tmp_path / "communities").mkdir()
    (tmp_path / "communities" / "elsewhere.yaml").write_text(f'{POLICY}rooms: ["!e:example.org"]\n')
    activation = build_policy_activation(read_config(settings), world.stores.policies, world.clock)
    policies = await activation.start()
    return await make_commands(
        world,
        tmp_path,
        stores=world.stores,
        rooms=world.rooms,
        activation=activation,
        policies=policies,
        measures=build_measures(world.stores, world.clock),
        confirmation_rules=rules,
        find_account=accounts.get,
    )


async def ask(commands, who=FIRST, document=CHANGED):
    with pytest.raises(WaitsForConfirmation) as waits:
        await commands.policies.activate(who, document, {"community": "default", "note": "more"})
    return waits.value.reference


async def revision(commands, community="default"):
    status = await commands.policies.status(OPERATOR)
    return next(each["revision"] for each in status["communities"] if each["name"] == community)


async def test_without_the_setting_nothing_waits(commands):
    document = CHANGED + b'rooms: ["!e:example.org"]\n'
    done = await commands.policies.activate(ELSEWHERE, document, {"community": "elsewhere"})

    assert done["revision"] == await revision(commands, "elsewhere")


async def test_a_policy_waits_until_a_second_lead_confirms_it(commands):
    before = await revision(commands)
    reference = await ask(commands)
    assert await revision(commands) == before
    (listed,) = await commands.confirmations.list(SECOND)
    assert listed["summary"].endswith("of default: keyword changed")
    assert (listed["asked_by"], listed["is_own"]) == (FIRST.name, False)
    shown = await commands.confirmations.show(SECOND, reference.lower())
    assert shown["parameters"]["document"] == CHANGED.decode()

    done = await commands.confirmations.confirm(SECOND, reference)

    assert done["done"]["revision"] == await revision(commands) != before
    assert await commands.confirmations.list(SECOND) == []
    history = await commands.policy_documents.history(FIRST, community="default")
    assert history["changes"][0]["actor"] == FIRST.name
    assert SECOND.name in history["changes"][0]["note"]


async def test_the_audit_log_names_both(commands):
    reference = await ask(commands)
    await commands.confirmations.confirm(SECOND, reference)

    entries = [
        (each.actor, each.command, each.result, each.details.get("asked_by"))
        for each in await commands.audit.list(OPERATOR, community="default")
        if each.command in ("policy activate", "confirmations confirm")
    ]
    assert sorted(entries, key=str) == sorted(
        [
            (FIRST.name, "policy activate", f"waits for a second person: {reference}", None),
            (SECOND.name, "confirmations confirm", "done", FIRST.name),
            (SECOND.name, "policy activate", "done", FIRST.name),
        ],
        key=str,
    )


@pytest.mark.parametrize("who", [FIRST, MODERATOR, ELSEWHERE], ids=lambda who: who.name)
async def test_nobody_else_confirms_it(commands, who):
    reference = await ask(commands)
    before = await revision(commands)

    with pytest.raises((Forbidden, NotFound)):
        await commands.confirmations.confirm(who, reference)

    assert await revision(commands) == before
    assert len(await commands.confirmations.list(SECOND)) == 1


async def test_an_object_of_others_answers_as_if_it_did_not_exist(commands):
    reference = await ask(commands)
    answers = []
    for name in (reference, "ZZZZZ-ZZZZZ"):
        with pytest.raises(NotFound) as error:
            await commands.confirmations.show(ELSEWHERE, name)
        answers.append(str(error.value))

    assert answers[0] == answers[1]
    assert await commands.confirmations.list(ELSEWHERE) == []


async def test_only_one_of_two_concurrent_confirmations_takes_effect(commands):
    reference = await ask(commands)

    results = await asyncio.gather(
        commands.confirmations.confirm(SECOND, reference),
        commands.confirmations.confirm(THIRD, reference),
        return_exceptions=True,
    )

    assert sorted(type(each).__name__ for each in results) == ["NotFound", "dict"]


async def test_a_policy_is_not_confirmed_once_another_came_into_force(commands):
    first = await ask(commands)
    second = await ask(commands, THIRD, CHANGED.replace(b"ham", b"eggs"))
    await commands.confirmations.confirm(SECOND, second)

    with pytest.raises(BadJson, match="Another policy came into force"):
        await commands.confirmations.confirm(SECOND, first)
    assert len(await commands.confirmations.list(SECOND)) == 1  # to be declined


async def test_taking_back_the_last_change_needs_nobody_and_an_older_policy_does(commands):
    oldest = await revision(commands)
    await commands.confirmations.confirm(SECOND, await ask(commands))
    await commands.policies.roll_back(FIRST, {"community": "default"})
    assert await revision(commands) == oldest

    with pytest.raises(WaitsForConfirmation) as waits:
        await commands.policies.roll_back(FIRST, {"community": "default", "to": oldest})
    await commands.confirmations.confirm(SECOND, waits.value.reference)


@pytest.mark.parametrize("now", [None, actor(FIRST.name, Role.MODERATOR)])
async def test_a_command_by_an_actor_without_the_role_is_not_confirmed(commands, accounts, now):
    before = await revision(commands)
    reference = await ask(commands)
    accounts[FIRST.name] = now

    with pytest.raises(BadJson, match="has ended"):
        await commands.confirmations.confirm(SECOND, reference)

    assert await revision(commands) == before
    await commands.confirmations.decline(SECOND, reference)


@pytest.mark.parametrize("now", [None, actor(SECOND.name, Role.MODERATOR)])
async def test_an_actor_who_lost_the_role_confirms_nothing(commands, accounts, now):
    before = await revision(commands)
    reference = await ask(commands)
    accounts[SECOND.name] = now

    with pytest.raises(Forbidden, match="has ended"):
        await commands.confirmations.confirm(SECOND, reference)

    assert await revision(commands) == before


async def history(commands, *documents):
    """Have documents come into force, each confirmed; return all revisions."""
    revisions = [await revision(commands)]
    for document in documents:
        await commands.confirmations.confirm(SECOND, await ask(commands, document=document))
        revisions.append(await revision(commands))
    return revisions


async def test_one_person_takes_back_one_change_and_no_more(commands):
    _, middle, _ = await history(commands, CHANGED, CHANGED.replace(b"ham", b"eggs"))
    await commands.policies.roll_back(FIRST, {"community": "default"})

    for who in (FIRST, SECOND):
        with pytest.raises(WaitsForConfirmation):
            await commands.policies.roll_back(who, {"community": "default"})

    assert await revision(commands) == middle


async def test_one_person_undoes_one_change_and_no_more(commands, world):
    _, middle, _ = await history(commands, CHANGED, CHANGED.replace(b"ham", b"eggs"))

    done = await commands.undo.undo(FIRST, by=SECOND.name, since_ts=0, is_dry_run=False)

    policies = [each for each in done if each["command"] == "policy activate"]
    assert [each["is_undone"] for each in policies] == [True, False]
    assert "second person" in policies[1]["words"]
    assert await revision(commands) == middle
    for _ in range(2):
        await commands.undo.undo(FIRST, by=SECOND.name, since_ts=0, is_dry_run=False)
        assert await revision(commands) == middle


async def test_a_steps_mode_waits_too(commands):
    with pytest.raises(WaitsForConfirmation):
        await commands.policy_documents.set_mode(FIRST, step="keyword", mode="shadow")


async def test_declining_and_withdrawing_change_nothing(commands):
    before = await revision(commands)
    for who in (SECOND, FIRST):
        await commands.confirmations.decline(who, await ask(commands))

    assert await revision(commands) == before
    assert await commands.confirmations.list(SECOND) == []


async def test_a_request_expires_after_a_day(commands, world):
    reference = await ask(commands)
    world.clock.advance(LASTS_MS / 1_000)

    with pytest.raises(NotFound):
        await commands.confirmations.confirm(SECOND, reference)
    assert await commands.confirmations.list(SECOND) == []


async def test_a_command_of_a_frozen_lead_is_not_run(commands, world):
    reference = await ask(commands)
    await commands.register.freeze(
        FrozenActor(actor=FIRST.name, frozen_ts=0, frozen_by="operator", reason="")
    )

    with pytest.raises(BadJson, match="has ended"):
        await commands.confirmations.confirm(SECOND, reference)


async def test_requests_of_one_person_are_limited(commands):
    for _ in range(MAX_WAITING_OF_ONE):
        await ask(commands)

    with pytest.raises(BadJson, match="wait for a second person"):
        await commands.policies.activate(FIRST, CHANGED, {"community": "default"})
    await ask(commands, THIRD)


async def test_an_erasure_waits_for_a_second_operator_and_leaves_no_name(commands, world):
    with pytest.raises(WaitsForConfirmation) as waits:
        await commands.privacy.erase(OPERATOR, user_id=ALICE)
    assert await commands.confirmations.list(SECOND) == []  # leads have nothing to do with it
    shown = await commands.confirmations.show(OTHER_OPERATOR, waits.value.reference)
    assert shown["parameters"]["user_id"] == ALICE

    with pytest.raises(Forbidden):
        await commands.confirmations.confirm(OPERATOR, waits.value.reference)
    done = await commands.confirmations.confirm(OTHER_OPERATOR, waits.value.reference)

    assert "erased" in done["done"]
    assert ALICE.encode() not in world.database.path.read_bytes()


async def test_strict_raid_mode_beyond_two_hours_waits_and_two_hours_do_not(commands, world):
    begun = await commands.raids.begin(MODERATOR, lasts_ms=STRICT_MS, is_strict=True)
    assert begun["strict_until_ts"] == world.clock.now_ts() + STRICT_MS
    with pytest.raises(BadJson, match="a day at most"):
        await commands.raids.begin(MODERATOR, lasts_ms=25 * HOUR_MS, is_strict=True)
    with pytest.raises(WaitsForConfirmation) as waits:
        await commands.raids.begin(MODERATOR, lasts_ms=6 * HOUR_MS, is_strict=True, reason="many")
    assert commands.raids.status(FIRST)[0]["strict_until_ts"] == begun["strict_until_ts"]

    await commands.confirmations.confirm(FIRST, waits.value.reference)

    (raid,) = commands.raids.status(FIRST)
    assert raid["strict_until_ts"] == world.clock.now_ts() + 6 * HOUR_MS


async def test_arrivals_are_those_before_the_command_however_late_it_is_confirmed(commands, world):
    given_ts = world.clock.now_ts()
    asked = {"lasts_ms": 6 * HOUR_MS, "is_strict": True, "came_within_ms": HOUR_MS // 2}
    with pytest.raises(WaitsForConfirmation) as waits:
        await commands.raids.begin(MODERATOR, **asked)
    (waiting,) = await commands.confirmations.list(FIRST)
    assert (
        "nobody who came within 0.5 hours before, or comes later, may write" in waiting["summary"]
    )
    world.clock.advance(45 * 60)

    await commands.confirmations.confirm(FIRST, waits.value.reference)

    (raid,) = commands.raids.status(FIRST)
    assert raid["strict_since_ts"] == given_ts - HOUR_MS // 2


async def test_a_failed_command_waits_on(commands, monkeypatch):
    reference = await ask(commands)

    async def fail(*_, **__):
        raise StoreUnavailable("the disk is full")

    with monkeypatch.context() as patch:
        patch.setattr(commands.policies._activation, "activate", fail)
        with pytest.raises(StoreUnavailable):
            await commands.confirmations.confirm(SECOND, reference)

    await commands.confirmations.confirm(SECOND, reference)


LISTS = "filters:\n  - keyword: {words: [spam]}\n  - policy-list: {lists: [%s]}\n"
ONE, OTHER = "'!bans:example.org'", "'!other:example.org'"
only_lists_wait = pytest.mark.parametrize(
    "rules", [ConfirmationRules(lists=frozenset({"default"}))], ids=["lists"]
)


@only_lists_wait
async def test_other_lists_wait_for_a_second_person(commands):
    reference = await ask(commands, document=(LISTS % ONE).encode())
    (listed,) = await commands.confirmations.list(SECOND)
    assert "policy-list added" in listed["summary"]
    await commands.confirmations.confirm(SECOND, reference)
    in_force = await revision(commands)

    for document in (
        LISTS % f"{ONE}, {OTHER}",
        LISTS % OTHER,
        (LISTS % ONE).replace("policy-list:", "mode: shadow\n    policy-list:"),
        POLICY,
    ):
        await ask(commands, document=document.encode())

    assert await revision(commands) == in_force


@only_lists_wait
async def test_any_other_change_of_the_policy_waits_for_nobody(commands):
    reference = await ask(commands, document=(LISTS % ONE).encode())
    await commands.confirmations.confirm(SECOND, reference)

    changed = (LISTS % ONE).replace("[spam]", "[spam, ham]").encode()
    done = await commands.policies.activate(FIRST, changed, {"community": "default"})

    assert done["revision"] == await revision(commands)
    undone = await commands.undo.undo(OPERATOR, by=FIRST.name, since_ts=0, is_dry_run=True)
    assert undone[0]["is_undone"]


@only_lists_wait
async def test_an_earlier_policy_with_other_lists_waits_too(commands):
    first = await revision(commands)
    reference = await ask(commands, document=(LISTS % ONE).encode())
    await commands.confirmations.confirm(SECOND, reference)
    changed = (LISTS % ONE).replace("[spam]", "[spam, ham]").encode()
    await commands.policies.activate(FIRST, changed, {"community": "default"})

    with pytest.raises(WaitsForConfirmation):
        await commands.policies.roll_back(FIRST, {"community": "default", "to": first})
    last = await commands.policies.roll_back(FIRST, {"community": "default"})

    assert last["revision"] == await revision(commands) != first
