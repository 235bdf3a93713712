"""Tests of `countersign policy backtest`, over what a running server archived."""

import json

import pytest

from countersign.cli.admin_client import AdminClient, AdminRefused
from countersign.config import read_config
from tests.cli.running_server import put_in_room

NEW = 'filters: [{name: meals, keyword: {words: ["lunch"]}}]'

ELSEWHERE = """
filters:
  - name: our-program
    http-check: {url: "https://checker.invalid/"}
    on_error: refuse
"""


@pytest.fixture
def asked(home, start):
    """A home whose server archived three messages, one of them refused."""
    home.refuse_words("cheap watches")
    home.set(archive={"is_on": True})
    put_in_room(home)
    server = start(home)
    for depth, body in enumerate(("lunch?", "Cheap watches!", "dinner?"), start=11):
        server.ask(body, depth=depth)
    assert server.terminate() == 0
    return home


def test_the_report_lists_newly_refused_and_newly_signed_events(asked, tmp_path):
    new = tmp_path / "new.yaml"
    new.write_text(NEW)

    said = json.loads(asked.run("policy", "backtest", new, "--json").out)
    done = asked.run("policy", "backtest", new, "--since", "1h")

    assert (said["events"], said["refused_before"], said["refused_now"]) == (3, 1, 1)
    assert said["newly_refused"]["by_step"] == {"meals": 1}
    assert said["newly_refused"]["examples"][0]["content"]["body"] == "lunch?"
    assert said["newly_passed"]["by_step"] == {"keyword": 1}
    assert "3 events: 1 were refused, 1 would be." in done.out
    assert "of people whom the community knows" in done.out


def test_the_policy_in_force_changes_nothing(asked):
    said = json.loads(asked.run("policy", "backtest", asked.policy, "--json").out)

    assert (said["newly_refused"]["count"], said["newly_passed"]["count"]) == (0, 0)
    assert (said["events"], said["of_revision"], said["differing"]) == (3, 3, 0)
    assert (said["recomputed"], said["unrecorded"]) == ({}, 0)


def test_steps_that_ask_elsewhere_have_no_say_and_that_is_said(asked, tmp_path):
    new = tmp_path / "new.yaml"
    new.write_text(ELSEWHERE)

    said = json.loads(asked.run("policy", "backtest", new, "--json").out)
    done = asked.run("policy", "backtest", new)

    assert (said["events"], said["broken"], said["refused_now"]) == (3, 0, 0)
    assert said["not_asked"] == {"our-program": 3}
    assert "our-program was not asked in a dry run" in done.out


def test_purged_events_are_not_judged(asked):
    assert json.loads(asked.run("archive", "purge", "--user", "@alice:example.org", "--json").out)

    said = json.loads(asked.run("policy", "backtest", asked.policy, "--json").out)

    assert said["events"] == 0


def test_the_error_without_an_archive_says_how_to_turn_it_on(home):
    done = home.run("policy", "backtest", home.policy)

    assert done.status == 0
    assert "archive: {is_on: true}" in done.out
    assert not (home.folder / "archive.db").exists()


def test_a_broken_archive_keeps_nobody_from_signing(home, start):
    home.set(archive={"is_on": True})
    put_in_room(home)
    (home.folder / "archive.db").mkdir()
    server = start(home)

    assert server.ask("lunch?", depth=11)[0] == 200
    server.wait_for_log("judged events are not archived")
    assert server.ask("dinner?", depth=12)[0] == 200


def test_a_running_server_judges_again_in_a_process_of_its_own(home, start):
    home.refuse_words("cheap watches")
    home.set(archive={"is_on": True})
    put_in_room(home)
    server = start(home)
    for depth, body in enumerate(("lunch?", "Cheap watches!", "dinner?"), start=11):
        server.ask(body, depth=depth)
    settings = read_config(home.config)
    path = "/_countersign/v1/backtests"

    def judged_again():
        job = AdminClient(settings).change(f"{path}/start", {"document": NEW})
        assert (job["state"], job["report"]) == ("running", None)
        with pytest.raises(AdminRefused, match="is under way"):
            AdminClient(settings).change(f"{path}/start", {"document": NEW})
        look = f"{path}/show?job={job['job']}"
        server.wait_for(lambda: AdminClient(settings).get(look)["state"] != "running")
        return AdminClient(settings).get(look)

    server.wait_for(lambda: (done := judged_again())["report"]["events"] == 3 or done["trouble"])
    done = AdminClient(settings).get(path)["jobs"][0]

    assert (done["state"], done["done"], done["total"], done["trouble"]) == ("done", 3, 3, None)
    report = AdminClient(settings).get(f"{path}/show?job={done['job']}")["report"]
    assert report["newly_refused"]["by_step"] == {"meals": 1}
    (example,) = report["newly_refused"]["examples"]
    assert (example["text"], example["labels"]) == ("lunch?", ["meals"])

    document = f"{NEW}\ntests: [{{name: a meal, message: lunch, expect: sign}}]"
    tested = AdminClient(settings).change("/_countersign/v1/policy/test", {"document": document})
    assert (tested["tests"], tested["failed"]) == (1, 1)
    assert tested["results"][0]["name"] == "a meal"
    assert tested["results"][0]["because"] == "expected sign, found refuse."

    job = AdminClient(settings).change(f"{path}/start", {"document": NEW})
    cancelled = AdminClient(settings).change(f"{path}/cancel", {"job": job["job"]})
    assert cancelled["state"] == "cancelled"
    with pytest.raises(AdminRefused, match="There is no backtest"):
        AdminClient(settings).get(f"{path}/show?job=unknown")
    with pytest.raises(AdminRefused, match="keywrod"):
        AdminClient(settings).change(f"{path}/start", {"document": "filters: [{keywrod: {}}]"})
