"""New files and folders that belong to whoever owns the folder that they are made in.

A server runs as a service user; its operator may run commands as root. What root makes would be out
of the server's reach, so it is given to the owner and group of its folder. Anybody else's new files
are their own, as everywhere.
"""

import os
from contextlib import suppress
from pathlib import Path
from typing import Final

OWNER_ONLY: Final = 0o600
_ROOT: Final = 0


def give_to_folder_owner(descriptor: int, folder: Path) -> None:
    """Give an open new file to the owner and group of its folder, if we are root.

    Raises:
        OSError: it cannot be given away.
    """
    if os.geteuid() == _ROOT:
        owner = folder.stat()
        os.fchown(descriptor, owner.st_uid, owner.st_gid)


def give_to(descriptor: int, owner: os.stat_result) -> None:
    """Give an open new file to the owner and group of the file that it replaces, if we are root.

    Raises:
        OSError: it cannot be given away.
    """
    if os.geteuid() == _ROOT:
        os.fchown(descriptor, owner.st_uid, owner.st_gid)


def open_private_file(file: Path, flags: int) -> int:
    """Open a file, made readable by its owner only if it is not there; return its descriptor.

    Args:
        file: which.
        flags: of `os.open`; without those that make a file.

    Raises:
        OSError: it cannot be opened or made.
    """
    with suppress(FileExistsError):
        return create_private_file(file, flags)
    return os.open(file, flags | os.O_CLOEXEC)


def create_private_file(file: Path, flags: int) -> int:
    """Make a file that only its owner may read; return its descriptor.

    Raises:
        FileExistsError: it is there.
        OSError: it cannot be made.
    """
    descriptor = os.open(file, flags | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, OWNER_ONLY)
    try:
        give_to_folder_owner(descriptor, file.parent)
    except BaseException:
        os.close(descriptor)
        file.unlink()
        raise
    return descriptor


def make_folder(folder: Path, mode: int = 0o777, *, parents: bool = False) -> None:
    """Make a folder if it is not there.

    Args:
        folder: which.
        mode: of `Path.mkdir`.
        parents: make the folders above it too.

    Raises:
        OSError: it cannot be made, or something else is in its place.
    """
    if folder.is_dir():
        return
    if parents and folder.parent != folder:
        make_folder(folder.parent, parents=True)
    folder.mkdir(mode, exist_ok=True)
    # Not by name: whoever owns the folder above could put something else in its place.
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        give_to_folder_owner(descriptor, folder.parent)
    finally:
        os.close(descriptor)
