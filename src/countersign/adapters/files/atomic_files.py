"""Files that are replaced as a whole: a reader sees the old or the new, also after a crash."""

import os
from contextlib import suppress
from pathlib import Path

from countersign.adapters.files.directories import flush_directory
from countersign.adapters.files.file_owners import OWNER_ONLY, give_to, give_to_folder_owner


def replace_file(file: Path, content: bytes, *, mode: int | None = None) -> None:
    """Have `file` hold `content`, durably.

    Args:
        file: which; one that is there keeps its owner.
        content: what it shall hold.
        mode: the file's mode; None for that of the file that is there, or for its owner only.

    Raises:
        OSError: it cannot be written; the file is as it was.
    """
    file = file.resolve()  # a link stays a link
    try:
        before = file.stat()
    except FileNotFoundError:
        before = None
    if mode is None:
        mode = OWNER_ONLY if before is None else before.st_mode & 0o777
    new = file.with_name(f".{file.name}.{os.getpid()}.new")
    try:
        new.unlink(missing_ok=True)
        # Never a file that somebody else put there: it may be given to the owner of the old one.
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
        descriptor = os.open(new, flags, OWNER_ONLY)
        with os.fdopen(descriptor, "wb") as written:
            written.write(content)
            written.flush()
            if before is None:
                give_to_folder_owner(written.fileno(), file.parent)
            else:
                give_to(written.fileno(), before)
            os.fchmod(written.fileno(), mode)
            os.fsync(written.fileno())
        new.replace(file)
    except BaseException:
        with suppress(OSError):
            new.unlink()
        raise
    flush_directory(file.parent)
