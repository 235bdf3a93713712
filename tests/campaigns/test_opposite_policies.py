"""A short run of the campaign: two processes with opposite policies, asked at once."""

import pytest
from campaigns.opposite_policies import with_two_servers

pytestmark = pytest.mark.campaign


def test_two_processes_with_opposite_policies_say_the_same_about_each_event(tmp_path):
    wrong = []

    def contested(contest):
        contest.run(100, 4)
        wrong.append(contest.ask_again())

    contest = with_two_servers(tmp_path, contested)

    assert len(contest.tally.events) == 100
    assert contest.tally.contradicted == []
    assert contest.unanswered == 0
    assert wrong == [0]
    assert set(contest.verdicts()) == {200, 400}  # each of the two won
