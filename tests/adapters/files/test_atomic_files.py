"""Tests of files that are written atomically."""

import os
import stat
from pathlib import Path

import pytest

from countersign.adapters.files.atomic_files import create_file, replace_file


def mode_of(file):
    return stat.S_IMODE(file.stat().st_mode)


def test_a_new_file_is_its_owners_alone_and_one_that_is_there_keeps_its_mode(tmp_path):
    new, known = tmp_path / "new", tmp_path / "known"
    known.write_text("before")
    known.chmod(0o644)

    replace_file(new, b"content")
    replace_file(known, b"content")

    assert (mode_of(new), mode_of(known)) == (0o600, 0o644)
    assert known.read_bytes() == b"content"


def test_a_link_put_in_the_way_is_not_written_through(tmp_path):
    """A service user could have root write a file of root's."""
    other = tmp_path / "other"
    other.write_text("untouched")
    (tmp_path / f".policy.yaml.{os.getpid()}.new").symlink_to(other)

    replace_file(tmp_path / "policy.yaml", b"content")

    assert other.read_text() == "untouched"
    assert (tmp_path / "policy.yaml").read_bytes() == b"content"


def test_creating_a_file_replaces_nothing_and_leaves_no_temporary_file(tmp_path):
    file = tmp_path / "token"
    create_file(file, b"first")

    with pytest.raises(FileExistsError) as found:
        create_file(file, b"second")

    assert found.value.filename == str(file)
    assert (file.read_bytes(), mode_of(file)) == (b"first", 0o600)
    assert list(tmp_path.iterdir()) == [file]


def test_a_file_that_cannot_be_created_is_named_and_leaves_nothing(tmp_path, monkeypatch):
    def fail(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", fail)

    with pytest.raises(OSError, match="No space left") as found:
        create_file(tmp_path / "token", b"first")

    assert Path(found.value.filename) == tmp_path / "token"
    assert list(tmp_path.iterdir()) == []
