"""Tests of the writer: commits in groups; a failed job affects no other."""

import asyncio
import gc
import threading
from contextlib import ExitStack, closing
from pathlib import Path

import pytest
import structlog

from countersign.adapters.sql.connections import open_driver
from countersign.adapters.sql.writer import Writer
from countersign.ports.errors import StoreUnavailable
from tests.databases import make_database
from tests.waiting import PATIENCE_SECONDS


@pytest.fixture(autouse=True)
def patience():
    """Leave the limits as they are shipped: locks are the subject."""


@pytest.fixture
def path(path):
    empty_names(path)
    return path


@pytest.fixture
def writer(path):
    writer = Writer(path)
    yield writer
    writer.close()


def empty_names(path):
    """Take out the name that stands for whatever was erased: numbers begin with 1 here."""
    with closing(open_driver(path, "rw")) as driver:
        driver.execute("DELETE FROM names")


class HeldWriter:
    """Holds the writer up, so that jobs gather behind it."""

    def __init__(self, writer):
        self._writer = writer
        self._reached, self._opened = threading.Event(), threading.Event()

    async def __aenter__(self):
        self._task = asyncio.create_task(self._writer.run(self._hold))
        await asyncio.to_thread(self._reached.wait)
        return self

    async def __aexit__(self, *_):
        self._opened.set()
        await self._task

    def _hold(self, _):
        self._reached.set()
        self._opened.wait()


def insert(name):
    return lambda driver: driver.execute("INSERT INTO names (name) VALUES (?)", [name]).lastrowid


def names(driver):
    return [row["name"] for row in driver.execute("SELECT name FROM names ORDER BY name")]


async def test_returns_what_the_work_returns(writer, other_process):
    assert await writer.run(insert("one")) == 1
    assert names(other_process) == ["one"]


async def test_jobs_that_wait_together_are_committed_together(writer):
    transactions = []

    def note(driver):
        transactions.append(driver.total_changes)
        return driver.execute("INSERT INTO names (name) VALUES (?)", [str(len(transactions))])

    seen_outside = []
    async with HeldWriter(writer):
        waiting = [asyncio.create_task(writer.run(note)) for _ in range(50)]
        await asyncio.sleep(0)
        waiting.append(asyncio.create_task(writer.run(lambda d: seen_outside.append(d))))
        await asyncio.sleep(0)
    await asyncio.gather(*waiting)

    assert len(transactions) == 50
    assert len(seen_outside) == 1


async def test_a_group_is_one_transaction(writer, other_process):
    counts = []
    async with HeldWriter(writer):
        waiting = [asyncio.create_task(writer.run(insert(str(number)))) for number in range(9)]
        look = asyncio.create_task(writer.run(lambda _: counts.append(len(names(other_process)))))
        await asyncio.sleep(0)
    await asyncio.gather(*waiting, look)

    assert counts == [0]
    assert len(names(other_process)) == 9


async def test_a_bad_job_harms_only_itself(writer, other_process):
    def bad(driver):
        insert("half done")(driver)
        raise ZeroDivisionError

    async with HeldWriter(writer):
        jobs = [writer.run(work) for work in (insert("a"), bad, insert("b"), insert("a"))]
        waiting = [asyncio.create_task(job) for job in jobs]
        await asyncio.sleep(0)
    told = await asyncio.gather(*waiting, return_exceptions=True)

    assert [type(answer) for answer in told] == [int, ZeroDivisionError, int, StoreUnavailable]
    assert names(other_process) == ["a", "b"]


async def test_each_waiter_has_an_exception_of_its_own(writer, locked):
    with locked():
        told = await asyncio.gather(
            *(writer.run(insert(str(number))) for number in range(3)), return_exceptions=True
        )

    assert {type(error) for error in told} == {StoreUnavailable}
    assert len({id(error) for error in told}) == 3


async def test_a_full_queue_says_so_at_once(path):
    writer = Writer(path, max_waiting=2)
    async with HeldWriter(writer):
        waiting = [asyncio.create_task(writer.run(insert(name))) for name in "ab"]
        await asyncio.sleep(0)

        with pytest.raises(StoreUnavailable, match="Too many writes"):
            await writer.run(insert("c"))

    assert await asyncio.gather(*waiting) == [1, 2]
    writer.close()


async def test_a_cancelled_caller_does_not_break_the_group(writer, other_process):
    async with HeldWriter(writer):
        waiting = [asyncio.create_task(writer.run(insert(name))) for name in "abc"]
        await asyncio.sleep(0)
        waiting[1].cancel()
    told = await asyncio.gather(*waiting, return_exceptions=True)

    assert [type(answer) for answer in told] == [int, asyncio.CancelledError, int]
    assert names(other_process) == ["a", "b", "c"]


