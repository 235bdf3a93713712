"""A short run of the campaign: three machines over PostgreSQL and Valkey, killed one by one."""

import pytest
from campaigns.killed_machines import Machines, run

from tests.cli.running_server import PEER, ROOM_ID
from tests.postgres_server import shared_server
from tests.valkey_servers import running_server

pytestmark = pytest.mark.campaign


def test_no_answer_is_lost_or_contradicted_while_machines_are_killed(tmp_path):
    database = shared_server()
    url = database.url(database.new_database())
    with running_server(tmp_path) as valkey:
        machines = Machines(tmp_path, url, valkey.url, 3)
        try:
            tally, starts, wrong = run(machines, PEER, ROOM_ID, seconds=1, kill_every=1, clients=6)
        finally:
            machines.close()

    assert len(starts) == 3
    assert tally.asked > 50
    assert tally.contradicted == []
    assert tally.wrongly_final == []
    assert wrong == 0
    assert tally.answered_share >= 0.999
