"""Tests of metrics: counted values are exported, and nothing a stranger chose becomes a label."""

import asyncio
import re

import pytest

from countersign.adapters.metrics import THE_SAME, PrometheusMetrics, added_up
from tests.architecture.repository import SOURCES

OF_ONE_PROCESS = {
    "countersign_body_bytes",
    "countersign_connections",
    "countersign_key_fetches_in_flight",
    "countersign_leak_troubles",
    "countersign_leaks",
    "countersign_leaks_passed_over",
    "countersign_waiting_requests",
}
"""Gauges that are a part of a whole in each worker."""


@pytest.fixture
def metrics():
    return PrometheusMetrics()


def lines_of(metrics, name):
    return [line for line in metrics.render().decode().splitlines() if line.startswith(name)]


def test_a_counter_shows_every_series_before_anything_was_counted(metrics):
    metrics.counter("tries_total", "Tries.", outcome=("good", "bad"))

    assert lines_of(metrics, "tries_total") == [
        'tries_total{outcome="good"} 0.0',
        'tries_total{outcome="bad"} 0.0',
    ]


def test_counts_under_the_labels_given(metrics):
    counter = metrics.counter("tries_total", "Tries.", way=("up", "down"), outcome=("good", "bad"))
    plain = metrics.counter("all_total", "All.")

    counter.inc("up", "bad")
    counter.add(2.5, "up", "bad")
    plain.inc()

    assert 'tries_total{outcome="bad",way="up"} 3.5' in lines_of(metrics, "tries_total")
    assert lines_of(metrics, "all_total") == ["all_total 1.0"]


def test_a_strangers_request_adds_one_series_at_most(metrics):
    counter = metrics.counter("tries_total", "Tries.", outcome=("good",))

    for number in range(1_000):
        counter.inc(f"stranger {number}")

    assert lines_of(metrics, "tries_total") == [
        'tries_total{outcome="good"} 0.0',
        'tries_total{outcome="other"} 1000.0',
    ]


def test_a_histogram_counts_each_value_in_every_bucket_that_holds_it(metrics):
    histogram = metrics.histogram("length_bytes", "Lengths.", (1, 10))

    for value in (0.5, 1, 5, 50):
        histogram.observe(value)

    assert lines_of(metrics, "length_bytes") == [
        'length_bytes_bucket{le="1"} 2.0',
        'length_bytes_bucket{le="10"} 3.0',
        'length_bytes_bucket{le="+Inf"} 4.0',
        "length_bytes_count 4.0",
        "length_bytes_sum 56.5",
    ]


def test_a_gauge_is_read_when_somebody_looks(metrics):
    rooms = {"joined": 1, "left": 2}
    for kind in rooms:
        metrics.gauge("rooms", "Rooms.", lambda kind=kind: rooms[kind], kind=kind)

    rooms["joined"] = 7

    assert lines_of(metrics, "rooms") == ['rooms{kind="joined"} 7.0', 'rooms{kind="left"} 2.0']


def test_shows_the_process_too(metrics):
    assert lines_of(metrics, "process_resident_memory_bytes")


def test_every_gauge_is_known_to_be_added_up_or_the_same_in_all_workers():
    text = "".join(path.read_text() for path in SOURCES.rglob("*.py"))
    gauges = set(re.findall(r'\.gauge\(\s*"([a-z_]+)"', text))

    assert len(gauges) > 15
    assert not THE_SAME & OF_ONE_PROCESS
    assert gauges == OF_ONE_PROCESS | {each for each in THE_SAME if each.startswith("countersign")}


def test_the_largest_value_of_all_workers_is_exported():
    pages = []
    for number in (1, 2):
        metrics = PrometheusMetrics()
        metrics.gauge("countersign_appeals_open", "Appeals.", lambda number=number: number)
        metrics.gauge("countersign_connections", "Connections.", lambda number=number: number)
        for name, seconds in (("link", 0.5 / number), ("wave", 0.25)):
            metrics.gauge("countersign_filter_seconds", "Time.", lambda s=seconds: s, filter=name)
        metrics.counter("tries_total", "Tries.").add(number)
        pages.append(metrics.render())

    page = added_up([*pages, b""]).decode().splitlines()

    assert "countersign_appeals_open 2.0" in page
    assert "countersign_connections 3.0" in page
    assert 'countersign_filter_seconds{filter="link"} 0.5' in page
    assert 'countersign_filter_seconds{filter="wave"} 0.25' in page
    assert "tries_total 3.0" in page


async def test_a_page_in_slices_is_the_same_page_and_lets_others_have_turns(metrics):
    turns = 0
    for number in range(50):
        metrics.counter(f"tries_{number}_total", "Tries.", way=("up", "down")).inc("up")
    metrics.histogram("seconds", "Seconds.", (0.1, 1.0)).observe(0.5)
    metrics.gauge("rooms", "Rooms.", lambda: 7)

    async def watch():
        nonlocal turns
        while True:
            await asyncio.sleep(0)
            turns += 1

    watching = asyncio.create_task(watch())
    page = await metrics.collect()
    watching.cancel()

    assert _without_process(page) == _without_process(metrics.render())
    assert turns >= 50


def _without_process(page):
    """Return the lines of a page that stay the same while nobody counts."""
    return [line for line in page.decode().splitlines() if "process_" not in line]
