"""Build and run the container image as docs/run-it-for-real.md says, and check that it works.

The commands are the page's own, with the limits of contrib/container/compose.yaml, and images and
containers in a folder of their own that is deleted at the end. It needs root, podman with a runtime
(runc or crun), and mmdebstrap: the base image is made of Debian's packages under the name that the
Containerfile gives, so that no registry of images is needed. `--pull` takes the real one.

Usage: python scripts/try_image.py [--pull]      as root; some five minutes
       apt-get install podman runc mmdebstrap    what it needs
"""

import argparse
import json
import os
import re
import resource
import shlex
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path
from typing import Any, NoReturn

import yaml

ROOT = Path(__file__).resolve().parents[1]
CONTAINER = ROOT / "contrib" / "container"
PAGE = ROOT / "docs" / "run-it-for-real.md"
PACKAGES = "python3,python3-venv,python-is-python3,ca-certificates"
"""Debian's packages for the Python of the official image."""
START_SECONDS = 60
STOP_SECONDS = 30
COMMAND_SECONDS = 3_600
MAPPED = (Path("/etc/pip.conf"), Path("/etc/ssl/certs"))
"""Files with this machine's package index and its trusted authorities."""


def main() -> None:
    """Try the image; what is wrong ends the program."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--pull", action="store_true", help="pull the base image")
    chosen = options.parse_args()
    lacking = what_is_lacking(is_pulled=chosen.pull)
    if lacking:
        sys.exit(lacking)
    with tempfile.TemporaryDirectory(prefix="image-", ignore_cleanup_errors=True) as folder:
        Trial(Path(folder)).run(is_pulled=chosen.pull)


def what_is_lacking(*, is_pulled: bool) -> str:
    """Return what to install or do first; empty if everything is there."""
    if os.geteuid():
        return "It needs root, to map users and to mount: sudo python scripts/try_image.py"
    wanted = {"podman": "podman"} | ({} if is_pulled else {"mmdebstrap": "mmdebstrap"})
    missing = [package for program, package in wanted.items() if shutil.which(program) is None]
    if not any(map(shutil.which, ("runc", "crun"))):
        missing.append("runc")
    return f"Install what is missing: apt-get install {' '.join(missing)}" if missing else ""


def base_image() -> str:
    """Return the name that the Containerfile builds upon."""
    text = (CONTAINER / "Containerfile").read_text()
    return re.findall(r"^FROM (\S+)", text, re.MULTILINE)[-1]


def commands_of_the_page() -> dict[str, list[str]]:
    """Return the words of the page's podman commands, by the first one after `podman`."""
    lines = re.findall(r"^podman .*$", PAGE.read_text(), re.MULTILINE)
    return {line.split()[1]: shlex.split(line) for line in lines}


def limits_of_compose() -> list[str]:
    """Return the limits of the compose file as options of `podman run`, without what it has."""
    service = yaml.safe_load((CONTAINER / "compose.yaml").read_text())["services"]["countersign"]
    options = [f"--security-opt={each}" for each in service["security_opt"]]
    return [*options, f"--memory={service['mem_limit']}", f"--pids-limit={service['pids_limit']}"]


