"""A short `make flood`: correctness and bounds; the long run measures speed."""

import pytest
from campaigns.flood import Size, run

SMALL = Size(
    seconds=1.5,
    rate=30,
    strangers=300,
    hostile=200,
    slow=100,
    large=30,
    uploads=90,
    requesters=60,
    only="strangers,hostile,64 kB,slow,stalled 400 kB,pipelined",
)
MOST_FETCHES = 60


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    return run(tmp_path_factory.mktemp("flood"), SMALL)


def test_good_traffic_is_served_beside_every_flood(results):
    assert [phase.name for phase in results.phases if phase.served < 1] == [], results.report()
    assert not results.troubles, results.report()


def test_strangers_cause_few_fetches(results):
    strangers = next(phase for phase in results.phases if phase.name == "strangers")

    assert set(strangers.bad_statuses) <= {429, 503}
    assert 0 < strangers.fetches <= MOST_FETCHES


def test_one_event_is_judged_once_however_many_ask(results):
    assert (results.same_answers, results.filter_runs) == (SMALL.requesters, 1)
