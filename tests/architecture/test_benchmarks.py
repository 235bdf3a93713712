"""Every benchmark can start; their full runs are done by hand."""

import importlib

import pytest

from tests.architecture.repository import ROOT

BENCHMARKS = sorted(path.stem for path in (ROOT / "benchmarks").glob("*.py"))


@pytest.mark.parametrize("name", BENCHMARKS)
def test_a_benchmark_finds_what_it_imports(name, monkeypatch):
    monkeypatch.syspath_prepend(str(ROOT / "benchmarks"))  # as for a program in that folder
    assert importlib.import_module(name).__doc__
