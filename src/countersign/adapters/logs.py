"""Log lines: on stderr, readable at a terminal, as JSON lines everywhere else."""

import logging
import sys
from contextlib import suppress
from typing import TextIO, cast

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

from countersign.basics.printable_text import visible


def configure_logs(level: int = logging.INFO, *, is_json: bool | None = None) -> None:
    """Send our log lines, and those of the libraries, to stderr.

    Text from strangers cannot break or colour a line, and stack traces contain no values.

    Args:
        level: the minimum level; for libraries it is at least `warning`.
        is_json: write JSON lines; None to do so unless stderr is a terminal.
    """
    is_for_people = sys.stderr.isatty() if is_json is None else not is_json
    stream = cast("TextIO", ForgivingStream(sys.stderr))
    common: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    last = _for_people() if is_for_people else _for_programs()
    structlog.configure(
        processors=[*common, *last],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.WriteLoggerFactory(file=stream),
        cache_logger_on_first_use=True,
    )
    libraries = logging.StreamHandler(stream)
    libraries.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[*common, structlog.stdlib.add_logger_name],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *last],
        )
    )
    logging.basicConfig(handlers=[libraries], level=max(level, logging.WARNING), force=True)


def log_only(level: int) -> None:
    """Send our log lines from this level on to stderr; for commands, which print their results."""
    configure_logs(level)


class ForgivingStream:
    """A stream that ignores errors: the server runs on without a reader or on a full disk."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        """Write `text`; errors are ignored."""
        with suppress(OSError):
            self._stream.write(text)
        return len(text)

    def flush(self) -> None:
        """Flush; errors are ignored."""
        with suppress(OSError):
            self._stream.flush()


def _for_people() -> list[Processor]:
    # The default would print the values of all variables, keys among them.
    plain = structlog.dev.plain_traceback
    return [_harmless, structlog.dev.ConsoleRenderer(exception_formatter=plain)]


def _for_programs() -> list[Processor]:
    return [structlog.processors.format_exc_info, structlog.processors.JSONRenderer(default=str)]


def _harmless(logger: WrappedLogger, name: str, event: EventDict) -> EventDict:  # noqa: ARG001
    """Escape control characters, so that a terminal shows and does not execute them."""
    return {
        key: visible(value) if isinstance(value, str) else value for key, value in event.items()
    }
