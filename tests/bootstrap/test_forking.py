"""Tests of forks: no other thread runs in the process at that moment."""

import subprocess
import sys

import pytest

FORK = """
import os, threading, time
from countersign.bootstrap.workers.forking import fork_with_pipe

threads = []
os.register_at_fork(before=lambda: threads.append(len(os.listdir("/proc/self/task"))))
threading.Thread(target=time.sleep, args=({seconds},), daemon=True).start()
pid, reader, writer = fork_with_pipe()
if not pid:
    os.write(writer, b"hello")
    os._exit(0)
assert os.read(reader, 5) == b"hello"
os.waitpid(pid, 0)
print(threads)
os._exit(0)
"""


@pytest.mark.parametrize(
    ("seconds", "threads", "warnings"),
    [
        pytest.param(0.3, 1, 0, id="a thread that is ending"),
        pytest.param(60, 2, 1, id="a thread that stays"),
    ],
)
def test_a_fork_waits_for_threads_that_are_ending(seconds, threads, warnings):
    code = FORK.format(seconds=seconds)

    ran = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)

    said = ran.stdout + ran.stderr
    assert f"[{threads}]" in said.splitlines()
    assert said.count("a worker is forked while other threads run") == warnings
