"""Commands run as processes, as an operator runs them: files, output and exit status."""

import os
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml

from tests.cli.running_server import RunningServer
from tests.databases import make_database
from tests.deployments import ONE_PROCESS, chosen, patience, settings_of
from tests.fork_server import ForkServer
from tests.waiting import PATIENCE_SECONDS

NAME = "policy.example.com"
COMMAND = (sys.executable, "-m", "countersign")


@dataclass(frozen=True)
class Done:
    """Exit status and output of a command."""

    status: int
    out: str
    err: str


_forks: list[ForkServer] = []


@pytest.fixture(scope="session", autouse=True)
def _fork_server(forks):
    _forks.append(forks)
    yield
    _forks.clear()


def run_command(*arguments, stdin="", cwd=None, **environment):
    """Run `countersign` to its end."""
    arguments = [*map(str, arguments)]
    surroundings = {**os.environ, "COLUMNS": "200", **environment}
    if _forks and all(name.startswith("COUNTERSIGN_") for name in environment):
        # What Python and libraries read at their start is as for any other: no start is needed.
        where = str(cwd or Path.cwd())
        return Done(*_forks[0].run(arguments, stdin=stdin, cwd=where, environment=surroundings))
    done = subprocess.run(
        [*COMMAND, *arguments],
        input=stdin,
        capture_output=True,
        text=True,
        timeout=PATIENCE_SECONDS,
        cwd=cwd,
        env=surroundings,
        check=False,
    )
    return Done(done.returncode, done.stdout, done.stderr)


def run_as_user(user, *arguments):
    """Run `countersign` to its end as another user of this machine; only root may do so."""
    become = f"import os; os.setgroups([]); os.setgid({user.pw_gid}); os.setuid({user.pw_uid})"
    where = str(Path.cwd())
    return Done(
        *_forks[0].run(
            [*map(str, arguments)],
            stdin="",
            cwd=where,
            environment={**os.environ, "COLUMNS": "200"},
            before=become,
        )
    )


def start_in_terminal(*arguments, terminal, environment):
    """Start `countersign` with a terminal for input and output."""
    arguments = [*map(str, arguments)]
    return _forks[0].start_in_terminal(arguments, environment=environment, terminal=terminal)


def start_server(home, command=None, *, before=None, **environment):
    """Start `countersign serve`, or what stands in `command` for `countersign`.

    Args:
        before: Python code that the process runs first; only without `command` and `environment`.
    """
    arguments = ["serve", "--config", str(home.config)]
    surroundings = {**os.environ, "PYTHONUNBUFFERED": "", **environment}
    if _forks and not command and not environment:
        return _forks[0].start(
            arguments, cwd=str(Path.cwd()), environment=surroundings, before=before or patience()
        )
    assert before is None
    return subprocess.Popen(
        [*(command or COMMAND), *arguments],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=surroundings,
    )


@pytest.fixture(scope="session")
def countersign():
    return run_command


class Home:
    """A folder made by `countersign init`, with a free port to listen at.

    Attributes:
        acted_at: when something was last changed, by `time.perf_counter()`.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.config = folder / "countersign.yaml"
        self.policy = folder / "policy.yaml"
        self.acted_at = 0.0

    def set(self, **settings):
        """Change settings."""
        written = yaml.safe_load(self.config.read_text())
        self.config.write_text(yaml.safe_dump({**written, **settings}, sort_keys=False))

    def run(self, *arguments, **options):
        """Run a command with these settings."""
        try:
            return run_command(*arguments, "--config", self.config, **options)
        finally:
            self.acted_at = time.perf_counter()

    def refuse_words(self, *words):
        """Write a policy that refuses these words."""
        filters = [{"keyword": {"words": list(words)}, "says": "No adverts, please."}]
        self.policy.write_text(yaml.safe_dump({"filters": filters}))


@pytest.fixture(scope="session")
def pristine(tmp_path_factory):
    """The files that `init` makes, made once."""
    folder = tmp_path_factory.mktemp("pristine") / "home"
    assert run_command("init", "--server-name", NAME, "--dir", folder).status == 0
    return folder


def make_home(pristine, folder, *, is_migrated=True):
    """Return a home in `folder`, which must not exist yet.

    Args:
        is_migrated: whether a database of PostgreSQL, which two workers need, has its tables.
    """
    # Not shutil: the modes of the keys must stay.
    subprocess.run(["cp", "-a", str(pristine), str(folder)], check=True)
    made = Home(folder)
    made.set(listen=[{"address": "127.0.0.1", "port": 0}], dashboard={"listen": {"port": 0}})
    made.set(**settings_of(chosen(), is_migrated=is_migrated))
    return made


@pytest.fixture
def home(pristine, tmp_path):
    """A home with an empty database, as after a first start: each command would make one anew."""
    made = make_home(pristine, tmp_path / "home")
    if chosen() == ONE_PROCESS:
        make_database(made.folder / "countersign.db")
    return made


@pytest.fixture
def new_home(pristine, tmp_path):
    """A home as `init` leaves it, without a database."""
    return make_home(pristine, tmp_path / "home", is_migrated=False)


@pytest.fixture
def start():
    """Return a function that starts servers, which are stopped when the test ends."""
    started = []

    def start(home, **environment):
        server = RunningServer(home, start_server(home, **environment))
        started.append(server)
        server.wait_until_ready()
        return server

    yield start
    for server in started:
        server.kill()
