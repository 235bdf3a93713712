"""Commands in messages can be pasted into a shell."""

import ast
import re
from pathlib import Path

import pytest

from countersign import cli
from countersign.cli import main  # noqa: F401 (it tells which commands there are)
from countersign.cli.hints import DEFAULT_CONFIG, complete_commands, know_config


@pytest.fixture(autouse=True)
def _surroundings(monkeypatch):
    monkeypatch.setattr("sys.argv", ["countersign"])
    monkeypatch.delenv("COUNTERSIGN_CONFIG", raising=False)
    yield
    know_config(DEFAULT_CONFIG)


@pytest.mark.parametrize(
    ("text", "completed"),
    [
        ("See: countersign policy list", "See: countersign policy list --config /etc/c.yaml"),
        (
            "run countersign rooms join '!a:b' --via c",
            "run countersign rooms join --config /etc/c.yaml '!a:b' --via c",
        ),
        ("countersign keys", "countersign keys --config /etc/c.yaml"),
        ("countersign keys tells", "countersign keys --config /etc/c.yaml tells"),
        ("countersign keys retire.", "countersign keys retire --config /etc/c.yaml."),
        (
            "countersign leaks list tells why.",
            "countersign leaks list --config /etc/c.yaml tells why.",
        ),
        ("countersign serve --config x", "countersign serve --config x"),
        ("countersign rooms list --config x", "countersign rooms list --config x"),
        ("countersign policy check FILE", "countersign policy check FILE"),
        ("countersign init --server-name NAME", "countersign init --server-name NAME"),
        ("Countersign signs; countersign it", "Countersign signs; countersign it"),
    ],
)
def test_they_name_the_settings_where_they_are_not_the_default(text, completed):
    assert complete_commands(text).startswith(text)

    know_config(Path("/etc/c.yaml"))

    assert complete_commands(text) == completed


def test_a_path_is_quoted_and_what_the_environment_names_is_not_repeated(monkeypatch):
    know_config(Path("my folder/c.yaml"))

    assert complete_commands("countersign keys") == "countersign keys --config 'my folder/c.yaml'"
    monkeypatch.setenv("COUNTERSIGN_CONFIG", "my folder/c.yaml")
    assert complete_commands("countersign keys") == "countersign keys"


def test_they_name_the_program_where_the_shell_does_not_find_it(monkeypatch, tmp_path):
    monkeypatch.setattr("sys.argv", [".venv/bin/countersign"])
    monkeypatch.setenv("PATH", str(tmp_path))

    assert complete_commands("countersign keys") == ".venv/bin/countersign keys"
    program = tmp_path / "countersign"
    program.write_text("")
    program.chmod(0o755)
    assert complete_commands("countersign keys") == "countersign keys"


PRINTING = ("console.print", "errors.print")


def printed_words(call):
    """Yield the constant texts in a call that do not go through `advice`."""
    for argument in (*call.args, *(each.value for each in call.keywords)):
        waiting = [argument]
        while waiting:
            node = waiting.pop()
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "advice":
                continue
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                yield node.value
            waiting += ast.iter_child_nodes(node)


def test_no_command_is_printed_without_being_completed():
    found = [
        f"{file.name}:{node.lineno}: {words}"
        for file in Path(cli.__file__).parent.rglob("*.py")
        for node in ast.walk(ast.parse(file.read_text()))
        if isinstance(node, ast.Call) and ast.unparse(node.func) in PRINTING
        for words in printed_words(node)
        if re.search(r"\bcountersign [a-z]", words)
    ]
    assert found == []