async def test_closing_finishes_what_waits(path, other_process):
    writer = Writer(path)
    waiting = [asyncio.create_task(writer.run(insert(str(number)))) for number in range(20)]
    await asyncio.sleep(0)

    await asyncio.to_thread(writer.close)

    await asyncio.gather(*waiting)
    assert len(names(other_process)) == 20
    with pytest.raises(StoreUnavailable, match="closed"):
        await writer.run(insert("late"))
    writer.close()  # once more does nothing


def test_a_loop_that_ended_does_not_stop_the_writer(path, other_process):
    writer = Writer(path)

    async def leave_without_waiting():
        async with HeldWriter(writer):
            task = asyncio.create_task(writer.run(insert("left")))
            await asyncio.sleep(0)
            task.cancel()

    asyncio.run(leave_without_waiting())
    gc.collect()

    assert asyncio.run(writer.run(insert("next"))) == 2
    assert names(other_process) == ["left", "next"]
    writer.close()


async def test_a_lock_is_trouble_that_passes(writer, locked, other_process):
    assert await writer.run(insert("before")) == 1
    with locked(), pytest.raises(StoreUnavailable, match="locked"):
        await writer.run(insert("meanwhile"))

    assert await writer.run(insert("after")) == 2
    assert names(other_process) == ["after", "before"]


async def test_a_file_replaced_under_a_commit_gets_the_work_again(writer, path, tmp_path):
    """SQLite itself notices nothing: it commits to the file that is no longer there."""
    other = tmp_path / "other.db"
    make_database(other)
    empty_names(other)

    def insert_while_an_operator_restores(driver):
        if other.exists():
            other.rename(path)
            for log in (f"{path}-wal", f"{path}-shm"):
                Path(log).unlink()
        return insert("kept")(driver)

    await asyncio.gather(writer.run(insert_while_an_operator_restores), writer.run(insert("too")))

    with closing(open_driver(path, "rw")) as driver:
        assert names(driver) == ["kept", "too"]


async def test_a_lock_after_a_failed_job_is_reported_to_all_other_jobs(writer, locked):
    held = ExitStack()

    def bad(driver):
        driver.execute("ROLLBACK")
        held.enter_context(locked())
        raise ZeroDivisionError

    async with HeldWriter(writer):
        waiting = [
            asyncio.create_task(writer.run(work)) for work in (insert("a"), bad, insert("b"))
        ]
        await asyncio.sleep(0)
    told = await asyncio.gather(*waiting, return_exceptions=True)
    held.close()

    assert [type(answer) for answer in told] == [StoreUnavailable] * 3


async def test_a_handful_of_callers_waits_for_no_clock(writer, monkeypatch):
    """The loop's clock stands still, so only its rounds can have ended the gathering."""
    now = asyncio.get_running_loop().time()
    monkeypatch.setattr(asyncio.get_running_loop(), "time", lambda: now)
    for callers in (1, 2, 1, 4):
        done = threading.Event()
        waiting = [asyncio.create_task(writer.run(lambda _: None)) for _ in range(callers)]
        waiting.append(asyncio.create_task(writer.run(lambda _, done=done: done.set())))
        for _ in range(4):
            await asyncio.sleep(0)

        assert await asyncio.to_thread(done.wait, 10)
        await asyncio.gather(*waiting)


async def test_jobs_of_neighbouring_rounds_share_a_commit(writer, other_process, monkeypatch):
    """Requests that arrive together do not all come to the same step in the same round."""
    # On a busy machine twenty rounds may take longer than a group gathers.
    monkeypatch.setattr("countersign.adapters.sql.writer._MAX_GATHER_SECONDS", 60.0)
    seen_outside = []

    def note(driver):
        insert(str(len(seen_outside)))(driver)
        seen_outside.append(len(names(other_process)))

    async def after_rounds(rounds):
        for _ in range(rounds):
            await asyncio.sleep(0)
        await writer.run(note)

    await asyncio.gather(*(after_rounds(number) for number in range(20)))

    assert seen_outside == [0] * 20


async def test_a_steady_stream_of_jobs_does_not_put_a_commit_off_for_ever(writer):
    first = asyncio.create_task(writer.run(insert("first")))
    others = set()
    while not first.done():
        others.add(asyncio.create_task(writer.run(lambda _: None)))
        await asyncio.sleep(0)

    await asyncio.gather(*others)


