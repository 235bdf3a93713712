"""Tests of `countersign policy calibrate`, over the archive or over decisions without one."""

import json
from collections import Counter

import pytest

from tests.cli.running_server import put_in_room

POLICY = """
thresholds: {refuse: 6}
filters:
  - {name: watches, keyword: {words: [watches]}, weight: 4}
  - {name: cheap, keyword: {words: [cheap]}, weight: 3}
  - {name: casino, keyword: {words: [casino]}}
"""
BODIES = ("hello", "nice watches", "cheap watches", "very cheap watches", "casino", "lunch?")


@pytest.fixture(params=[True, False], ids=["archive", "decisions"])
def asked(request, home, start):
    home.policy.write_text(POLICY)
    home.set(archive={"is_on": request.param})
    put_in_room(home)
    server = start(home)
    answers = [server.ask(body, depth=depth)[1] for depth, body in enumerate(BODIES, start=11)]
    home.run("decisions", "allow", answers[3]["org.countersign.reference"])
    assert server.terminate() == 0
    return home, "archive" if request.param else "decisions"


def test_calibrate_shows_scores_and_the_effect_of_other_thresholds(asked):
    home, source = asked
    done = home.run("policy", "calibrate", "--threshold", "20", "--json")
    assert done.status == 0, done.err
    said = json.loads(done.out)
    shown = home.run("policy", "calibrate").out

    assert (said["source"], said["events"]) == (source, len(BODIES))
    levels = said["levels"].values()
    assert {each["refuse"] for each in levels} == {6}

    def together(group):
        total = Counter()
        for each in levels:
            total.update(each[group])
        return dict(total)

    assert together("signed") == {"0": 2, "4": 1}
    assert together("allowed") == {"7": 1}
    assert together("refused") == {"7": 1}
    assert together("refused_alone") == {"0": 1}
    by_threshold = [each["by_threshold"] for each in levels if "4" in each["signed"]]
    assert by_threshold[0]["4"]["honest_refused"] >= 1
    assert by_threshold[0]["20"]["refused_passed"] == 1
    assert "refused from here on" in shown


def test_a_lack_of_decisions_is_reported(home):
    home.policy.write_text(POLICY)

    assert "Nothing was decided" in home.run("policy", "calibrate").out
