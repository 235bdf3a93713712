"""Tests of values in memory that several processes share."""

import os
import random  # noqa: TID251 - draws keys
from hashlib import sha256

import pytest

from countersign.adapters import worker_values
from countersign.adapters.worker_values import MAX_VALUE_BYTES, SLOTS, WorkerValues

KEY = sha256(b"one").digest()
SAME_SLOT = KEY[:4] + sha256(b"another").digest()[4:]


@pytest.fixture
def values():
    return WorkerValues()


def run_in_child(work):
    """Run a function in a forked process."""
    pid = os.fork()
    if not pid:
        os._exit(0 if work() else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0


def test_values_that_one_process_notes_are_found_by_another(values):
    run_in_child(lambda: values.note(KEY, b"from the child") is None)
    assert values.find(KEY) == b"from the child"
    values.note(KEY, b"from here")
    run_in_child(lambda: values.find(KEY) == b"from here")


def test_nothing_is_found_under_a_key_that_nobody_noted(values):
    assert values.find(KEY) is None
    values.note(SAME_SLOT, b"its neighbour")
    assert values.find(KEY) is None


def test_the_last_of_two_keys_in_one_slot_stays(values):
    values.note(KEY, b"first")
    values.note(SAME_SLOT, b"second")
    assert values.find(KEY) is None
    assert values.find(SAME_SLOT) == b"second"


def test_a_shorter_value_replaces_a_longer_one_whole(values):
    values.note(KEY, b"long" * 20)
    values.note(KEY, b"short")
    assert values.find(KEY) == b"short"
    values.note(KEY, b"")
    assert values.find(KEY) == b""


def test_a_value_that_is_too_long_is_dropped(values):
    values.note(KEY, bytes(MAX_VALUE_BYTES))
    assert values.find(KEY) == bytes(MAX_VALUE_BYTES)
    values.note(SAME_SLOT, bytes(MAX_VALUE_BYTES + 1))
    assert values.find(SAME_SLOT) is None


@pytest.mark.parametrize("at", [0, 15, 48, 49, 50, 149])
def test_a_slot_that_is_half_written_counts_as_gone(values, at):
    values.note(KEY, b"\xaa" * 100)
    memory = values._memory
    place = int.from_bytes(KEY[:4]) % SLOTS * worker_values.SLOT_BYTES
    memory[place + at] ^= 0x55
    assert values.find(KEY) is None


def test_no_mixture_is_found_while_two_processes_write_one_slot(values):
    kinds = (b"\x01" * 200, b"\x02" * 200)

    def write(value):
        for _ in range(20_000):
            values.note(KEY, value)
        return True

    children = []
    for value in kinds:
        pid = os.fork()
        if not pid:
            os._exit(0 if write(value) else 1)
        children.append(pid)
    found = {values.find(KEY) for _ in range(20_000)}
    for pid in children:
        os.waitpid(pid, 0)
    assert found <= {None, *kinds}


def test_memory_stays_as_it_is_however_many_values_are_noted(values):
    draw = random.Random(1)
    for _ in range(3 * SLOTS):
        values.note(draw.randbytes(32), b"x" * 100)
    assert len(values._memory) == SLOTS * worker_values.SLOT_BYTES
