"""Tests of `countersign decisions`: searches, explanations, statistics and allowances."""

import json
import time

import pytest

from tests.cli.conftest import make_home, start_server
from tests.cli.running_server import PEER, ROOM_ID, RunningServer, put_in_room
from tests.cli.terminal import run_in_terminal

ALICE = PEER.user()
OTHER_ROOM = "!other:example.org"


@pytest.fixture(scope="module")
def decided(pristine, tmp_path_factory):
    """A home whose server, ended by now, signed one message and refused another."""
    home = make_home(pristine, tmp_path_factory.mktemp("decided") / "home")
    home.refuse_words("cheap watches")
    home.set(archive={"is_on": True})
    put_in_room(home, state={"m.room.name": {"name": "The Lobby"}})
    server = RunningServer(home, start_server(home))
    try:
        server.wait_until_ready()
        server.ask("lunch?", depth=10)
        server.ask("Cheap watches!\nToday \x1b[31monly", depth=11)
        assert server.terminate() == 0
    finally:
        server.kill()
    return home


def listed(home, *arguments):
    done = home.run("decisions", "list", "--json", *arguments)
    assert done.status == 0, done.err
    return [each["verdict"] for each in json.loads(done.out)]


def test_decisions_are_narrowed_by_step_room_sender_and_time(decided):
    assert listed(decided) == ["refuse", "sign"]
    assert listed(decided, "--step", "keyword") == ["refuse"]
    assert listed(decided, "--since", "1h", "--sender", ALICE, "--room", ROOM_ID) == [
        "refuse",
        "sign",
    ]
    assert listed(decided, "--since", "2020-01-01") == ["refuse", "sign"]
    time.sleep(1)
    assert listed(decided, "--since", "1s") == []
    assert listed(decided, "--until", "2020-01-01") == []
    assert listed(decided, "--server", "example.org", "--filter", "keyword") == ["refuse"]
    assert listed(decided, "--server", "example.com") == []
    assert listed(decided, "--outcome", "allowed") == []
    assert listed(decided, "--max-score", "0") == ["refuse", "sign"]
    assert listed(decided, "--min-score", "1") == []


def test_a_list_says_how_to_go_on(decided):
    first = decided.run("decisions", "list", "--limit", "1")
    place = first.out.split("--before ")[1].strip()

    assert listed(decided, "--before", place) == ["sign"]
    wrong = decided.run("decisions", "list", "--before", "there")
    assert (wrong.status, "'before' must be what an earlier" in wrong.err) == (1, True)


@pytest.mark.parametrize(
    ("command", "words"),
    [
        (("list", "--sender", "bob"), "'bob' is no user ID; write @alice:example.org."),
        (("list", "--room", "#lobby:example.org"), "is no room ID"),
        (("list", "--since", "yesterday"), "'yesterday' is no time; write 30m, 2h or 7d"),
        (("list", "--since", "2999-01-01"), "is not in the past"),
        (("stats", "--room", "lobby"), "is no room ID"),
        (("stats", "--since", "7"), "is no time"),
    ],
    ids=str,
)
def test_a_search_that_cannot_match_is_refused(decided, command, words):
    done = decided.run("decisions", *command)

    assert done.status == 2
    assert words in " ".join(done.err.replace("│", " ").split())


@pytest.mark.parametrize(
    ("conditions", "words"),
    [
        (("--min-score", "900", "--max-score", "2"), "The lowest score, 900, is above the highest"),
        (("--since", "1h", "--until", "2h"), "The time that is searched ends before it begins"),
        (("--since", "2020-01-02", "--until", "2020-01-02"), "ends before it begins"),
        (
            ("--sender", ALICE, "--server", "example.com"),
            f"{ALICE} is a user of example.org, not of example.com",
        ),
        (("--verdict", "sign", "--outcome", "allowed"), "Only refused events are allowed"),
        (("--verdict", "sign", "--outcome", "appealed"), "Only refused events are appealed"),
    ],
    ids=str,
)
def test_conditions_that_contradict_each_other_are_refused(decided, conditions, words):
    done = decided.run("decisions", "list", "--json", *conditions)

    assert (done.status, done.out) == (1, "")
    assert words in done.err


@pytest.mark.parametrize(
    "conditions",
    [
        ("--min-score", "0", "--max-score", "0"),
        ("--sender", ALICE, "--server", "example.org"),
        ("--verdict", "refuse", "--outcome", "spam"),
        ("--verdict", "sign", "--outcome", "spam"),
        ("--since", "2h", "--until", "1s"),
    ],
    ids=str,
)
def test_conditions_that_can_hold_together_are_searched(decided, conditions):
    assert decided.run("decisions", "list", *conditions).status == 0


