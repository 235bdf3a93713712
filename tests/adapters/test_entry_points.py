"""Tests of filters from installed packages: discovery, and errors that name the package."""

import sys
from importlib.metadata import EntryPoint, PathDistribution

import pytest

from countersign.adapters.entry_points import GROUP, load_filters_from
from countersign.policy.document.mistakes import MistakesFound
from countersign.policy.policies.filter_registry import (
    BUILTIN_FILTERS,
    RegistryInvalid,
    make_registry,
)
from countersign.policy.policies.policy_documents import parse_policy

GOOD = '''
from dataclasses import dataclass
from typing import ClassVar
from countersign.policy.filter import Filter
from countersign.policy.harms import Harm

@dataclass(frozen=True, kw_only=True)
class AcmeHello(Filter):
    """Refuses nothing."""

    name: ClassVar[str] = "acme-hello"
    harm: ClassVar[Harm] = Harm.OTHER
    says: ClassVar[str] = "Hello."

    def judge(self, event, facts):
        return None
'''


@pytest.fixture
def offer(tmp_path, monkeypatch):
    """Return a maker of entry points, each of an installed package with this source."""
    monkeypatch.syspath_prepend(tmp_path)

    def make(source, name="acme-hello", package="acme", attribute="AcmeHello"):
        module = f"module_of_{package}_{len(list(tmp_path.iterdir()))}"
        (tmp_path / f"{module}.py").write_text(source)
        about = tmp_path / f"{package}-1.2.dist-info"
        about.mkdir(exist_ok=True)
        (about / "METADATA").write_text(f"Name: {package}\nVersion: 1.2\n")
        entry_point = EntryPoint(name, f"{module}:{attribute}", GROUP)
        return entry_point._for(PathDistribution(about))

    yield make
    for module in [name for name in sys.modules if name.startswith("module_of_")]:
        del sys.modules[module]


def test_without_packages_there_is_nothing():
    assert load_filters_from([], ()).filters == ()


def test_a_package_brings_its_filter(offer):
    loaded = load_filters_from([offer(GOOD)], BUILTIN_FILTERS)

    assert [filter_class.name for filter_class in loaded.filters] == ["acme-hello"]
    assert loaded.unusable == {}


@pytest.mark.parametrize(
    ("source", "words"),
    [
        pytest.param("import nowhere", "cannot be loaded, ModuleNotFoundError", id="import"),
        pytest.param("raise SystemExit('no')", "cannot be loaded, SystemExit: no", id="exit"),
        pytest.param("AcmeHello = 5", "is not a subclass of countersign.policy", id="a number"),
        pytest.param("", "cannot be loaded, AttributeError", id="nothing"),
        pytest.param(GOOD.replace("harm:", "hurt:"), "its class has no harm", id="no harm"),
        pytest.param(GOOD.replace('"Hello."', '""'), "its class has no says", id="no words"),
        pytest.param(
            GOOD.replace('"acme-hello"', '"other"'), "its class is called other", id="other name"
        ),
        pytest.param(GOOD.replace("judge", "judges"), "has no method judge", id="no judge"),
        pytest.param(GOOD.replace("@dataclass", "# "), "is not a dataclass", id="no dataclass"),
        pytest.param(
            GOOD.replace("    def ", "    sizes: list = option(help='x.')\n\n    def ").replace(
                "from countersign.policy.harms",
                "from countersign.policy.document.options import option\n"
                "from countersign.policy.harms"
            ),
            "its options cannot be read: an option cannot be of type",
            id="odd option",
        ),
    ],
)  # fmt: skip
def test_an_unusable_filter_is_reported_with_its_package(offer, source, words):
    loaded = load_filters_from([offer(source)], BUILTIN_FILTERS)

    assert loaded.filters == ()
    assert list(loaded.unusable) == ["acme-hello"]
    assert loaded.unusable["acme-hello"].startswith("package acme 1.2, entry point acme-hello: ")
    assert words in loaded.unusable["acme-hello"]


@pytest.mark.parametrize("name", ["mode", "content", "trust", "rule"])
def test_a_filter_with_a_reserved_name_is_unusable(offer, name):
    loaded = load_filters_from([offer(GOOD.replace("acme-hello", name), name)], ())

    assert f"the name {name} is reserved" in loaded.unusable[name]


def test_a_broken_filter_does_not_affect_others(offer):
    broken = offer("1 / 0", "acme-broken", "broken")

    loaded = load_filters_from([broken, offer(GOOD)], BUILTIN_FILTERS)

    assert [filter_class.name for filter_class in loaded.filters] == ["acme-hello"]
    assert list(loaded.unusable) == ["acme-broken"]


def test_a_policy_that_names_a_broken_one_is_no_policy(offer):
    loaded = load_filters_from([offer("1 / 0")], BUILTIN_FILTERS)
    registry = make_registry([*BUILTIN_FILTERS.values(), *loaded.filters], loaded.unusable)

    with pytest.raises(MistakesFound, match=r"package acme 1\.2, entry point acme-hello: it"):
        parse_policy(b"filters: [acme-hello]", registry)


def test_a_filter_that_fails_on_its_options_is_reported_with_the_policys_line(offer):
    failing = GOOD + "\n    def __post_init__(self):\n        {}['nothing there']\n"
    loaded = load_filters_from([offer(failing)], BUILTIN_FILTERS)
    registry = make_registry([*BUILTIN_FILTERS.values(), *loaded.filters], loaded.unusable)

    with pytest.raises(MistakesFound) as caught:
        parse_policy(b"filters:\n  - event-rate\n  - acme-hello\n", registry)

    (mistake,) = caught.value.mistakes
    assert mistake.line == 3
    assert ".AcmeHello failed (KeyError: 'nothing there')" in str(mistake)


def test_twins_of_two_packages_are_refused(offer):
    with pytest.raises(RegistryInvalid, match=r"package bcme 1\.2.*the name of package acme 1\.2"):
        load_filters_from([offer(GOOD), offer(GOOD, package="bcme")], BUILTIN_FILTERS)


def test_a_twin_of_a_built_in_filter_is_refused(offer):
    with pytest.raises(RegistryInvalid, match=r"package acme .* the name of a built-in filter"):
        load_filters_from([offer(GOOD, "keyword")], BUILTIN_FILTERS)
