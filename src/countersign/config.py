"""The settings file as one frozen `Config`; every mistake in it is reported at once.

Paths in the file are relative to the folder that holds it. A setting that guards something (a
network, an address, a name) is parsed here, so that a typing error stops the start instead of
weakening the guard.
"""

import os
import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from pathlib import Path
from typing import Annotated, Any, Literal, get_args, get_origin
from urllib.parse import SplitResult, urlsplit

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    ValidationError,
    ValidationInfo,
    field_validator,
    model_validator,
)

from countersign.adapters.files.bounded_reading import read_bounded
from countersign.basics.community_names import is_community_name
from countersign.basics.durations import DAY_MS
from countersign.basics.worker_limits import MAX_WORKERS
from countersign.policy.document.documents import Document, DocumentInvalid
from countersign.policy.document.formats import read_document
from countersign.policy.document.mistakes import Mistake, listed, near_miss, shown
from countersign.policy.document.mistakes import Path as DocumentPath
from countersign.policy.filters.external.checker_options import CHECKER_NAME, is_http_url
from countersign.ports.shared_memory import SharedMemoryAddress
from countersign.protocol.canonical_json import JsonObject
from countersign.protocol.errors import CountersignError, ProtocolError
from countersign.protocol.identifiers import (
    is_room_id,
    is_server_name,
    is_user_id,
    split_server_name,
)
from countersign.protocol.keys.notaries import Notary
from countersign.protocol.keys.signing_keys import VerifyKey, is_ed25519_key_id
from countersign.protocol.rooms.policy_servers import POLICY_KEY_ID

DEFAULT_COMMUNITY = "default"  # as `service.policies` names it, which is much to load
CONFIG_FILE_NAME = "countersign.yaml"
MAX_CONFIG_BYTES = 1_000_000
MAX_FILE_NAME_BYTES = 255
MAX_PATH_BYTES = 4_096
MAX_FURTHER_KEYS = 16
MAX_CHECKERS = 100
MAX_MANAGEMENT_ROOMS = 1_000
MAX_MODERATORS = 1_000
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
QUIET_HOURS = re.compile(r"([01]\d|2[0-3]):([0-5]\d)\s*-\s*([01]\d|2[0-3]):([0-5]\d)", re.ASCII)
KEPT = re.compile(r"(\d{1,4})d", re.ASCII)
MAX_KEPT_DAYS = 3_650
PUBLIC_URL = re.compile(r"https://([a-zA-Z0-9.-]+)(?::([0-9]{1,5}))?")
HTTPS_PORT = 443
MAX_PORT = 65_535
MAX_PUBLIC_URL_CHARS = 100


class ConfigError(CountersignError):
    """The settings file is invalid; the message lists every mistake with its line.

    Args:
        message: all of it.
        sound: the settings without those that hold a mistake, so that more can be checked.
        left_out: which those are: names at the top level.
    """

    def __init__(
        self,
        message: str,
        sound: "Config | None" = None,
        left_out: frozenset[str] = frozenset(),
    ) -> None:
        super().__init__(message)
        self.sound = sound
        self.left_out = left_out


def _server_name(value: str) -> str:
    if not is_server_name(value):
        raise ValueError("a Matrix server name such as policy.example.org or [::1]:8448")
    return value


def _user_id(value: str) -> str:
    if not is_user_id(value):
        raise ValueError("a Matrix user ID such as @policy:policy.example.org")
    return value


def _management_room_name(value: str) -> str:
    sigil, server = value[:1], value.partition(":")[2]
    is_alias = sigil == "#" and len(value.encode()) <= 255 and is_server_name(server)
    if not (is_alias or is_user_id(value) or is_room_id(value)):
        raise ValueError(
            "a room ID, an alias, or the user who makes the room, in quotes, such as "
            '"!room:example.org", "#moderators:example.org" or "@alice:example.org"'
        )
    return value


def _quiet_hours(value: object) -> tuple[int, int]:
    """Return the first quiet minute of a day, and the first minute after the quiet ones."""
    found = QUIET_HOURS.fullmatch(value.strip()) if isinstance(value, str) else None
    hours = [int(each) for each in found.groups()] if found else [0, 0, 0, 0]
    first, last = hours[0] * 60 + hours[1], hours[2] * 60 + hours[3]
    if first == last:
        raise ValueError("two times of day in UTC, in quotes, such as '22:00-07:00'")
    return first, last


