"""Runs commands in forks of one process that has loaded their modules, for there are hundreds.

Each is a process like any: with its own environment, working directory, output and exit status.
Run as a program, it serves at the listening socket whose file descriptor it is told.
"""

import importlib
import json
import os
import pkgutil
import signal
import socket
import subprocess
import sys
import tempfile
from contextlib import ExitStack

TIMEOUT_SECONDS = 60
_MAX_BYTES = 1_000_000


class ForkServer:
    """Starts the process, asks it for commands, ends it."""

    def __init__(self):
        self._folder = tempfile.TemporaryDirectory()
        self._address = f"{self._folder.name}/socket"
        with socket.socket(socket.AF_UNIX) as listening:
            listening.bind(self._address)
            listening.listen(16)
            self._process = subprocess.Popen(
                [sys.executable, "-m", "tests.fork_server", str(listening.fileno())],
                pass_fds=[listening.fileno()],
                stdin=subprocess.DEVNULL,
            )

    def run(self, arguments, *, stdin, cwd, environment):
        """Run `countersign` to its end; return its status, output and error output."""
        with ExitStack() as stack:
            given, out, err = (stack.enter_context(tempfile.TemporaryFile()) for _ in range(3))
            given.write(stdin.encode())
            given.seek(0)
            asking = stack.enter_context(socket.socket(socket.AF_UNIX))
            asking.connect(self._address)
            question = json.dumps([arguments, cwd, environment]).encode()
            socket.send_fds(asking, [question], [file.fileno() for file in (given, out, err)])
            status = int(asking.recv(16))
            assert status != -signal.SIGALRM, f"{arguments} took more than {TIMEOUT_SECONDS} s"
            for file in (out, err):
                file.seek(0)
            return status, out.read().decode(), err.read().decode()

    def close(self):
        self._process.terminate()
        self._process.wait()
        self._folder.cleanup()


def serve(listening):
    """Take questions; return in each process that is to run a command, with its arguments."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    while True:
        asked, _ = listening.accept()
        if os.fork():
            asked.close()
            continue
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        question, files, _, _ = socket.recv_fds(asked, _MAX_BYTES, 3)
        if command := os.fork():
            _, ended = os.waitpid(command, 0)
            asked.send(str(os.waitstatus_to_exitcode(ended)).encode())
            os._exit(0)
        asked.close()
        listening.close()
        for number, file in enumerate(files):
            os.dup2(file, number)
            os.close(file)
        arguments, cwd, environment = json.loads(question)
        os.environ.clear()
        os.environ.update(environment)
        os.chdir(cwd)
        signal.alarm(TIMEOUT_SECONDS)
        return arguments


def _load():
    import countersign.bootstrap
    import countersign.cli.main

    for module in pkgutil.iter_modules(countersign.bootstrap.__path__, "countersign.bootstrap."):
        importlib.import_module(module.name)
    return countersign.cli.main.main


if __name__ == "__main__":
    main = _load()
    sys.argv = ["countersign", *serve(socket.socket(fileno=int(sys.argv[1])))]
    main()
