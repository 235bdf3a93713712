"""Tests of the reports that workers share in memory."""

from countersign.adapters.worker_reports import MAX_REPORT_BYTES, ReportSlots, WorkerReports


def test_each_worker_reads_the_last_report_of_the_others():
    slots = ReportSlots(3)
    first, second, third = (WorkerReports(slots, number) for number in range(3))
    assert first.of_others() == {1: None, 2: None}

    first.note(b"a longer report")
    first.note(b"short")
    longest = b"r" * MAX_REPORT_BYTES
    third.note(longest)

    assert second.of_others() == {0: b"short", 2: longest}
    third.note(longest + b"r")  # too long: the report before stays
    assert first.of_others() == {1: None, 2: longest}


def test_a_report_that_is_being_replaced_is_not_read():
    slots = ReportSlots(2)
    slots.write(1, b"all is well")
    slots._memory[-65_536 + 9] ^= 1
    assert slots.read(1) is None