def _duty_hours(value: object) -> tuple[frozenset[int], int, int]:
    """Return the days of duty, 0 for Monday, and its first minute and the one after its last."""
    text = value.strip().lower() if isinstance(value, str) else ""
    named, _, hours = text.rpartition(" ")
    first, _, last = named.partition("-")
    try:
        first_day, last_day = (WEEKDAYS.index(each) for each in (first, last or first))
        begin, end = _quiet_hours(hours)
    except ValueError:
        raise ValueError(
            "days and hours in UTC, in quotes, such as 'mon-fri 08:00-18:00'"
        ) from None
    days = frozenset((first_day + n) % 7 for n in range((last_day - first_day) % 7 + 1))
    return days, begin, end


def _address(value: str) -> str:
    if value == "localhost":
        return "127.0.0.1"
    try:
        ip_address(value)
    except ValueError:
        raise ValueError("an IP address such as 127.0.0.1, 0.0.0.0 or ::") from None
    return value


def _network(value: object) -> IPv4Network | IPv6Network:
    # Pydantic alone would take a bare number for an address.
    text = value if isinstance(value, str) else ""
    try:
        return ip_network(text)
    except ValueError:
        raise ValueError(f"a network such as {_network_around(text)}") from None


def _network_around(text: str) -> str:
    """Return the network of an address that was written with bits behind its prefix."""
    try:
        return str(ip_network(text, strict=False))
    except ValueError:
        return "10.0.0.0/8 or fd00::/8"


def _notary_keys(value: dict[str, str]) -> dict[str, str]:
    if not value or not all(_is_notary_key(key_id, key) for key_id, key in value.items()):
        raise ValueError(
            "one or more of its public keys by ID, such as {'ed25519:auto': 'Noi6WqcDj0QmPxCN…'}"
        )
    return value


def _is_notary_key(key_id: str, key: str) -> bool:
    try:
        return is_ed25519_key_id(key_id) and bool(VerifyKey.from_base64(key_id, key))
    except ProtocolError:
        return False


def _path(value: Path) -> Path:
    if not value.name:
        raise ValueError("a path")
    try:
        path = value.expanduser()
    except RuntimeError:
        raise ValueError("a path; there is no such user's home") from None
    if not _can_be_a_file(path):
        raise ValueError(
            f"a path of less than {MAX_PATH_BYTES:,} bytes, at most {MAX_FILE_NAME_BYTES} in each "
            "part, and no NUL"
        )
    return path


def _can_be_a_file(path: Path) -> bool:
    """Return False for a path that the system would refuse before it looks for the file."""
    try:
        encoded = os.fsencode(path)
    except UnicodeEncodeError:  # not in this locale
        return False
    longest = max(map(len, encoded.split(b"/")))
    return b"\0" not in encoded and longest <= MAX_FILE_NAME_BYTES and len(encoded) < MAX_PATH_BYTES


def _public_key(value: object) -> VerifyKey:
    try:
        return VerifyKey.from_base64(POLICY_KEY_ID, value if isinstance(value, str) else "")
    except ProtocolError:
        raise ValueError("a public policy key, as `countersign keys` prints it") from None


def _community_name(value: str) -> str:
    if not is_community_name(value):
        raise ValueError("a community's name, as its policy file is called, or default")
    return value


def _split_url(value: str) -> SplitResult | None:
    """Return the parts of a URL; None if it is invalid."""
    if not value.isascii() or not value.isprintable() or " " in value:
        return None
    try:
        url = urlsplit(value)
        is_reachable = url.port != 0
    except ValueError:
        return None
    return url if is_reachable else None


def _webhook_url(value: str) -> str:
    url = _split_url(value)
    if url is None or url.scheme not in ("https", "http") or not url.hostname:
        raise ValueError("an address such as https://example.org/leaks")
    if url.username is not None or url.password is not None:
        raise ValueError("an address without a password; the receiver knows us by `secret_file`")
    return value


def _checker_url(value: str) -> str:
    if not is_http_url(value) or _split_url(value) is None:
        raise ValueError(
            "an address such as https://checker.example.org/check, without a user or password; "
            "the checker knows us by `secret_file`"
        )
    return value


def _checker_name(value: str) -> str:
    if CHECKER_NAME.fullmatch(value) is None:
        raise ValueError("a name of at most 60 letters, digits, -, _ and .")
    return value


