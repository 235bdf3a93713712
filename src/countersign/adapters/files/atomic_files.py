"""Files that are written as a whole: a reader sees all of it or none, also after a crash."""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
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
    with _written(file, content, mode, owner=before) as new:
        new.replace(file)
    flush_directory(file.parent)


def create_file(file: Path, content: bytes, *, mode: int = OWNER_ONLY) -> None:
    """Make a file that holds `content`, durably, and never in place of another.

    Args:
        file: which; errors name it.
        content: what it shall hold.
        mode: its mode, less what the process's umask takes away.

    Raises:
        FileExistsError: it is there.
        OSError: it cannot be written; nothing is left of it.
    """
    try:
        with _written(file, content, mode, owner=None) as new:
            os.link(new, file)  # unlike a rename, it never replaces anything
            new.unlink()
        flush_directory(file.parent)
    except OSError as error:
        error.filename, error.filename2 = str(file), None
        raise


@contextmanager
def _written(
    file: Path, content: bytes, mode: int, *, owner: os.stat_result | None
) -> Iterator[Path]:
    """Write a file beside `file`, to be put in its place; gone if that fails."""
    new = file.with_name(f".{file.name}.{os.getpid()}.new")
    try:
        new.unlink(missing_ok=True)
        # Never a file that somebody else put there: it may be given to the owner of the old one.
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
        descriptor = os.open(new, flags, mode if owner is None else OWNER_ONLY)
        with os.fdopen(descriptor, "wb") as written:
            written.write(content)
            written.flush()
            if owner is None:
                give_to_folder_owner(written.fileno(), file.parent)
            else:
                give_to(written.fileno(), owner)
                os.fchmod(written.fileno(), mode)
            os.fsync(written.fileno())
        yield new
    except BaseException:
        with suppress(OSError):
            new.unlink()
        raise
