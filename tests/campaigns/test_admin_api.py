"""The admin API of a running server: no access to others' data, and no input that breaks it."""

import pytest
from campaigns.admin_fuzz import AdminFuzzer, cover
from campaigns.foreign_attempts import attempts, troubles_of
from campaigns.two_communities import IN_OUR_ROOM, ROLES, THEIRS, V1, TwoCommunities

from countersign.web.admin.app import declarations

pytestmark = pytest.mark.campaign

EXAMPLES = 6
SEED = 20_260_101


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    made = TwoCommunities(tmp_path_factory.mktemp("two") / "server")
    made.start()
    yield made
    made.server.stop()


def all_that_is_theirs(world):
    """Return what an operator sees of the other community."""
    about = f"community={THEIRS.community}"
    targets = (
        f"/decisions?room_id={THEIRS.room}",
        f"/decisions/why?reference={THEIRS.decision.reference}",
        f"/appeals?{about}",
        f"/reviews?{about}&state=handed-over",
        f"/incidents?{about}",
        f"/leaks?room_id={THEIRS.room}",
        f"/trust/given?{about}",
        f"/indicators?{about}",
        "/raids",
        "/mutes",
        "/guard",
        "/policy",
        "/rooms",
        "/tokens",
    )
    found = {}
    for target in targets:
        reply = world.ask(world.tokens["operator"], "GET", V1 + target)
        assert reply.status == 200, target
        found[target] = [
            {name: value for name, value in each.items() if name != "waits_ms"}
            for values in reply.json.values()
            if isinstance(values, list)
            for each in values
            if any(mark in str(each) for mark in (*THEIRS.marks, f"'{THEIRS.community}'"))
        ]
    return found


def test_of_five_hundred_attempts_on_another_community_none_succeeds_or_tells(world):
    before = all_that_is_theirs(world)
    made = [(attempt, token) for attempt in attempts() for token in (*ROLES, *IN_OUR_ROOM)]
    on_theirs = [each for each, _ in made if each.names]

    troubles = [
        trouble
        for attempt, token in made
        for trouble in troubles_of(attempt, world, world.tokens[token])
    ]

    assert len(on_theirs) >= 500
    assert troubles == []
    assert all_that_is_theirs(world) == before
    job = f"{V1}/backtests/show?job={world.jobs[THEIRS.community]}"
    assert world.ask(world.tokens["operator"], "GET", job).json["state"] != "cancelled"
    assert sum(map(len, before.values())) >= 10


def test_no_answer_is_undeclared_whatever_is_asked(world):
    results = AdminFuzzer(world, SEED).run(EXAMPLES)

    assert not results.failures, "\n\n".join(results.failures)
    assert "failed" not in world.server.log
    assert results.requests > 5 * len(declarations())
    assert len(results.served) > len(declarations()) / 2


def test_no_answer_is_undeclared_at_the_bounds_of_what_may_be_asked(world, tmp_path):
    troubles = cover(world, tmp_path)

    assert not troubles, troubles
