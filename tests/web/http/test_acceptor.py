"""Tests of the acceptor: many new connections do not delay established ones."""

import asyncio
import socket

from countersign.service.background import BackgroundTasks
from countersign.web.http.acceptor import Acceptor
from countersign.web.http.connections import ConnectionLimits, EdgeLimits

CROWD = 100


class CountedConnection(asyncio.Protocol):
    """Counts who has come in."""

    def __init__(self, inside):
        self.inside = inside

    def connection_made(self, transport):
        self.inside.append(transport)


async def test_a_crowd_comes_in_one_by_one():
    inside = []
    came_in_a_round = []
    listening = socket.create_server(("127.0.0.1", 0), backlog=2 * CROWD)
    crowd = [socket.create_connection(listening.getsockname()) for _ in range(CROWD)]
    doorway = Acceptor(
        listening,
        None,
        ConnectionLimits(EdgeLimits()),
        lambda: CountedConnection(inside),
        background=BackgroundTasks(),
    )

    while len(inside) < CROWD:
        before = len(inside)
        await asyncio.sleep(0)
        came_in_a_round.append(len(inside) - before)

    doorway.close()
    await doorway.wait_closed()
    for transport in inside:
        transport.abort()
    for client in crowd:
        client.close()
    await asyncio.sleep(0)
    assert max(came_in_a_round) == 1
