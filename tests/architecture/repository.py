"""Files of the repository, with or without git."""

import ast
import gc
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SOURCES = ROOT / "src" / "countersign"

FOLDERS = (
    "benchmarks",
    "campaigns",
    "contrib",
    "docs",
    "examples",
    "requirements",
    "scripts",
    "src",
    "tests",
    ".ci",
)
MADE_BY_TOOLS = frozenset({"__pycache__", ".hypothesis", ".pytest_cache"})
TEXT = {"", ".md", ".py", ".sh", ".sql", ".toml", ".txt", ".yaml", ".json", ".typed"}


def text_files() -> Iterator[Path]:
    """Yield every text file of the repository."""
    # In a second work tree, `.git` is a file too, and git's own.
    yield from (
        file
        for file in ROOT.iterdir()
        if file.is_file() and file.suffix in TEXT and file.name != ".git"
    )
    for folder in FOLDERS:
        yield from (
            file
            for file in sorted((ROOT / folder).rglob("*"))
            if file.is_file() and file.suffix in TEXT and MADE_BY_TOOLS.isdisjoint(file.parts)
        )


def pages() -> list[Path]:
    """Return the pages of the documentation."""
    return [file for file in text_files() if file.suffix == ".md"]


@cache
def modules(folder: Path) -> dict[str, ast.Module]:
    """Return the syntax trees of the modules in `folder`, by path from the root."""
    gc.disable()  # nothing is garbage; to look for it takes twice the time of the rest
    try:
        return {
            name_of(file): ast.parse(file.read_text(encoding="utf-8"))
            for file in sorted(folder.rglob("*.py"))
        }
    finally:
        gc.enable()


def name_of(file: Path) -> str:
    return file.relative_to(ROOT).as_posix()
