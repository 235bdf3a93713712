"""Lists of hashes, such as those of words, in messages between processes."""


def write_hashes(hashes: frozenset[int]) -> str:
    """Return hashes as one word of a message; the same for equal hashes."""
    return " ".join(map(str, sorted(hashes)))


def read_hashes(text: str) -> frozenset[int]:
    """Return the hashes in the text that `write_hashes` wrote.

    Raises:
        ValueError: it did not.
    """
    return frozenset(map(int, text.split()))
