"""Errors of those who may not speak to a listener of the operator's."""

from countersign.protocol.errors import CountersignError


class TokenRefused(CountersignError):
    """The Authorization header must be `Bearer`, followed by the content of the token file."""


class BrowserRefused(CountersignError):
    """The admin listener answers programs on this machine, not web pages."""
