"""Tests of reading named files and pipes: in full, within a size limit, never waiting forever."""

import os
import threading

import pytest

from countersign.adapters.files import bounded_reading
from countersign.adapters.files.bounded_reading import read_bounded


@pytest.fixture
def pipe(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    return tmp_path / "pipe"


@pytest.fixture
def impatient(monkeypatch):
    monkeypatch.setattr(bounded_reading, "PATIENCE_SECONDS", 0.05)


@pytest.mark.parametrize("size", [0, 1, 65_536, 200_000])
def test_a_file_is_read_whole_and_to_the_limit(tmp_path, size):
    file = tmp_path / "file"
    file.write_bytes(bytes(range(256)) * (size // 256) + b"x" * (size % 256))

    assert read_bounded(file, 1_000_000) == file.read_bytes()
    assert read_bounded(file, 100) == file.read_bytes()[:100]


def test_a_file_without_end_is_read_to_the_limit():
    assert read_bounded("/dev/zero", 100_000) == bytes(100_000)


def test_pieces_that_a_program_writes_slowly_are_awaited(pipe):
    def write():
        with pipe.open("wb", buffering=0) as end:
            end.write(b"server_name: ")
            threading.Event().wait(0.05)
            end.write(b"example.org")

    writing = threading.Thread(target=write)
    writing.start()

    assert read_bounded(pipe, 1_000) == b"server_name: example.org"
    writing.join()


@pytest.mark.usefixtures("impatient")
def test_a_pipe_that_nobody_writes_into_is_an_error(pipe):
    with pytest.raises(OSError, match="nobody wrote all of it into this pipe"):
        read_bounded(pipe, 1_000)


@pytest.mark.usefixtures("impatient")
def test_a_pipe_whose_writer_never_ends_is_an_error(pipe):
    held = os.open(pipe, os.O_RDWR)
    os.write(held, b"server_name: ")

    with pytest.raises(OSError, match="nobody wrote all of it into this pipe"):
        read_bounded(pipe, 1_000)
    os.close(held)


def test_a_folder_and_a_missing_file_are_errors(tmp_path):
    with pytest.raises(IsADirectoryError):
        read_bounded(tmp_path, 10)
    with pytest.raises(FileNotFoundError):
        read_bounded(tmp_path / "none", 10)