async def test_a_job_that_comes_while_the_writer_closes_is_done_or_refused(path):
    """It can end at any moment, in another thread, and no caller may wait forever."""
    for _ in range(10):
        writer = Writer(path)
        done, refused = 0, 0
        first_done = threading.Event()

        async def write_until_closed(writer=writer, first_done=first_done):
            nonlocal done, refused
            while not refused:
                try:
                    await asyncio.wait_for(writer.run(lambda _: None), PATIENCE_SECONDS)
                    done += 1
                    first_done.set()
                except StoreUnavailable:
                    refused += 1

        other = asyncio.create_task(asyncio.to_thread(asyncio.run, write_until_closed()))
        await asyncio.to_thread(first_done.wait)
        await asyncio.to_thread(writer.close)
        await other

        assert refused == 1


async def test_a_job_that_would_end_a_program_ends_neither_the_writer_nor_the_loop(
    writer, other_process
):
    def bad(_):
        raise SystemExit(1)

    told = await asyncio.gather(
        *(writer.run(work) for work in (insert("a"), bad, insert("b"))), return_exceptions=True
    )

    assert [type(answer) for answer in told] == [int, StoreUnavailable, int]
    assert await writer.run(insert("c"))
    assert names(other_process) == ["a", "b", "c"]


async def test_an_error_that_nobody_waits_for_is_logged(writer):
    def bad(_):
        raise ZeroDivisionError

    with structlog.testing.capture_logs() as logs:
        async with HeldWriter(writer):
            waiting = asyncio.create_task(writer.run(bad))
            await asyncio.sleep(0)
            waiting.cancel()
        await writer.run(insert("next"))

    assert [entry["event"] for entry in logs] == ["a write failed that nobody waits for"]
    assert isinstance(logs[0]["exc_info"], ZeroDivisionError)


class Insert:
    """Work for all who wait together; notes how many they were each time."""

    def __init__(self):
        self.counts = []

    def __call__(self, driver, items):
        self.counts.append(len(items))
        return [insert(item)(driver) for item in items]


async def test_work_for_all_who_wait_is_done_in_one_go_and_in_order(writer, other_process):
    work = Insert()

    async with HeldWriter(writer):
        waiting = [asyncio.create_task(writer.run_with_all(work, name)) for name in "abc"]
        waiting.append(asyncio.create_task(writer.run(insert("d"))))
        waiting.append(asyncio.create_task(writer.run_with_all(work, "e")))
        await asyncio.sleep(0)

    assert await asyncio.gather(*waiting) == [1, 2, 3, 4, 5]
    assert work.counts == [3, 1]
    assert names(other_process) == ["a", "b", "c", "d", "e"]


async def test_a_bad_item_harms_only_itself(writer, other_process):
    work = Insert()

    async with HeldWriter(writer):
        waiting = [asyncio.create_task(writer.run_with_all(work, name)) for name in "aba"]
        await asyncio.sleep(0)
    told = await asyncio.gather(*waiting, return_exceptions=True)

    assert [type(answer) for answer in told] == [int, int, StoreUnavailable]
    assert work.counts == [3, 1, 1, 1]
    assert names(other_process) == ["a", "b"]


async def test_work_is_done_by_the_loop_between_the_last_statement_and_the_end_of_the_write(writer):
    order = []

    def insert_noted(driver):
        order.append("written")
        return insert("one")(driver)

    writer.meanwhile.add(lambda: order.append(threading.current_thread().name))
    await writer.run(insert_noted)

    assert order == ["written", threading.current_thread().name]


async def test_work_for_while_it_is_written_is_done_once(writer):
    done = []

    writer.meanwhile.add(lambda: done.append(1))
    await writer.run(insert("one"))
    await writer.run(insert("two"))

    assert done == [1]


async def test_work_for_while_it_is_written_waits_until_something_can_be_written(writer, path):
    done = []
    with closing(open_driver(path, "rw")) as other:
        other.execute("BEGIN IMMEDIATE")
        writer.meanwhile.add(lambda: done.append(1))
        with pytest.raises(StoreUnavailable):
            await writer.run(insert("one"))
        assert not done
        other.execute("ROLLBACK")

    await writer.run(insert("one"))

    assert done == [1]


async def test_work_for_a_loop_that_ended_harms_no_write(writer, other_process):
    def add_elsewhere():
        async def add():
            writer.meanwhile.add(lambda: None)

        asyncio.run(add())

    await asyncio.to_thread(add_elsewhere)

    await writer.run(insert("one"))

    assert names(other_process) == ["one"]
