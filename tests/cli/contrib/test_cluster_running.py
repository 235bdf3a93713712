"""The cluster of contrib/ in operation: two machines, one of which is lost under load."""

import threading

import pytest

from tests.cli.contrib.cluster import CADDY, MACHINES, Cluster
from tests.cli.operation.test_nginx import request
from tests.cli.running_server import PEER, ROOM_ID

pytestmark = pytest.mark.campaign


@pytest.fixture(scope="module")
def cluster(countersign, tmp_path_factory):
    if CADDY is None:
        pytest.skip("there is no Caddy beside Python: make dev")
    with Cluster(tmp_path_factory.mktemp("cluster"), countersign) as running:
        yield running


def test_both_machines_answer_behind_one_name(cluster):
    cluster.wait_until_both_answer()

    status, said = cluster.ask("hello", depth=10)
    assert status == 200, said
    status, said = cluster.ask("casino", depth=11)
    assert (status, said["errcode"]) == (400, "M_FORBIDDEN")


def test_both_give_the_same_answer_on_an_event(cluster):
    event = PEER.event(content={"msgtype": "m.text", "body": "hi"}, room_id=ROOM_ID, depth=20)

    answers = [cluster.ask_event(event, port=cluster.ports[name]) for name in MACHINES]

    assert answers[0][0] == 200
    assert answers[0] == answers[1]


def test_a_lost_machine_costs_no_answer(cluster):
    told, over = [], threading.Event()

    def ask_on():
        number = 100
        while not over.is_set():
            number += 1
            told.append((number, cluster.ask(f"hello {number}", depth=number)))

    asking = threading.Thread(target=ask_on)
    asking.start()
    try:
        cluster.lose("one")
        lost_at = len(told)
        for _ in range(600):
            if len(told) >= lost_at + 30 or over.wait(0.05):
                break
    finally:
        over.set()
        asking.join()
    assert len(told) > lost_at + 10
    assert [answer for _, answer in told if answer[0] != 200] == []

    cluster.start("one")
    cluster.wait_until_both_answer()


def test_paths_that_are_not_matrixs_are_answered_by_the_load_balancer(cluster):
    status, said = request(cluster.port, "GET", "/metrics")

    assert (status, said["errcode"]) == (404, "M_UNRECOGNIZED")


def test_without_any_machine_the_error_is_matrix_json_and_not_final(cluster):
    for name in MACHINES:
        cluster.lose(name)

    status, said = cluster.ask("nobody is there", depth=5_000)

    assert status in (502, 503)
    assert said["errcode"] == "M_UNKNOWN"
    for name in MACHINES:
        cluster.start(name)
