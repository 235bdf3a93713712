"""Identities of files: kept when content changes, changed when a file is replaced."""

import os
from pathlib import Path

import pytest

from countersign.adapters.files.file_identities import find_identity, identity_of


def test_a_file_keeps_its_identity_when_its_content_changes_and_has_another_when_replaced(
    tmp_path: Path,
) -> None:
    path, other, link = tmp_path / "a", tmp_path / "b", tmp_path / "link"
    path.write_text("1")
    other.write_text("1")
    link.symlink_to(path)
    before = identity_of(path)
    path.write_text("22")
    assert identity_of(path) == identity_of(link) == before
    other.rename(path)
    assert identity_of(path) == identity_of(link) != before


def test_the_identity_is_the_same_where_the_c_library_has_no_statx(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_text("1")
    status = path.stat()
    expected = (os.major(status.st_dev), os.minor(status.st_dev), status.st_ino)
    assert identity_of(path) == identity_of(path, statx=None) == expected


def test_a_missing_file_has_no_identity(tmp_path: Path) -> None:
    assert find_identity(tmp_path / "a") is None
    with pytest.raises(FileNotFoundError):
        identity_of(tmp_path / "a")
