"""A backtest by the same policy repeats each decision exactly, in any process."""

import asyncio
import json
import os
import subprocess
import sys
from itertools import groupby
from random import Random  # noqa: TID251 - seeded: the same in every run

import pytest

from countersign.adapters.sql.stores.archive import SqliteArchive
from countersign.bootstrap.judgement import build_dry_run
from countersign.bootstrap.presets import read_presets
from countersign.policy.policies.filter_registry import BUILTIN_FILTERS
from countersign.policy.policies.policy_documents import parse_policy
from countersign.ports.errors import PeerUnavailable
from countersign.service.trials.archiving import Archiving
from countersign.service.trials.backtests import backtest
from countersign.testing.clocks import ManualClock
from tests.waves.ham import chatter, polite_newcomers
from tests.waves.scenarios import SCENARIOS
from tests.waves.simulated_community import MEMBERS, ROOMS, Outcome, Sent, SimulatedCommunity

ALL = {"community": "default", "since_ts": 0, "room_id": None, "limit": 1_000_000}
MORE = """newcomer-safe
thresholds: {warn: 4, refuse: {new: 6, member: 12}}
raid: {automatic: true}
filters:
  - name: many-names
    mention-flood: {max_users: 1, names: true}
    weight: 3
  - name: same-thing
    wave: {senders: 3}
    weight: 4
  - name: asked-outside
    http-check: {checker: helper}
    on_error: pass
  - name: watched
    event-rate: {max_events: 2, per_seconds: 60}
    mode: shadow
  - name: once
    keyword: {words: [coffee]}
    mode: warn
"""


OTHER = """
filters:
  - wave: {senders: 3, per_seconds: 77, min_chars: 30}
  - event-rate: {max_events: 3, per_seconds: 61}
"""


class FlakyChecker:
    """An external checker that refuses some texts, and is unavailable for others."""

    async def ask(self, request):
        await asyncio.sleep(0)
        text = json.dumps(request.body)
        if "release" in text:
            raise PeerUnavailable("the helper is away")
        return {"action": "refuse" if "Debian" in text else "sign", "reason": "it says Debian"}


def stream():
    """Chatter, newcomers, waves, floods and a raid, all within a quarter of an hour."""
    chance = Random(5)
    pitch = "the best wallet of the year gives 30 percent to those who join today, ask @helper{}"
    crowd = [
        Sent(300 + number % 7, f"@crowd{number}:open{number % 5}.example",
             {"msgtype": "m.text", "body": pitch.format(number)}, room_id=ROOMS[number % 3])
        for number in range(40)
    ]  # fmt: skip
    named = [
        Sent(400 + number, MEMBERS[0], {"msgtype": "m.text", "body": "Dmitri and Farid: coffee?"})
        for number in (0, 5, 9)
    ]
    return sorted(
        [
            *chatter(seed=7, seconds=600, per_minute=20),
            *polite_newcomers(seed=8, seconds=600, count=6),
            *SCENARIOS["raid"](chance),
            *crowd,
            *named,
        ],
        key=lambda each: each.at_seconds,
    )


async def live(folder):
    """Have the stream decided by the real services, those of one second all at once."""
    archive = SqliteArchive(folder / "archive.db")
    archiving = Archiving(archive, ManualClock(), retention_days=7)
    simulated_community = SimulatedCommunity(
        folder, MORE, archive=archiving, checkers=FlakyChecker()
    )
    now, number = 0.0, 0
    for second, events in groupby(stream(), key=lambda each: int(each.at_seconds)):
        simulated_community._clock.advance(max(0.0, second - now))
        now = second
        outcome, tasks = Outcome(), []
        for each in events:
            tasks.append(simulated_community._decide_one(number, each, outcome))
            number += 1
        await asyncio.gather(*tasks)
    await archiving.write()
    await simulated_community.close()
    return archive


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("live")
    asyncio.run(live(folder))
    return folder


def archived(folder):
    return list(SqliteArchive(folder / "archive.db").read(**ALL))


IN_TURN = """
import sys
from countersign.cli.main import app
*options, first, second = sys.argv[1:]
for policy in (first, second):
    app(["policy", "backtest", policy, *options], standalone_mode=False)
    print("---", flush=True)
"""


def repeat(folder, documents, seed):
    """Run `policy backtest` of two documents in a process of its own; return what it prints."""
    policies = [folder / f"policy-{number}.yaml" for number in range(len(documents))]
    for policy, document in zip(policies, documents, strict=True):
        policy.write_text(document)
    settings = folder / "countersign.yaml"
    settings.write_text(
        "server_name: policy.example.net\ndatabase: sqlite:///simulated_community.db\n"
    )
    options = ["--since", "2020-01-01", "--config", str(settings), "--json"]
    done = subprocess.run(
        [sys.executable, "-c", IN_TURN, *options, *map(str, policies)],
        env={**os.environ, "PYTHONHASHSEED": str(seed)},
        capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout.split("---\n")[: len(documents)]


def test_the_stream_holds_what_backtests_trip_over(folder):
    """Without these the tests below would show nothing."""
    events = archived(folder)
    decisions = [each.judgement.decision for each in events]
    labels = {finding.label for each in decisions for finding in each.findings}

    assert len(events) > 300
    assert {"many-names", "same-thing", "asked-outside", "watched", "once"} <= labels
    assert any(each.is_warning for each in decisions)
    assert any(each.spared_by == "warned before" for each in decisions)
    assert {each.event.standing.level.value for each in events} >= {"untrusted", "new", "member"}
    assert any(0 < each.score < each.threshold for each in decisions if each.threshold)


def test_the_same_policy_decides_each_event_exactly_as_it_was_decided(folder):
    policy = parse_policy(f"preset: {MORE}".encode(), BUILTIN_FILTERS, read_presets())
    report = backtest(archived(folder), policy, build_dry_run())

    assert report.of_revision == report.events > 300
    assert report.differing == 0
    assert (report.newly_refused.count, report.newly_passed.count, report.broken) == (0, 0, 0)
    assert (dict(report.recomputed), dict(report.not_asked), report.unrecorded) == ({}, {}, 0)


def test_processes_with_other_hash_seeds_say_the_same(folder):
    documents = (f"preset: {MORE}", OTHER)
    same, other = zip(*(repeat(folder, documents, seed) for seed in (1, 2)), strict=True)

    assert same[0] == same[1]
    assert other[0] == other[1]
    said = json.loads(same[0])
    assert (said["differing"], said["of_revision"]) == (0, said["events"])
    said = json.loads(other[0])
    assert said["newly_passed"]["count"] > 0
    assert said["recomputed"].keys() == {"wave", "event-rate"}
    assert said["of_revision"] == 0
