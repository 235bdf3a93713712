"""A short `make chaos`, and a proof that it notices a lost decision."""

from campaigns.chaos import run
from campaigns.faults import FAULTS

from campaigns import sabotage


def test_nothing_acknowledged_is_lost_or_contradicted_by_kills(tmp_path):
    results = run(tmp_path / "server", kills=3, faults=0, stored=2_000)

    assert results.kills == 3
    assert results.acknowledged > 0
    assert not results.troubles, results.report()


def test_nothing_final_is_said_for_trouble_of_our_own(tmp_path):
    results = run(tmp_path / "server", kills=1, faults=len(FAULTS), fault_seconds=0.7)

    assert len(results.faults) == len(FAULTS)
    assert results.temporary > 0
    assert not results.troubles, results.report()


def test_a_backup_that_is_put_back_contradicts_nothing_that_we_signed(tmp_path):
    results = run(tmp_path / "server", kills=1, faults=0, restores=1, fault_seconds=0.7)

    assert results.backups_restored == 1
    assert results.signed_again > 0
    assert not results.troubles, results.report()


def test_a_server_that_forgets_what_it_signed_is_noticed(tmp_path):
    results = run(
        tmp_path / "server",
        kills=1,
        faults=0,
        restores=1,
        fault_seconds=0.7,
        program=sabotage.program("our-signatures-forgotten"),
    )

    assert any("lost" in trouble for trouble in results.troubles), results.report()


def test_a_server_that_answers_before_it_has_committed_is_noticed(tmp_path):
    results = run(
        tmp_path / "server", kills=2, faults=0, program=sabotage.program("answer-before-commit")
    )

    assert any("contradictory" in trouble for trouble in results.troubles), results.report()