class Trial:
    """One image, and one container of it.

    Args:
        folder: where images and containers are kept; they are removed at the end.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._podman = [
            "podman",
            f"--root={folder / 'store'}",
            f"--runroot={folder / 'run'}",
            "--cgroup-manager=cgroupfs",
            *(["--runtime=runc"] if shutil.which("runc") else []),
        ]
        self._commands = commands_of_the_page()
        self._port = _free_port()

    def run(self, *, is_pulled: bool) -> None:
        """Build the image, run it twice on one volume, and leave nothing behind."""
        try:
            if not is_pulled:
                self._make_base()
            self._build(is_pulled=is_pulled)
            try:
                self._try()
            except BaseException:
                self._call(["logs", "countersign"], is_checked=False)
                raise
        finally:
            self._call(["rm", "--all", "--force"], is_checked=False)
            self._call(["rmi", "--all", "--force"], is_checked=False)
            self._call(["volume", "rm", "--all", "--force"], is_checked=False)
        print("The image builds and works.")

    def _make_base(self) -> None:
        name = base_image()
        suite = name.rpartition("-")[2]
        archive = self._folder / "base.tar"
        say(f"makes {name} of Debian's packages")
        _checked(["mmdebstrap", "--quiet", "--variant=minbase", f"--include={PACKAGES}", suite,
                  str(archive)])  # fmt: skip
        self._call(["import", str(archive), name])
        archive.unlink()
        version = self._call(["run", "--rm", *self._own_limits(), name, "python", "-V"])
        wanted = name.partition(":")[2].partition("-")[0]
        check(f"its Python is {wanted}", f" {wanted}." in version)

    def _build(self, *, is_pulled: bool) -> None:
        mapped = [f"--volume={path}:{path}:ro" for path in MAPPED if path.exists()]
        never = [] if is_pulled else ["--pull-never"]
        say("builds the image")
        # The format that keeps HEALTHCHECK.
        self._page("build", "--format=docker", "--isolation=chroot", *never, *mapped)
        image = json.loads(self._call(["image", "inspect", "countersign"]))[0]
        check("it is smaller than 500 MB", image["Size"] < 500e6)
        check("it runs as a user without privileges", image["Config"]["User"] == "countersign")
        check("it has a health check", bool(image.get("HealthCheck") or image.get("Healthcheck")))

    def _try(self) -> None:
        run = [*self._own_limits(), *limits_of_compose()]
        without = self._call(["run", "--rm", *run, "countersign"], is_checked=False)
        check("without a name it says what to do", "COUNTERSIGN_SERVER_NAME=" in without)
        self._page("run", *run)
        self._wait_until_ready()
        told = self._ask("federation/v1/version")["server"]
        check("it answers with its version", told["name"] == "Countersign")
        key = self._ask("key/v2/server")["verify_keys"]
        check("it publishes its key", bool(key))
        told = self._page("exec", is_checked=False)
        for name in ("settings", "keys", "policy", "database", "start", "server"):
            check(f"doctor: {name}", bool(re.search(rf"^OK +{name} ", told, re.MULTILINE)))
        self._call(["healthcheck", "run", "countersign"])
        check("its health check passes", True)
        inside = self._call(["exec", "countersign", "sh", "-c",
                             "touch /a 2>&1; id; grep -E 'CapEff|NoNewPrivs' /proc/1/status"],
                            is_checked=False)  # fmt: skip
        check("its root is read-only", "Read-only file system" in inside)
        check("its user and group are 8448", "uid=8448" in inside and "gid=8448" in inside)
        check("it has no capability", bool(re.search(r"CapEff:\s0+$", inside, re.MULTILINE)))
        self._stop()
        self._call(["start", "countersign"])
        self._wait_until_ready()
        check("after a restart it is the same", self._ask("key/v2/server")["verify_keys"] == key)
        self._stop()

    def _stop(self) -> None:
        self._call(["stop", f"--time={STOP_SECONDS}", "countersign"])
        state = json.loads(self._call(["inspect", "countersign"]))[0]["State"]
        check("it stops at once and in order", state["ExitCode"] == 0)

    def _own_limits(self) -> list[str]:
        """Return limits that this machine may set: podman's own may be above them."""
        options = ["--pull=never"]
        for name, which in (("nofile", resource.RLIMIT_NOFILE), ("nproc", resource.RLIMIT_NPROC)):
            hard = resource.getrlimit(which)[1]
            value = 4_096 if hard == resource.RLIM_INFINITY else min(4_096, hard)
            options.append(f"--ulimit={name}={value}:{value}")
        return options

    def _page(self, word: str, *options: str, is_checked: bool = True) -> str:
        """Run a command of the page with more options; its port is a free one."""
        _, first, *rest = self._commands[word]
        rest = [each.replace("127.0.0.1:8448:", f"127.0.0.1:{self._port}:") for each in rest]
        return self._call([first, *options, *rest], is_checked=is_checked)

    def _call(self, words: list[str], *, is_checked: bool = True) -> str:
        return _checked([*self._podman, *words], is_checked=is_checked)

    def _wait_until_ready(self) -> None:
        deadline = time.perf_counter() + START_SECONDS
        while time.perf_counter() < deadline:
            try:
                self._ask("federation/v1/version")
            except OSError:
                time.sleep(0.2)
            else:
                return
        fail(f"it does not answer within {START_SECONDS} s")

    def _ask(self, path: str) -> Any:
        url = f"http://127.0.0.1:{self._port}/_matrix/{path}"
        with urllib.request.urlopen(url, timeout=5) as answer:
            return json.load(answer)


def check(says: str, is_right: bool) -> None:
    """Print what was found; end if it is not as it must be."""
    if not is_right:
        fail(f"not so: {says}")
    say(f"ok: {says}")


def say(text: str) -> None:
    """Print a line at once."""
    print(text, flush=True)


def fail(text: str) -> NoReturn:
    """End with an error."""
    raise SystemExit(text)


def _checked(words: list[str], *, is_checked: bool = True) -> str:
    """Return what a command prints, both ways."""
    try:
        done = subprocess.run(  # noqa: S603 - words of ours and of our page
            words, cwd=ROOT, capture_output=True, text=True, timeout=COMMAND_SECONDS, check=False
        )
    except subprocess.TimeoutExpired:
        fail(f"{shlex.join(words)} took more than {COMMAND_SECONDS} s: is the machine busy?")
    said = done.stdout + done.stderr
    if is_checked and done.returncode:
        fail(f"{shlex.join(words)} ended with {done.returncode}:\n{said[-4_000:]}")
    return said


def _free_port() -> int:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        port: int = listening.getsockname()[1]
        return port


if __name__ == "__main__":
    main()
