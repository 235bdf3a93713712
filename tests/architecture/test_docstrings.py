"""Everything public says in a sentence what it is."""

import ast

import pytest

from tests.architecture.repository import ROOT, modules

MODULES = {
    name: tree
    for folder in ("src", "scripts", "benchmarks", "examples")
    for name, tree in modules(ROOT / folder).items()
}
DEFINITIONS = (ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)


@pytest.mark.parametrize("name", MODULES)
def test_a_module_begins_with_a_sentence(name):
    first_line = (ast.get_docstring(MODULES[name]) or "").partition("\n")[0]

    assert first_line.endswith(".")
    assert first_line[0].isupper() or first_line.startswith("`")


@pytest.mark.parametrize("name", [name for name in MODULES if name.startswith("src/")])
def test_everything_public_in_a_module_is_explained(name):
    assert [
        definition.name
        for definition in public(MODULES[name])
        if ast.get_docstring(definition) is None and not is_test(definition)
    ] == []


def public(tree):
    """Yield the public classes and functions of a module, with the methods of public classes."""
    for definition in tree.body:
        if isinstance(definition, DEFINITIONS) and not definition.name.startswith("_"):
            yield definition
            if isinstance(definition, ast.ClassDef):
                yield from public(definition)


def is_test(definition):
    """Tell whether it is a test of the contract suite, whose name says what it checks."""
    return definition.name.startswith("test_")
