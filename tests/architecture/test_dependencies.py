"""Every imported package is a dependency in pyproject.toml, and locked by hash."""

import ast
import re
import sys
import tomllib
from importlib.metadata import (
    PackageNotFoundError,
    entry_points,
    packages_distributions,
    version,
)

import pytest

import countersign
from tests.architecture.repository import ROOT, SOURCES, modules, text_files

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
LOCKS = sorted((ROOT / "requirements").glob("*.txt"))
EXAMPLES = sorted((ROOT / "examples").glob("*/pyproject.toml"))
LOCK_LINE = re.compile(
    r"""
    [A-Za-z0-9._-]+==[A-Za-z0-9.+!]+(?:\ ;\ [^:/@]+)?\ \\     # a package, its version, its marker
    | \ {4}--hash=sha256:[0-9a-f]{64}(?:\ \\)?
    | \ {4}\#\ {1,3}(?:via(?:\ |$))?[A-Za-z0-9._-]*             # which package asks for it
      (?:\ \(pyproject\.toml\))?
    | \ {4}\#\ {1,3}(?:via\ )?-[cr]\ [\w./-]+
    """,
    re.VERBOSE,
)


def test_imported_packages_are_the_declared_dependencies():
    """A package that another one brings along may be missing from that one's next version."""
    distributions = packages_distributions()
    imported = {
        name_of_package(distribution)
        for package in imported_packages()
        for distribution in distributions[package]
    }

    optional = set(map(name_of_package, PROJECT["optional-dependencies"]["testing"]))
    assert sorted(imported - optional) == sorted(map(name_of_package, PROJECT["dependencies"]))


def test_every_dependency_is_locked():
    lock = (ROOT / "requirements" / "runtime.txt").read_text()
    locked = {name_of_package(line) for line in re.findall(r"^\S+==", lock, re.MULTILINE)}

    assert {name_of_package(each) for each in PROJECT["dependencies"]} - locked == set()


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.name)
def test_a_lock_pins_every_package_by_version_and_hash(lock):
    entries = re.split(r"^(?=\S)", lock.read_text(), flags=re.MULTILINE)
    packages = [entry for entry in entries if entry.strip()]

    assert packages
    assert [entry for entry in packages if "--hash=sha256:" not in entry] == []


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.name)
def test_a_lock_holds_pins_hashes_and_who_asks_and_nothing_else(lock):
    """Options for pip, addresses and packages without a version have no place in it."""
    assert [line for line in lock.read_text().splitlines() if not is_lock_line(line)] == []


@pytest.mark.parametrize(
    "line",
    [
        "--no-index",
        "-r other.txt",
        "-e .",
        "attrs",
        "attrs>=25 \\",
        "attrs @ git+ssh://example/attrs \\",
        "https://example/attrs.whl \\",
        "    --hash=md5:d41d8cd98f00b204e9800998ecf8427e",
        "    # from https://example/simple",
    ],
)
def test_forbidden_lines_in_a_lock_are_found(line):
    assert not is_lock_line(line)


def is_lock_line(line):
    return LOCK_LINE.fullmatch(line) is not None


def test_the_distribution_is_no_other_projects():
    """`countersign` on the package index is another project, with the same name to import."""
    assert PROJECT["name"] != "countersign"
    assert version(PROJECT["name"]) == countersign.__version__
    with pytest.raises(PackageNotFoundError):
        version("countersign")
    commands = entry_points(group="console_scripts", name="countersign")
    assert [command.dist.name for command in commands] == [PROJECT["name"]]


INSTALLED_BY_NAME = re.compile(r"""(?:pip|uv|pipx) (?:tool )?install ["']?(countersign[^\s"'`]*)""")


def test_docs_and_examples_name_the_distribution():
    in_docs = [
        match[1]
        for file in text_files()
        if file.suffix == ".md"
        for match in INSTALLED_BY_NAME.finditer(file.read_text(encoding="utf-8"))
    ]
    examples = [tomllib.loads(file.read_text())["project"] for file in EXAMPLES]
    in_examples = [
        requirement
        for project in examples
        for asked in (project["dependencies"], *project["optional-dependencies"].values())
        for requirement in asked
        if requirement.startswith("countersign")
    ]

    assert in_docs
    assert in_examples
    assert {name_of_package(each) for each in in_docs + in_examples} == {PROJECT["name"]}


def imported_packages():
    """Return the top-level packages that `src` imports, ours and the standard library left out."""
    names = set()
    for tree in modules(SOURCES).values():
        for node in ast.walk(tree):
            if isinstance(node, ast.Import):
                names.update(alias.name for alias in node.names)
            elif isinstance(node, ast.ImportFrom) and node.module is not None:
                names.add(node.module)
    packages = {name.partition(".")[0] for name in names}
    return packages - sys.stdlib_module_names - {"countersign"}


def name_of_package(requirement):
    """Return the normalized name at the beginning of a requirement or a pin."""
    return re.sub(r"[-_.]+", "-", re.match(r"[\w.-]*\w", requirement)[0]).lower()
