"""Metrics in Prometheus' text format."""

from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import product
from typing import Final

from prometheus_client import CollectorRegistry, PlatformCollector, ProcessCollector
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.metrics_core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    Metric,
)
from prometheus_client.parser import text_string_to_metric_families
from prometheus_client.registry import Collector

from countersign.ports.pauses import Pauses

OTHER: Final = "other"
CONTENT_TYPE: Final = CONTENT_TYPE_LATEST
THE_SAME: Final = frozenset(
    {
        "countersign_appeals_first_action_seconds",
        "countersign_appeals_open",
        "countersign_appeals_overdue",
        "countersign_background_failing",
        "countersign_banking_servers",
        "countersign_dropped_steps",
        "countersign_filter_seconds",
        "countersign_raids_under_way",
        "countersign_reports_open",
        "countersign_retention_waiting",
        "countersign_rooms",
        "countersign_rooms_followed_as_lists",
        "countersign_rooms_with_alert",
        "countersign_shared_counters_lost",
        "countersign_stored_decisions",
        "countersign_unseen_signatures",
        "process_start_time_seconds",
        "python_info",
    }
)
"""Gauges that all workers have for the same thing: the maximum is shown. Others are summed.

Averages, such as the time that a filter takes, are not summed either.
"""

_INFINITY: Final = "+Inf"


class PrometheusMetrics:
    """Implements `ports.metrics.Metrics` and `MetricsPage`.

    The numbers are kept here and not in the library's own metrics, whose locks and checks cost
    several times as much; only one thread counts here.
    """

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self._gauges: dict[str, _Gauge] = {}
        ProcessCollector(registry=self._registry)
        PlatformCollector(registry=self._registry)

    def counter(self, name: str, says: str, **labels: Iterable[str]) -> "_Counter":
        """Return a counter, 0 in all its series."""
        counter = _Counter(name, says, tuple(labels), tuple(map(tuple, labels.values())))
        self._registry.register(counter)
        return counter

    def histogram(self, name: str, says: str, buckets: Sequence[float]) -> "_Histogram":
        """Return a histogram."""
        histogram = _Histogram(name, says, tuple(buckets))
        self._registry.register(histogram)
        return histogram

    def gauge(self, name: str, says: str, read: Callable[[], float], **labels: str) -> None:
        """Register a gauge whose value is read at each scrape."""
        gauge = self._gauges.get(name)
        if gauge is None:
            gauge = self._gauges[name] = _Gauge(name, says, tuple(labels))
            self._registry.register(gauge)
        gauge.readers[tuple(labels.values())] = read

    @property
    def content_type(self) -> str:
        """The media type of what `render` returns."""
        return CONTENT_TYPE_LATEST

    def render(self) -> bytes:
        """Return the metrics of this process."""
        return generate_latest(self._registry)

    async def collect(self) -> bytes:
        """Return the same page; other tasks have a turn after each metric.

        There is no other process.
        """
        pauses, parts = Pauses(), []
        for metric in self._registry.collect():
            parts.append(generate_latest(_Page([metric])))
            await pauses.take()
        return b"".join(parts)


def added_up(pages: Iterable[bytes]) -> bytes:
    """Merge the metrics of several processes: sums, except for those in `THE_SAME`."""
    families: dict[str, Metric] = {}
    values: dict[str, dict[tuple[str, tuple[tuple[str, str], ...]], float]] = {}
    for page in pages:
        for family in text_string_to_metric_families(page.decode()):
            families.setdefault(family.name, Metric(family.name, family.documentation, family.type))
            samples = values.setdefault(family.name, {})
            for sample in family.samples:
                series = sample.name, tuple(sorted(sample.labels.items()))
                if series not in samples:
                    samples[series] = sample.value
                elif family.name in THE_SAME:
                    samples[series] = max(samples[series], sample.value)
                else:
                    samples[series] += sample.value
    for name, family in families.items():
        for (sample_name, labels), value in values[name].items():
            family.add_sample(sample_name, dict(labels), value)
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Page(families.values()))
    return generate_latest(registry)


class _Page(Collector):
    def __init__(self, families: Iterable[Metric]) -> None:
        self._families = families

    def collect(self) -> Iterable[Metric]:
        return self._families


class _Counter(Collector):
    def __init__(
        self, name: str, says: str, labels: tuple[str, ...], values: tuple[tuple[str, ...], ...]
    ) -> None:
        self._name = name
        self._says = says
        self._labels = labels
        self._declared = values
        self._counts: dict[tuple[str, ...], float] = dict.fromkeys(product(*values), 0)

    def inc(self, *labels: str) -> None:
        try:
            self._counts[labels] += 1
        except KeyError:
            self.add(1, *labels)

    def add(self, amount: float, *labels: str) -> None:
        try:
            self._counts[labels] += amount
        except KeyError:
            labels = self._as_declared(labels)
            self._counts[labels] = self._counts.get(labels, 0) + amount

    def _as_declared(self, labels: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(
            value if value in values else OTHER
            for value, values in zip(labels, self._declared, strict=True)
        )

    def collect(self) -> Iterator[Metric]:
        family = CounterMetricFamily(self._name, self._says, labels=self._labels)
        for labels, count in self._counts.items():
            family.add_metric(labels, count)
        yield family


class _Histogram(Collector):
    def __init__(self, name: str, says: str, buckets: tuple[float, ...]) -> None:
        self._name = name
        self._says = says
        self._bounds = buckets
        self._counts = [0] * (len(buckets) + 1)
        self._sum = 0.0

    def observe(self, value: float) -> None:
        self._counts[bisect_left(self._bounds, value)] += 1
        self._sum += value

    def collect(self) -> Iterator[Metric]:
        family = HistogramMetricFamily(self._name, self._says, labels=())
        below, buckets = 0, []
        bounds = [*map(repr, self._bounds), _INFINITY]
        for bound, count in zip(bounds, self._counts, strict=True):
            below += count
            buckets.append((bound, below))
        family.add_metric((), buckets, self._sum)
        yield family


@dataclass(slots=True, eq=False)
class _Gauge(Collector):
    name: str
    says: str
    labels: tuple[str, ...]
    readers: dict[tuple[str, ...], Callable[[], float]] = field(default_factory=dict)

    def collect(self) -> Iterator[Metric]:
        family = GaugeMetricFamily(self.name, self.says, labels=self.labels)
        for labels, read in self.readers.items():
            family.add_metric(labels, read())
        yield family
