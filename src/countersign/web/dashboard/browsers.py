"""Browsers by name, as they call themselves: for people to tell their own from a stranger's."""

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
    """Return a browser in words of ours, such as `Firefox on Linux`.

    Nothing that the browser sent is in it: anybody may send anything there.
    """
    name = next((name for mark, name in _NAMES if mark in user_agent), "of unknown make")
    system = next((system for mark, system in _SYSTEMS if mark in user_agent), None)
    return name if system is None else f"{name} on {system}"
