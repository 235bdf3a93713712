"""Refusals for limits that end by themselves give the time over the wire; no others do."""

from countersign.adapters.system import SystemClock
from tests.cli.running_server import put_in_room

POLICY = """
filters:
  - event-rate: {max_events: 1, per_seconds: 60}
  - keyword: {words: [casino]}
    kind: evidence
  - silence: {after_refusals: 1, silence_seconds: 500}
"""


def test_only_limits_of_pace_name_a_time(home, start):
    home.policy.write_text(POLICY)
    put_in_room(home)
    server = start(home)
    began_ts = SystemClock().now_ts()

    assert server.ask("hello", depth=11)[0] == 200
    status, fast = server.ask("hello again", depth=12)
    _, casino = server.ask("casino", depth=13)
    _, silenced = server.ask("why?", depth=14)
    done_ts = SystemClock().now_ts()

    assert status == 400
    assert fast["harms"] == fast["org.matrix.msc4387.harms"] == ["org.matrix.msc4456.spam.flooding"]
    assert began_ts + 60_000 <= fast["expiry"] <= done_ts + 60_000
    assert "expiry" not in casino
    assert began_ts + 500_000 <= silenced["expiry"] <= done_ts + 500_000
