"""The browser of tests and screenshots: Debian's Chromium."""

import shutil

PROGRAMS = ("chromium-headless-shell", "chromium")
"""Commands of it; without a user interface it takes half the processor time."""

MISSING = "Chromium is missing; as root: apt-get install chromium-headless-shell"


def find_browser():
    """Return the path of the first program that is installed, None if none is."""
    return next(filter(None, map(shutil.which, PROGRAMS)), None)


def launch(playwright, program):
    """Start the browser without its sandbox, with which it does not start as root."""
    return playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
