"""The settings file as one frozen `Config`; every mistake in it is reported at once.

Paths in the file are relative to the folder that holds it. A setting that guards something (a
network, an address, a name) is parsed here, so that a typing error stops the start instead of
weakening the guard.
"""

from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    model_validator,
)

from countersign.policy.documents import Document, DocumentInvalid, read_document
from countersign.protocol.errors import CountersignError
from countersign.protocol.identifiers import is_server_name, is_user_id, split_server_name

CONFIG_FILE_NAME = "countersign.yaml"
MAX_CONFIG_BYTES = 1_000_000


class ConfigError(CountersignError):
    """The settings file cannot be used; says every mistake, with its line and what is allowed."""


def _server_name(value: str) -> str:
    if not is_server_name(value):
        raise ValueError("must be a Matrix server name such as policy.example.org or [::1]:8448")
    return value


def _user_id(value: str) -> str:
    if not is_user_id(value):
        raise ValueError("must be a Matrix user ID such as @policy:policy.example.org")
    return value


def _address(value: str) -> str:
    try:
        ip_address(value)
    except ValueError:
        raise ValueError("must be an IP address such as 127.0.0.1, 0.0.0.0 or ::") from None
    return value


def _network(value: object) -> IPv4Network | IPv6Network:
    # Pydantic alone would take a bare number for an address.
    try:
        return ip_network(value if isinstance(value, str) else "")
    except ValueError:
        raise ValueError("must be a network such as 10.0.0.0/8 or fd00::/8") from None


def _resolved(value: Path, base: Path) -> Path:
    return base / value.expanduser()


ServerName = Annotated[str, AfterValidator(_server_name)]
UserId = Annotated[str, AfterValidator(_user_id)]
Address = Annotated[str, AfterValidator(_address)]
Network = Annotated[IPv4Network | IPv6Network, BeforeValidator(_network)]
Glob = Annotated[str, Field(min_length=1, max_length=255)]


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class TlsFiles(_Section):
    """A certificate chain and its key, both PEM."""

    certificate: Path
    private_key: Path


class Listener(_Section):
    """An address to listen at; plain HTTP, for a reverse proxy, when there is no `tls`."""

    address: Address = "127.0.0.1"
    port: int = Field(default=8448, ge=0, le=65535)
    tls: TlsFiles | None = None


class KeyFiles(_Section):
    """Where the two signing keys lie. They must differ."""

    server: Path = Path("keys/server.signing.key")
    policy: Path = Path("keys/policy.signing.key")


class Federation(_Section):
    """How we reach other servers."""

    ca_certificates: Path | None = None
    allow_networks: tuple[Network, ...] = ()


class Admin(_Section):
    """Where the command line speaks to the running server. Loopback only; port 0 takes any."""

    token_file: Path = Path("admin.token")
    address: Literal["127.0.0.1", "::1"] = "127.0.0.1"
    port: int = Field(default=0, ge=0, le=65535)


class Invites(_Section):
    """Whose invitations are accepted: globs over user IDs and server names. Nobody's by default."""

    accept_from: tuple[Glob, ...] = ()


class PerOrigin(_Section):
    """How fast one server may ask for signatures."""

    per_second: float = Field(default=500.0, gt=0, le=1_000_000)
    burst: int = Field(default=5_000, ge=1, le=10_000_000)


class Limits(_Section):
    """Limits on what others may ask of us."""

    per_origin: PerOrigin = PerOrigin()


class SupportContact(_Section):
    """A person to turn to, as `/.well-known/matrix/support` lists them."""

    role: str = Field(min_length=1, max_length=255)
    matrix_id: UserId | None = None
    email_address: str | None = Field(default=None, min_length=3, max_length=255)

    @model_validator(mode="after")
    def _reachable(self) -> "SupportContact":
        if self.matrix_id is None and self.email_address is None:
            raise ValueError("needs a matrix_id or an email_address")
        return self


