"""Client of the command line: uses the running server's admin API, or else the database."""

import asyncio
import fcntl
import http.client
import json
import os
import shlex
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from countersign.protocol.errors import CountersignError

if TYPE_CHECKING:
    from countersign.config import Config

TOKEN_VARIABLE = "COUNTERSIGN_TOKEN_FILE"  # noqa: S105 - the name of a variable
"""Environment variable with the file of a moderator's token; the default is the operator's."""
TIMEOUT_SECONDS = 600.0
QUICK_TIMEOUT_SECONDS = 10.0


class ServerNotRunning(CountersignError):
    """The running server cannot be reached; the message says how to start it."""


class NoServer(ServerNotRunning):
    """No server runs with these settings; the message says how to start it."""


class AdminRefused(CountersignError):
    """The running server refused the request."""


class AdminClient:
    """Client of the server with some settings.

    Paths are those of endpoints; parameters that are None are left out.

    Args:
        config: the settings or their file, which is read when the server is first asked.
    """

    def __init__(self, config: "Config | Path") -> None:
        self._config = config

    @cached_property
    def settings(self) -> "Config":
        """The settings of the server."""
        if not isinstance(self._config, Path):
            return self._config
        from countersign.config import read_config

        return read_config(self._config)

    def get(self, path: str, parameters: Mapping[str, object] | None = None) -> Any:
        """Return the JSON at `path` of the running server, with all pages of a list.

        Raises:
            ServerNotRunning: nothing listens there.
            AdminRefused: the answer is an error.
        """

        def ask(path: str) -> Any:
            return self._ask("GET", path, timeout_seconds=QUICK_TIMEOUT_SECONDS)

        return _all_pages(ask, _with_query(path, parameters or {}))

    def read(self, path: str, parameters: Mapping[str, object] | None = None) -> Any:
        """Return the JSON at `path` of the running server, or of the database if none runs.

        All pages of a list are returned, unless there is a `limit`.

        Raises:
            ServerNotRunning: a server runs and does not answer.
            AdminRefused: the answer is an error.
            CountersignError: the database cannot be used.
        """

        def ask(path: str) -> Any:
            return self._ask_somehow("GET", path)

        return _all_pages(ask, _with_query(path, parameters or {}))

    def change(self, path: str, parameters: Mapping[str, object]) -> Any:
        """Make a change by the running server, or in the database if none runs; return the answer.

        Raises:
            ServerNotRunning: a server runs and does not answer.
            AdminRefused: the answer is an error.
            CountersignError: the database cannot be used.
        """
        body = {name: value for name, value in parameters.items() if value is not None}
        return self._ask_somehow("POST", path, body)

    def health(self) -> Any:
        """Return the running server's health, also if it is unhealthy.

        Raises:
            ServerNotRunning: nobody listens there.
            AdminRefused: the answer is an error.
        """
        path = "/_countersign/v1/health"
        with _answer(self.settings, "GET", path, timeout_seconds=QUICK_TIMEOUT_SECONDS) as response:
            if response.status != http.client.SERVICE_UNAVAILABLE:
                _check_status(response)
            return json.loads(response.read())

    def post(self, path: str, body: dict[str, Any]) -> Iterator[dict[str, Any]]:
        """Yield the JSON lines of the running server's answer, as they arrive.

        Raises:
            ServerNotRunning: nobody listens there.
            AdminRefused: the answer is an error.
        """
        with _answer(
            self.settings, "POST", path, body, timeout_seconds=TIMEOUT_SECONDS
        ) as response:
            _check_status(response)
            for line in response:
                if line.strip():
                    yield json.loads(line)

    def _ask(
        self,
        method: str,
        path: str,
        body: dict[str, Any] | None = None,
        *,
        timeout_seconds: float = TIMEOUT_SECONDS,
    ) -> Any:
        with _answer(
            self.settings, method, path, body, timeout_seconds=timeout_seconds
        ) as response:
            _check_status(response)
            return json.loads(response.read())

    def _ask_somehow(self, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
        try:
            return self._ask(method, path, body)
        except NoServer:
            return _offline(self.settings, method, path, body)


def _with_query(path: str, parameters: Mapping[str, object]) -> str:
    present = {name: value for name, value in parameters.items() if value is not None}
    return f"{path}?{urlencode(present)}" if present else path


def _all_pages(ask: Callable[[str], Any], path: str) -> Any:
    """Return the answer at `path`, with the lists of all pages combined."""
    answer = ask(path)
    if "limit=" in path or not isinstance(answer, dict):
        return answer
    place = answer.pop("next", None)
    while place is not None:
        page = ask(f"{path}{'&' if '?' in path else '?'}{urlencode({'before': place})}")
        place = page.pop("next", None)
        for name, values in page.items():
            if isinstance(values, list):
                answer[name] += values
    return answer


def _offline(config: "Config", method: str, path: str, body: dict[str, Any] | None) -> Any:
    if TOKEN_VARIABLE in os.environ:
        raise NoServer(
            f"The server of {config.server_name} is not running, and a token works only while "
            "it runs."
        )
    from countersign.bootstrap.commands.offline import ask_offline

    status, answer = asyncio.run(ask_offline(config, method, path, body))
    if status >= http.client.BAD_REQUEST:
        raise AdminRefused(_words_in(answer, status))
    return json.loads(answer)


@contextmanager
def _answer(
    config: "Config",
    method: str,
    path: str,
    body: dict[str, Any] | None = None,
    *,
    timeout_seconds: float,
) -> Iterator[http.client.HTTPResponse]:
    host, port = _address(config)
    connection = http.client.HTTPConnection(host, port, timeout=timeout_seconds)
    headers = {
        "Authorization": f"Bearer {_token(config)}",
        "Content-Type": "application/json",
        "User-Agent": "countersign-cli",
    }
    try:
        payload = None if body is None else json.dumps(body)
        connection.request(method, path, body=payload, headers=headers)
        yield connection.getresponse()
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise ServerNotRunning(
            f"The server of {config.server_name} broke off, or does not answer at {host}:{port} "
            f"({str(error) or type(error).__name__}).\nIts log may say more."
        ) from None
    finally:
        connection.close()


def _check_status(response: http.client.HTTPResponse) -> None:
    if response.status >= http.client.BAD_REQUEST:
        raise AdminRefused(_words(response))


def _words(response: http.client.HTTPResponse) -> str:
    return _words_in(response.read(), response.status)


def _words_in(answer: bytes, status: int) -> str:
    hint = ""
    if status == http.client.SERVICE_UNAVAILABLE:
        hint = "\nOn the server's machine, `countersign doctor` says what is wrong."
    try:
        return str(json.loads(answer)["error"]) + hint
    except (ValueError, KeyError, TypeError):
        return f"The server answered with HTTP status {status}."


def _address(config: "Config") -> tuple[str, int]:
    """Return the address of the admin listener.

    A running server has locked the address file. Without the lock, another program may listen
    there, which must not get the token.
    """
    file = config.admin_address_file
    try:
        with file.open(encoding="ascii") as note:
            try:
                fcntl.flock(note, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError:
                return _parsed(config, note.read())
    except FileNotFoundError:
        pass
    except OSError as error:
        raise ServerNotRunning(f"{file} cannot be read: {error.strerror}.") from None
    raise NoServer(
        f"The server of {config.server_name} is not running.\n"
        f"Start it with: countersign serve --config {shlex.quote(str(config.file))}"
    )


def _parsed(config: "Config", note: str) -> tuple[str, int]:
    host, _, port = note.strip().rpartition(":")
    if not port.isdecimal():
        raise ServerNotRunning(
            f"The server of {config.server_name} is starting or stopping; try again in a moment."
        )
    return host.strip("[]"), int(port)


def _token(config: "Config") -> str:
    named = os.environ.get(TOKEN_VARIABLE)
    file = config.path(config.admin.token_file) if named is None else Path(named)
    try:
        return file.read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is no token"
        raise ServerNotRunning(
            f"The admin token {file} cannot be read: {reason}.\n"
            "The server makes one when it starts; start it again if the file was lost."
        ) from None
