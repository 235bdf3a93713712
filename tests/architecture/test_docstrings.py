"""Every module and everything public has a docstring, which opens with a statement."""

import ast
import re

from tests.architecture.repository import ROOT, SOURCES, modules, name_of

DEFINITIONS = (ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
FOLDERS = ("src", "benchmarks", "campaigns", "examples", "scripts", "tests")
SENTENCE = re.compile(r'(?:(?:#.*)?\n)*r?"""[A-Z`].*\.(?:"""\n|\n)')
CLAUSE = re.compile(
    r'^ *r?"""(?:What|Whether|Who|Whose|How|Where|When|Which|Why|Tell|Of'
    r"|(?:As|So) (?:many|much|often|long))\b.*",
    re.MULTILINE,
)

IMPLEMENTS = re.compile(r"\bimplements `", re.IGNORECASE)
NAME = re.compile(r"`([A-Za-z_.]+)`")

CLAUSE_NAME = re.compile(r"def (test_(?:what|who|whoever|whose|which)_\w+)")


def test_every_module_begins_with_a_sentence():
    texts = {name: text for name, text in python_files() if text}

    assert len(texts) > 1500
    assert [name for name, text in texts.items() if not SENTENCE.match(text)] == []


def test_docstrings_open_with_a_noun_or_a_verb():
    """A clause (`"What a filter sees."`) names its subject too late; write `"A PDU's view …"`."""
    assert [
        f"{name}: {clause.strip()}"
        for name, text in python_files()
        for clause in CLAUSE.findall(text)
    ] == []


def test_names_of_tests_open_with_their_subject():
    """A clause (`test_what_waits_is_found`) hides it; write `test_waiting_events_are_found`.

    Names in `countersign.testing` stay: authors of filters and adapters run them.
    """
    assert [
        f"{name}: {test}"
        for name, text in python_files()
        if not name.startswith("src/")
        for test in CLAUSE_NAME.findall(text)
    ] == []


def test_everything_public_is_explained():
    """A method of a port is explained there, where its implementation says which port it is."""
    trees = modules(SOURCES)
    explained = {
        (definition.name, method.name)
        for tree in trees.values()
        for definition in tree.body
        if isinstance(definition, ast.ClassDef)
        for method in public(definition)
        if ast.get_docstring(method) is not None
    }

    assert len(trees) > 900
    assert [
        f"{name}:{definition.lineno} {definition.name}"
        for name, tree in trees.items()
        for ports, definition in public_with_ports(tree)
        if ast.get_docstring(definition) is None
        and not is_test(definition)
        and not any((port, definition.name) in explained for port in ports)
    ] == []


def python_files():
    for folder in FOLDERS:
        for file in sorted((ROOT / folder).rglob("*.py")):
            yield name_of(file), file.read_text(encoding="utf-8")


def public(tree):
    """Yield the public classes and functions of a module, with the methods of public classes."""
    for definition in tree.body:
        if isinstance(definition, DEFINITIONS) and not definition.name.startswith("_"):
            yield definition
            if isinstance(definition, ast.ClassDef):
                yield from public(definition)


def public_with_ports(tree, ports=()):
    """Yield what `public` does, each method with the ports that its class says it implements."""
    for definition in tree.body:
        if isinstance(definition, DEFINITIONS) and not definition.name.startswith("_"):
            yield ports, definition
            if isinstance(definition, ast.ClassDef):
                yield from public_with_ports(definition, ports_of(definition))


def ports_of(definition):
    words = ast.get_docstring(definition) or ""
    if not IMPLEMENTS.search(words):
        return ()
    return [name.rpartition(".")[2] for name in NAME.findall(words)]


def is_test(definition):
    """Return whether it is a test of a contract suite, whose name says what it checks."""
    return definition.name.startswith("test_")
