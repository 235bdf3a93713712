"""The command line's way to the running server: HTTP on loopback, with the token file's token."""

import http.client
import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from countersign.config import Config
from countersign.protocol.errors import CountersignError

TIMEOUT_SECONDS = 600.0


class ServerNotRunning(CountersignError):
    """The running server cannot be reached; says how to start it."""


class AdminRefused(CountersignError):
    """The running server refused what was asked of it."""


def get(config: Config, path: str) -> Any:
    """Return the JSON at `path` of the running server's admin listener."""
    with _answer(config, "GET", path, None) as response:
        return json.loads(response.read())


def post(config: Config, path: str, body: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield the JSON lines that the running server answers with, as they come.

    Raises:
        ServerNotRunning: nobody listens there.
        AdminRefused: the answer is an error.
    """
    with _answer(config, "POST", path, body) as response:
        for line in response:
            if line.strip():
                yield json.loads(line)


@contextmanager
def _answer(
    config: Config, method: str, path: str, body: dict[str, Any] | None
) -> Iterator[http.client.HTTPResponse]:
    host, port = _address(config)
    connection = http.client.HTTPConnection(host, port, timeout=TIMEOUT_SECONDS)
    headers = {
        "Authorization": f"Bearer {_token(config)}",
        "Content-Type": "application/json",
    }
    try:
        payload = None if body is None else json.dumps(body)
        connection.request(method, path, body=payload, headers=headers)
        response = connection.getresponse()
        if response.status >= http.client.BAD_REQUEST:
            raise AdminRefused(_words(response))
        yield response
    except (OSError, http.client.HTTPException) as error:
        raise ServerNotRunning(
            f"The server of {config.server_name} does not answer at {host}:{port} ({error}).\n"
            "Is it running? Start it with: countersign serve --config FILE"
        ) from None
    finally:
        connection.close()


def _words(response: http.client.HTTPResponse) -> str:
    try:
        return str(json.loads(response.read())["error"])
    except (ValueError, KeyError, TypeError):
        return f"The server answered with HTTP status {response.status}."


def _address(config: Config) -> tuple[str, int]:
    file = config.admin_address_file
    try:
        host, _, port = file.read_text().strip().rpartition(":")
        return host.strip("[]"), int(port)
    except (OSError, ValueError):
        raise ServerNotRunning(
            f"The server of {config.server_name} is not running: {file} names no address.\n"
            "Start it with: countersign serve --config FILE"
        ) from None


def _token(config: Config) -> str:
    file = config.path(config.admin.token_file)
    try:
        return file.read_text().strip()
    except OSError as error:
        raise ServerNotRunning(
            f"The admin token {file} cannot be read: {error.strerror}."
        ) from None
