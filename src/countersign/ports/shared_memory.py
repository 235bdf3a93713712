"""Address of the server with the shared counters: Valkey or Redis."""

from dataclasses import dataclass, field
from typing import Final, Self
from urllib.parse import unquote, urlsplit

DEFAULT_PORT: Final = 6379
MAX_DATABASE: Final = 65_535
_SCHEMES: Final = {"valkey": False, "redis": False, "valkeys": True, "rediss": True}
"""Schemes, and whether each means TLS."""
_EXPECTED: Final = (
    "an address such as valkey://host:6379/0 or, with TLS, valkeys://host:6379/0; redis:// and "
    "rediss:// mean the same"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class SharedMemoryAddress:
    """Address of a server, and how to sign in there.

    Attributes:
        host: its name or IP address.
        port: its port.
        database: the number of its database.
        is_tls: True if it is spoken to over TLS.
        user: the user who signs in; empty for its default user.
        password: empty for none.
    """

    host: str
    port: int = DEFAULT_PORT
    database: int = 0
    is_tls: bool = False
    user: str = ""
    password: str = field(default="", repr=False)

    @classmethod
    def parse(cls, url: str) -> Self:
        """Parse a URL into an address.

        Raises:
            ValueError: says what is expected, and never what was given: it may hold a password.
        """
        try:
            parts = urlsplit(url)
            host, port = parts.hostname, parts.port
        except ValueError:
            raise ValueError(_EXPECTED) from None
        database = parts.path.removeprefix("/")
        if (
            parts.scheme not in _SCHEMES
            or not host
            or port == 0
            or parts.query
            or parts.fragment
            or not url.isprintable()
            or " " in url
            or not (database == "" or (database.isascii() and database.isdigit()))
            or len(database) > len(str(MAX_DATABASE))
            or int(database or 0) > MAX_DATABASE
        ):
            raise ValueError(_EXPECTED)
        return cls(
            host=host,
            port=port or DEFAULT_PORT,
            database=int(database or 0),
            is_tls=_SCHEMES[parts.scheme],
            user=unquote(parts.username or ""),
            password=unquote(parts.password or ""),
        )

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{'valkeys' if self.is_tls else 'valkey'}://{host}:{self.port}/{self.database}"
