"""Port: metrics for the operator."""

from collections.abc import Callable, Iterable, Sequence
from typing import Protocol


class Counter(Protocol):
    """A number that only grows."""

    def inc(self, *labels: str) -> None:
        """Add 1 to the series with these label values, in the order of their declaration.

        A value that was not declared is counted as `other`.
        """
        ...

    def add(self, amount: float, *labels: str) -> None:
        """Add an amount, as `inc` adds 1."""
        ...


class Histogram(Protocol):
    """Histogram: counts of values by size."""

    def observe(self, value: float) -> None:
        """Add a value to the histogram."""
        ...


class MetricsPage(Protocol):
    """All metrics in a text format."""

    @property
    def content_type(self) -> str:
        """The media type of what `collect` returns."""
        ...

    async def collect(self) -> bytes:
        """Return the page with the present numbers."""
        ...


class Metrics(Protocol):
    """Makes metrics; each is made once, where it is counted, by one line.

    **A label's values are listed when the metric is made**, so nothing that a stranger sends can
    add a series. Names begin with `countersign_` and end with their unit, counters with `_total`; a
    second metric of one name is a mistake, except for gauges with other labels. Everything here is
    called by the event loop's thread alone, which makes counting cost a fraction of a microsecond.
    docs/metrics.md lists all of them, and a test compares.
    """

    def counter(self, name: str, says: str, **labels: Iterable[str]) -> Counter:
        """Return a counter, 0 in all its series.

        Args:
            name: the name of the metric.
            says: one sentence for the operator.
            labels: by name, the values that each may take.
        """
        ...

    def histogram(self, name: str, says: str, buckets: Sequence[float]) -> Histogram:
        """Return a histogram.

        Args:
            name: the name of the metric.
            says: one sentence for the operator.
            buckets: the upper bounds, ascending, without infinity.
        """
        ...

    def gauge(self, name: str, says: str, read: Callable[[], float], **labels: str) -> None:
        """Register a gauge whose value is read at each scrape.

        Args:
            name: the name of the metric; the same one may be given again with other values of its
                labels.
            says: one sentence for the operator.
            read: answers at once, from what is known already.
            labels: by name, the one value that each has here.
        """
        ...
