"""Files that are replaced as a whole: a reader sees the old or the new, also after a crash."""

import os
from contextlib import suppress
from pathlib import Path
from typing import Final

from countersign.adapters.files.directories import flush_directory

OWNER_ONLY: Final = 0o600


def replace_file(file: Path, content: bytes) -> None:
    """Have `file` hold `content`, durably; a file that is there keeps its mode.

    Raises:
        OSError: it cannot be written; the file is as it was.
    """
    file = file.resolve()  # a link stays a link
    try:
        mode = file.stat().st_mode & 0o777
    except FileNotFoundError:
        mode = OWNER_ONLY
    new = file.with_name(f".{file.name}.{os.getpid()}.new")
    try:
        descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, OWNER_ONLY)
        with os.fdopen(descriptor, "wb") as written:
            written.write(content)
            written.flush()
            os.fchmod(written.fileno(), mode)
            os.fsync(written.fileno())
        new.replace(file)
    except BaseException:
        with suppress(OSError):
            new.unlink()
        raise
    flush_directory(file.parent)
