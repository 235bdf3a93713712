"""The documentation names existing things only, and all that it must name."""

import ast
import re
from typing import Any, get_args

import typer
from pydantic import BaseModel

from countersign.cli.main import app
from countersign.config import Config
from countersign.policy.policies.filter_registry import BESIDE_A_FILTER
from countersign.service.rooms.room_alerts import AlertKind
from tests.architecture.repository import ROOT, name_of, pages

DOCS = ROOT / "docs"
SOURCES = ROOT / "src" / "countersign"
DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
INLINE_CODE = re.compile(r"`([^`\n]+)`")
FENCED_CODE = re.compile(r"^```[a-z]*\n(.*?)^```", re.MULTILINE | re.DOTALL)
TARGET = re.compile(r"^([a-z-]+):", re.MULTILINE)


def test_every_make_target_in_the_documents_exists():
    targets = set(TARGET.findall((ROOT / "Makefile").read_text()))
    named = [(page, words[1]) for page, words in commands_like("make") if len(words) > 1]

    assert len(named) > 8
    assert [(page, target) for page, target in named if target not in targets] == []


def test_every_make_target_says_what_it_does():
    makefile = (ROOT / "Makefile").read_text()
    described = re.findall(r"^([a-z-]+):.*## \S", makefile, re.MULTILINE)

    assert sorted(described) == sorted(TARGET.findall(makefile))


def test_every_command_in_the_documents_exists():
    root = typer.main.get_command(app)
    commands = {*command_paths(), *(option for param in root.params for option in param.opts)}
    named = [
        (page, words[1 : 1 + depth])
        for page, words in commands_like("countersign")
        if len(words) > 1
        for depth in [2 if f"{words[1]} *" in commands else 1]
    ]
    # `countersign rooms …` speaks of the whole group.
    unknown = [
        (page, " ".join(words))
        for page, words in named
        if " ".join(words) not in commands and words[1:] != ["…"]
    ]

    assert len(named) > 15
    assert unknown == []


def test_every_command_is_in_the_documents():
    named = {" ".join(words) for _, words in commands_like("countersign")}
    paths = [path for path in command_paths() if not path.endswith("*")]

    missing = [
        path
        for path in paths
        if not any(f"{text} ".startswith(f"countersign {path} ") for text in named)
    ]

    assert missing == []


def test_every_command_is_in_the_tables_of_the_operators_page():
    page = (DOCS / "operate.md").read_text()
    tables = page.partition("## The command line\n")[2].partition("\nExit status")[0]
    paths = [path.removesuffix(" *") for path in command_paths()]
    groups = {path.partition(" ")[0] for path in paths if " " in path}

    missing = [
        path for path in paths if path not in groups and not re.search(rf"`{path}[` ]", tables)
    ]
    assert missing == []


def test_every_setting_is_explained():
    page = (DOCS / "operate.md").read_text()

    assert [name for name in settings(Config) if not re.search(rf"`[^`]*\b{name}\b", page)] == []


def test_everything_that_may_stand_beside_a_filter_is_explained():
    page = (DOCS / "policy.md").read_text()
    keys = (*BESIDE_A_FILTER, "filters", "exempt", "judge_membership")

    assert [key for key in keys if f"`{key}" not in page] == []


def test_every_alert_is_explained():
    page = (DOCS / "rooms.md").read_text()

    assert [kind.value for kind in AlertKind if f"| `{kind.value}` |" not in page] == []


def test_every_decision_on_record_follows_the_template():
    records = sorted((DOCS / "adr").glob("*.md"))
    headings = re.findall(r"^## .+$", records[0].read_text(), re.MULTILINE)
    numbers = [int(record.name[:4]) for record in records]

    assert numbers == list(range(len(records)))
    for record in records[1:]:
        text = record.read_text()
        assert text.startswith(f"# {record.name[:4]}. "), record.name
        assert re.search(r"^Date: \d{4}-\d\d-\d\d\. Status: [a-z]", text, re.MULTILINE), record.name
        assert re.findall(r"^## .+$", text, re.MULTILINE) == headings, record.name


def commands_like(program):
    """Yield the page and the words of each command line of `program` in the documents' code."""
    for page in pages():
        text = page.read_text(encoding="utf-8")
        lines = [line for block in FENCED_CODE.findall(text) for line in block.splitlines()]
        lines += INLINE_CODE.findall(FENCED_CODE.sub("", text))
        for line in lines:
            words = line.removeprefix("$ ").strip().split()
            if words and words[0].rpartition("/")[2] == program:
                yield name_of(page), [program, *words[1:]]


def command_paths():
    """Yield `init` and `rooms list`, and for each group `rooms *`."""
    for command in app.registered_commands:
        yield command.name
    for group in app.registered_groups:
        yield f"{group.name} *"
        if group.typer_instance.info.invoke_without_command is True:
            yield group.name
        for command in group.typer_instance.registered_commands:
            yield f"{group.name} {command.name or command.callback.__name__}"


def settings(section: type[BaseModel]):
    """Yield the name of every setting, those of sections within sections too."""
    for name, field in section.model_fields.items():
        yield name
        for inner in sections_in(field.annotation):
            yield from settings(inner)


def sections_in(annotation: Any):
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for argument in get_args(annotation):
        yield from sections_in(argument)


def test_every_file_and_function_in_the_life_of_a_request_exists():
    page = (DOCS / "life-of-a-request.md").read_text()
    files = {code for code in INLINE_CODE.findall(page) if code.endswith(".py")}
    sources = [SOURCES / file.removeprefix("src/countersign/") for file in files]
    section = page.partition("## In the code")[2].partition("\n## ")[0]
    named = {code for code in INLINE_CODE.findall(section) if "/" not in code}

    assert [path for path in sources if not path.is_file()] == []
    assert len(named) > 30
    assert named - {name for path in sources for name in defined_names(path)} == set()


def defined_names(path):
    """Return the functions, classes, and members of classes that a module defines."""
    for node in ast.parse(path.read_text()).body:
        if isinstance(node, DEFINITIONS):
            yield node.name
        for member in node.body if isinstance(node, ast.ClassDef) else ():
            if isinstance(member, DEFINITIONS):
                yield f"{node.name}.{member.name}"
            elif isinstance(member, ast.AnnAssign) and isinstance(member.target, ast.Name):
                yield f"{node.name}.{member.target.id}"
