"""Shipped for authors of filters and adapters: events, peers, clocks, contract suites."""
