"""Tests of `countersign mutes` without a server: wrong ways to name people."""

import pytest


@pytest.mark.parametrize("command", ["begin-many", "end-many"])
@pytest.mark.parametrize("people", [[], ["@a:example.org", "--incident", "7F3K9-QX2MB"]])
def test_people_are_named_or_an_incident(countersign, command, people):
    done = countersign("mutes", command, *people)

    assert done.status == 2
    assert "Name either the users, or one of their refusals: --incident REF." in done.err
