"""Word lists: the files of words by which texts are searched, beside this module.

A file is UTF-8. Its first lines begin with `#`: the meaning of its words and, where they were not
collected for this project, their source. Words or phrases follow, separated by commas.
"""

from importlib.resources import files
from typing import Final

BEGINS: Final = "*"
"""Suffix of an entry that matches every word that begins with it."""
_COMMENT: Final = "#"
_FOLDER: Final = files(__name__)


def read_words(name: str) -> tuple[str, ...]:
    """Return the entries of a list, in the order of its file.

    Args:
        name: the file's name without `.txt`, such as `cues/gain`.

    Raises:
        FileNotFoundError: there is no such list.
    """
    text = _FOLDER.joinpath(f"{name}.txt").read_text(encoding="utf-8")
    lines = (line for line in text.splitlines() if not line.startswith(_COMMENT))
    return tuple(filter(None, map(str.strip, ",".join(lines).split(","))))
