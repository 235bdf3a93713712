"""What the program imports is asked for in pyproject.toml, and locked by hash."""

import ast
import re
import sys
import tomllib
from importlib.metadata import packages_distributions

import pytest

from tests.architecture.repository import ROOT, modules

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
LOCKS = sorted((ROOT / "requirements").glob("*.txt"))
PINNED = re.compile(r"[A-Za-z0-9._-]+==[^\s;]+(?: ; .+?)? \\")


def test_what_the_program_imports_is_what_it_asks_for():
    """What comes only with another package may go with the next version of that one."""
    distributions = packages_distributions()
    imported = {
        name_of_package(distribution)
        for package in imported_packages()
        for distribution in distributions[package]
    }

    optional = set(map(name_of_package, PROJECT["optional-dependencies"]["testing"]))
    assert sorted(imported - optional) == sorted(map(name_of_package, PROJECT["dependencies"]))


def test_what_is_asked_for_is_locked():
    lock = (ROOT / "requirements" / "runtime.txt").read_text()
    locked = {name_of_package(line) for line in re.findall(r"^\S+==", lock, re.MULTILINE)}

    assert {name_of_package(each) for each in PROJECT["dependencies"]} - locked == set()


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.name)
def test_a_lock_pins_every_package_by_version_and_hash(lock):
    entries = re.split(r"^(?=\S)", lock.read_text(), flags=re.MULTILINE)
    packages = [entry for entry in entries if entry.strip() and not entry.startswith("#")]

    assert packages
    assert [entry for entry in packages if not PINNED.match(entry)] == []
    assert [entry for entry in packages if "--hash=sha256:" not in entry] == []


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.name)
def test_a_lock_names_no_host(lock):
    assert "://" not in lock.read_text()


def imported_packages():
    """Return the top-level packages that `src` imports, ours and the standard library left out."""
    names = set()
    for tree in modules().values():
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
