"""Why a request failed, in words for the operator. They go to our log, never to a stranger."""

import ssl

import aiohttp

from countersign.adapters.federation.bodies import BodyUnusable
from countersign.adapters.federation.dns import LookupFailed

MAX_REASON_CHARS = 300


def reason_of(error: BaseException) -> str:
    """Say in one short line what an error of the HTTP client means."""
    return printable(_words(error))[:MAX_REASON_CHARS]


def _words(error: BaseException) -> str:
    if isinstance(error, aiohttp.ClientConnectorDNSError):
        return _dns_words(error.os_error)
    if isinstance(error, aiohttp.ClientConnectorCertificateError):
        return f"TLS certificate refused: {_certificate_words(error.certificate_error)}"
    if isinstance(error, aiohttp.ClientConnectorSSLError):
        return f"TLS handshake failed: {error.os_error.strerror or error.os_error}"
    if isinstance(error, aiohttp.ClientConnectorError):
        system = error.os_error
        return f"can't connect to {error.host}:{error.port}: {system.strerror or system}"
    if isinstance(error, BodyUnusable):
        return f"the answer is {error}"
    if isinstance(error, TimeoutError):
        return "timed out"
    if isinstance(error, aiohttp.InvalidURL):
        return f"not an address to connect to: {error.url}"
    if isinstance(error, aiohttp.ServerDisconnectedError | ConnectionError):
        return "closed the connection in the middle"
    return f"not HTTP as it should be: {error}"


def _dns_words(error: OSError) -> str:
    return f"DNS: {error}" if isinstance(error, LookupFailed) else f"DNS failed: {error}"


def _certificate_words(error: BaseException) -> str:
    if isinstance(error, ssl.SSLCertVerificationError):
        return error.verify_message
    return str(error)


def printable(text: str) -> str:
    """Return `text` with a space for each character that a terminal or a log could trip over."""
    return "".join(character if character.isprintable() else " " for character in text)
