"""Tests of `countersign filters`, the manual in the terminal."""

import json
import os

from tests.cli.conftest import run_command


def with_ours(folder):
    return os.pathsep.join([str(folder), *filter(None, [os.environ.get("PYTHONPATH")])])


def test_every_filter_is_listed_with_its_origin():
    done = run_command("filters", "list")

    assert done.status == 0
    assert "event-rate" in done.out
    assert "built in" in done.out


def test_programs_get_json():
    said = json.loads(run_command("filters", "list", "--json").out)

    assert said["unusable"] == {}
    (size,) = [each for each in said["filters"] if each["name"] == "event-size"]
    assert size["from"] == "built in"
    assert [option["name"] for option in size["options"]] == ["max_bytes", "max_unseen_bytes"]


def test_a_manual_page_is_shown():
    done = run_command("filters", "show", "event-size")

    assert done.out.startswith("# `event-size`\n\nRefuses an event")
    assert "## When it is wrong" in done.out
    assert "| `max_bytes` | `32768` |" in done.out


def test_an_unknown_filter_is_a_sentence():
    done = run_command("filters", "show", "event-sizes")

    assert done.status == 1
    assert "There is no filter event-sizes. Did you mean event-size?" in done.err


def test_a_broken_package_is_named_and_spoils_nothing(tmp_path):
    about = tmp_path / "acme-1.0.dist-info"
    about.mkdir()
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: acme\nVersion: 1.0\n")
    (about / "entry_points.txt").write_text("[countersign.filters]\nacme-x = acme_nowhere:X\n")

    done = run_command("filters", "list", PYTHONPATH=with_ours(tmp_path))

    assert done.status == 0
    assert "event-rate" in done.out
    assert "Cannot be used: acme-x (package acme 1.0, entry point acme-x: it cannot" in done.err
