"""Last labels of domains, grouped by their other meanings: a file's ending, a word, code."""

from typing import Final

from countersign.policy.text.word_lists import read_words

COMMON_ENDINGS: Final = frozenset(read_words("endings_common"))
"""Last labels of most domains that people write, without those that end a file's name."""
FILE_ENDINGS: Final = frozenset(read_words("endings_of_files"))
"""Endings that names of files have too: `main.rs`, `id_rsa.pub`, `10-lan.network`."""
PLAIN_ENDINGS: Final = frozenset(read_words("endings_plain"))
"""Endings with which a name without a path is a domain to most readers."""
WORD_ENDINGS: Final = frozenset(read_words("endings_of_words"))
"""Endings that are words, or names in programs: `user.name`, `done.today`."""
ENDINGS: Final = frozenset(
    {
        *COMMON_ENDINGS,
        *FILE_ENDINGS,
        *PLAIN_ENDINGS,
        *WORD_ENDINGS,
        *read_words("endings_of_countries"),
    }
)
"""All endings with which a name followed by a path is an address on the web."""
