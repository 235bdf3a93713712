"""Everything public says in a sentence what it is."""

import ast

from tests.architecture.repository import ROOT, SOURCES, modules

DEFINITIONS = (ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)


def test_every_module_begins_with_a_sentence():
    trees = {
        name: tree
        for folder in (SOURCES, *(ROOT / name for name in ("scripts", "benchmarks", "examples")))
        for name, tree in modules(folder).items()
    }

    assert len(trees) > 900
    assert [name for name, tree in trees.items() if not begins_with_a_sentence(tree)] == []


def test_everything_public_is_explained():
    trees = modules(SOURCES)

    assert len(trees) > 900
    assert [
        f"{name}:{definition.lineno} {definition.name}"
        for name, tree in trees.items()
        for definition in public(tree)
        if ast.get_docstring(definition) is None and not is_test(definition)
    ] == []


def begins_with_a_sentence(tree):
    first_line = (ast.get_docstring(tree) or "").partition("\n")[0]
    return first_line.endswith(".") and (first_line[0].isupper() or first_line.startswith("`"))


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
