"""Rules common to all commands: help, errors, and output for any terminal or pipe."""

import json
import os
import pwd
import subprocess
import sys
import threading

import pytest

from countersign import __version__
from tests.cli.conftest import NAME, run_as_user
from tests.cli.operation.test_owners import let_others_reach


def test_a_command_that_does_not_exist_is_told(countersign):
    done = countersign("serv")

    assert done.status == 2
    assert "No such command 'serv'." in done.err


def test_the_version(countersign):
    assert countersign("--version").out == f"countersign {__version__}\n"


def test_help_waits_for_nothing_that_only_a_server_needs():
    script = "import sys, countersign.cli.main; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)

    servers = {"aiohttp", "nacl", "pydantic", "re2", "sqlite3", "starlette", "structlog", "uvloop"}
    assert done.returncode == 0
    assert servers.isdisjoint(done.stdout.split())


def test_keys_are_ready_to_paste(home):
    said = json.loads(home.run("keys", "--json").out)

    policy_key = said["policy_key"]["ed25519:policy_server"]
    assert said["m.room.policy"] == {"via": NAME, "public_keys": {"ed25519": policy_key}}
    assert policy_key not in said["server_key"].values()
    assert f"policy key   ed25519:policy_server {policy_key}\n" in home.run("keys").out


def test_the_settings_can_be_named_by_the_environment(home, countersign):
    done = countersign("keys", COUNTERSIGN_CONFIG=str(home.config))

    assert done.status == 0


def test_missing_settings_say_how_to_make_some(countersign, tmp_path):
    done = countersign("keys", cwd=tmp_path)

    assert done.status == 1
    first, second = done.err.splitlines()
    assert first.startswith("Error: There is no settings file data/countersign.yaml.")
    assert second == "countersign init --server-name NAME --dir data"


def test_settings_in_front_of_the_command_say_where_they_stand(countersign):
    done = countersign("--config", "a b.yaml", "rooms", "list")

    assert done.status == 1
    words = "countersign rooms list --config 'a b.yaml'"
    assert done.err == f"Error: The option --config stands after the command: {words}\n"


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")
def test_settings_of_another_user_say_who_may_read_them(home):
    let_others_reach(home.folder)
    home.config.chmod(0o600)

    done = run_as_user(pwd.getpwnam("nobody"), "keys", "--config", home.config)

    assert done.status == 1
    assert done.err.endswith(
        "Permission denied. Run the command as the user of the server, or as root.\n"
    )


@pytest.mark.parametrize("name", ["countersign.yaml", "policy.yaml"])
def test_a_pipe_that_nobody_writes_into_holds_nobody_up(home, name):
    file = home.folder / name
    file.unlink()
    os.mkfifo(file)

    done = home.run("serve")

    assert done.status == 1
    assert f"{file} cannot be read: nobody wrote all of it into this pipe" in done.err


def test_settings_can_come_from_a_program_that_decrypts_them(home, countersign):
    settings = home.config.read_bytes()
    home.config.unlink()
    os.mkfifo(home.config)
    writing = threading.Thread(target=home.config.write_bytes, args=(settings,))
    writing.start()

    done = countersign("keys", "--config", home.config)

    writing.join()
    assert done.status == 0


def test_too_few_open_files_are_told_with_the_limit_to_raise(home):
    shell = f"ulimit -n 24; exec {sys.executable} -m countersign serve --config {home.config}"
    done = subprocess.run(["sh", "-c", shell], capture_output=True, text=True, check=False)

    assert done.returncode == 1
    assert done.stderr.startswith("Error: This process may open 24 files and connections")
    assert "ulimit -n 65536" in done.stderr
    assert "Traceback" not in done.stderr


def test_paths_do_not_depend_on_where_one_stands(new_home):
    home = new_home
    assert home.run("decisions", "list", cwd="/").out == "No decisions yet.\n"
    assert f"{home.folder}/countersign.db is now at" in home.run("database", "migrate", cwd="/").out
    assert (home.folder / "countersign.db").exists()


def test_an_unknown_reference_is_told(home):
    done = home.run("decisions", "why", "7F3K9-QX2MB")

    assert done.status == 1
    assert "No decision is known by '7F3K9-QX2MB'." in done.err


@pytest.mark.parametrize(
    "environment",
    [
        {"LC_ALL": "C"},
        {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
        {"PYTHONIOENCODING": "latin-1"},
    ],
)
def test_a_terminal_that_lacks_a_character_gets_it_spelled_out(home, environment):
    done = home.run("decisions", "why", "→ no", **environment)

    assert done.status == 1
    assert done.err.startswith("Error: ")
    assert "Traceback" not in done.err