def _retention_ms(value: object) -> int | None:
    """Return a retention time in milliseconds; None for no limit."""
    found = KEPT.fullmatch(value.strip()) if isinstance(value, str) else None
    if value == "forever":
        return None
    if found is None or not 1 <= int(found[1]) <= MAX_KEPT_DAYS:
        raise ValueError(f"a number of days from 1d to {MAX_KEPT_DAYS}d, or forever")
    return int(found[1]) * DAY_MS


def _retention_or_off_ms(value: object) -> int | None:
    # YAML 1.1 reads `off` as false.
    if value is False or value == "off":
        return 0
    try:
        return _retention_ms(value)
    except ValueError:
        raise ValueError(f"a number of days from 1d to {MAX_KEPT_DAYS}d, forever, or off") from None


def _public_url(url: str) -> str:
    """Return the address as browsers write it: in lower case, without the usual port."""
    found = PUBLIC_URL.fullmatch(url)
    if found is None or len(url) > MAX_PUBLIC_URL_CHARS:
        raise ValueError("an address without a path, such as https://policy.example.org")
    host, port = found.groups()
    if port is not None and not 1 <= int(port) <= MAX_PORT:
        raise ValueError(f"an address with a port from 1 to {MAX_PORT}, or without one")
    usual = port is None or int(port) == HTTPS_PORT
    return f"https://{host.lower()}" + ("" if usual else f":{int(port)}")


def _shared_memory_address(value: object) -> SharedMemoryAddress:
    return SharedMemoryAddress.parse(value if isinstance(value, str) else "")


def _address_alone(value: object) -> object:
    """Return the section in place of a lone address."""
    return {"url": value} if isinstance(value, str) else value


def _database(value: str) -> str:
    is_file = value.startswith("sqlite:///") and value != "sqlite:///"
    if not is_file and not value.startswith(("postgresql://", "postgres://")):
        raise ValueError(
            "sqlite:///countersign.db, or four slashes before an absolute path; or"
            " postgresql://user@host:5432/name?password_file=file"
        )
    return value


def _is_shared(database: str) -> bool:
    return not database.startswith("sqlite:")


ServerName = Annotated[str, AfterValidator(_server_name)]
UserId = Annotated[str, AfterValidator(_user_id)]
ManagementRoomName = Annotated[str, AfterValidator(_management_room_name)]
CommunityName = Annotated[str, AfterValidator(_community_name)]
DutyHours = Annotated[tuple[frozenset[int], int, int], BeforeValidator(_duty_hours)]
QuietHours = Annotated[tuple[int, int], BeforeValidator(_quiet_hours)]
Address = Annotated[str, AfterValidator(_address)]
Network = Annotated[IPv4Network | IPv6Network, BeforeValidator(_network)]
NotaryKeys = Annotated[dict[str, str], AfterValidator(_notary_keys)]
PublicPolicyKey = Annotated[VerifyKey, BeforeValidator(_public_key)]
HostName = Annotated[str, Field(min_length=1, max_length=255, pattern=r"^[A-Za-z0-9._-]+$")]
Glob = Annotated[str, Field(min_length=1, max_length=255)]
CheckerUrl = Annotated[str, AfterValidator(_checker_url)]
CheckerName = Annotated[str, AfterValidator(_checker_name)]
WebhookUrl = Annotated[str, Field(max_length=2_048), AfterValidator(_webhook_url)]
SharedMemoryUrl = Annotated[
    SharedMemoryAddress, BeforeValidator(_shared_memory_address), PlainSerializer(str)
]
PublicUrl = Annotated[str, AfterValidator(_public_url)]
FilePath = Annotated[Path, AfterValidator(_path)]
Port = Annotated[int, Field(strict=True, ge=0, le=MAX_PORT)]


KeptMs = Annotated[int | None, BeforeValidator(_retention_ms)]
KeptOrOffMs = Annotated[int | None, BeforeValidator(_retention_or_off_ms)]


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class TlsFiles(_Section):
    """A certificate chain and its key, both PEM."""

    certificate: FilePath
    private_key: FilePath


class Listener(_Section):
    """An address to listen at; without `tls` it is plain HTTP, for a reverse proxy."""

    address: Address = "127.0.0.1"
    port: Port = 8448
    tls: TlsFiles | None = None


class KeyFiles(_Section):
    """Files of the signing keys, no two of them the same.

    `former_policy` and `leaked_policy` sign for the rooms that still list them. A signature of a
    former one, or of one in `retired_policy`, shows that an event was signed before; a leaked one's
    shows nothing.
    """

    server: FilePath = Path("keys/server.signing.key")
    policy: FilePath = Path("keys/policy.signing.key")
    former_policy: tuple[FilePath, ...] = Field(default=(), max_length=MAX_FURTHER_KEYS)
    leaked_policy: tuple[FilePath, ...] = Field(default=(), max_length=MAX_FURTHER_KEYS)
    retired_policy: tuple[PublicPolicyKey, ...] = Field(default=(), max_length=MAX_FURTHER_KEYS)


