"""Globs as operators write them in the settings."""


def glob_matches(glob: str, text: str) -> bool:
    """Tell whether `glob` matches the whole of `text`, letter case included.

    `*` stands for any text, `?` for any one character. The time is at worst the product of both
    lengths, whoever wrote the text.
    """
    at = position = 0
    star = resume = -1
    while position < len(text):
        if at < len(glob) and glob[at] == "*":
            star, resume = at, position
            at += 1
        elif at < len(glob) and glob[at] in ("?", text[position]):
            at += 1
            position += 1
        elif star >= 0:
            # Let the last star swallow one character more, and go on after it.
            resume += 1
            at, position = star + 1, resume
        else:
            return False
    return not glob[at:].strip("*")
