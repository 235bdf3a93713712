"""Runs commands in forks of one process that has loaded their modules, which saves time.

Each fork is a process with its own environment, working directory, output and exit status.
As a program it serves at a listening socket, whose file descriptor is its argument.
"""

import atexit
import gc
import importlib
import json
import os
import pkgutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from contextlib import ExitStack, suppress
from functools import cache
from pathlib import Path

from examples.demo.server_process import ServerProcess, die_with_parent, quiet_environment

TIMEOUT_SECONDS = 300
_MAX_BYTES = 1_000_000


class ForkServer:
    """Starts the process, sends it commands, and ends it."""

    def __init__(self):
        self._folder = tempfile.TemporaryDirectory()
        # It would keep the size of a terminal for all forks. Readline sets it where Python does
        # not see it, so that the environment has to be given as a whole.
        unsized = {name: os.environ[name] for name in os.environ.keys() - {"COLUMNS", "LINES"}}
        self._address = f"{self._folder.name}/socket"
        with socket.socket(socket.AF_UNIX) as listening:
            listening.bind(self._address)
            listening.listen(16)
            self._process = subprocess.Popen(
                [sys.executable, "-m", "tests.fork_server", str(listening.fileno())],
                pass_fds=[listening.fileno()],
                stdin=subprocess.DEVNULL,
                env=unsized,
                preexec_fn=die_with_parent,
            )

    def run(self, arguments, *, stdin, cwd, environment, before=None):
        """Run `countersign` to its end; return status, output and error output.

        Args:
            before: Python code that the process runs first, in a process group of its own.
        """
        with ExitStack() as stack:
            given, out, err = (stack.enter_context(tempfile.TemporaryFile()) for _ in range(3))
            given.write(stdin.encode())
            given.seek(0)
            files = given.fileno(), out.fileno(), err.fileno()
            process = self._fork(arguments, cwd, environment, files, TIMEOUT_SECONDS, before)
            status = process.wait(None)
            assert status != -signal.SIGALRM, f"{arguments} took more than {TIMEOUT_SECONDS} s"
            for file in (out, err):
                file.seek(0)
            return status, out.read().decode(), err.read().decode()

    def start(self, arguments, *, cwd, environment, before=None):
        """Start `countersign` without waiting for its end; return a `Forked` with its output.

        Args:
            before: as for `run`.
        """
        with ExitStack() as stack:
            nothing = stack.enter_context(Path(os.devnull).open())
            (out, to_out), (err, to_err) = os.pipe(), os.pipe()
            try:
                files = nothing.fileno(), to_out, to_err
                process = self._fork(arguments, cwd, environment, files, 0, before)
            finally:
                os.close(to_out)
                os.close(to_err)
        process.stdout, process.stderr = os.fdopen(out), os.fdopen(err)
        return process

    def start_group(self, arguments, *, environment, output, before=""):
        """Start `countersign` in a process group of its own, with all its output in a file.

        Args:
            before: Python code that the process runs first.
        """
        with Path(os.devnull).open() as nothing:
            files = nothing.fileno(), output.fileno(), output.fileno()
            return self._fork(arguments, str(Path.cwd()), environment, files, 0, before)

    def start_in_terminal(self, arguments, *, environment, terminal):
        """Start `countersign` with a terminal for input and output, and nobody for its errors."""
        with Path(os.devnull).open("w") as nothing:
            files = terminal, terminal, nothing.fileno()
            return self._fork(arguments, str(Path.cwd()), environment, files, TIMEOUT_SECONDS)

    def _fork(self, arguments, cwd, environment, files, timeout_seconds, before=None):
        asking = socket.socket(socket.AF_UNIX)
        asking.connect(self._address)
        question = json.dumps([arguments, cwd, environment, timeout_seconds, before]).encode()
        socket.send_fds(asking, [question], files)
        return Forked(asking)

    def close(self):
        self._process.terminate()
        self._process.wait()
        self._folder.cleanup()


class Forked:
    """A command that runs in a fork, with a part of the interface of `subprocess.Popen`."""

    def __init__(self, asking):
        self._asking = asking
        self.pid = self._read_pid()
        self.returncode = None
        self.stdout = self.stderr = None

    def _read_pid(self):
        """Read the process ID byte by byte, since the exit status may follow at once."""
        said = b""
        while not said.endswith(b"\n"):
            byte = self._asking.recv(1)
            assert byte, "the fork server has ended"
            said += byte
        return int(said)

    def poll(self):
        with suppress(subprocess.TimeoutExpired):
            return self.wait(0.001)
        return None

    def wait(self, timeout=None):
        """Return the exit status; raise `TimeoutExpired` after `timeout` seconds, if not None."""
        if self.returncode is None:
            self._asking.settimeout(timeout)
            try:
                self.returncode = int(self._asking.recv(16))
            except TimeoutError:
                raise subprocess.TimeoutExpired("countersign", timeout) from None
            self._asking.close()
        return self.returncode

    def send_signal(self, number):
        if self.poll() is None:
            os.kill(self.pid, number)

    def kill(self):
        self.send_signal(signal.SIGKILL)


