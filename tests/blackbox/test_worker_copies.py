"""Tests that a copy which one worker answered is answered alike by the other workers."""

from contextlib import contextmanager

import pytest

from tests.blackbox.wire import Requester, assert_signed
from tests.postgres_server import shared_server

pytestmark = pytest.mark.two_deployments
CONNECTIONS = 8
"""Enough that each worker has some."""


@contextmanager
def hanging_database(program):
    """Suspend PostgreSQL, if the program uses it."""
    if program.workers == 1:
        yield
        return
    shared_server().hang()
    try:
        yield
    finally:
        shared_server().go_on()


@pytest.fixture
def requesters(program):
    made = [Requester(program) for _ in range(CONNECTIONS)]
    yield made
    for each in made:
        each.connection.close()


def test_repeats_are_answered_by_every_worker_while_the_database_hangs(
    program, requesters, modern, first, second, third
):
    event = modern.event(first)
    known = [requester.ask(modern.event(second), second) for requester in requesters]
    assert {answer.status for answer in known} == {200}  # each worker knows the key of second
    answer = requesters[0].ask(event, first)
    assert_signed(answer, modern, event, program)

    with hanging_database(program):
        again = [requester.ask(event, second) for requester in requesters]

    assert [each.status for each in again] == [200] * CONNECTIONS
    assert {each.body for each in again} == {answer.body}
