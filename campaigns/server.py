"""A real `countersign serve` in its own folder, filled through its stores, which may be killed."""

import asyncio
import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, Any

import yaml

from campaigns.homeservers import Homeserver, Room
from countersign.bootstrap.stores import open_stores
from countersign.config import Config, read_config
from countersign.protocol.keys.server_keys import parse_server_keys

NAME = "policy.campaign.invalid"
SPAM = "cheap watches"
KEYWORD_POLICY = f"filters:\n  - keyword: {{words: ['{SPAM}']}}\n    says: No adverts, please.\n"
_PLENTY = "{per_second: 1000000, burst: 10000000}"
NO_LIMITS = (
    f"limits: {{per_origin: {_PLENTY}, per_host: {_PLENTY}, per_domain: {_PLENTY}, "
    f"stranger_bodies: {_PLENTY}}}\n"
)
PROGRAM = (sys.executable, "-m", "countersign")
_READY = re.compile(r"http://127\.0\.0\.1:(\d+)")


def open_program(program: Sequence[str], arguments: Sequence[str], output: IO[bytes]) -> Any:
    """Start a program in a process group of its own, with all its output in a file.

    Args:
        program: the command that stands for `countersign`.
        arguments: of it.
        output: the file.
    """
    return subprocess.Popen(
        [*program, *arguments],
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )


def stop_cleanly_when_told() -> None:
    """Have SIGTERM end this process as Ctrl-C does, so that its servers are stopped too."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("stopped"))


class ServerDied(Exception):
    """The server did not start, or ended on its own."""


class Server:
    """One server under test.

    Args:
        folder: where all its files go.
        policy: the policy file's text.
        settings: YAML lines beside what `countersign init` writes.
        program: the command that stands for `countersign`.

    Attributes:
        port: where it listens at the moment.
        starts: how often it was started.
    """

    def __init__(
        self,
        folder: Path,
        *,
        policy: str = KEYWORD_POLICY,
        settings: str = NO_LIMITS,
        program: Sequence[str] = PROGRAM,
    ) -> None:
        self.folder = folder
        self.port = 0
        self.starts = 0
        self._program = program
        self._process: Any = None
        with TemporaryFile() as output:
            made = open_program(
                PROGRAM, ["init", "--server-name", NAME, "--dir", str(folder)], output
            )
            if made.wait():
                output.seek(0)
                raise ServerDied(f"`init` failed:\n{output.read().decode(errors='replace')}")
        self.config_file = folder / "countersign.yaml"
        written = self.config_file.read_text().replace("port: 8448", "port: 0")
        self.config_file.write_text(written + settings)
        self.write_policy(policy)

    @property
    def config(self) -> Config:
        return read_config(self.config_file)

    @property
    def database(self) -> Path:
        return self.folder / "countersign.db"

    @property
    def pid(self) -> int:
        assert self._process is not None
        return int(self._process.pid)

    @property
    def is_running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    @property
    def log(self) -> str:
        return self._log_file.read_text(errors="replace")

    def write_policy(self, policy: str) -> None:
        (self.folder / "policy.yaml").write_text(policy)

    def command(self, *arguments: str) -> Any:
        """Run a command of the operator's; return the JSON that it prints."""
        done = subprocess.run(
            [*PROGRAM, *arguments, "--json", "--config", str(self.config_file)],
            check=True,
            stdout=subprocess.PIPE,
        )
        return json.loads(done.stdout)

    def change_settings(self, settings: Mapping[str, Any]) -> None:
        """Put these settings into the file; a server that runs does not notice."""
        written = yaml.safe_load(self.config_file.read_text())
        self.config_file.write_text(yaml.safe_dump({**written, **settings}))

    def fill(self, rooms: Iterable[Room], homeservers: Iterable[Homeserver]) -> None:
        """Put rooms and known keys into the stores of a server that does not run."""
        asyncio.run(self._fill(rooms, homeservers))

    def public_keys(self) -> tuple[str, str]:
        """Return the public halves of the policy key and the server key, in base64."""
        keys = self.folder / "keys"
        policy, server = (
            _public_key((keys / f"{name}.signing.key").read_text()) for name in ("policy", "server")
        )
        return policy, server

    def start(self, timeout_seconds: float = 60.0) -> float:
        """Start, wait until it says that it listens; return the seconds that took."""
        self.starts += 1
        started = time.perf_counter()
        with self._log_file.open("wb") as log:
            arguments = ["serve", "--config", str(self.config_file)]
            self._process = open_program(self._program, arguments, log)
        while time.perf_counter() - started < timeout_seconds and self.is_running:
            said = self.log
            listens = _READY.search(said)
            if listens and "m.room.policy" in said:
                self.port = int(listens[1])
                return time.perf_counter() - started
            time.sleep(0.01)
        self.kill()
        raise ServerDied(f"the server did not start:\n{self.log[-4000:]}")

    def kill(self) -> None:
        """SIGKILL, this very process and no other."""
        if self._process is not None:
            self._process.kill()
            self._process.wait(15)

    def stop(self) -> int:
        """SIGTERM; return the exit status."""
        if self._process is None or self._process.poll() is not None:
            return -1
        self._process.send_signal(signal.SIGTERM)
        try:
            return self._process.wait(15)
        except subprocess.TimeoutExpired:
            self.kill()
            return -signal.SIGKILL

    def peak_memory_mb(self) -> float:
        """Return the most memory that it ever had resident."""
        return self._memory_mb("VmHWM")

    def memory_mb(self) -> float:
        return self._memory_mb("VmRSS")

    def cpu_seconds(self) -> float:
        """Return how much processor time it has used since its start."""
        fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def open_files(self) -> int:
        return len(os.listdir(f"/proc/{self.pid}/fd"))  # noqa: PTH208 - names are enough

    @property
    def _log_file(self) -> Path:
        return self.folder / f"serve-{self.starts}.log"

    def _memory_mb(self, name: str) -> float:
        status = Path(f"/proc/{self.pid}/status").read_text()
        return int(status.split(f"{name}:")[1].split()[0]) / 1024

    async def _fill(self, rooms: Iterable[Room], homeservers: Iterable[Homeserver]) -> None:
        config = self.config
        now_ts = time.time_ns() // 1_000_000
        async with open_stores(config) as stores:
            for room in rooms:
                await stores.rooms.save(room.stored(config.user_id, now_ts))
            for homeserver in homeservers:
                document = homeserver.key_document(now_ts)
                keys = parse_server_keys(document, homeserver.server_name, now_ts)
                await stores.server_keys.save(keys, document)


def _public_key(text: str) -> str:
    from signedjson.key import decode_signing_key_base64, encode_verify_key_base64, get_verify_key

    algorithm, version, seed = text.split()
    key = decode_signing_key_base64(algorithm, version, seed)
    return str(encode_verify_key_base64(get_verify_key(key)))