class NotarySettings(_Section):
    """A server that we ask for the keys of others; its own keys are pinned here."""

    name: ServerName
    keys: NotaryKeys

    @property
    def notary(self) -> Notary:
        """Return it with its keys as keys."""
        return Notary(
            self.name,
            {key_id: VerifyKey.from_base64(key_id, key) for key_id, key in self.keys.items()},
        )


class Federation(_Section):
    """Settings of requests to other servers."""

    notaries: tuple[NotarySettings, ...] = Field(default=(), max_length=8)
    ca_certificates: FilePath | None = None
    allow_networks: tuple[Network, ...] = ()


class Admin(_Section):
    """Listener for the command line. Loopback only; port 0 takes any."""

    token_file: FilePath = Path("admin.token")
    address: Literal["127.0.0.1", "::1"] = "127.0.0.1"
    port: Port = 0


class MetricsListener(_Section):
    """Settings of the listener that serves metrics without a token, but not to web pages."""

    address: Address = "127.0.0.1"
    port: Port
    hosts: tuple[HostName, ...] = Field(default=(), max_length=100)


class DashboardListener(_Section):
    """An address for the dashboard. Plain HTTP: elsewhere than on loopback, a proxy adds TLS."""

    address: Address = "127.0.0.1"
    port: Port = 8449


class Dashboard(_Section):
    """Settings of the dashboard, which is there if they are.

    Attributes:
        listen: where it listens.
        public_url: its address behind a reverse proxy; None if it is opened on loopback alone.
        openid: True if an OpenID token of a Matrix account signs in.
        room_moderators: True if the power to ban in a protected room lets its holder see what is
            refused there, and allow it there.
    """

    listen: DashboardListener = DashboardListener()
    public_url: PublicUrl | None = None
    openid: bool = Field(default=False, strict=True)
    room_moderators: bool = Field(default=False, strict=True)


class Invites(_Section):
    """Invitations that are accepted: globs over user IDs and server names, none by default."""

    accept_from: tuple[Glob, ...] = ()


class Webhook(_Section):
    """A URL that gets refused events which reached their rooms."""

    url: WebhookUrl
    secret_file: FilePath | None = None
    allow_networks: tuple[Network, ...] = ()


class CheckerSettings(_Section):
    """A program that policies may ask by its name, and the secret that it knows us by."""

    url: CheckerUrl
    secret_file: FilePath | None = None


class Redactions(_Section):
    """Recipients of refused events that are out in their rooms, who redact them."""

    by_ourselves: bool = Field(default=False, strict=True)
    bots: tuple[UserId, ...] = Field(default=(), max_length=10)
    webhooks: tuple[Webhook, ...] = Field(default=(), max_length=4)


class ManagementSettings(_Section):
    """Management room of one community, and who moderates there.

    Attributes:
        room: its ID or alias, or the ID of the user who makes it and invites our user there.
        moderators: roles by user ID, whatever the power level in the room is.
        alerts: True to send alerts about refusals there.
        quiet_hours: minutes of a day in UTC, from the first on and up to the second, in which no
            alert is sent.
        on_duty: whom alerts call, and when: weekdays from 0 for Monday on, and minutes of a day.
    """

    room: ManagementRoomName | None = None
    moderators: Annotated[
        dict[UserId, Literal["read", "junior", "moderator", "lead"]],
        Field(max_length=MAX_MODERATORS),
    ] = {}
    alerts: bool = Field(default=True, strict=True)
    quiet_hours: QuietHours | None = None
    on_duty: Annotated[dict[UserId, DutyHours], Field(max_length=MAX_MODERATORS)] = {}


PerSecond = Annotated[float, Field(strict=True, gt=0, le=1_000_000)]
Burst = Annotated[int, Field(strict=True, ge=1, le=10_000_000)]
PerDay = Annotated[int, Field(strict=True, ge=1, le=1_000_000_000)]
Seconds = Annotated[float, Field(strict=True, ge=0.1, le=3_600)]


class Rate(_Section):
    """A rate per second, and a burst; by default a burst is ten seconds' worth."""

    per_second: PerSecond
    burst: Burst | None = None

    @property
    def at_once(self) -> int:
        """Number that may come at once."""
        return max(1, round(10 * self.per_second)) if self.burst is None else self.burst


