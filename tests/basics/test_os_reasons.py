"""Tests of reasons why a file can't be written."""

import errno
import os

import pytest

from countersign.basics.os_reasons import reason_of


@pytest.mark.parametrize(
    ("number", "reason"),
    [
        (errno.ENOSPC, "No space left on device. Make space on its disk."),
        (errno.EACCES, "Permission denied."),
    ],
)
def test_a_reason_is_told_with_what_to_do_if_that_is_known(number, reason):
    assert reason_of(OSError(number, os.strerror(number))) == reason


def test_an_error_without_a_number_is_told_by_its_words():
    assert reason_of(OSError("broken")) == "broken."
