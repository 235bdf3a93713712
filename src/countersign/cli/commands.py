"""Declaration of commands: the options that all share, and their answer for programs."""

import inspect
from collections.abc import Callable, Mapping
from contextvars import ContextVar
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeVar

import typer

from countersign.cli.admin_client import AdminClient
from countersign.cli.options import DEFAULT_CONFIG, ConfigOption, JsonOption
from countersign.cli.output import print_json

if TYPE_CHECKING:
    from countersign.config import Config

Function = TypeVar("Function", bound=Callable[..., None])

_is_json_wanted: Final = ContextVar("is_json_wanted", default=False)


def command(
    app: typer.Typer, name: str, *, is_hidden: bool = False
) -> Callable[[Function], Function]:
    """Declare a command of a group; see `answering`."""

    def declare(function: Function) -> Function:
        app.command(name, hidden=is_hidden)(answering(function))
        return function

    return declare


def answering(function: Callable[..., None]) -> Callable[..., None]:
    """Return a function as a command with the options that all share.

    These are `--json`, which `end_if_json` heeds, and `--config` in place of a parameter whose type
    is `AdminClient` or `"Config"`.
    """
    declared = inspect.signature(function).parameters.values()
    options = {
        each.name: _FROM_FILE[each.annotation] for each in declared if each.annotation in _FROM_FILE
    }
    own = [each for each in declared if each.name not in options]
    shared = [_option("json", JsonOption, default=False)]
    if options:
        shared.insert(0, _option("config", ConfigOption, default=DEFAULT_CONFIG))

    @wraps(function)
    def run(*, json: bool, **values: Any) -> None:
        _is_json_wanted.set(json)
        if options:
            file = values.pop("config")
            values |= {name: make(file) for name, make in options.items()}
        function(**values)

    parameters = [each.replace(kind=inspect.Parameter.KEYWORD_ONLY) for each in (*own, *shared)]
    del run.__wrapped__  # Typer is to read the signature of `run`
    run.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    run.__annotations__ = {each.name: each.annotation for each in parameters}
    return run


def is_json_wanted() -> bool:
    """Return True if `--json` is given."""
    return _is_json_wanted.get()


def end_if_json(value: Any, status: int = 0) -> None:
    """Print `value` as JSON and end the command with `status`, if `--json` is given."""
    if is_json_wanted():
        print_json(value)
        raise typer.Exit(status)


def _read_config(file: Path) -> "Config":
    from countersign.config import read_config

    return read_config(file)


_FROM_FILE: Final[Mapping[Any, Callable[[Path], Any]]] = {
    AdminClient: AdminClient,
    "Config": _read_config,
}


def _option(name: str, annotation: Any, *, default: Any) -> inspect.Parameter:
    return inspect.Parameter(
        name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=annotation
    )