class DecisionsPerDay(_Section):
    """Number of new decisions that are made on others' events in a day."""

    per_origin: PerDay = 1_000_000
    per_domain: PerDay = 2_000_000
    in_all: PerDay = 20_000_000


class Connections(_Section):
    """Limits on connections."""

    in_all: int = Field(default=4_096, strict=True, ge=16, le=60_000)
    per_address: int = Field(default=1_024, strict=True, ge=1, le=60_000)
    header_seconds: Seconds = 10.0
    body_seconds: Seconds = 10.0
    idle_seconds: Seconds = 60.0


class Limits(_Section):
    """Limits on what others may ask of us."""

    per_origin: Rate = Rate(per_second=500.0)
    per_host: Rate = Rate(per_second=1_000.0)
    per_domain: Rate = Rate(per_second=2_000.0)
    per_network: Rate = Rate(per_second=2_000.0)
    in_all: Rate = Rate(per_second=10_000.0)
    strangers: Rate = Rate(per_second=50.0)
    stranger_bodies: Rate = Rate(per_second=128.0, burst=2_048)
    transactions: Rate = Rate(per_second=500.0)
    decisions_per_day: DecisionsPerDay = DecisionsPerDay()
    unseen_signatures: int = Field(default=10_000, strict=True, ge=100, le=100_000)
    waiting: int = Field(default=2_000, strict=True, ge=10, le=100_000)
    connections: Connections = Connections()
    trusted_proxies: tuple[Network, ...] = ()


class PolicySettings(_Section):
    """Settings of the source of policies.

    `files`: the server takes over what the policy files say whenever it reads them: at the start,
    on SIGHUP, and by `countersign policy reload`. `database`: what is in force is changed by
    command alone, and a file that differs waits until `countersign policy reload` takes it over.
    """

    source: Literal["files", "database"] = "files"


class ConfirmationSettings(_Section):
    """Settings of commands that take effect only when a second person confirms them.

    Attributes:
        policy: the communities whose policy changes only so.
        lists: the communities that follow other policy lists, or do otherwise by them, only so.
        erasure: True if people and rooms are erased, and purged from the archive, only so.
        mutes_above: more people than this are muted by one command, or their mutes ended, only so;
            null if that needs nobody.
    """

    policy: tuple[CommunityName, ...] = Field(default=(), max_length=MAX_MANAGEMENT_ROOMS)
    lists: tuple[CommunityName, ...] = Field(default=(), max_length=MAX_MANAGEMENT_ROOMS)
    erasure: bool = Field(default=False, strict=True)
    mutes_above: int | None = Field(default=None, strict=True, ge=0, le=1_000)


class Archive(_Section):
    """Settings of the archive: whether judged events are kept for trials, and for how long."""

    is_on: bool = Field(default=False, strict=True)
    retention_days: int = Field(default=14, strict=True, ge=1, le=365)


class Retention(_Section):
    """Retention times of personal data; None for no limit, 0 (`evidence: off`) for not at all.

    Attributes:
        signed: the details of decisions on signed events.
        refused: those on refused events, and what moderators allowed, from its end on.
        reports: leaks, our redactions of them, and raids that are over.
        audit: who changed what, and what people did about decisions.
        trust: what is known of people, since they were last seen.
        appeals: those against refusals, and the notes of moderators on them.
        evidence: the texts of refused events.
    """

    signed: KeptMs = 30 * DAY_MS
    refused: KeptMs = 180 * DAY_MS
    reports: KeptMs = 365 * DAY_MS
    audit: KeptMs = 365 * DAY_MS
    trust: KeptMs = 365 * DAY_MS
    appeals: KeptMs = 365 * DAY_MS
    evidence: KeptOrOffMs = 30 * DAY_MS


class SupportContact(_Section):
    """A person to turn to, as `/.well-known/matrix/support` lists them."""

    role: str = Field(min_length=1, max_length=255)
    matrix_id: UserId | None = None
    email_address: str | None = Field(default=None, min_length=3, max_length=255)

    @model_validator(mode="after")
    def _reachable(self) -> "SupportContact":
        if self.matrix_id is None and self.email_address is None:
            raise ValueError("a contact with a matrix_id or an email_address")
        return self


