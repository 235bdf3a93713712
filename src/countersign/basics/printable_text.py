"""Strangers' words on one line that neither breaks nor colours a terminal or a log."""


def visible(text: str) -> str:
    r"""Return `text` with every character that does not print spelled out, such as `\x1b`."""
    return "".join(each if each.isprintable() else ascii(each)[1:-1] for each in text)


def spaced(text: str) -> str:
    """Return `text` with a space for every character that does not print."""
    return "".join(each if each.isprintable() else " " for each in text)
