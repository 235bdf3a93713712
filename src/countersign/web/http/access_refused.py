"""Errors of clients without access to one of the operator's listeners."""

from countersign.protocol.errors import CountersignError


class TokenRefused(CountersignError):
    """The Authorization header must be `Bearer`, followed by a valid token.

    That is the content of the token file, or a token made by `countersign tokens create`.
    """


class BrowserRefused(CountersignError):
    """The admin listener answers programs on this machine, not web pages."""


class HostRefused(CountersignError):
    """The metrics listener was asked by a web page, or by a name that the settings do not list."""

    def __init__(self, host: str) -> None:
        super().__init__(
            f"The metrics listener does not answer web pages, nor as {host[:255]!r}. Scrape it by "
            "its IP address, or list that name in the settings: metrics: {hosts: [...]}."
        )


class DashboardHostRefused(CountersignError):
    """The dashboard was requested under a host name that is not its own."""

    def __init__(self, host: str) -> None:
        super().__init__(
            f"The dashboard does not answer as {host[:255]!r}. Open it by the address that the "
            "start prints, or put the name that you use in the settings, as "
            "dashboard: {public_url: https://NAME}."
        )


class FormRefused(CountersignError):
    """Open the page again and send the form from there: it came from elsewhere, or is too old."""


class NotSignedIn(CountersignError):
    """Please sign in."""