class Support(_Section):
    """Content of `/.well-known/matrix/support`; not served when empty."""

    contacts: tuple[SupportContact, ...] = ()
    support_page: str | None = Field(default=None, max_length=2_048, pattern=r"^https?://\S+$")

    @property
    def document(self) -> JsonObject | None:
        """The served document; None if there is none."""
        said: JsonObject = self.model_dump(exclude_none=True, exclude_defaults=True)
        return said or None


class Reasons(_Section):
    """Settings of the pages that explain refusals, `/r/REFERENCE`.

    Attributes:
        public_url: where people's browsers reach this server; refusals then end with the address of
            their page. None if no name of ours is served to browsers: they end with the reference.
    """

    public_url: PublicUrl | None = None


class SharedCounters(_Section):
    """The Valkey or Redis server in which several processes count together.

    Attributes:
        url: its address; the password may be in it.
        password_file: holds the password on one line.
        ca_certificates: a PEM file of authorities to trust besides the system's.
    """

    url: SharedMemoryUrl
    password_file: FilePath | None = None
    ca_certificates: FilePath | None = None

    @field_validator("password_file")
    @classmethod
    def _one_password(cls, file: Path | None, info: ValidationInfo) -> Path | None:
        url = info.data.get("url")
        if file is not None and url is not None and url.password:
            raise ValueError("a password in the address, or in a file, and not both")
        return file


class Logs(_Section):
    """Settings of the log, which goes to stderr.

    Attributes:
        format: `auto` is `text` at a terminal, and `json` everywhere else.
        level: what is written: this and all that is worse.
        refusals: True if each refused event has a line: its IDs and steps, without its content.
    """

    format: Literal["auto", "json", "text"] = "auto"
    level: Literal["debug", "info", "warning", "error"] = "info"
    refusals: bool = Field(default=False, strict=True)


class Appeals(_Section):
    """Settings of appeals against refusals.

    Attributes:
        is_on: True if the page on a refusal takes them.
        answer_within_days: until when an answer is due.
        per_day: so many of one community are taken in 24 hours.
        direct_chats: True if they are taken in direct chats with our user too, which it joins on
            invitation of somebody who was refused.
    """

    is_on: bool = Field(default=True, strict=True)
    direct_chats: bool = Field(default=True, strict=True)
    answer_within_days: int = Field(default=7, strict=True, ge=1, le=90)
    per_day: int = Field(default=100, strict=True, ge=1, le=10_000)


class MemberReports(_Section):
    """Settings of reports by members of protected rooms, in direct chats with our user.

    Attributes:
        is_on: True if they are taken; it takes `appeals: {direct_chats: true}` as well.
        per_day: so many of one community are taken in 24 hours.
    """

    is_on: bool = Field(default=True, strict=True)
    per_day: int = Field(default=200, strict=True, ge=1, le=10_000)


