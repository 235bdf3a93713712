"""Loading of our TLS certificates, with messages on their faults."""

import ssl
import stat
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from countersign.protocol.errors import CountersignError

WARN_BEFORE_MS: Final = 7 * 24 * 3600 * 1000
"""Time before the end of a certificate in use at which operators are warned."""
_LONG: Final = 0x80
_VERSION: Final = 0xA0
_VALIDITY: Final = 3
_FORMATS: Final = {0x17: "%y%m%d%H%M%SZ", 0x18: "%Y%m%d%H%M%SZ"}
"""Formats of a time by its type in ASN.1."""


class CannotListen(CountersignError):
    """The server cannot listen at an address, or cannot use its certificate."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Certificate:
    """A certificate chain and its private key, both PEM files."""

    chain: Path
    private_key: Path


class _NeedsPassphrase(Exception):
    """The private key is encrypted, and nobody can be asked for the passphrase."""


def server_tls_context() -> ssl.SSLContext:
    """Return a TLS context for incoming connections, without a certificate."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.options |= ssl.OP_NO_RENEGOTIATION
    context.set_alpn_protocols(["http/1.1"])
    return context


def load_certificate(context: ssl.SSLContext, certificate: Certificate) -> ssl.SSLContext:
    """Load the certificate into `context`, and return it.

    Raises:
        CannotListen: says which file cannot be used, why, and what to do.
    """
    troubles = list(_load_troubles(context, certificate))
    if troubles:
        raise CannotListen("\n".join(troubles))
    return context


def certificate_troubles(certificate: Certificate) -> list[str]:
    """Return the faults of the two files, one sentence each."""
    return list(_load_troubles(server_tls_context(), certificate))


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


def _elements(der: bytes) -> list[tuple[int, bytes]]:
    """Return the type and the content of each element in DER, one level deep."""
    found = []
    while der:
        tag, length, start = der[0], der[1], 2
        if length & _LONG:
            start += length - _LONG
            length = int.from_bytes(der[2:start], "big")
        found.append((tag, der[start : start + length]))
        der = der[start + length :]
    return found


def _load_troubles(context: ssl.SSLContext, certificate: Certificate) -> Iterator[str]:
    chain, private_key = certificate.chain, certificate.private_key
    unreadable = [
        trouble
        for what, file in (("certificate", chain), ("private key", private_key))
        if (trouble := _read_trouble(what, file)) is not None
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


def _read_trouble(what: str, file: Path) -> str | None:
    try:
        if not stat.S_ISREG(file.stat().st_mode):
            return f"The {what} {file} is not a regular file."
        with file.open("rb") as opened:
            opened.read(1)
    except OSError as error:
        return f"The {what} {file} cannot be read: {error.strerror}."
    return None


def _holds_certificates(file: Path) -> bool:
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(cafile=file)
    except OSError:
        return False
    return True


def _ask_nobody() -> str:
    raise _NeedsPassphrase
