"""A short `make fuzz`, and a proof that it notices faults."""

import pytest
from campaigns.fuzz import fuzz_http, report
from campaigns.http_fuzz import NEUTRAL, UNDECLARED, WRONG_SIGNATURE
from campaigns.in_process import SWOLLEN, run
from campaigns.judge import Verdict
from campaigns.mutations import RESIGNED

from campaigns import sabotage

REQUESTS = 1_800
NEUTRAL_EVENTS = 600
INPUTS = 5_000
SEED = 20_260_101


def test_every_hostile_request_gets_the_answer_it_must_get(tmp_path):
    results, troubles = fuzz_http(
        tmp_path / "server",
        requests=REQUESTS,
        neutral=NEUTRAL_EVENTS,
        seed=SEED,
        failures=tmp_path / "failures",
    )

    assert results.requests >= REQUESTS + NEUTRAL_EVENTS
    assert results.verdicts[NEUTRAL, Verdict.SIGN] >= NEUTRAL_EVENTS
    assert not results.failures, f"{report(results)}\n{results.saved}"
    assert not troubles


@pytest.fixture(scope="module")
def in_process(tmp_path_factory):
    return run(INPUTS, SEED, tmp_path_factory.mktemp("failures"))


def test_nothing_but_our_own_error_comes_out_of_hostile_inputs(in_process):
    assert in_process.inputs.total() >= INPUTS
    assert in_process.judged.total() > INPUTS // 20
    assert not in_process.troubles, in_process.report()


def test_the_inputs_differ_and_get_far(in_process):
    assert in_process.distinct.total() > 0.9 * INPUTS
    assert in_process.events.total() > 0.2 * INPUTS
    assert in_process.verified.total() > 0.2 * INPUTS
    assert in_process.accepted[RESIGNED] > in_process.inputs[RESIGNED] / 3
    assert in_process.events[SWOLLEN]


def test_a_campaign_can_be_repeated(tmp_path):
    first, second = (run(500, SEED, tmp_path) for _ in range(2))

    assert first.counters() == second.counters()


@pytest.mark.parametrize(
    ("name", "noticed_as"),
    [
        ("hashes-unchecked", WRONG_SIGNATURE),
        ("events-unverified", WRONG_SIGNATURE),
        ("requests-unverified", WRONG_SIGNATURE),
        ("copies-remembered", WRONG_SIGNATURE),
    ],
)
def test_a_sabotaged_server_is_noticed(tmp_path, name, noticed_as):
    results, _ = fuzz_http(
        tmp_path / "server",
        requests=400,
        seed=SEED,
        failures=tmp_path / "failures",
        program=sabotage.program(name),
    )

    assert any(kind == noticed_as for _, kind in results.failures), report(results)
    assert results.saved
    assert UNDECLARED not in results.saved[0].name or len(results.saved) > 1
