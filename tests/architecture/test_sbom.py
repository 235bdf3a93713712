"""The bill of materials lists every locked package and every shipped file."""

import json
import re
import shutil
import subprocess
import sys
import uuid
from importlib.metadata import requires

import pytest

from tests.architecture.repository import ROOT
from tests.architecture.test_dependencies import name_of_package
from tests.dashboard.test_files import PINNED
from tests.waiting import PATIENCE_SECONDS

OURS = "pkg:pypi/countersign-policy-server@"
VENDORED = "src/countersign/web/dashboard/static/vendor"
LOCK = "requirements/runtime.txt"


def write_bill(root, target):
    command = [sys.executable, str(root / "scripts" / "sbom.py"), str(target)]
    return subprocess.run(
        command, capture_output=True, text=True, timeout=PATIENCE_SECONDS, check=False
    )


@pytest.fixture(scope="module")
def bill(tmp_path_factory):
    target = tmp_path_factory.mktemp("bill") / "made" / "bill.json"
    done = write_bill(ROOT, target)
    assert (done.returncode, done.stderr) == (0, "")
    return json.loads(target.read_text())


@pytest.fixture
def copy(tmp_path):
    """Return a folder with what the bill is made from."""
    for name in ("scripts/sbom.py", LOCK, "pyproject.toml"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        shutil.copy(ROOT / name, tmp_path / name)
    shutil.copytree(ROOT / VENDORED, tmp_path / VENDORED)
    return tmp_path


def test_it_is_a_cyclonedx_1_6_document(bill):
    assert (bill["bomFormat"], bill["specVersion"], bill["version"]) == ("CycloneDX", "1.6", 1)
    assert uuid.UUID(bill["serialNumber"].removeprefix("urn:uuid:"))
    assert bill["metadata"]["component"]["bom-ref"].startswith(OURS)


def test_every_locked_package_is_in_it_with_all_its_hashes(bill):
    text = (ROOT / LOCK).read_text()
    locked = {}
    for entry in re.split(r"^(?=\S)", text, flags=re.MULTILINE)[1:]:
        purl = "pkg:pypi/" + entry.split()[0].replace("==", "@")
        locked[purl] = re.findall(r"[0-9a-f]{64}", entry)
    told = {
        each["purl"]: [digest["content"] for digest in each["hashes"]]
        for each in bill["components"]
        if each["purl"].startswith("pkg:pypi/")
    }

    assert told == locked
    assert len(told) > 20


def test_scripts_of_others_are_in_it_with_the_hashes_that_are_pinned(bill):
    (htmx,) = [each for each in bill["components"] if each["name"] == "htmx.org"]

    told = {
        each["name"].rpartition("/")[2]: each["hashes"][0]["content"] for each in htmx["components"]
    }
    assert told == PINNED
    assert htmx["licenses"] == [{"license": {"id": "0BSD"}}]
    assert "Zero-Clause BSD" in (ROOT / VENDORED / "LICENSE-htmx.txt").read_text()


def test_dependencies_in_the_bill_are_those_of_our_package(bill):
    needs = {each["ref"]: each["dependsOn"] for each in bill["dependencies"]}
    refs = [each["bom-ref"] for each in bill["components"]]
    (ours,) = [ref for ref in needs if ref.startswith(OURS)]
    asked = {
        name_of_package(each)
        for each in requires("countersign-policy-server")
        if "extra ==" not in each
    }

    assert len(refs) == len(set(refs))
    assert set(needs) == {*refs, ours}
    assert {needed for each in needs.values() for needed in each} == set(refs)
    assert {re.split("[/@]", ref)[1] for ref in needs[ours]} == {*asked, "htmx.org"}


def test_the_same_repository_gives_the_same_bytes(copy, tmp_path):
    targets = [tmp_path / "one.json", tmp_path / "other.json"]
    for root, target in zip((ROOT, copy), targets, strict=True):
        assert write_bill(root, target).returncode == 0

    assert targets[0].read_bytes() == targets[1].read_bytes()


def test_a_file_of_others_that_nobody_named_is_refused(copy, tmp_path):
    (copy / VENDORED / "other-1.0.js").write_text("")

    done = write_bill(copy, tmp_path / "bill.json")

    assert done.returncode == 1
    assert f"{VENDORED}/other-1.0.js is of no project that this script knows" in done.stderr
    assert not (tmp_path / "bill.json").exists()


def test_a_lock_that_tells_too_little_is_refused(copy, tmp_path):
    lock = copy / LOCK
    lock.write_text(lock.read_text() + "attrs==1.0\n")

    done = write_bill(copy, tmp_path / "bill.json")

    assert done.returncode == 1
    assert "attrs==1.0" in done.stderr
    assert "make lock" in done.stderr