@pytest.mark.parametrize(
    ("command", "words"),
    [
        (("decisions", "list", "--room", OTHER_ROOM), f"No room {OTHER_ROOM} is known here"),
        (("decisions", "list", "--filter", "keywords"), "No policy uses a filter keywords; they"),
        (("decisions", "stats", "--room", OTHER_ROOM), f"No room {OTHER_ROOM} is known here"),
        (("incidents", "list", "--room", OTHER_ROOM), f"No room {OTHER_ROOM} is known here"),
        (("leaks", "list", "--room", OTHER_ROOM), f"No room {OTHER_ROOM} is known here"),
    ],
    ids=str,
)
def test_a_search_that_found_nothing_says_which_name_is_unknown(decided, command, words):
    done = decided.run(*command)

    assert done.status == 0
    assert words in done.err


def test_a_search_in_a_known_room_that_found_nothing_says_no_more(decided):
    assert decided.run("leaks", "list", "--room", ROOM_ID).err == ""
    assert decided.run("decisions", "list", "--room", ROOM_ID, "--min-score", "9").err == ""


def test_an_empty_search_says_how_many_decisions_there_are(decided):
    done = decided.run("decisions", "list", "--sender", "@bob:example.org")
    step = decided.run("decisions", "list", "--step", "keywords")

    assert (done.status, done.out) == (0, "None of 2 decisions matches.\n")
    assert step.out == "None of 2 decisions matches.\n"
    assert step.err == "No policy has a step keywords. There are: keyword\n"


def test_statistics_are_of_one_room(decided):
    here = json.loads(decided.run("decisions", "stats", "--json", "--room", ROOM_ID).out)
    there = json.loads(decided.run("decisions", "stats", "--json", "--room", OTHER_ROOM).out)

    assert (here["decisions"], [step["refused"] for step in here["steps"]]) == (2, [1])
    assert (there["decisions"], there["steps"]) == (0, [])


def refused(home, verdict="refuse"):
    (decision,) = json.loads(home.run("decisions", "list", "--verdict", verdict, "--json").out)
    return decision["reference"]


def test_why_shows_the_text_if_the_archive_has_it(decided):
    reference = refused(decided)

    why = decided.run("decisions", "why", reference)
    archived = json.loads(decided.run("decisions", "why", reference, "--json").out)[0]["archived"]

    assert "It said:\n  Cheap watches!\n  Today \\x1b[31monly\n" in why.out
    assert f"{ROOM_ID} (The Lobby)" in why.out
    assert archived[0]["content"]["body"].startswith("Cheap watches!")


def test_why_says_how_to_turn_the_archive_on_and_when_it_has_lost_the_text(decided):
    reference = refused(decided, "sign")
    archive = decided.folder / "archive.db"
    away = decided.folder / "away.db"
    archive.rename(away)
    try:
        lost = decided.run("decisions", "why", reference).out
        decided.set(archive={"is_on": False})
        off = decided.run("decisions", "why", reference).out
    finally:
        decided.set(archive={"is_on": True})
        away.rename(archive)

    assert "the archive has it not. It keeps what was decided in the last 14 days" in lost
    assert "the archive is off." in off
    assert f"add this to {decided.config} and start the server again:" in off
    assert "\n  archive: {is_on: true}\n" in off


@pytest.mark.parametrize("columns", [40, 80, 120])
def test_in_a_terminal_the_reference_is_whole_and_the_room_has_its_name(decided, columns):
    reference = refused(decided)

    titles, newest, _ = run_in_terminal(
        "decisions", "list", "--config", decided.config, columns=columns
    ).splitlines()

    assert reference in newest
    assert "The Lob" in newest
    assert ("When (UTC)" in titles) == (columns >= 80)
    assert max(len(titles), len(newest)) <= columns


def test_elsewhere_the_whole_row_is_on_one_line(decided):
    titles, newest, _ = decided.run("decisions", "list", COLUMNS="40").out.splitlines()

    for cell in (refused(decided), ALICE, ROOM_ID, "m.room.message", "keyword", "The Lobby"):
        assert cell in newest
    assert titles.split()[-1] == "Room"
    assert newest in decided.run("decisions", "list", FORCE_COLOR="1", NO_COLOR="1").out


def test_why_says_how_to_let_a_bot_in(pristine, tmp_path):
    home = make_home(pristine, tmp_path / "home")
    nobody_is_known = {"knows_earlier_members": False, "moderator_power_level": 1_000}
    policy = {"filters": [{"event-rate": {"max_events": 1}}], "trust": nobody_is_known}
    home.policy.write_text(json.dumps(policy))
    put_in_room(home)
    server = RunningServer(home, start_server(home))
    try:
        server.wait_until_ready()
        server.ask("build 1 passed", depth=10)
        server.ask("build 2 failed", depth=11)
        assert server.terminate() == 0
    finally:
        server.kill()
    (refused,) = json.loads(home.run("decisions", "list", "--verdict", "refuse", "--json").out)

    why = home.run("decisions", "why", refused["reference"]).out

    assert "invite it to the room as a moderator" in why
    assert f"{ALICE} trusted --reason 'our bot'" in why
