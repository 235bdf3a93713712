"""A short `make names`, and a proof that it notices a guard that lets loopback pass."""

from campaigns.hostile_names import KINDS, LOOPBACK
from campaigns.names import UNGUARDED, run

SEED = 20_260_101


def test_hostile_names_lead_nowhere():
    results = run(900, SEED)

    assert sum(results.names.values()) == 900
    assert len(results.names) == len(KINDS)
    assert results.well_knowns > 100, results.report()
    assert (results.attempts, results.caught, results.crashes) == ([], [], []), results.report()


def test_a_missing_guard_is_noticed():
    results = run(180, SEED, permitted=UNGUARDED, targets=LOOPBACK)

    assert len(results.attempts) > 50, results.report()
    assert len(results.caught) > 20, results.report()