class ForkedServer(ServerProcess):
    """A server in a fork, in a process group of its own.

    Args:
        forks: makes the fork.
        arguments: of the command.
        log: the file for its output.
        before: Python code that the process runs first.
    """

    def __init__(self, forks, arguments, log, before=""):
        super().__init__(["countersign", *arguments], log)
        self._forks = forks
        self._before = before

    def _open(self, output):
        return self._forks.start_group(
            self._command[1:],
            environment=quiet_environment(),
            output=output,
            before=self._before,
        )


def serve(listening):
    """Serve requests; return in each forked process, with the arguments of its command."""
    asking = {}

    def tell_the_end(*_):
        with suppress(ChildProcessError):
            while (ended := os.waitpid(-1, os.WNOHANG)) != (0, 0):
                pid, status = ended
                with suppress(BrokenPipeError), asking.pop(pid) as asked:
                    asked.send(str(os.waitstatus_to_exitcode(status)).encode())

    signal.signal(signal.SIGCHLD, tell_the_end)
    while True:
        asked, _ = listening.accept()
        question, files, _, _ = socket.recv_fds(asked, _MAX_BYTES, 3)
        signal.pthread_sigmask(signal.SIG_BLOCK, (signal.SIGCHLD,))
        if command := os.fork():
            for number in files:
                os.close(number)
            asking[command] = asked
            with suppress(BrokenPipeError):
                asked.send(f"{command}\n".encode())
            signal.pthread_sigmask(signal.SIG_UNBLOCK, (signal.SIGCHLD,))
            continue
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, (signal.SIGCHLD,))
        for each in (listening, asked, *asking.values()):
            each.close()
        for number, file in enumerate(files):
            os.dup2(file, number)
            os.close(file)
        arguments, cwd, environment, timeout_seconds, before = json.loads(question)
        os.environ.clear()
        os.environ.update(environment)
        os.chdir(cwd)
        if before is not None:
            os.setsid()
            die_with_parent()
            exec(before, {})  # as a module, whose functions see its names
        signal.alarm(timeout_seconds)
        return arguments


def _load():
    import typer.main

    import countersign
    from countersign.adapters.federation.guarded_connect import make_tls_context
    from countersign.adapters.sql.postgres import connections
    from countersign.bootstrap import own_process
    from countersign.bootstrap.presets import read_presets
    from countersign.bootstrap.registry import read_registry
    from countersign.cli.entry import main
    from countersign.cli.main import app
    from countersign.policy.policies.filter_registry import BUILTIN_FILTERS
    from countersign.policy.policies.policy_documents import parse_policy
    from countersign.policy.text_model.shipped import shipped_model

    for module in pkgutil.walk_packages(countersign.__path__, "countersign."):
        if not module.name.startswith(("countersign.testing", "countersign.__main__")):
            importlib.import_module(module.name)
    typer.main.get_command = cache(typer.main.get_command)
    typer.main.get_command(app)  # made once for all; and it has loaded what it loads late
    for late in ("pydantic.type_adapter", "typer._adapters", "typer.rich_utils"):
        importlib.import_module(late)
    connections.CONNECT_SECONDS = 60.0  # a busy machine connects slowly
    # Huge pages pay after many events; in a fork they copy what all forks share.
    own_process.use_huge_pages = lambda: 0
    shipped_model()
    read_registry()
    make_tls_context()
    presets = read_presets()
    for name in presets:  # what its filters look up and compile stays, too
        parse_policy(f"preset: {name}".encode(), BUILTIN_FILTERS, presets)
    gc.collect()
    gc.freeze()  # what is loaded stays shared between all forks
    return main


def _run(main):
    """Run the command and exit without destroying all modules, which would take longer."""
    status = 0
    try:
        main()
    except SystemExit as ended:
        if isinstance(ended.code, str):
            raise
        status = ended.code or 0
    threading._shutdown()
    atexit._run_exitfuncs()
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError, ValueError):
            stream.flush()
    os._exit(status)


if __name__ == "__main__":
    main = _load()
    sys.argv = ["countersign", *serve(socket.socket(fileno=int(sys.argv[1])))]
    _run(main)