class Support(_Section):
    """What `/.well-known/matrix/support` says; not served when empty."""

    contacts: tuple[SupportContact, ...] = ()
    support_page: str | None = Field(default=None, max_length=2_048, pattern=r"^https?://\S+$")


class Config(_Section):
    """All settings of one Countersign server."""

    server_name: ServerName
    user: UserId | None = None
    display_name: str = Field(default="Policy Server", max_length=255)
    listen: tuple[Listener, ...] = Field(default=(Listener(),), min_length=1, max_length=16)
    reachable_at: ServerName | None = None
    database: str = Field(default="sqlite:///countersign.db", pattern=r"^sqlite:///.+$")
    keys: KeyFiles = KeyFiles()
    policy: Path = Path("policy.yaml")
    invites: Invites = Invites()
    limits: Limits = Limits()
    federation: Federation = Federation()
    admin: Admin = Admin()
    support: Support = Support()
    base: Path = Field(default=Path(), exclude=True, repr=False)

    @model_validator(mode="after")
    def _user_is_ours(self) -> "Config":
        if self.user is not None and not self.user.endswith(f":{self.server_name}"):
            raise ValueError(f"user: must end with :{self.server_name}, our own server name")
        return self

    @property
    def user_id(self) -> str:
        """The user that joins rooms."""
        return self.user or f"@policy:{self.server_name}"

    @property
    def delegated_server(self) -> str:
        """What `/.well-known/matrix/server` answers: host and port where federation reaches us."""
        if self.reachable_at is not None:
            return self.reachable_at
        host = self.server_name.removesuffix(f":{split_server_name(self.server_name).port}")
        first = self.listen[0]
        # Behind a proxy, whoever reads the well-known on 443 reaches us there too.
        return f"{host}:{first.port if first.tls else 443}"

    @property
    def admin_address_file(self) -> Path:
        """Where the running server writes the address of its admin listener."""
        return self.path(self.admin.token_file).with_suffix(".address")

    def path(self, value: Path) -> Path:
        """Return `value` as seen from the settings file's folder."""
        return _resolved(value, self.base)


def read_config(file: Path) -> Config:
    """Read the settings at `file`.

    Raises:
        ConfigError: the file cannot be read, or holds mistakes; lists all of them.
    """
    try:
        text = file.read_bytes()
    except FileNotFoundError:
        raise ConfigError(
            f"There is no settings file at {file}.\n"
            f"Make one with: countersign init --server-name NAME --dir {file.parent}"
        ) from None
    except OSError as error:
        raise ConfigError(f"The settings file {file} cannot be read: {error.strerror}.") from None
    try:
        document = read_document(text)
    except DocumentInvalid as error:
        raise ConfigError(f"{file}: {error}") from None
    return _validated(document, file)


def _validated(document: Document, file: Path) -> Config:
    if not isinstance(document.data, dict):
        raise ConfigError(f"{file}: the settings must be a mapping of names to values.")
    try:
        return Config.model_validate({**document.data, "base": file.parent.resolve()})
    except ValidationError as error:
        mistakes = [_mistake(document, file, details) for details in error.errors()]
        raise ConfigError("\n".join(mistakes)) from None


def _mistake(document: Document, file: Path, details: Any) -> str:
    where = tuple(part for part in details["loc"] if not _is_union_tag(part))
    name = ".".join(str(part) for part in where) or "settings"
    line = document.line_of(where)
    return f"{file}:{line}: {name}: {_words(details)}"


def _is_union_tag(part: object) -> bool:
    return isinstance(part, str) and part.startswith(("function-", "literal[", "IPv"))


def _words(details: Any) -> str:
    kind, message = details["type"], details["msg"].removeprefix("Value error, ")
    if kind == "extra_forbidden":
        return "there is no such setting"
    if kind == "missing":
        return "is required"
    return f"found {details['input']!r}: {message[0].lower()}{message[1:]}"
