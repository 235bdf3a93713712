"""Reasons why the operating system refuses to write a file, with what to do about them."""

import errno
from typing import Final

_REMEDIES: Final = {
    errno.ENOSPC: " Make space on its disk.",
    errno.EDQUOT: " Make space: this user has reached the quota of its disk.",
    errno.EROFS: " Mount its file system so that it can be written, or name a file elsewhere.",
}


def reason_of(error: OSError) -> str:
    """Return the reason of an error, as the end of a sentence, and what to do about it if known."""
    return f"{error.strerror or error}.{_REMEDIES.get(error.errno or 0, '')}"
