"""New files and folders that get the owner of their parent folder.

A server runs as a service user; its operator may run commands as root. The server could not use
files that belong to root, so they are given to the owner and group of their folder. New files of
other users belong to them, as usual.
"""

import os
from contextlib import suppress
from pathlib import Path
from typing import Final

OWNER_ONLY: Final = 0o600
_ROOT: Final = 0


def set_owner_of_folder(descriptor: int, folder: Path) -> None:
    """Give an open new file to the owner and group of its folder, if we are root.

    Raises:
        OSError: it cannot be given away.
    """
    if os.geteuid() == _ROOT:
        owner = folder.stat()
        os.fchown(descriptor, owner.st_uid, owner.st_gid)


def set_owner(descriptor: int, owner: os.stat_result) -> None:
    """Give an open new file to the owner and group of the file that it replaces, if we are root.

    Raises:
        OSError: it cannot be given away.
    """
    if os.geteuid() == _ROOT:
        os.fchown(descriptor, owner.st_uid, owner.st_gid)


def open_private_file(file: Path, flags: int) -> int:
    """Open a file; create one that only its owner can read if it does not exist.

    Args:
        file: the file.
        flags: the flags of `os.open`, without those that create a file.

    Raises:
        OSError: it cannot be opened or created.
    """
    with suppress(FileExistsError):
        return create_private_file(file, flags)
    return os.open(file, flags | os.O_CLOEXEC)


def create_private_file(file: Path, flags: int) -> int:
    """Create a file that only its owner can read; return its descriptor.

    Raises:
        FileExistsError: it exists.
        OSError: it cannot be created.
    """
    descriptor = os.open(file, flags | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, OWNER_ONLY)
    try:
        set_owner_of_folder(descriptor, file.parent)
    except BaseException:
        os.close(descriptor)
        file.unlink()
        raise
    return descriptor


def make_folder(folder: Path, mode: int = 0o777, *, parents: bool = False) -> None:
    """Create a folder if it does not exist.

    Args:
        folder: the folder.
        mode: the mode of `Path.mkdir`.
        parents: also create the folders above it.

    Raises:
        OSError: it cannot be created, or something else has its name.
    """
    if folder.is_dir():
        return
    if parents and folder.parent != folder:
        make_folder(folder.parent, parents=True)
    folder.mkdir(mode, exist_ok=True)
    # Not by name: the owner of the parent folder could replace it meanwhile.
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        set_owner_of_folder(descriptor, folder.parent)
    finally:
        os.close(descriptor)
