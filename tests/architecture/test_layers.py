"""Rules that import contracts cannot check: synchronous lower layers, and naming rules."""

import ast

from tests.architecture.repository import ROOT, SOURCES, modules

LOWER_LAYERS = ("src/countersign/protocol/", "src/countersign/policy/")
ASYNCHRONOUS = (ast.AsyncFunctionDef, ast.AsyncFor, ast.AsyncWith, ast.Await)
SAYS_NOTHING = {"base", "common", "core", "handler", "helpers", "manager", "misc", "util", "utils"}


def test_the_lower_layers_wait_for_nothing():
    trees = {name: tree for name, tree in modules(SOURCES).items() if name.startswith(LOWER_LAYERS)}

    assert len(trees) > 200
    assert [
        f"{name}:{node.lineno}"
        for name, tree in trees.items()
        for node in ast.walk(tree)
        if isinstance(node, ASYNCHRONOUS)
    ] == []


def test_no_module_has_a_name_that_says_nothing():
    names = {part for name in modules(SOURCES) for part in name.removesuffix(".py").split("/")}

    assert names & SAYS_NOTHING == set()


def test_a_test_stands_where_the_module_stands_that_it_tests():
    tests = [
        test
        for layer in ("adapters", "policy", "ports", "protocol", "service", "web")
        for test in (ROOT / "tests" / layer).rglob("test_*.py")
    ]
    folders = {test.parent.relative_to(ROOT / "tests") for test in tests}

    assert [str(each) for each in folders if not (ROOT / "src/countersign" / each).is_dir()] == []
