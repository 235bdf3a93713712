"""Parsing of PostgreSQL URLs; the password is kept apart from what messages may show."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Final
from urllib.parse import SplitResult, parse_qsl, quote, unquote, urlencode, urlsplit

from countersign.adapters.files.bounded_reading import read_bounded
from countersign.adapters.sql.errors import DatabaseUnusable

SCHEMES: Final = ("postgresql", "postgres")
_PASSWORD: Final = "password"  # noqa: S105 - the name of a parameter
_PASSWORD_FILE: Final = "password_file"  # noqa: S105 - likewise
_FILES: Final = frozenset({"sslcert", "sslcrl", "sslkey", "sslrootcert"})
"""Parameters of the driver that name files."""
_DEFAULT_PORT: Final = 5432
_MAX_PASSWORD_BYTES: Final = 4_096
_HOW: Final = (
    "Write postgresql://user@host:5432/name?password_file=/path/to/file, or the password after the"
    " user's name."
)


@dataclass(frozen=True, slots=True)
class PostgresAddress:
    """Address of a PostgreSQL database.

    Attributes:
        url: the URL for the driver, without the password. Its parameters may name a file with a
            TLS key, and the password of that key.
        password: None if the server asks for none, or finds it elsewhere (`.pgpass`).
        place: host, port and name of the database, for messages.
    """

    url: str = field(repr=False)
    password: str | None = field(repr=False)
    place: str

    def __str__(self) -> str:
        return self.place


def is_postgres(url: str) -> bool:
    """Return True if the value of the setting `database` is a PostgreSQL URL."""
    return url.partition(":")[0] in SCHEMES


def parse_postgres_url(url: str, base: Path) -> PostgresAddress:
    """Return the address in `postgresql://user:password@host:port/name`.

    Args:
        url: the value of the setting `database`. Parameters after `?` are the driver's (`sslmode`,
            `sslrootcert`), and `password_file`: a file that contains only the password. The
            password may also be given as the driver's parameter `password`.
        base: the directory that relative paths start from.

    Raises:
        DatabaseUnusable: the URL is incomplete or invalid, or the password cannot be read. The
            message does not contain the password.
    """
    try:
        split = urlsplit(url)
        port = split.port or _DEFAULT_PORT
    except ValueError as error:
        raise DatabaseUnusable(
            f"The setting `database` has an invalid port or host ({error}). {_HOW}"
        ) from error
    name = unquote(split.path.removeprefix("/"))
    parameters = dict(parse_qsl(split.query))
    host = split.hostname or parameters.get("host", "")
    if split.scheme not in SCHEMES or not name or "/" in name or not host or not split.username:
        raise DatabaseUnusable(
            f"The setting `database` lacks a user, a host or the name of a database. {_HOW}"
        )
    password = None if split.password is None else unquote(split.password)
    parameter = parameters.pop(_PASSWORD, None)
    file = parameters.pop(_PASSWORD_FILE, None)
    if sum(each is not None for each in (password, parameter, file)) > 1:
        raise DatabaseUnusable(
            "The setting `database` has more than one password: after the user's name, in the"
            " parameter `password`, or in a password_file. Keep one."
        )
    for each in _FILES & parameters.keys():
        parameters[each] = _find_file(each, parameters[each], base)
    if file is not None:
        password = _read_password(base / file)
    elif parameter is not None:
        password = parameter
    return PostgresAddress(_without_password(split, parameters), password, f"{host}:{port}/{name}")


def _find_file(parameter: str, value: str, base: Path) -> str:
    for path in (base / value, Path(value).expanduser()):
        if path.is_file():
            return str(path)
    raise DatabaseUnusable(
        f"The setting `database` has {parameter}={value}, and there is no file of that name."
    )


def _without_password(split: SplitResult, parameters: dict[str, str]) -> str:
    user = quote(unquote(split.username or ""), safe="")
    place = split.netloc.rpartition("@")[2]
    query = f"?{urlencode(parameters)}" if parameters else ""
    return f"postgresql://{user}@{place}{split.path}{query}"


def _read_password(file: Path) -> str:
    try:
        password = read_bounded(file, _MAX_PASSWORD_BYTES + 1).decode("utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise DatabaseUnusable(
            f"The password of the database cannot be read from {file}: {error}."
        ) from error
    if not password:
        raise DatabaseUnusable(f"The password file {file} is empty.")
    if len(password) > _MAX_PASSWORD_BYTES:
        raise DatabaseUnusable(f"{file} is no password file: it is too long.")
    return password
