"""Tests of output streams that are not read, not writable, or closed."""

import signal
import subprocess
import time
from pathlib import Path

import pytest

from tests.cli.conftest import COMMAND, NAME
from tests.waiting import PATIENCE_SECONDS

CLOSED_PIPE = 141


def run_with_reader(lines, *arguments):
    """Run a command whose reader goes away after so many lines; return status and stderr."""
    command = subprocess.Popen(
        [*COMMAND, *map(str, arguments)], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    with command.stdout, command.stderr:
        for _ in range(lines):
            command.stdout.readline()
        command.stdout.close()
        said = command.stderr.read()
    return command.wait(60), said.decode()


@pytest.mark.parametrize(
    ("lines", "command"),
    [
        (0, ("--help",)),
        (0, ("decisions", "list", "--config")),
        (0, ("keys", "--json", "--config")),
        (1, ("doctor", "--config")),
        (3, ("doctor", "--config")),
    ],
    ids=str,
)
def test_a_reader_that_has_seen_enough_ends_the_command_without_a_word(home, lines, command):
    arguments = [*command, home.config] if command[-1] == "--config" else command

    status, said = run_with_reader(lines, *arguments)

    assert said == ""
    # On a busy machine all is written before a reader of some lines goes away.
    assert status == CLOSED_PIPE or (lines and status in (0, 1))


def test_a_reader_of_all_makes_no_difference(home):
    status, said = run_with_reader(1_000, "decisions", "list", "--config", home.config)

    assert (status, said) == (0, "")


@pytest.mark.parametrize("command", [("keys",), ("keys", "--json"), ("policy", "list")], ids=str)
def test_a_full_disk_is_told(home, command):
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(
            [*COMMAND, *command, "--config", home.config], stdout=full, stderr=subprocess.PIPE
        )

    assert done.returncode == 1
    assert done.stderr == b"Error: The output cannot be written: No space left on device.\n"


def test_a_closed_output_is_printed_to_no_file_of_ours(home):
    """The next file that is opened would get its number."""
    script = 'exec "$@" >&- 2>&- <&-'
    for command in (("keys",), ("doctor",), ("decisions", "list")):
        done = subprocess.run(
            ["sh", "-c", script, "sh", *COMMAND, *command, "--config", home.config], check=False
        )
        assert done.returncode in (0, 1)

    database = home.folder / "countersign.db"
    assert not database.exists() or database.read_bytes().startswith(b"SQLite format 3")
    assert NAME.encode() not in (home.folder / "keys/server.signing.key").read_bytes()


def test_a_server_goes_on_when_nobody_reads_what_it_says(home):
    server = subprocess.Popen(
        [*COMMAND, "serve", "--config", home.config], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    try:
        server.stdout.close()
        server.stderr.close()
        deadline = time.perf_counter() + PATIENCE_SECONDS
        while home.run("rooms", "list").status != 0:
            assert server.poll() is None
            assert time.perf_counter() < deadline
            time.sleep(0.1)
        server.send_signal(signal.SIGHUP)  # it logs what comes of it

        assert home.run("rooms", "list").status == 0
        server.terminate()
        assert server.wait(PATIENCE_SECONDS) == 0
    finally:
        server.kill()
        server.wait()


def test_an_output_without_unicode_gets_characters_spelled_out(home):
    done = home.run("decisions", "why", "→", PYTHONIOENCODING="ascii")

    assert done.status == 1
    assert "\\u2192" in done.err
