"""The wheel has the same content as the source tree, and a server runs from it alone."""

import hashlib
import os
import re
import subprocess
import sys
import sysconfig
import urllib.request
import zipfile

import pytest

import countersign
from tests.architecture.repository import MADE_BY_TOOLS, ROOT, SOURCES
from tests.cli.conftest import NAME, make_home
from tests.cli.running_server import RunningServer
from tests.waiting import PATIENCE_SECONDS

DISTRIBUTION = f"countersign_policy_server-{countersign.__version__}"
METADATA = {"METADATA", "WHEEL", "RECORD", "entry_points.txt", "licenses/LICENSE"}
SURROUNDINGS = {key: value for key, value in os.environ.items() if not key.startswith("PYTHON")}


def run(*command, **options):
    done = subprocess.run(
        [*map(str, command)],
        capture_output=True,
        text=True,
        timeout=PATIENCE_SECONDS,
        env=SURROUNDINGS,
        check=False,
        **options,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    """Return the wheel, built without the network."""
    folder = tmp_path_factory.mktemp("wheel")
    run(sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", folder, cwd=ROOT)
    (file,) = folder.iterdir()
    return file


@pytest.fixture(scope="module")
def installed(wheel, tmp_path_factory):
    """Return the `bin` of an environment with the wheel, and with the packages that it needs."""
    folder = tmp_path_factory.mktemp("installed")
    run(sys.executable, "-m", "venv", "--without-pip", folder)
    python = folder / "bin" / "python"
    options = ("--quiet", "--no-deps", "--no-index", "--no-compile")
    run(sys.executable, "-m", "pip", "--python", python, "install", *options, wheel)
    # A line in a .pth file reads no .pth file in turn, so the source tree stays out of sight.
    (site,) = folder.glob("lib/python*/site-packages")
    (site / "needed.pth").write_text(sysconfig.get_path("purelib") + "\n")
    return folder / "bin"


def test_the_wheel_has_exactly_the_files_of_the_package(wheel):
    sources = {
        file.relative_to(SOURCES.parent).as_posix(): hashlib.sha256(file.read_bytes()).hexdigest()
        for file in SOURCES.rglob("*")
        if file.is_file() and MADE_BY_TOOLS.isdisjoint(file.parts)
    }
    with zipfile.ZipFile(wheel) as archive:
        held = {name: hashlib.sha256(archive.read(name)).hexdigest() for name in archive.namelist()}
    about = {name for name in held if name.startswith(f"{DISTRIBUTION}.dist-info/")}

    assert {name: digest for name, digest in held.items() if name not in about} == sources
    assert about == {f"{DISTRIBUTION}.dist-info/{name}" for name in METADATA}
    kinds = {name.rpartition(".")[2] for name in sources}
    assert {"html", "css", "js", "svg", "mo", "sql", "yaml", "bin", "typed"} <= kinds


def test_a_server_runs_from_it(installed, tmp_path):
    where = run(
        installed / "python", "-c", "import countersign; print(countersign.__file__)", cwd=tmp_path
    )
    assert where.startswith(str(installed.parent))
    command = installed / "countersign"
    assert run(command, "--version", cwd=tmp_path) == f"countersign {countersign.__version__}\n"
    made = tmp_path / "made"
    run(command, "init", "--server-name", NAME, "--dir", made, cwd=tmp_path)
    home = make_home(made, tmp_path / "home")

    process = subprocess.Popen(
        [str(command), "serve", "--config", str(home.config)],
        cwd=tmp_path,
        env=SURROUNDINGS,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    server = RunningServer(home, process)
    try:
        server.wait_until_ready()
        (dashboard,) = [each.split()[-1] for each in server.out if each.startswith("  dashboard ")]
        page = ask(f"{dashboard}/sign-in")
        files = re.findall(r'(?:href|src)="(/static/[^"]+)"', page)
        assert {name.rpartition(".")[2] for name in files} == {"css", "svg"}
        assert all(ask(f"{dashboard}{name}") for name in files)
    finally:
        server.terminate()
        server.kill()


def ask(url):
    with urllib.request.urlopen(url, timeout=PATIENCE_SECONDS) as answer:
        return answer.read().decode()
