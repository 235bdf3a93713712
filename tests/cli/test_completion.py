"""Tests of shell completion."""

import pytest

from tests.cli.conftest import run_command


@pytest.mark.parametrize(
    ("words", "number", "found"),
    [
        ("countersign deci", 1, ["decisions"]),
        ("countersign policy rel", 2, ["reload"]),
        ("countersign decisions list --si", 3, ["--since"]),
        ("countersign decisions list --verdict ", 4, ["sign", "refuse"]),
    ],
)
def test_bash_completes_commands_options_and_values(words, number, found):
    done = run_command(
        _COUNTERSIGN_COMPLETE="complete_bash", COMP_WORDS=words, COMP_CWORD=str(number)
    )

    assert done.status == 0
    assert done.out.split() == found


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_each_shell_gets_its_script(shell):
    done = run_command("--show-completion", shell, _TYPER_COMPLETE_TEST_DISABLE_SHELL_DETECTION="1")

    assert done.status == 0
    assert "_COUNTERSIGN_COMPLETE" in done.out
