"""Manual pages of filters, generated from their docstrings and options."""

from enum import EnumType
from inspect import cleandoc
from typing import Any

from countersign.policy.document.options import Option, options_of
from countersign.policy.filter import Filter


def manual_page(filter_class: type[Filter]) -> str:
    """Return a filter's manual page, in Markdown."""
    body, _, links = docstring_of(filter_class).partition("\n\n[")
    links = f"\n[{links}\n" if links else ""
    return (
        f"# `{filter_class.name}`\n\n{body}\n\n"
        f"## Options\n\n{options_table(options_of(filter_class))}\n"
        f"## What the sender reads\n\n> {filter_class.says}\n\n"
        "unless the policy has other words in `says:`. "
        f"The harm it names is `{filter_class.harm.value}`. Unless said otherwise above or by the "
        f"policy, its findings are of the kind `{filter_class.finding_kind.value}`.\n{links}"
    )


def summary_of(filter_class: type[Filter]) -> str:
    """Return the first sentence of a filter's docstring."""
    return docstring_of(filter_class).partition("\n")[0]


def docstring_of(documented: type[Any]) -> str:
    """Return a class's docstring without its indentation; empty if it has none."""
    return cleandoc(documented.__doc__ or "")


def options_table(declared: tuple[Option, ...]) -> str:
    """Return a table of options, in Markdown."""
    rows = "".join(
        f"| `{each.name}` | {_default(each)} | {each.allowed} | {each.help} |\n"
        for each in declared
    )
    return f"| option | default | allowed | |\n|---|---|---|---|\n{rows}"


def _default(declared: Option) -> str:
    value: Any = declared.default
    if declared.is_required:
        return "must be given"
    if isinstance(declared.kind, EnumType):
        return f"`{value.value}`"
    if declared.kind is tuple:
        return "empty" if not value else f"`[{', '.join(value)}]`"
    return f"`{str(value).lower() if declared.kind is bool else value}`"
