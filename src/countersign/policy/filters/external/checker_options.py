"""Options of filters that ask an external checker.

A policy names a checker of the settings, or gives the public address of a program that needs no
secret. Only the operator's settings contain files, secrets and addresses of private networks.
"""

import re
from ipaddress import ip_address
from typing import Final

from countersign.policy.document.mistakes import Mistake, shown
from countersign.policy.document.options import OptionsInvalid

MAX_TIMEOUT_MS: Final = 2_500
"""Maximum time for all slow answers of one event together; requesting servers wait five seconds."""
MAX_URL_CHARS: Final = 2_048

CHECKER_NAME: Final = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._-]{0,59}", re.ASCII)
HOW_TO_NAME_A_CHECKER: Final = (
    "checker: NAME here, and in the settings file checkers: {NAME: {url: …, secret_file: …}}"
)
_URL: Final = re.compile(r"(https?)://([^\s/@?#\\]{1,255})(/[^\s#\\]*)?", re.ASCII)


def check_address(url: str, checker: str) -> None:
    """Check that exactly one of the two is given and is valid.

    Args:
        url: the public address in the policy; empty for none.
        checker: the name of a checker of the settings; empty for none.

    Raises:
        OptionsInvalid: the message says what is valid.
    """
    if checker:
        if url:
            found, allowed = (
                "url and checker",
                "one of them; a checker's address is in the settings",
            )
            raise OptionsInvalid([Mistake(path=("url",), found=found, allowed=allowed)])
        if CHECKER_NAME.fullmatch(checker) is None:
            allowed = f"the name of a checker that the settings define: {HOW_TO_NAME_A_CHECKER}"
            raise OptionsInvalid(
                [Mistake(path=("checker",), found=shown(checker), allowed=allowed)]
            )
        return
    if not url:
        allowed = f"url: a public https address, or {HOW_TO_NAME_A_CHECKER}"
        raise OptionsInvalid([Mistake(path=(), found="neither url nor checker", allowed=allowed)])
    if (reason := _fault_of_public_url(url)) is not None:
        allowed = (
            "a public address such as https://checker.example.org/check, without a user or "
            f"password; for any other {HOW_TO_NAME_A_CHECKER}"
        )
        raise OptionsInvalid([Mistake(path=("url",), found=reason, allowed=allowed)])


def is_http_url(url: str) -> bool:
    """Return True if `url` is an http or https URL that the settings may contain."""
    return len(url) <= MAX_URL_CHARS and _URL.fullmatch(url) is not None


def is_https(url: str) -> bool:
    """Return True if `url` uses TLS."""
    return url.startswith("https://")


def shown_checker(url: str, checker: str) -> str:
    """Return a checker's name, or the host and port of its address, for moderators."""
    match = _URL.fullmatch(url)
    return checker or (match[2] if match is not None else "")


def _fault_of_public_url(url: str) -> str | None:
    """Return the fault of a URL that cannot be public; None if it can be.

    A host name is not resolved here: the network guard checks the IP address of each connection.
    """
    match = _URL.fullmatch(url)
    if match is None or len(url) > MAX_URL_CHARS:
        return shown(url)
    if not is_https(url):
        return f"an address without TLS, {shown(url)}"
    host = match[2]
    literal = host[1:].partition("]")[0] if host.startswith("[") else host.partition(":")[0]
    try:
        address = ip_address(literal)
    except ValueError:
        return None
    return None if address.is_global else f"an address that is not public, {shown(url)}"
