"""Patterns of a policy take bounded time on any text."""

import importlib
import pkgutil
import re
import signal
from itertools import chain, product

import pytest

import countersign.policy as package

MAX_CPU_SECONDS = 30
"""An ambiguous repetition takes years; all others together take a fraction of this."""
CHARACTERS = 160
SIGNS = "a1_- .:/@#\n'\"`<>([&?+,*=$éа看\u0301→"
OFTEN_PAIRED = "a1_- .:/@>"
REPEATED = (*SIGNS, *map("".join, product(OFTEN_PAIRED, repeat=2)), "a. ", " dot ", "->", "a_ ")


def patterns() -> dict[str, re.Pattern[str]]:
    names = [each.name for each in pkgutil.walk_packages(package.__path__, f"{package.__name__}.")]
    return {
        f"{module}.{name}": value
        for module in names
        for name, value in vars(importlib.import_module(module)).items()
        if isinstance(value, re.Pattern) and isinstance(value.pattern, str)
    }


PATTERNS = patterns()


def test_the_patterns_are_found():
    assert len(PATTERNS) > 150


@pytest.fixture
def limited_time():
    def stop(*_):
        raise TimeoutError("a pattern tries one text in too many ways")

    before = signal.signal(signal.SIGVTALRM, stop)
    signal.setitimer(signal.ITIMER_VIRTUAL, MAX_CPU_SECONDS)
    yield
    signal.setitimer(signal.ITIMER_VIRTUAL, 0)
    signal.signal(signal.SIGVTALRM, before)


@pytest.mark.usefixtures("limited_time")
@pytest.mark.parametrize("name", PATTERNS)
def test_no_pattern_tries_a_repetition_in_ever_more_ways(name):
    pattern = PATTERNS[name]
    repeated = (each * (CHARACTERS // len(each)) for each in REPEATED)
    for text in chain.from_iterable((each, f"{each}\x01", f"{each}1") for each in repeated):
        for _ in pattern.finditer(text):
            pass
