"""Hooks of the documentation site: folders in its contents, and links to files outside `docs/`."""

import re
from pathlib import Path
from typing import Any, Final

DOCS: Final = Path(__file__).resolve().parents[1] / "docs"

_LINK: Final = re.compile(r"\[([^\]]*)\]\(([^)\s:#]+)((?:#[^)\s]*)?)\)")


def on_config(config: Any, **_: Any) -> Any:
    """Return the settings with the pages of a folder where the contents name it, as `filters/`."""
    config.nav = _with_folders(config.nav)
    return config


def _with_folders(entry: Any) -> Any:
    if isinstance(entry, dict):
        return {title: _with_folders(inner) for title, inner in entry.items()}
    if isinstance(entry, list):
        return [_with_folders(each) for each in entry]
    return pages_of(entry) if entry.endswith("/") else entry


def pages_of(folder: str) -> list[str]:
    """Return the pages of a folder in `docs/`, its `README.md` first."""
    files = sorted((DOCS / folder).glob("*.md"), key=lambda file: (file.name != "README.md", file))
    return [file.relative_to(DOCS).as_posix() for file in files if not file.name.startswith("0000")]


def on_page_markdown(markdown: str, page: Any, **_: Any) -> str:
    """Return a page's text for the site.

    The pages are read in the repository too: there a link to a folder, or to a file outside of
    `docs/`, leads somewhere. Here the one leads to its first page, and the other is a name.
    """
    folder = (DOCS / page.file.src_uri).parent

    def replaced(match: re.Match[str]) -> str:
        words, path = match[1], (folder / match[2]).resolve()
        if not path.is_relative_to(DOCS):
            name = f"`{path.relative_to(DOCS.parent)}`"
            return name if words.strip("`") in name else f"{words} ({name})"
        if path.is_dir():
            first = pages_of(path.relative_to(DOCS).as_posix() + "/")[0]
            return f"[{words}]({match[2]}{Path(first).name})"
        return match[0]

    return _LINK.sub(replaced, markdown)
