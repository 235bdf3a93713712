"""Rules for every command: help, settings, JSON output, and exit status."""

import inspect
import json
import sys

import pytest
import typer
from typer.testing import CliRunner

from countersign.cli.main import app, main
from tests.cli.conftest import Done
from tests.cli.running_server import ROOM_ID, put_in_room

ROOT = typer.main.get_command(app)

WITHOUT_JSON = {"serve", "policy schema"}
"""The first runs until it is stopped; the second always prints JSON."""

NEEDED_ONE_OF = {
    "archive purge": ["--user", "@alice:example.org"],
    "mutes begin-many": ["@alice:example.org"],
    "mutes end-many": ["@alice:example.org"],
    "privacy export": ["@alice:example.org"],
    "privacy erase": ["@alice:example.org"],
}
"""Arguments of commands that need one of several."""
TRIED_ELSEWHERE = {
    *("community erase", "community export", "community leave"),
    *("database restore", "doctor", "init", "privacy erase"),
    *("rooms check", "rooms join", "rooms leave", "rooms rejoin"),
}
"""Commands that need a network; their own tests read their JSON."""

NEEDED = {
    "--by": "alice",
    "--dir": "home",
    "--name": "alice",
    "--role": "operator",
    "--server-name": "policy.example.com",
    "--since": "7d",
    "--via": "example.org",
    "ACTOR": "alice",
    "ANSWER": "upheld",
    "COMMUNITY": "default",
    "EVENT.json": "event.json",
    "FILE": "policy.yaml",
    "INDICATOR": "https://shop.example/offer",
    "LEVEL": "trusted",
    "NAME": "keyword",
    "OUTCOME": "keep",
    "REF": "AAAAA-AAAAA",
    "ROOM": "!nowhere:example.org",
    "ROOM_ID": "!nowhere:example.org",
    "STEP": "keyword",
    "TEXT": "a note",
    "USER_ID": "@alice:example.org",
}
"""Values of required arguments, by their name in the help."""


def commands():
    """Return every command that does something, by its name."""
    found = {}
    for name, command in ROOT.commands.items():
        inner = getattr(command, "commands", {})
        if not inner or command.invoke_without_command:
            found[name] = command
        found |= {f"{name} {each}": inner[each] for each in inner}
    return found


COMMANDS = commands()
every_command = pytest.mark.parametrize("name", COMMANDS)


def options_of(name):
    return {option for param in COMMANDS[name].params for option in param.opts}


def needed_by(name):
    """Return arguments with which the command gets as far as its work."""
    given = []
    for param in COMMANDS[name].params:
        if not param.required:
            continue
        if param.param_type_name == "option":
            given += [param.opts[-1], NEEDED[param.opts[-1]]]
        else:
            given.append(NEEDED[(param.metavar or param.name.upper()).strip("[].")])
    return given


@pytest.fixture(autouse=True)
def _commands_made_once(monkeypatch):
    """Use what was made of the declarations before: it takes longer than most commands."""
    monkeypatch.setattr(typer.main, "get_command", lambda _: ROOT)
    monkeypatch.setattr(typer.testing, "_get_command", lambda _: ROOT)


@pytest.fixture
def run_here(capfd, monkeypatch):
    """Return a function that runs a command in this process, as there are many to run."""

    def run_here(*arguments, cwd):
        monkeypatch.chdir(cwd)
        monkeypatch.setattr("sys.argv", ["countersign", *map(str, arguments)])
        streams = sys.stdin, sys.stdout, sys.stderr
        status = 0
        try:
            main()
        except SystemExit as ended:
            status = ended.code
        finally:
            sys.stdout.flush()
            sys.stdin, sys.stdout, sys.stderr = streams
        return Done(status, *capfd.readouterr())

    return run_here


def test_there_are_as_many_as_one_thinks():
    assert len(COMMANDS) > 40
    assert {"serve", "doctor", "keys", "keys rotate", "policy reload"} <= COMMANDS.keys()


@every_command
def test_commands_that_read_settings_take_the_file(name):
    source = inspect.getsource(inspect.unwrap(COMMANDS[name].callback))
    reads = "config" in inspect.signature(inspect.unwrap(COMMANDS[name].callback)).parameters

    assert reads == ({"--config", "-c"} <= options_of(name))
    assert reads or "read_config" not in source


@every_command
def test_commands_that_print_can_print_json(name):
    assert ("--json" in options_of(name)) == (name not in WITHOUT_JSON)


@pytest.mark.parametrize("name", ["", *sorted(ROOT.commands.keys() - COMMANDS.keys()), *COMMANDS])
def test_every_command_explains_itself(name):
    short, long = (
        CliRunner().invoke(app, [*name.split(), option], prog_name="countersign")
        for option in ("-h", "--help")
    )

    assert (short.exit_code, short.stderr) == (0, "")
    assert short.stdout == long.stdout
    assert " ".join(["Usage: countersign", *name.split()]) in short.stdout


@every_command
def test_a_mistake_in_the_command_ends_with_2_and_is_told_on_stderr(name):
    done = CliRunner().invoke(app, [*name.split(), "--no-such-option"], prog_name="countersign")

    assert done.exit_code == 2
    assert "--no-such-option" in done.stderr
    assert done.stdout == ""


@pytest.mark.parametrize("name", [name for name in COMMANDS if "--config" in options_of(name)])
def test_settings_that_are_not_there_end_with_1_and_are_told_on_stderr(name, run_here, tmp_path):
    (tmp_path / "policy.yaml").write_text("filters: []")
    more = NEEDED_ONE_OF.get(name, [])

    done = run_here(
        *name.split(), *needed_by(name), *more, "--config", "no/settings.yaml", cwd=tmp_path
    )

    assert done.status == 1
    if name == "doctor":  # which tells of everything in one list
        assert "no/settings.yaml" in done.out
        return
    assert done.err.startswith("Error: ")
    assert "no/settings.yaml" in done.err
    assert done.out == ""


def test_json_is_json_whatever_comes_of_it(home, start, run_here, tmp_path):
    put_in_room(home)
    server = start(home)
    server.ask("hello")
    (tmp_path / "event.json").write_text("{}")
    (tmp_path / "policy.yaml").write_text(home.policy.read_text())
    spoken = set()
    for name in COMMANDS.keys() - WITHOUT_JSON - TRIED_ELSEWHERE:
        given = [ROOM_ID if each == "!nowhere:example.org" else each for each in needed_by(name)]
        if name == "database backup":
            given = ["backup.db"]
        given = NEEDED_ONE_OF.get(name, given)
        if "--config" in options_of(name):
            given += ["--config", home.config]

        done = run_here(*name.split(), *given, "--json", cwd=tmp_path)

        assert done.status in (0, 1, 3), (name, done)
        if done.out:
            json.loads(done.out)
            spoken.add(name)
        else:
            assert (done.status, done.err[:7]) == (1, "Error: "), (name, done)
    assert len(spoken) > 25
