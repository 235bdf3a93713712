"""The manual pages of the filters agree with their docstrings and options."""

import subprocess
import sys
from pathlib import Path

from countersign.policy.policies.filter_registry import BUILTIN_FILTERS
from countersign.policy.policies.policy_documents import parse_policy

ROOT = Path(__file__).resolve().parents[2]


def test_the_pages_are_current():
    """If this fails, run: python scripts/filter_pages.py"""
    script = ROOT / "scripts" / "filter_pages.py"

    done = subprocess.run([sys.executable, script, "--check"], capture_output=True, text=True)

    assert done.stderr == ""
    assert done.returncode == 0


def test_the_policy_page_names_every_filter():
    page = (ROOT / "docs" / "policy.md").read_text()

    assert [name for name in BUILTIN_FILTERS if f"filters/{name}.md" not in page] == []


def test_the_example_of_the_policy_page_is_a_policy():
    page = (ROOT / "docs" / "policy.md").read_text()
    example = page.partition("```yaml\n")[2].partition("```")[0]

    assert len(parse_policy(example.encode(), BUILTIN_FILTERS).pipeline.steps) == 5
