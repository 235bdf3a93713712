"""Countersign as its operator uses it: the command line, its files, its process."""

import http.client
import json
import signal
import ssl
import subprocess
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import yaml

from examples.demo.certificates import CertificateAuthority
from examples.demo.loopback import free_port, wait_until
from examples.demo.matrix_client import Json
from examples.demo.server_process import ServerProcess, quiet_environment

COMMAND = str(Path(sys.executable).with_name("countersign"))


class CommandFailedError(Exception):
    """A `countersign` command ended with another status than 0; holds what it said."""


class PolicyServer:
    """A Policy Server on a loopback address, made by `countersign init` and then configured."""

    def __init__(
        self,
        directory: Path,
        address: str,
        authority: CertificateAuthority,
        *,
        policy: Json,
        settings: Json | None = None,
        preferred_port: int = 0,
    ) -> None:
        self.directory = directory
        self.address = address
        self.port = free_port(address, preferred_port)
        self.server_name = f"{address}:{self.port}"
        self.user_id = f"@policy:{self.server_name}"
        self.config = directory / "countersign.yaml"
        self.policy = directory / "policy.yaml"
        self._tls = ssl.create_default_context(cafile=str(authority.certificate))
        self._run("init", "--server-name", self.server_name, "--dir", str(directory))
        self._configure(authority, settings or {})
        self.write_policy(policy)
        command = [COMMAND, "serve", "--config", str(self.config)]
        self.process = ServerProcess(command, directory / "countersign.log")

    def start(self) -> None:
        """Start the server and return at once."""
        self.process.start()

    def wait_until_ready(self) -> None:
        """Wait until it publishes its policy key.

        Raises:
            NotReadyInTimeError: it does not, or it has ended.
        """
        wait_until(self._answers, f"{self.server_name} answers", timeout_seconds=180)

    def room_policy(self) -> Json:
        """Return the content of `m.room.policy` that puts a room under this server's protection."""
        keys = self.get("/.well-known/matrix/policy_server")["public_keys"]
        return {"via": self.server_name, "public_keys": keys}

    def get(self, path: str) -> Json:
        """Return the JSON that the server publishes at `path`."""
        connection = self.connect()
        try:
            connection.request("GET", path)
            response = connection.getresponse()
            body = response.read()
        finally:
            connection.close()
        assert response.status == http.client.OK, f"{path}: {response.status} {body!r}"
        return dict(json.loads(body))

    def connect(self) -> http.client.HTTPSConnection:
        """Return a new connection to the server, with its certificate checked."""
        return http.client.HTTPSConnection(self.address, self.port, timeout=120, context=self._tls)

    def run(self, *command: str) -> str:
        """Run a `countersign` command with this server's settings and return what it printed.

        Raises:
            CommandFailedError: it did not end with 0.
        """
        return self._run(*command, "--config", str(self.config))

    def join(self, room_id: str, via: str) -> None:
        """Have the running server join a room."""
        self.run("rooms", "join", room_id, "--via", via)

    def membership_in(self, room_id: str) -> str | None:
        """Return what `countersign rooms list` says of our membership in a room."""
        rooms = json.loads(self.run("rooms", "list", "--json"))
        found = [room["membership"] for room in rooms if room["room_id"] == room_id]
        return str(found[0]) if found else None

    def write_settings(self, **settings: Any) -> None:
        """Change the settings file, which counts from the next start on."""
        written = yaml.safe_load(self.config.read_text())
        self.config.write_text(yaml.safe_dump({**written, **settings}, sort_keys=False))

    def change_settings(self, **settings: Any) -> None:
        """Change the settings file, and start the server again."""
        self.write_settings(**settings)
        self.process.terminate()
        self.process.stop()
        self.process.start()
        self.wait_until_ready()

    def write_policy(self, policy: Json) -> None:
        """Replace the policy file; a running server reads it after `reload_policy`."""
        self.policy.write_text(yaml.safe_dump(policy, sort_keys=False, allow_unicode=True))

    def reload_policy(self) -> None:
        """Have the running server read its policy file again; return when it has done so.

        A file that holds mistakes changes nothing.
        """
        self.process.signal(signal.SIGHUP)
        # The signal is answered by nobody; the command is, and after it.
        with suppress(CommandFailedError):
            self.run("policy", "reload")

    def _run(self, *command: str) -> str:
        done = subprocess.run(
            [COMMAND, *command],
            capture_output=True,
            text=True,
            timeout=120,
            env=quiet_environment(),
            check=False,
        )
        if done.returncode != 0:
            raise CommandFailedError(_last_words(command, done))
        return done.stdout

    def _answers(self) -> bool:
        self.process.check_running()
        try:
            return bool(self.get("/.well-known/matrix/policy_server"))
        except OSError:
            return False

    def _configure(self, authority: CertificateAuthority, further: Json) -> None:
        certificate = authority.issue(self.address)
        settings: dict[str, Any] = yaml.safe_load(self.config.read_text())
        settings |= {
            "listen": [
                {
                    "address": self.address,
                    "port": self.port,
                    "tls": {
                        "certificate": str(certificate.certificate),
                        "private_key": str(certificate.private_key),
                    },
                }
            ],
            "policy": str(self.policy),
            "federation": {
                "ca_certificates": str(authority.certificate),
                "allow_networks": ["127.0.0.0/8"],
            },
            "invites": {"accept_from": ["*"]},
            **further,
        }
        self.config.write_text(yaml.safe_dump(settings, sort_keys=False))


def _last_words(command: Sequence[str], done: subprocess.CompletedProcess[str]) -> str:
    spoken = f"{done.stdout}{done.stderr}".strip()
    return f"countersign {' '.join(command)} ended with {done.returncode}:\n{spoken}"
