"""One real Synapse homeserver: its files, its process, and requests to it."""

import os
import sys
from pathlib import Path
from typing import Any

import yaml
from signedjson.key import generate_signing_key, write_signing_keys

from examples.demo.certificates import CertificateAuthority
from examples.demo.loopback import free_port, wait_until
from examples.demo.matrix_client import MatrixUser, call, register
from examples.demo.server_process import ServerProcess

_UNLIMITED = {"per_second": 100_000, "burst_count": 100_000}


class Synapse:
    """A homeserver on a loopback address, with SQLite, TLS for federation and HTTP for clients."""

    def __init__(
        self,
        directory: Path,
        address: str,
        authority: CertificateAuthority,
        *,
        preferred_port: int = 0,
        preferred_client_port: int = 0,
    ) -> None:
        directory.mkdir(parents=True, exist_ok=True)
        self.directory = directory
        self.address = address
        self.port = free_port(address, preferred_port)
        self.server_name = f"{address}:{self.port}"
        self._client_port = free_port(address, preferred_client_port)
        self.client_url = f"http://{address}:{self._client_port}"
        self.signing_key_file = directory / "signing.key"
        self.log = directory / "homeserver.log"
        config = directory / "homeserver.yaml"
        if not self.signing_key_file.exists():
            with self.signing_key_file.open("w") as file:
                write_signing_keys(file, [generate_signing_key("a_demo")])
        config.write_text(yaml.safe_dump(self._config(authority), sort_keys=False))
        command = [sys.executable, "-m", "synapse.app.homeserver", "-c", str(config)]
        self.process = ServerProcess(command, directory / "output.log")

    def start(self) -> None:
        """Start the homeserver and return at once."""
        self.process.start()

    def wait_until_ready(self) -> None:
        """Wait until clients are answered.

        Raises:
            NotReadyInTimeError: they are not, or the homeserver has ended.
        """
        wait_until(self._answers, f"{self.server_name} answers", timeout_seconds=180)

    def register(self, localpart: str, password: str = "password") -> MatrixUser:
        """Make an account and return its user."""
        return register(self.client_url, localpart, password)

    def _answers(self) -> bool:
        self.process.check_running()
        try:
            return bool(call(self.client_url, "GET", "/_matrix/client/versions"))
        except OSError:
            return False

    def _config(self, authority: CertificateAuthority) -> dict[str, Any]:
        certificate = authority.issue(self.address)
        return {
            "server_name": self.server_name,
            "public_baseurl": f"{self.client_url}/",
            "pid_file": str(self.directory / "homeserver.pid"),
            "listeners": [
                _listener(self.address, self.port, "federation", "keys") | {"tls": True},
                _listener(self.address, self._client_port, "client"),
            ],
            "tls_certificate_path": str(certificate.certificate),
            "tls_private_key_path": str(certificate.private_key),
            "federation_custom_ca_list": [str(authority.certificate)],
            "ip_range_blacklist": [],
            "federation_ip_range_blacklist": [],
            "trusted_key_servers": [],
            "database": {
                "name": "sqlite3",
                "args": {"database": str(self.directory / "homeserver.db")},
            },
            "media_store_path": str(self.directory / "media"),
            "signing_key_path": str(self.signing_key_file),
            "macaroon_secret_key": os.urandom(16).hex(),
            "form_secret": os.urandom(16).hex(),
            "log_config": str(self._write_log_config()),
            "report_stats": False,
            "enable_registration": True,
            "enable_registration_without_verification": True,
            "bcrypt_rounds": 4,
            "presence": {"enabled": False},
            "enable_search": False,
            "user_directory": {"enabled": False},
            "url_preview_enabled": False,
            "caches": {"global_factor": 0.5},
            "federation": {
                "destination_min_retry_interval": "1s",
                "destination_retry_multiplier": 1,
                "destination_max_retry_interval": "1s",
            },
            **_no_rate_limits(),
        }

    def _write_log_config(self) -> Path:
        path = self.directory / "log.yaml"
        line = "%(asctime)s %(levelname)s %(name)s: %(message)s"
        handler = {
            "class": "logging.FileHandler",
            "filename": str(self.log),
            "formatter": "line",
        }
        log_config = {
            "version": 1,
            "formatters": {"line": {"format": line}},
            "handlers": {"file": handler},
            "root": {"level": "INFO", "handlers": ["file"]},
            "disable_existing_loggers": False,
        }
        path.write_text(yaml.safe_dump(log_config))
        return path


def _listener(address: str, port: int, *resources: str) -> dict[str, Any]:
    return {
        "type": "http",
        "port": port,
        "bind_addresses": [address],
        "resources": [{"names": list(resources)}],
    }


def _no_rate_limits() -> dict[str, Any]:
    """Return the settings that let a test be as quick as it can."""
    return {
        "rc_message": _UNLIMITED,
        "rc_registration": _UNLIMITED,
        "rc_login": dict.fromkeys(("address", "account", "failed_attempts"), _UNLIMITED),
        "rc_admin_redaction": _UNLIMITED,
        "rc_joins": dict.fromkeys(("local", "remote"), _UNLIMITED),
        "rc_joins_per_room": _UNLIMITED,
        "rc_invites": dict.fromkeys(("per_room", "per_user", "per_issuer"), _UNLIMITED),
        "rc_room_creation": _UNLIMITED,
        "rc_federation": {"window_size": 1000, "sleep_limit": 100_000, "reject_limit": 100_000},
    }
