"""A short run of the campaign: PostgreSQL fails over to a standby that lacks the last commits."""

import pytest
from campaigns.lost_commits import run

from tests.valkey_servers import running_server

pytestmark = pytest.mark.campaign


def test_the_first_decision_stands_although_the_database_lost_it(tmp_path):
    tmp_path.chmod(0o755)
    with running_server(tmp_path) as valkey:
        outcome = run(
            tmp_path,
            valkey.url,
            machines=2,
            seconds=2,
            lost_seconds=1,
            clients=6,
            durable=False,
        )

    assert outcome.lost > 5
    assert outcome.tally.contradicted == []
    assert outcome.tally.wrongly_final == []
    assert outcome.wrong == 0
    assert "another PostgreSQL server took over" in outcome.log
