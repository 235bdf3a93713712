"""The capacity model: its computation, and a short run of its campaign against real servers."""

import json
import math
import subprocess
import sys
from dataclasses import asdict, replace

import pytest
from benchmarks.capacity import COSTS_FILE, Costs, Traffic, most, need, read_costs
from benchmarks.capacity_docs import DOCUMENT, conclusion, model_parts, with_parts
from benchmarks.capacity_load import LoadResults
from campaigns.capacity import Phase, run

from tests.architecture.repository import ROOT
from tests.waiting import PATIENCE_SECONDS

COSTS = Costs(
    fresh=20.0,
    repeat=5.0,
    together=8.0,
    heard=10.0,
    joined=25.0,
    followed=15.0,
    raid=100.0,
    idle=0.0,
    database_fresh=4.0,
    counters_fresh=2.0,
    database_followed=3.0,
    database_raid=5.0,
    counters_raid=6.0,
    database_rows=3.0,
    database_bytes=1_000.0,
    log_bytes=2_000.0,
    counters_bytes=500.0,
    process_mb=100.0,
    room_kb=10.0,
    person_kb=1.0,
)
TRAFFIC = Traffic(
    messages_per_second=100,
    rooms=1_000,
    people_per_room=50,
    servers=21,
    unsigned_share=0.1,
    histories_per_hour=0,
)
VERIFY_US = 100.0


def test_requests_are_new_events_and_what_every_server_asks():
    assert TRAFFIC.fresh == 100
    assert TRAFFIC.repeats == pytest.approx(100 * 0.1 * 20)
    assert replace(TRAFFIC, servers=0).repeats == 0
    assert replace(TRAFFIC, histories_per_hour=3_600).fresh == 168


def test_a_raid_costs_its_joins_at_every_server_and_its_messages():
    raid = Traffic(messages_per_second=0, servers=21, histories_per_hour=0, raiders_per_second=10)

    # 10 times: a join at 25, 20 asked with it at 8, followed at 15, and a message at 100.
    assert need(raid, COSTS, VERIFY_US).cores == pytest.approx(0.3)
    assert need(raid, COSTS, VERIFY_US, busy=0.1).counters_cores == pytest.approx(0.008)
    assert raid.requests == 220


def test_processes_follow_from_their_processor_time():
    found = need(TRAFFIC, COSTS, VERIFY_US)

    # 100 new at 20, 200 repeats at 5, 100 heard at 10 verifications of 100 µs.
    assert found.cores == pytest.approx(0.4)
    assert found.processes == 1
    assert need(TRAFFIC, COSTS, VERIFY_US, busy=0.2).processes == 2


def test_the_cpu_of_idle_processes_is_subtracted():
    idle = replace(COSTS, idle=1_000.0)

    assert most(1, TRAFFIC, idle, VERIFY_US)[0] == pytest.approx(
        most(1, TRAFFIC, COSTS, VERIFY_US)[0] * 0.8
    )
    assert need(TRAFFIC, idle, VERIFY_US).cores == pytest.approx(0.5)


def test_one_process_needs_no_other_servers():
    assert need(TRAFFIC, COSTS, VERIFY_US).counters_cores == 0
    assert need(TRAFFIC, COSTS, VERIFY_US, busy=0.2).counters_cores == pytest.approx(0.02)
    assert need(TRAFFIC, COSTS, VERIFY_US, busy=0.2).database_cores == pytest.approx(0.04)


def test_each_process_knows_all_rooms_and_people():
    assert need(TRAFFIC, COSTS, VERIFY_US).process_mb == pytest.approx(100 + 10 + 50)


def test_twice_the_processes_serve_twice_as_much_until_valkey_is_busy():
    one, _ = most(1, TRAFFIC, COSTS, VERIFY_US)
    two, limit = most(2, TRAFFIC, COSTS, VERIFY_US)
    many, last = most(1_000, TRAFFIC, COSTS, VERIFY_US)

    assert (two, limit) == (pytest.approx(2 * one), "processes")
    assert many == pytest.approx(0.5 / 200e-6)
    assert "Valkey" in last


def test_the_load_of_a_number_of_processes_needs_that_number():
    for processes in (1, 2, 3, 10):
        served, _ = most(processes, TRAFFIC, COSTS, VERIFY_US)
        found = need(replace(TRAFFIC, messages_per_second=served * 0.999), COSTS, VERIFY_US)
        assert found.processes == processes


def test_the_costs_in_the_repository_are_complete_and_sensible():
    costs, verify_us = read_costs()

    assert all(value > 0 and math.isfinite(value) for value in asdict(costs).values())
    assert costs.repeat < costs.fresh
    assert 10 < verify_us < 1_000


def test_a_file_without_a_cost_is_named_with_what_to_do(tmp_path):
    written = json.loads(COSTS_FILE.read_text())
    del written["costs"]["heard"]
    file = tmp_path / "own.json"
    file.write_text(json.dumps(written))

    with pytest.raises(SystemExit, match=r"own\.json .*heard.*capacity_costs\.py"):
        read_costs(file)


def test_the_document_says_what_follows_from_the_costs():
    document = DOCUMENT.read_text()

    assert with_parts(document, model_parts()) == document


def test_new_results_replace_the_old_ones_and_nothing_else():
    document = "before\n<!-- costs -->\nold\nones\n<!-- /costs -->\nafter\n"

    written = with_parts(document, {"costs": "new"})

    assert written == "before\n<!-- costs -->\nnew\n<!-- /costs -->\nafter\n"
    with pytest.raises(ValueError, match="no place for 'simulated'"):
        with_parts(document, {"simulated": "new"})


def test_a_simulation_is_summed_up_with_all_that_went_wrong():
    told = LoadResults(statuses={200: 1_190}, late=10)
    phases = [
        Phase("steady", LoadResults(), 1.0, 2.0, 1.0),
        Phase("raid", LoadResults(), 1.0, 0.5, 1.0),
        Phase("process lost", told, 1.0, None, 1.0),
    ]

    said = " ".join(conclusion(phases, 3, 4.25).split())

    assert said.startswith("3 answers were contradicted, lost or changed.")
    assert "0.50 to 2.00 times" in said
    assert "10 of 1,200 in the phase «process lost»" in said
    assert "4.2 s" in said


def capacity(*words):
    command = [sys.executable, "benchmarks/capacity.py", "--verify-us", "100", *words]
    return subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, timeout=PATIENCE_SECONDS
    )


def test_the_command_tells_what_traffic_needs():
    done = capacity("--messages-per-second", "350", "--rooms", "2000")

    assert done.returncode == 0, done.stderr
    assert "350 messages/s in 2000 rooms" in done.stdout
    assert "Valkey" in done.stdout


def test_the_command_tells_what_processes_serve():
    assert "messages/s" in capacity("--processes", "4").stdout
    assert capacity("--table").stdout.count("\n| ") == 7


@pytest.mark.parametrize(
    "words",
    [(), ("--processes", "0"), ("--table", "--busy", "0"), ("--table", "--unsigned-share", "2")],
)
def test_impossible_values_are_refused(words):
    done = capacity(*words)

    assert done.returncode == 2
    assert "error:" in done.stderr


@pytest.mark.campaign
def test_a_short_campaign_holds():
    phases, wrong, _ = run(servers=40, events=60, raiders=8, workers=2)

    assert wrong == 0
    assert [phase.told.contradicted for phase in phases] == [[]] * len(phases)
    assert {phase.name for phase in phases} >= {"raid: messages", "cold restart", "process lost"}
    for phase in phases:
        assert set(phase.told.statuses) <= {200, 400}
