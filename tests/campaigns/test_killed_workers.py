"""A short run of the campaign: three workers over PostgreSQL, killed one by one under load."""

import pytest
from campaigns.killed_workers import (
    ask_again,
    disturb,
    load,
    set_up,
    wait_until_ready,
    write_policy,
)

from tests.cli.conftest import Home, run_command, start_server
from tests.cli.running_server import PEER, ROOM_ID, RunningServer, put_in_room
from tests.postgres_server import shared_server

pytestmark = pytest.mark.campaign
NAME = "policy.example.com"


@pytest.fixture
def home(tmp_path):
    folder = tmp_path / "home"
    assert run_command("init", "--server-name", NAME, "--dir", folder).status == 0
    home = Home(folder)
    database = shared_server()
    set_up(home, database.url(database.new_database()), 3)
    assert home.run("database", "migrate").status == 0
    return home


def test_no_answer_is_lost_or_contradicted_while_workers_are_killed(home):
    put_in_room(home)
    server = RunningServer(home, start_server(home))
    try:
        wait_until_ready(server)
        with load([server.port], PEER, ROOM_ID, NAME, clients=6, requesters=3) as tally:
            kills = disturb(
                server.pid,
                seconds=4,
                kill_every=2,
                change_policy=lambda strict: write_policy(home.policy, is_strict=strict),
            )
        wrong = ask_again([server.port], PEER, NAME, tally)
    finally:
        server.kill()

    assert kills >= 2
    assert tally.asked > 50
    assert tally.contradicted == []
    assert wrong == 0
    assert tally.answered_share >= 0.999
    assert set(tally.statuses) <= {200, 400}
