"""A short run of the campaign: Valkey, PostgreSQL and the network lost for a second each."""

from types import SimpleNamespace

import pytest
from campaigns.lost_parts import run

pytestmark = pytest.mark.campaign


def test_nothing_is_lost_or_contradicted_while_its_parts_are_lost_one_after_the_other(tmp_path):
    tmp_path.chmod(0o755)
    options = SimpleNamespace(workers=2, clients=6, seconds=1, calm=0.3, durable=False, log=None)

    tally, outcomes, wrong = run(tmp_path, options)

    assert len(outcomes) == 5
    assert all(each.is_back for each in outcomes), outcomes
    assert len(tally.events) > 50
    assert tally.contradicted == []
    assert tally.wrongly_final == []
    assert wrong == 0