class Config(_Section):
    """All settings of one Countersign server."""

    server_name: ServerName
    user: UserId | None = None
    display_name: str = Field(default="Policy Server", max_length=255)
    listen: tuple[Listener, ...] = Field(default=(Listener(),), min_length=1, max_length=16)
    reachable_at: ServerName | None = None
    database: Annotated[str, AfterValidator(_database)] = "sqlite:///countersign.db"
    shared_counters: Annotated[SharedCounters | None, BeforeValidator(_address_alone)] = None
    keys: KeyFiles = KeyFiles()
    policy: FilePath = Path("policy.yaml")
    communities: FilePath = Path("communities")
    policies: PolicySettings = PolicySettings()
    invites: Invites = Invites()
    checkers: Annotated[dict[CheckerName, CheckerSettings], Field(max_length=MAX_CHECKERS)] = {}
    redactions: Redactions = Redactions()
    management_room: ManagementRoomName | None = None
    management: Annotated[
        dict[CommunityName, ManagementSettings], Field(max_length=MAX_MANAGEMENT_ROOMS)
    ] = {}
    confirmations: ConfirmationSettings = ConfirmationSettings()
    archive: Archive = Archive()
    retention: Retention = Retention()
    limits: Limits = Limits()
    federation: Federation = Federation()
    admin: Admin = Admin()
    metrics: MetricsListener | None = None
    dashboard: Dashboard | None = None
    support: Support = Support()
    reasons: Reasons = Reasons()
    appeals: Appeals = Appeals()
    member_reports: MemberReports = MemberReports()
    logs: Logs = Logs()
    workers: int = Field(default=1, strict=True, ge=1, le=MAX_WORKERS)
    _file: Path = Path(CONFIG_FILE_NAME)
    _base: Path = Path()

    @field_validator("user")
    @classmethod
    def _user_is_ours(cls, user: str | None, info: ValidationInfo) -> str | None:
        server_name = info.data.get("server_name")
        if user is not None and server_name is not None and not user.endswith(f":{server_name}"):
            raise ValueError(f"a user of our own server, such as @policy:{server_name}")
        return user

    @field_validator("management")
    @classmethod
    def _one_room_each(
        cls, management: dict[str, ManagementSettings], info: ValidationInfo
    ) -> dict[str, ManagementSettings]:
        default = management.get(DEFAULT_COMMUNITY)
        short = info.data.get("management_room")
        if short is not None and default is not None and default.room not in (None, short):
            raise ValueError("one room for the default community: in management_room, or here")
        rooms = [short, *(each.room for each in management.values() if each.room != short)]
        named = [room for room in rooms if room is not None]
        if len(set(named)) < len(named):
            raise ValueError("a room of its own for each community")
        return management

    @field_validator("workers")
    @classmethod
    def _workers_share_a_database(cls, workers: int, info: ValidationInfo) -> int:
        database = info.data.get("database")
        if workers > 1 and database is not None and not _is_shared(database):
            raise ValueError(
                "1 with SQLite, which one process writes to; for more, name a PostgreSQL database:"
                " database: postgresql://user@host/name"
            )
        return workers

    @property
    def is_database_shared(self) -> bool:
        """True if other processes may work on the database too, here or on other machines."""
        return _is_shared(self.database)

    @property
    def management_by_community(self) -> dict[str, ManagementSettings]:
        """The management room of each community that has one, and who moderates there."""
        default = self.management.get(DEFAULT_COMMUNITY, ManagementSettings())
        room = self.management_room or default.room
        every = {**self.management, DEFAULT_COMMUNITY: default.model_copy(update={"room": room})}
        return {name: each for name, each in every.items() if each.room is not None}

    @property
    def user_id(self) -> str:
        """The user that joins rooms."""
        return self.user or f"@policy:{self.server_name}"

    @property
    def delegated_server(self) -> str:
        """Answer of `/.well-known/matrix/server`: host and port where federation reaches us."""
        if self.reachable_at is not None:
            return self.reachable_at
        host = self.server_name.removesuffix(f":{split_server_name(self.server_name).port}")
        first = self.listen[0]
        # Behind a proxy, whoever reads the well-known on 443 reaches us there too.
        return f"{host}:{first.port if first.tls else 443}"

    @property
    def admin_address_file(self) -> Path:
        """File in which the running server writes the address of its admin listener."""
        return self.path(self.admin.token_file).with_suffix(".address")

    @property
    def file(self) -> Path:
        """The settings file, as it was named."""
        return self._file

    @property
    def base(self) -> Path:
        """The settings file's folder, as an absolute path."""
        return self._base

    def path(self, value: Path) -> Path:
        """Return `value` as seen from the settings file's folder."""
        return self.base / value


def read_config(file: Path) -> Config:
    """Read the settings at `file`.

    Raises:
        ConfigError: the file cannot be read, or holds mistakes; lists all of them.
    """
    return parse_config(_read(file), file)


def parse_config(source: bytes, file: Path) -> Config:
    """Return the settings in `source`, the content that `file` has or will have.

    Raises:
        ConfigError: lists all mistakes.
    """
    mistakes: list[Mistake] = []
    try:
        document = read_document(source, is_json=file.suffix == ".json")
    except DocumentInvalid as error:
        mistakes += error.mistakes
        if error.document is None:
            raise _error(file, mistakes, None) from None
        document = error.document
    try:
        config = Config.model_validate(document.data)
    except ValidationError as error:
        mistakes += _mistakes(document, error)
    else:
        if not mistakes:
            return _placed(config, file)
    raise _error(file, mistakes, document) from None


def _read(file: Path) -> bytes:
    try:
        source = read_bounded(file, MAX_CONFIG_BYTES + 1)
    except FileNotFoundError:
        raise ConfigError(
            f"There is no settings file {file}. Name yours with --config FILE, or make one with:\n"
            f"countersign init --server-name NAME --dir {file.parent}"
        ) from None
    except IsADirectoryError:
        raise ConfigError(
            f"{file} is a folder. Is the settings file {file / CONFIG_FILE_NAME}?"
        ) from None
    except PermissionError as error:
        raise ConfigError(
            f"The settings file {file} cannot be read: {error.strerror}. Run the command as the "
            "user of the server, or as root."
        ) from None
    except OSError as error:
        raise ConfigError(f"The settings file {file} cannot be read: {error.strerror}.") from None
    if len(source) > MAX_CONFIG_BYTES:
        raise ConfigError(
            f"{file} is no settings file: it has more than {MAX_CONFIG_BYTES:,} bytes."
        )
    return source


