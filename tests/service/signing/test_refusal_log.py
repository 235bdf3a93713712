"""Tests of the access log of refusals: the content of lines, and their limit."""

from dataclasses import replace
from types import SimpleNamespace

from structlog.testing import capture_logs

from countersign.service.signing.refusal_log import LINES, RefusalLog
from countersign.testing.clocks import ManualClock
from countersign.testing.records import ALICE, REFUSE, ROOM, SIGN, make_recorded

ROOM_OF_IT = SimpleNamespace(room_id=ROOM)


def event(recorded):
    return SimpleNamespace(
        event_id=recorded.event_id, type="m.room.message", sender_server="example.org"
    )


def tell(refusals, recorded):
    refusals.decided(event(recorded), ROOM_OF_IT, "bob.example", recorded)


def test_a_refused_event_has_a_line_without_its_content_and_sender():
    recorded = make_recorded(1, replace(REFUSE, says="No gewinnspiel."))
    with capture_logs() as lines:
        tell(RefusalLog(ManualClock()), recorded)
        tell(RefusalLog(ManualClock()), make_recorded(2, SIGN))

    (line,) = lines
    assert line == {
        "event": "refused",
        "log_level": "info",
        "reference": recorded.reference,
        "event_id": recorded.event_id,
        "type": "m.room.message",
        "room_id": ROOM,
        "server": "example.org",
        "asked_by": "bob.example",
        "steps": ["event-size", "keyword"],
        "is_warning": False,
        "left_out": 0,
    }
    assert ALICE not in str(line)


def test_a_raid_does_not_fill_the_disk():
    clock = ManualClock()
    refusals = RefusalLog(clock)
    recorded = make_recorded(1, REFUSE)
    with capture_logs() as lines:
        for _ in range(LINES.burst + 40):
            tell(refusals, recorded)
        clock.advance(1)
        tell(refusals, recorded)

    assert len(lines) == LINES.burst + 1
    assert lines[-1]["left_out"] == 40
