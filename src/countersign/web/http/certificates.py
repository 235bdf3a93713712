"""Our TLS certificates: loading, messages on their faults, and replacement when they change."""

import ssl
import stat
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, TypeAlias

import structlog

from countersign.protocol.errors import CountersignError

WARN_BEFORE_MS: Final = 7 * 24 * 3600 * 1000
"""Time before the end of a certificate in use at which operators are warned."""
_LONG: Final = 0x80
_VERSION: Final = 0xA0
_VALIDITY: Final = 3
_FORMATS: Final = {0x17: "%y%m%d%H%M%SZ", 0x18: "%Y%m%d%H%M%SZ"}
"""Formats of a time by its type in ASN.1."""

_Version: TypeAlias = tuple[tuple[int, int, int] | None, ...]
"""Inode, size in bytes and time of change of each file; None for one that is not there."""

log = structlog.get_logger()


class CannotListen(CountersignError):
    """The server cannot listen at an address, or cannot use its certificate."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Certificate:
    """A certificate chain and its private key, both PEM files."""

    chain: Path
    private_key: Path


class _NeedsPassphrase(Exception):
    """The private key is encrypted, and a server cannot ask for the passphrase."""


class ServerTls:
    """The TLS context of a listener, made of a certificate.

    A replacement is a new context: connections never see a certificate without its key.

    Attributes:
        context: for new connections.

    Raises:
        CannotListen: the certificate cannot be used.
    """

    def __init__(self, certificate: Certificate) -> None:
        self._certificate = certificate
        self._last_seen = self._tried = _version(certificate)
        self._refused: str | None = None
        self._replace(tls_context(certificate), end_of_certificate(certificate.chain))

    def prepare(self) -> Callable[[], None]:
        """Read the certificate again, and return what puts it in use.

        Raises:
            CannotListen: it cannot be used.
        """
        version = _version(self._certificate)
        context = tls_context(self._certificate)
        ends_ts = end_of_certificate(self._certificate.chain)

        def replace() -> None:
            self._last_seen = self._tried = version
            self._replace(context, ends_ts)

        return replace

    def follow_files(self) -> None:
        """Read the certificate again if its files have changed and were the same at two looks.

        A renewal writes one file after the other. A version that cannot be used is tried once.
        """
        version = _version(self._certificate)
        if version == self._last_seen != self._tried:
            self._tried = version
            try:
                self.prepare()()
            except CannotListen as error:
                self._refused = str(error)
                log.error(  # noqa: TRY400 - no fault of the program
                    "a renewed certificate cannot be used; the old one stays", reason=str(error)
                )
            else:
                log.info("read a renewed certificate", chain=str(self._certificate.chain))
        self._last_seen = version

    def warning(self, now_ts: int) -> str | None:
        """Return a sentence on the certificate if operators must do something; None if not.

        Args:
            now_ts: the present time, in ms since the epoch.
        """
        chain, ends_ts = self._certificate.chain, self._ends_ts
        if ends_ts is not None and ends_ts - now_ts < WARN_BEFORE_MS:
            ends = datetime.fromtimestamp(ends_ts / 1000, UTC)
            when = f"{'ended' if ends_ts <= now_ts else 'ends'} at {ends:%F %R} UTC"
            return f"The certificate of {chain} that is in use {when}"
        if self._refused is not None:
            return f"The new certificate cannot be used, the old one stays in use: {self._refused}"
        return None

    def _replace(self, context: ssl.SSLContext, ends_ts: int | None) -> None:
        self.context, self._ends_ts, self._refused = context, ends_ts, None


def tls_context(certificate: Certificate) -> ssl.SSLContext:
    """Return a TLS context for incoming connections with the certificate.

    Raises:
        CannotListen: says which file cannot be used, why, and what to do.
    """
    context = _empty_context()
    troubles = list(_load_troubles(context, certificate))
    if troubles:
        raise CannotListen("\n".join(troubles))
    return context


def certificate_troubles(certificate: Certificate) -> list[str]:
    """Return the faults of the two files, one sentence each."""
    return list(_load_troubles(_empty_context(), certificate))


def end_of_certificate(chain: Path) -> int | None:
    """Return when the first certificate in a PEM file ends, in ms since the epoch; None if unknown.

    Spec: RFC 5280, section 4.1
    """
    with suppress(OSError, ValueError, LookupError):
        begin, end = "-----BEGIN CERTIFICATE-----", "-----END CERTIFICATE-----"
        text = chain.read_text("ascii", "replace").partition(begin)[2].partition(end)[0]
        ((_, certificate),) = _elements(ssl.PEM_cert_to_DER_cert(f"{begin}{text}{end}"))
        _, signed = _elements(certificate)[0]
        fields = [content for tag, content in _elements(signed) if tag != _VERSION]
        _, (tag, time) = _elements(fields[_VALIDITY])
        ends = datetime.strptime(time.decode("ascii"), _FORMATS[tag]).replace(tzinfo=UTC)
        return int(ends.timestamp()) * 1000
    return None


def _version(certificate: Certificate) -> _Version:
    return tuple(_version_of(file) for file in (certificate.chain, certificate.private_key))


def _version_of(file: Path) -> tuple[int, int, int] | None:
    with suppress(OSError):
        status = file.stat()
        return (status.st_ino, status.st_size, status.st_mtime_ns)
    return None


def _empty_context() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.options |= ssl.OP_NO_RENEGOTIATION
    context.set_alpn_protocols(["http/1.1"])
    return context


def _elements(der: bytes) -> list[tuple[int, bytes]]:
    """Return the type and the content of each element in DER, one level deep."""
    elements = []
    while der:
        tag, length, start = der[0], der[1], 2
        if length & _LONG:
            start += length - _LONG
            length = int.from_bytes(der[2:start], "big")
        elements.append((tag, der[start : start + length]))
        der = der[start + length :]
    return elements


def _load_troubles(context: ssl.SSLContext, certificate: Certificate) -> Iterator[str]:
    chain, private_key = certificate.chain, certificate.private_key
    unreadable = [
        trouble
        for kind, file in (("certificate", chain), ("private key", private_key))
        if (trouble := _read_trouble(kind, file)) is not None
    ]
    if unreadable:
        yield from unreadable
        return
    try:
        context.load_cert_chain(chain, private_key, password=_ask_nobody)
    except _NeedsPassphrase:
        yield (
            f"The private key {private_key} is protected by a passphrase, which nobody can type"
            f" when the server starts. Write one without: openssl pkey -in {private_key} -out FILE"
        )
    except (OSError, ValueError) as error:  # SSLError is an OSError
        if getattr(error, "reason", None) == "KEY_VALUES_MISMATCH":
            yield (
                f"The private key {private_key} does not belong to the certificate {chain}. Name"
                " the key that the certificate was made for; the server's own certificate must"
                " come first in its file."
            )
        elif not _holds_certificates(chain):
            yield (
                f"{chain} holds no certificate that can be read. It must be a PEM file: first the"
                " server's certificate, then those of its authorities."
            )
        elif b"PRIVATE KEY-----" not in private_key.read_bytes():
            yield (
                f"{private_key} holds no private key. It must be a PEM file that begins with"
                " -----BEGIN PRIVATE KEY-----."
            )
        else:
            yield (
                f"The private key {private_key} with the certificate {chain} cannot be used"
                f" ({error}). Have the pair issued again."
            )


def _read_trouble(kind: str, file: Path) -> str | None:
    try:
        if not stat.S_ISREG(file.stat().st_mode):
            return f"The {kind} {file} is not a regular file."
        with file.open("rb") as opened:
            opened.read(1)
    except OSError as error:
        return f"The {kind} {file} cannot be read: {error.strerror}."
    return None


def _holds_certificates(file: Path) -> bool:
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(cafile=file)
    except OSError:
        return False
    return True


def _ask_nobody() -> str:
    raise _NeedsPassphrase
