"""Atomic writes of files: a reader sees the whole content or none, also after a crash."""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from countersign.adapters.files.directories import flush_directory
from countersign.adapters.files.file_owners import OWNER_ONLY, set_owner, set_owner_of_folder


def replace_file(file: Path, content: bytes, *, mode: int | None = None) -> None:
    """Write `content` to `file` atomically and durably.

    Args:
        file: the file; an existing one keeps its owner.
        content: the new content.
        mode: the file's mode; None for that of the existing file, or for its owner only.

    Raises:
        OSError: it cannot be written; the file is unchanged.
    """
    file = file.resolve()  # a link stays a link
    try:
        before = file.stat()
    except FileNotFoundError:
        before = None
    if mode is None:
        mode = OWNER_ONLY if before is None else before.st_mode & 0o777
    with _write_temporary(file, content, mode, owner=before) as new:
        new.replace(file)
    flush_directory(file.parent)


def create_file(file: Path, content: bytes, *, mode: int = OWNER_ONLY) -> None:
    """Create a file with `content` atomically and durably; never replaces another.

    Args:
        file: the file; errors name it.
        content: its content.
        mode: its mode, restricted by the process's umask.

    Raises:
        FileExistsError: it exists.
        OSError: it cannot be written; no part of it is left.
    """
    try:
        with _write_temporary(file, content, mode, owner=None) as new:
            os.link(new, file)  # unlike a rename, it never replaces anything
            new.unlink()
        flush_directory(file.parent)
    except OSError as error:
        error.filename, error.filename2 = str(file), None
        raise


@contextmanager
def _write_temporary(
    file: Path, content: bytes, mode: int, *, owner: os.stat_result | None
) -> Iterator[Path]:
    """Write a temporary file beside `file`, for renaming; it is deleted if that fails."""
    new = file.with_name(f".{file.name}.{os.getpid()}.new")
    try:
        new.unlink(missing_ok=True)
        # Never opens a file that somebody else put there, since its owner may be changed below.
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
        descriptor = os.open(new, flags, mode if owner is None else OWNER_ONLY)
        with os.fdopen(descriptor, "wb") as written:
            written.write(content)
            written.flush()
            if owner is None:
                set_owner_of_folder(written.fileno(), file.parent)
            else:
                set_owner(written.fileno(), owner)
                os.fchmod(written.fileno(), mode)
            os.fsync(written.fileno())
        yield new
    except BaseException:
        with suppress(OSError):
            new.unlink()
        raise
