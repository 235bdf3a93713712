"""The number of workers, for the settings and for the command line, which loads no settings."""

from typing import Final

MAX_WORKERS: Final = 64
"""Most processes that one `serve` may start."""