def _error(file: Path, mistakes: Iterable[Mistake], document: Document | None) -> ConfigError:
    ordered = sorted(mistakes, key=lambda mistake: mistake.line or 0)
    message = "\n".join(f"{file}: {mistake}" for mistake in ordered)
    if document is None or not isinstance(document.data, dict):
        return ConfigError(message)
    left_out = frozenset(str(mistake.path[0]) for mistake in ordered if mistake.path)
    kept = {name: value for name, value in document.data.items() if name not in left_out}
    try:
        sound = Config.model_validate(kept)
    except ValidationError:
        return ConfigError(message)  # without a server name, say, nothing more can be said
    return ConfigError(message, _placed(sound, file), left_out)


def _placed(config: Config, file: Path) -> Config:
    # Known only here, and frozen for everybody else.
    config._file, config._base = file, file.parent.resolve()  # noqa: SLF001
    return config


def _mistakes(document: Document, error: ValidationError) -> Iterator[Mistake]:
    for details in error.errors():
        # A list whose items are all wrong is not also too short.
        if details["type"] != "too_short" or not details["input"]:
            yield _mistake(document, details)


_MAY_HOLD_A_PASSWORD = {("shared_counters", "url"), ("database",)}
"""Settings whose values no message repeats, unless they name a file."""


_HIDDEN = "another value, not shown as it may hold a password"


def _may_hold_a_password(path: DocumentPath, value: object) -> bool:
    is_file = isinstance(value, str) and value.startswith("sqlite:")
    return path in _MAY_HOLD_A_PASSWORD and not is_file


def _mistake(document: Document, details: Any) -> Mistake:
    """Return one of pydantic's errors in our words."""
    path: DocumentPath = tuple(step for step in details["loc"] if step != "[key]")
    value = details["input"]
    mistake = Mistake(
        path=path,
        line=document.line_of(path),
        found=_HIDDEN if _may_hold_a_password(path, value) else shown(value),
        allowed=_allowed(details),
    )
    if details["type"] == "missing":
        return replace(mistake, found="nothing")
    if details["type"] == "extra_forbidden":
        names = tuple(_settings_at(path[:-1]))
        return replace(
            mistake,
            found="an unknown setting",
            allowed=listed(names),
            suggestion=near_miss(str(path[-1]).replace("-", "_"), names),
        )
    return mistake


_ALLOWED = {
    "string_type": "text",
    "path_type": "a path",
    "int_type": "a whole number",
    "float_type": "a number",
    "tuple_type": "a list",
    "model_type": "a mapping",
    "model_attributes_type": "a mapping",
    "too_short": "a list of {min_length} or more",
    "too_long": "a list of at most {max_length}",
    "string_too_short": "{min_length} or more characters",
    "string_too_long": "at most {max_length} characters",
    "greater_than": "more than {gt:g}",
    "greater_than_equal": "at least {ge:g}",
    "less_than_equal": "at most {le}",
    "string_pattern_mismatch": "an address such as https://example.org/support",
    "dict_type": "a mapping",
    "missing": "it is required",
}


def _allowed(details: Any) -> str:
    """Return a description of the allowed values for one of pydantic's errors."""
    known = _ALLOWED.get(details["type"])
    if known is not None:
        return known.format(**details.get("ctx", {}))
    message: str = details["msg"].removeprefix("Value error, ").removeprefix("Input should be ")
    return message


def _settings_at(path: DocumentPath) -> Iterator[str]:
    """Yield the names of the settings that are allowed in the mapping at `path`."""
    section: type[BaseModel] = Config
    names = iter(path)
    for step in names:
        if isinstance(step, str):
            annotation = section.model_fields[step].annotation
            section = _section_in(annotation)
            if get_origin(annotation) is dict:
                next(names, None)  # a name that the operator chose
    yield from section.model_fields


def _section_in(annotation: Any) -> type[BaseModel]:
    """Return the one section in an annotation such as `TlsFiles | None` or a tuple of them."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    for argument in get_args(annotation):
        if isinstance(argument, type) and issubclass(argument, BaseModel):
            return argument
    raise AssertionError(f"{annotation} holds no section")
