"""Every long-running task is supervised, and every kind of background work is started somewhere."""

import ast

from countersign.service.background import Work
from tests.architecture.repository import SOURCES

STARTERS = {"create_task", "ensure_future", "run_coroutine_threadsafe", "Thread", "TaskGroup"}
SUPERVISION = "service/background.py"
SHORT = {
    "adapters/federation/resolver.py": "one look-up, with its own time limit",
    "adapters/sql/grouped_writes.py": "one round over a queue, begun again by whoever adds to it",
    "adapters/sql/postgres/database.py": "one read, with its own time limit",
    "adapters/sql/postgres/finder.py": "one round over a queue, begun again by whoever adds to it",
    "adapters/sql/postgres/recorder.py": "likewise",
    "adapters/sql/postgres/sessions.py": "within one statement",
    "adapters/sql/sqlite.py": "one write",
    "adapters/sql/writer.py": "the thread that writes: its loop catches whatever a job raises",
    "adapters/valkey/client.py": "within the supervised run",
    "ports/event_loop/short_waits.py": "for whoever began the work",
    "service/answers/answers.py": "within one request",
    "service/handshakes/state_signers.py": "within one join",
    "service/keys/key_ring.py": "one round over a queue, begun again by whoever adds to it",
    "service/chats/upkeep.py": "within the supervised run",
    "service/own_events/delivery.py": "within the supervised run",
    "service/own_events/event_queues.py": "within the supervised run",
    "service/measures/trust.py": "one write, waited for to its end",
    "service/rooms/received_events.py": "within the supervised run",
    "service/trials/archiving.py": "one write, waited for to its end",
    "service/rooms/sync/resident_views.py": "within one state check",
    "service/rooms/sync/state_checks.py": "within the supervised run",
    "service/single_flight.py": "for those who wait for it",
    "testing/clocks.py": "within one block of a test",
    "testing/contracts.py": "within one test of a store",
    "web/admin/progress.py": "within one request",
    "web/http/exchange.py": "within one request",
    "web/http/acceptor.py": "one handshake, with its own time limit",
}


def starts(path):
    text = path.read_text()
    if not any(name in text for name in STARTERS):
        return
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Call):
            called = node.func
            name = called.attr if isinstance(called, ast.Attribute) else getattr(called, "id", "")
            if name in STARTERS:
                yield name


def test_no_task_that_runs_for_long_is_started_without_supervision():
    found = {str(path.relative_to(SOURCES)) for path in SOURCES.rglob("*.py") if any(starts(path))}

    assert SUPERVISION in found
    assert found - {SUPERVISION} == set(SHORT), "supervise it, or say here why it is short"


def test_every_kind_of_background_work_is_started_somewhere():
    text = "".join(path.read_text() for path in SOURCES.rglob("*.py"))

    assert [work.name for work in Work if f"Work.{work.name}," not in text] == []
