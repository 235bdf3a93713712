"""What is counted is what is shown, and nobody's words become a series."""

import pytest

from countersign.adapters.metrics import PrometheusMetrics


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


def test_what_a_stranger_sends_adds_one_series_at_most(metrics):
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
