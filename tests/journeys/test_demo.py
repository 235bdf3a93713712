"""`make demo` runs to its end, and leaves no process running."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest
from examples.demo.loopback import wait_until

from tests.interrupts import heed_ctrl_c

pytestmark = pytest.mark.journey

DEMO = [sys.executable, str(Path(__file__).parents[2] / "examples" / "demo" / "run.py")]


def servers_of(directory):
    """Return the PIDs of the processes that work in `directory`."""
    found = []
    for command_line in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            words = command_line.read_bytes().decode(errors="replace")
        except OSError:
            continue
        if str(directory) in words:
            found.append(int(command_line.parent.name))
    return found


def test_the_story_can_be_told_once(tmp_path):
    done = subprocess.run(
        [*DEMO, "--once", "--directory", str(tmp_path)],
        capture_output=True,
        text=True,
        timeout=400,
        check=False,
    )

    assert done.returncode == 0, done.stdout + done.stderr
    assert "No adverts in this room, please." in done.stdout
    assert servers_of(tmp_path) == []


def test_ctrl_c_ends_everything(tmp_path):
    with (tmp_path / "said").open("w+") as said:
        demo = subprocess.Popen(
            [*DEMO, "--directory", str(tmp_path / "data")],
            stdout=said,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            preexec_fn=heed_ctrl_c,
        )
        try:
            wait_until(
                lambda: "Ctrl-C" in Path(said.name).read_text() or demo.poll() is not None,
                "the demo waits for Ctrl-C",
                timeout_seconds=400,
            )
            running = servers_of(tmp_path)
            demo.send_signal(signal.SIGINT)
            status = demo.wait(300)
        finally:
            demo.kill()

    assert status == 0, Path(said.name).read_text()
    assert len(running) == 4, "the demo, two homeservers, Countersign"
    assert servers_of(tmp_path) == []


def test_a_folder_with_files_of_others_is_not_emptied(tmp_path):
    letter = tmp_path / "letter"
    letter.write_text("keep me")

    done = subprocess.run(
        [*DEMO, "--once", "--directory", str(tmp_path)], capture_output=True, text=True, check=False
    )

    assert done.returncode == 1
    assert "not the demo's" in done.stdout
    assert letter.read_text() == "keep me"
