"""Every proof that docs/security/threats.md names is a test that exists."""

import ast
import re

from tests.architecture.repository import ROOT, SOURCES, modules

THREATS = ROOT / "docs" / "security" / "threats.md"
PROOF = re.compile(r"`(test_\w+)`")


def test_every_proof_of_the_threats_exists():
    # Contracts of the stores are tests that each store inherits.
    trees = modules(ROOT / "tests") | modules(SOURCES / "testing")
    tests = {
        node.name
        for tree in trees.values()
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    }
    named = PROOF.findall(THREATS.read_text(encoding="utf-8"))

    assert len(named) > 100
    assert [name for name in named if name not in tests] == []


def test_every_threat_has_a_proof():
    rows = [
        line
        for line in THREATS.read_text(encoding="utf-8").splitlines()
        if line.startswith("|") and not line.startswith(("| threat |", "|---|"))
    ]

    assert [row for row in rows if PROOF.search(row) is None] == []
