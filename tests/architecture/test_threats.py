"""Every proof that docs/security/threats.md names is a test that exists."""

import ast
import re

from tests.architecture.repository import ROOT, SOURCES

THREATS = ROOT / "docs" / "security" / "threats.md"
PROOF = re.compile(r"`(test_\w+)`")
WORD = re.compile(r"\bdef (test_\w+)")


def test_every_proof_of_the_threats_exists():
    named = set(PROOF.findall(THREATS.read_text(encoding="utf-8")))

    assert len(named) > 100
    assert sorted(named - find_tests_among(named)) == []


def test_every_threat_has_a_proof():
    rows = [
        line
        for line in THREATS.read_text(encoding="utf-8").splitlines()
        if line.startswith("|") and not line.startswith(("| threat |", "|---|"))
    ]

    assert [row for row in rows if PROOF.search(row) is None] == []


def find_tests_among(named):
    """Return which of these names are those of tests."""
    # Contracts of the stores are tests that each store inherits.
    folders = (ROOT / "tests", SOURCES / "testing")
    texts = (path.read_text(encoding="utf-8") for each in folders for path in each.rglob("*.py"))
    return {
        node.name
        for text in texts
        if not named.isdisjoint(WORD.findall(text))  # reading takes a tenth of parsing
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name in named
    }
