"""Names that others rely on still exist: commands, settings, policy words, paths, metrics."""

import http.client
import importlib
import inspect
import json
import re

import pytest
import typer

import countersign.policy
from countersign.cli.main import app
from countersign.config import Config
from tests.architecture.repository import ROOT
from tests.cli.running_server import PEER
from tests.waiting import PATIENCE_SECONDS

GONE = {
    # A policy names no files and no secrets; the settings' `checkers` do. The message says so.
    ".filters[].ai-moderation.token_file",
    ".filters[].http-check.token_file",
    "countersign.policy.CheckedBy.token_file",
    "countersign.policy.ModerationScores.token_file",
}
"""Removed names, which docs/upgrading.md lists; all others still exist."""

NEEDED_NOW = {"countersign.policy.ModerationScores.checker"}
"""Names that replace removed ones."""


def test_removed_names_are_listed_in_upgrading():
    page = (ROOT / "docs" / "upgrading.md").read_text()
    for gone in GONE:
        *_, holder, name = gone.split(".")
        assert f"`{holder}`" in page, gone
        assert f"`{name}`" in page, gone


def test_every_command_and_option_is_there(surface):
    root = typer.main.get_command(app)
    for name, then in surface["commands"].items():
        command = root
        for word in name.split():
            command = command.commands.get(word)
            assert command is not None, name
        now = [
            (param.param_type_name == "option", {*param.opts, *param.secondary_opts}, param)
            for param in command.params
        ]
        for param in (each for each in then if each["is_option"]):
            holders = [p for is_option, names, p in now if is_option and {*param["names"]} <= names]
            assert holders, f"{name} {param['names']}"
            assert getattr(holders[0], "is_flag", False) != param["takes_value"], param
        arguments_then = [each["names"] for each in then if not each["is_option"]]
        arguments = [param for is_option, _, param in now if not is_option]
        assert len(arguments) >= len(arguments_then), name
        assert not any(param.required for param in arguments[len(arguments_then) :]), name
        options_then = {option for each in then for option in each["names"]}
        added = [p for is_option, names, p in now if is_option and not names & options_then]
        assert not any(param.required for param in added), name


@pytest.mark.parametrize("kind", ["settings", "policy"])
def test_every_word_is_there(surface, kind, countersign):
    now = (
        Config.model_json_schema()
        if kind == "settings"
        else json.loads(countersign("policy", "schema").out)
    )
    then = words(surface[kind], surface[kind])

    assert len(then) > 50
    assert then - words(now, now) - GONE == set()


def words(schema, root, where="", within=()):
    """Return every key of a mapping, and every word that is a value, with its place."""
    if not isinstance(schema, dict):
        return set()
    found = set()
    if (reference := schema.get("$ref")) and reference not in within:
        target = root
        for step in reference.removeprefix("#/").split("/"):
            target = target[step]
        found |= words(target, root, where, (*within, reference))
    for key in ("anyOf", "oneOf", "allOf"):
        for each in schema.get(key, ()):
            found |= words(each, root, where, within)
    for key in ("if", "then", "else", "additionalProperties"):
        found |= words(schema.get(key), root, where, within)
    found |= words(schema.get("items"), root, f"{where}[]", within)
    for word in (*schema.get("enum", ()), *([schema["const"]] if "const" in schema else ())):
        found.add(f"{where}={word}")
    for name, each in schema.get("properties", {}).items():
        found.add(f"{where}.{name}")
        found |= words(each, root, f"{where}.{name}", within)
    return found


def test_policies_of_then_are_good_ones(surface, countersign, tmp_path):
    file = tmp_path / "policy.yaml"
    for name, text in surface["policies"].items():
        file.write_text(text)

        done = countersign("policy", "check", file)

        assert done.status == 0, (name, done)


def test_every_preset_is_there(surface, countersign, tmp_path):
    file = tmp_path / "policy.yaml"
    for name in surface["policies"]:
        if name.startswith("preset "):
            file.write_text(f"preset: {name.removeprefix('preset ')}")
            assert countersign("policy", "check", file).status == 0, name


class Admin:
    """The admin API of a running server."""

    def __init__(self, home):
        self._token = (home.folder / "admin.token").read_text().strip()
        self._address = (home.folder / "admin.address").read_text().strip().removeprefix("http://")

    def ask(self, method, path, body=None):
        connection = http.client.HTTPConnection(self._address, timeout=PATIENCE_SECONDS)
        headers = {"Authorization": f"Bearer {self._token}", "Content-Type": "application/json"}
        connection.request(method, path, body, headers)
        response = connection.getresponse()
        answer = response.status, response.read().decode()
        connection.close()
        return answer


@pytest.fixture(scope="module")
def admin(upgraded):
    home, server = upgraded
    server.ask("signed, and not seen since", depth=200)
    return Admin(home)


def test_every_path_of_the_admin_api_answers_what_it_answered(surface, admin):
    assert len(surface["admin"]) > 15
    for name, then in surface["admin"].items():
        method, path = name.split()
        if method == "GET":
            query = f"?user_id={PEER.user()}&community=default" if path.endswith("/trust") else ""
            _, body = admin.ask(method, path + query)
            assert_shaped(json.loads(body), then, name)
        else:
            status, body = admin.ask(method, path, "[]")
            assert status == (200 if path.endswith("/policy/reload") else 400), (name, body)
            assert "M_UNRECOGNIZED" not in body


def assert_shaped(now, then, where):
    if isinstance(then, dict):
        assert isinstance(now, dict), where
        for key, each in then.items():
            assert key in now, f"{where}: {key}"
            assert_shaped(now[key], each, f"{where}: {key}")
    elif isinstance(then, list):
        assert isinstance(now, list), where
        if then:
            assert now, where
            assert_shaped(now[0], then[0], f"{where}[0]")
    elif then != "NoneType":
        assert type(now).__name__ == then, (where, now)


def test_every_metric_is_there_with_its_labels(surface, admin):
    _, page = admin.ask("GET", "/metrics")
    kinds = dict(re.findall(r"^# TYPE (\S+) (\S+)$", page, re.MULTILINE))
    assert len(surface["metrics"]) > 20
    for name, then in surface["metrics"].items():
        assert kinds.get(name) == then["type"], name
        for label in then["labels"]:
            assert re.search(rf"^{name}(_bucket)?\{{[^}}]*\b{label}=", page, re.MULTILINE), (
                name,
                label,
            )


VARIADIC = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)


def modules(surface):
    yield countersign.policy, surface["countersign.policy"]
    for name, then in surface["countersign.testing"].items():
        yield importlib.import_module(name), then


def test_every_name_for_authors_of_filters_is_there(surface):
    for module, then in modules(surface):
        for name, parts in then.items():
            where = f"{module.__name__}.{name}"
            assert hasattr(module, name), where
            thing = getattr(module, name)
            for member in parts.get("members", ()):
                assert hasattr(thing, member) or f"{where}.{member}" in GONE, f"{where}.{member}"
            if "parameters" not in parts:
                continue
            parameters = inspect.signature(thing).parameters
            lost = {*parts["parameters"]} - parameters.keys()
            assert {f"{where}.{each}" for each in lost} <= GONE, where
            for key in parameters.keys() - {*parts["parameters"]}:
                has_default = parameters[key].default is not inspect.Parameter.empty
                is_optional = has_default or parameters[key].kind in VARIADIC
                assert is_optional or f"{where}.{key}" in NEEDED_NOW, f"{where} needs {key}"
