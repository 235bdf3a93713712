"""Ownership of files when the server runs as a service user and commands run as root."""

import json
import os
import pwd
import shutil
import stat
import subprocess
import tempfile
from pathlib import Path

import pytest

from tests.cli.conftest import COMMAND, NAME, Home, start_server
from tests.cli.running_server import RunningServer
from tests.conftest import IN_MEMORY, UNREADABLE_PYTHON

SERVICE_USER = "nobody"

pytestmark = pytest.mark.skipif(
    os.geteuid() != 0 or shutil.which("setpriv") is None,
    reason="needs root, and setpriv to become another user",
)


def as_service_user(*command):
    """Return the command line that runs a command as the service user."""
    user = pwd.getpwnam(SERVICE_USER)
    identity = f"--reuid={user.pw_uid}", f"--regid={user.pw_gid}", "--clear-groups"
    return ["setpriv", *identity, "--", *command]


def let_others_reach(folder):
    """Let other users enter the folders of the tests above `folder`."""
    roots = {Path(tempfile.gettempdir()), Path(IN_MEMORY)}
    for above in folder.parents:
        if not roots.isdisjoint(above.parents):
            above.chmod(0o755)


@pytest.fixture
def service_home():
    """A folder that belongs to the service user, and can be reached by it."""
    with tempfile.TemporaryDirectory(prefix="countersign-owners-") as name:
        folder = Path(name) / "home"
        Path(name).chmod(0o755)
        folder.mkdir(mode=0o750)
        user = pwd.getpwnam(SERVICE_USER)
        os.chown(folder, user.pw_uid, user.pw_gid)
        yield Home(folder)


def not_the_service_users(folder):
    """Return what in the folder belongs to somebody else."""
    user = pwd.getpwnam(SERVICE_USER)
    owners = {file: (file.stat().st_uid, file.stat().st_gid) for file in folder.rglob("*")}
    return [str(file) for file, owner in owners.items() if owner != (user.pw_uid, user.pw_gid)]


def readable_by_others(folder):
    """Return files with more than settings or policies in them that others may read."""
    public = {".yaml", ".address"}
    return [
        str(file)
        for file in folder.rglob("*")
        if file.is_file() and file.suffix not in public and stat.S_IMODE(file.stat().st_mode) & 0o77
    ]


def serve_as(home, command):
    server = RunningServer(home, start_server(home, command))
    try:
        server.wait_until_ready()
        return server.terminate()
    finally:
        server.kill()


def test_files_made_by_root_belong_to_the_owner_of_the_folder(service_home, countersign):
    home = service_home
    made = countersign("init", "--server-name", NAME, "--dir", home.folder)
    home.set(listen=[{"address": "127.0.0.1", "port": 0}])
    community = home.folder / "communities" / "club.yaml"

    assert made.status == 0, made
    # `home.set` writes the settings file that is there.
    assert not_the_service_users(home.folder) == []

    assert home.run("database", "migrate").status == 0
    assert home.run("decisions", "list").status == 0
    assert home.run("policy", "activate", home.policy).status == 0
    draft = Path(home.folder.parent, "draft.yaml")
    draft.write_text("rooms: ['!club:example.org']\nfilters: []\n")
    assert home.run("policy", "activate", draft, "--community", "club").status == 0
    assert community.exists()
    assert home.run("keys", "rotate").status == 0
    # Root runs the server once by mistake: it must start as the service user afterwards.
    assert serve_as(home, COMMAND) == 0

    assert not_the_service_users(home.folder) == []
    assert readable_by_others(home.folder) == []
    assert (home.folder / "policy-history").is_dir()


def test_the_service_user_starts_after_root_did_everything_first(service_home, countersign):
    home = service_home
    assert countersign("init", "--server-name", NAME, "--dir", home.folder).status == 0
    home.set(listen=[{"address": "127.0.0.1", "port": 0}])
    assert serve_as(home, COMMAND) == 0
    # What SQLite leaves beside the database after a reading command of root's.
    assert home.run("decisions", "list").status == 0

    interpreter = as_service_user(*COMMAND)
    reached = subprocess.run([*interpreter, "--version"], capture_output=True, check=False)
    if reached.returncode != 0:
        pytest.skip(UNREADABLE_PYTHON)
    assert serve_as(home, interpreter) == 0

    checks = json.loads(home.run("doctor", "--json").out)["checks"]
    assert {each["outcome"] for each in checks if each["name"] in ("keys", "database")} == {"ok"}
    assert not_the_service_users(home.folder) == []
