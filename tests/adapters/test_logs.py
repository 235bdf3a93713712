"""Tests of log lines, each in its own process, since logging is set up once per process."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

SETUP = """
import logging, sys
if TERMINAL:
    sys.stderr.isatty = lambda: True
import structlog
from countersign.adapters.logs import configure_logs
configure_logs(OPTIONS)
log = structlog.get_logger()
"""


def run(script, *, terminal=False, stderr=subprocess.PIPE, options=""):
    whole = SETUP.replace("TERMINAL", str(terminal)).replace("OPTIONS", options) + script
    return subprocess.run(
        [sys.executable, "-c", whole], stdout=subprocess.PIPE, stderr=stderr, text=True, check=False
    )


def test_programs_get_a_json_object_a_line_whoever_speaks():
    done = run("log.info('ours', n=1); logging.getLogger('asyncio').error('theirs %s', 'too')")

    ours, theirs = map(json.loads, done.stderr.splitlines())
    assert (ours["event"], ours["level"], ours["n"]) == ("ours", "info", 1)
    assert (theirs["event"], theirs["level"], theirs["logger"]) == (
        "theirs too",
        "error",
        "asyncio",
    )
    assert done.stdout == ""


def test_level_and_form_are_as_the_settings_say():
    script = "log.debug('a'); log.info('b'); log.error('c'); logging.getLogger('x').warning('d')"

    quiet = run(script, options="logging.ERROR, is_json=True", terminal=True).stderr
    loud = run(script, options="logging.DEBUG, is_json=False").stderr

    assert [json.loads(line)["event"] for line in quiet.splitlines()] == ["c"]
    assert len(loud.splitlines()) == 4
    assert not loud.startswith("{")


@pytest.mark.parametrize("terminal", [False, True])
def test_a_stranger_can_neither_break_a_line_nor_colour_it(terminal):
    script = "log.warning('said', by='\\x1b]0;x\\x07\\n{}', all=['\\x1b[8m'])"
    words = run(script, terminal=terminal).stderr

    assert words.count("\n") == 1
    assert "\x1b]0;x" not in words
    assert "\x1b[8m" not in words


@pytest.mark.parametrize("terminal", [False, True])
def test_a_trace_shows_where_and_never_the_values(terminal):
    words = run(
        "def f():\n"
        "    secret = 'a very' + ' secret key'\n"
        "    try:\n"
        "        1 / 0\n"
        "    except ZeroDivisionError:\n"
        "        log.exception('failed')\n"
        "        logging.getLogger('x').exception('failed too')\n"
        "f()\n",
        terminal=terminal,
    ).stderr

    assert words.count("ZeroDivisionError: division by zero") == 2
    assert "a very secret key" not in words


def test_a_full_disk_stops_nobody():
    with Path("/dev/full").open("w") as full:
        done = run("log.error('x' * 100_000); logging.error('y'); print('on it goes')", stderr=full)

    assert done.stdout == "on it goes\n"
