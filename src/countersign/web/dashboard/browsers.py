"""Names of browsers, by which people can tell their own from others."""

from typing import Final

_NAMES: Final = (
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("Vivaldi/", "Vivaldi"),
    ("SamsungBrowser/", "Samsung Internet"),
    ("Firefox/", "Firefox"),
    ("FxiOS/", "Firefox"),
    ("Chrome/", "Chrome"),
    ("CriOS/", "Chrome"),
    ("Safari/", "Safari"),
)
"""Marks in the order in which they count: most browsers also name those that they resemble."""

_SYSTEMS: Final = (
    ("Android", "Android"),
    ("iPhone", "an iPhone"),
    ("iPad", "an iPad"),
    ("Windows", "Windows"),
    ("Mac OS X", "a Mac"),
    ("CrOS", "ChromeOS"),
    ("Linux", "Linux"),
)


def browser_of(user_agent: str) -> str:
    """Return the name of a browser, such as `Firefox on Linux`.

    It contains no text that the browser sent, since that can be anything.
    """
    name = next((name for mark, name in _NAMES if mark in user_agent), "of unknown make")
    system = next((system for mark, system in _SYSTEMS if mark in user_agent), None)
    return name if system is None else f"{name} on {system}"
