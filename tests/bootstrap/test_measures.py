"""Measures are stored so often that other processes know of them in time."""

from countersign.bootstrap.measures import SAVE_SHARED_EVERY_SECONDS
from countersign.service.processes.change_feed import POLL_SECONDS

KNOWN_WITHIN_SECONDS = 1.0
"""As docs/several-processes.md promises."""


def test_what_one_process_did_is_stored_and_read_by_the_others_within_a_second():
    assert SAVE_SHARED_EVERY_SECONDS + POLL_SECONDS < KNOWN_WITHIN_SECONDS
