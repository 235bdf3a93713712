"""Standard input, output and error, which may be closed, full, or of a narrow encoding."""

import io
import os
import sys
from typing import Any, Final, TextIO

CLOSED_PIPE_STATUS: Final = 141
"""128 + SIGPIPE: what a shell reports of `cat`, `grep` and others in the same place."""

_FULL_STATUS: Final = 1
_FLAGS: Final = {0: os.O_RDONLY, 1: os.O_WRONLY, 2: os.O_WRONLY}


def prepare_streams() -> None:
    """Make the standard streams safe to use.

    - A closed one becomes /dev/null: else the next file to be opened, such as the database, would
      get its number and be printed into.
    - A character that the encoding lacks is spelled out.
    - When the reader went away, as `head` does, the command ends without a word, with status 141.
    - When nothing can be written, as on a full disk, it ends with a sentence and status 1.
    """
    for number, flags in _FLAGS.items():
        _open_if_closed(number, flags)
    if sys.stdin is None:
        sys.stdin = open(0, encoding="utf-8", closefd=False)  # noqa: SIM115
    sys.stdout = _replacement(sys.stdout, 1)
    sys.stderr = _replacement(sys.stderr, 2)


def ignore_closed_output() -> None:
    """Ignore output that cannot be written: for a server, whose answers matter more."""
    _Descriptor.may_be_lost = True


def _open_if_closed(number: int, flags: int) -> None:
    try:
        os.fstat(number)
    except OSError:
        _redirect_to_nowhere(number, flags)


def _redirect_to_nowhere(number: int, flags: int) -> None:
    nowhere = os.open(os.devnull, flags)
    if nowhere != number:
        os.dup2(nowhere, number)
        os.close(nowhere)


def _replacement(stream: TextIO | None, number: int) -> TextIO:
    return io.TextIOWrapper(
        io.BufferedWriter(_Descriptor(number, "w", closefd=False)),
        encoding="utf-8" if stream is None else stream.encoding,
        errors="backslashreplace",
        line_buffering=number == 2 or os.isatty(number),
    )


class _Descriptor(io.FileIO):
    """Standard output or error; ends the command when it cannot be written."""

    may_be_lost = False

    def write(self, data: Any, /) -> int:
        """Write `data`, which is bytes of any kind, or end the command."""
        try:
            return super().write(data)
        except OSError as error:
            if self.may_be_lost:
                return memoryview(data).nbytes
            # What is still buffered would fail once more at the end.
            _redirect_to_nowhere(self.fileno(), os.O_WRONLY)
            if isinstance(error, BrokenPipeError):
                sys.exit(CLOSED_PIPE_STATUS)
            sys.stderr.write(f"Error: The output cannot be written: {error.strerror}.\n")
            sys.exit(_FULL_STATUS)
