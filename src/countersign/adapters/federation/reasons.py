"""Reasons why a request failed, in words for the operator's log; strangers never see them."""

import re
import ssl

import aiohttp

from countersign.adapters.federation.bodies import BodyUnusable
from countersign.adapters.federation.dns import LookupFailed
from countersign.adapters.federation.guarded_connect import ALLOW_SETTING
from countersign.basics.printable_text import spaced
from countersign.ports.errors import Trouble

MAX_REASON_CHARS = 300

_ERRNO = re.compile(r"Multiple exceptions: |\[Errno -?\d+\] ")


def reason_of(error: BaseException) -> str:
    """Return the meaning of an error of the HTTP client, in one short line."""
    return spaced(_words(error))[:MAX_REASON_CHARS]


def trouble_of(error: BaseException) -> Trouble:
    """Return at which stage of a request an error of the HTTP client occurred."""
    match error:
        case aiohttp.ClientConnectorDNSError(os_error=LookupFailed() as failed):
            return failed.trouble
        case aiohttp.ClientConnectorDNSError():
            return Trouble.NAME
        case aiohttp.ClientSSLError():
            return Trouble.TLS
        # With several addresses only the text of the error remains, not its type.
        case aiohttp.ClientConnectorError() if ALLOW_SETTING in str(error.os_error):
            return Trouble.ADDRESS
        case aiohttp.ClientConnectorError() | aiohttp.ConnectionTimeoutError():
            return Trouble.CONNECTION
        case _:
            return Trouble.ANSWER


def _words(error: BaseException) -> str:
    if isinstance(error, aiohttp.ClientConnectorDNSError):
        return _dns_words(error.os_error)
    if isinstance(error, aiohttp.ClientConnectorCertificateError):
        return f"TLS certificate refused: {_certificate_words(error.certificate_error)}"
    if isinstance(error, aiohttp.ClientConnectorSSLError):
        return f"TLS handshake failed: {error.os_error.strerror or error.os_error}"
    if isinstance(error, aiohttp.ClientConnectorError):
        system = error.os_error
        # With several addresses, the errors of all of them are in one text.
        words = _ERRNO.sub("", system.strerror or str(system))
        host = f"[{error.host}]" if ":" in error.host else error.host
        return f"can't connect to {host}:{error.port}: {words}"
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
