"""Options of a filter, declared once as the fields of its class.

The constructor, the parsing of policy documents, the JSON Schema and the filter's manual page use
the same declaration.
"""

from collections.abc import Mapping
from dataclasses import MISSING, Field, dataclass, field, fields
from enum import EnumType
from typing import Any, Final, get_args, get_origin, get_type_hints
from weakref import WeakKeyDictionary

from countersign.policy.document.mistakes import (
    Mistake,
    MistakesFound,
    Path,
    listed,
    near_miss,
    shown,
)

MAX_LIST_ITEMS: Final = 200_000
MAX_ITEM_CHARS: Final = 1_000

_METADATA: Final = "countersign.option"


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """One option of a filter.

    Attributes:
        name: the field's name, and the key in a policy document.
        kind: `int`, `bool`, `str`, a `StrEnum`, or `tuple` for a list of strings.
        default: its default value; `MISSING` if it is required.
        help: a sentence for moderators.
        unit: the unit of a number, in the plural.
        minimum: minimum of a number, or minimum length of a list.
        maximum: maximum of a number, or maximum length of a list.
        is_checker: True for the name of a checker in the settings.
    """

    name: str
    kind: type[Any]
    default: Any
    help: str
    unit: str
    minimum: int | None
    maximum: int | None
    is_checker: bool = False

    @property
    def is_required(self) -> bool:
        """True if it is required."""
        return self.default is MISSING

    @property
    def allowed(self) -> str:
        """Return the allowed values as text."""
        of_unit = f" of {self.unit}" if self.unit else ""
        if self.kind is int:
            return f"a whole number{of_unit}{self._bounds()}"
        if self.kind is bool:
            return "true or false"
        if isinstance(self.kind, EnumType):
            return listed(member.value for member in self.kind)
        if self.kind is tuple:
            return f"a list{of_unit or ' of strings'}{self._bounds()}"
        return "the name of a checker in the settings" if self.is_checker else "a string"

    def _bounds(self) -> str:
        low, high = self.minimum, self.maximum
        if low is not None and high is not None:
            return f", {low:,} to {high:,}"
        if low is not None:
            return f", at least {low:,}"
        return f", at most {high:,}" if high is not None else ""


class OptionsInvalid(MistakesFound):
    """Options of a filter are invalid, alone or in combination; paths begin at the options."""


def option(
    default: Any = MISSING,
    *,
    help: str,  # noqa: A002
    unit: str = "",
    minimum: int | None = None,
    maximum: int | None = None,
    is_checker: bool = False,
) -> Any:
    """Declare a field of a filter as an option; without a default it is required."""
    about = {
        "help": help,
        "unit": unit,
        "minimum": minimum,
        "maximum": maximum,
        "is_checker": is_checker,
    }
    return field(default=default, metadata={_METADATA: about})


# A policy of sixty steps asks for them 180 times.
_declared: Final[WeakKeyDictionary[type[Any], tuple[Option, ...]]] = WeakKeyDictionary()


def options_of(filter_class: type[Any]) -> tuple[Option, ...]:
    """Return the options that `filter_class` declares, in their order."""
    declared = _declared.get(filter_class)
    if declared is None:
        declared = _declared[filter_class] = _read_declarations(filter_class)
    return declared


def _read_declarations(filter_class: type[Any]) -> tuple[Option, ...]:
    hints = get_type_hints(filter_class)
    return tuple(
        Option(
            name=declared.name,
            kind=_kind_of(declared, hints),
            default=declared.default,
            **declared.metadata[_METADATA],
        )
        for declared in fields(filter_class)
        if _METADATA in declared.metadata
    )


def read_options(filter_class: type[Any], values_by_name: Mapping[str, object]) -> dict[str, Any]:
    """Return the constructor's arguments for the options in a document.

    Raises:
        OptionsInvalid: lists every mistake.
    """
    known = {declared.name: declared for declared in options_of(filter_class)}
    withdrawn: Mapping[str, str] = getattr(filter_class, "withdrawn", {})
    mistakes: list[Mistake] = []
    values: dict[str, Any] = {}
    for name, value in values_by_name.items():
        if name in known:
            values[name] = _read_value(known[name], value, mistakes)
        elif name in withdrawn:
            found, allowed = "an option that is not taken any more", withdrawn[name]
            mistakes.append(Mistake(path=(name,), found=found, allowed=allowed))
        else:
            mistakes.append(
                Mistake(
                    path=(name,),
                    found="an unknown option",
                    allowed=listed(known) if known else "no options",
                    suggestion=near_miss(name, known),
                )
            )
    mistakes += (
        Mistake(path=(name,), found="nothing", allowed=declared.allowed)
        for name, declared in known.items()
        if declared.is_required and name not in values_by_name
    )
    if mistakes:
        raise OptionsInvalid(mistakes)
    return values


def _kind_of(declared: Field[Any], hints: Mapping[str, Any]) -> type[Any]:
    hint = hints[declared.name]
    kind = get_origin(hint) or hint
    is_known = kind in {int, bool, str} or isinstance(kind, EnumType)
    if not is_known and get_args(hint) != (str, ...):
        raise TypeError(f"an option cannot be of type {hint}")
    return kind  # type: ignore[no-any-return]  # hints are untyped


def _read_value(declared: Option, value: object, mistakes: list[Mistake]) -> Any:
    path: Path = (declared.name,)
    if declared.kind is tuple and isinstance(value, list):
        return _read_list(declared, value, mistakes)
    if isinstance(declared.kind, EnumType) and isinstance(value, str):
        members = {member.value: member for member in declared.kind}
        if value in members:
            return members[value]
        suggestion = near_miss(value, members)
        mistakes.append(
            Mistake(path=path, found=shown(value), allowed=declared.allowed, suggestion=suggestion)
        )
        return None
    # A bool is an int to Python, and never to a moderator.
    if type(value) is declared.kind and _is_within(declared, value):
        return value
    mistakes.append(Mistake(path=path, found=shown(value), allowed=declared.allowed))
    return None


def _read_list(declared: Option, value: list[Any], mistakes: list[Mistake]) -> tuple[str, ...]:
    if not _is_within(declared, len(value)) or len(value) > MAX_LIST_ITEMS:
        mistakes.append(
            Mistake(path=(declared.name,), found=f"{len(value)} of them", allowed=declared.allowed)
        )
    mistakes += (
        Mistake(
            path=(declared.name, position),
            found=shown(item),
            allowed=f"a string of 1 to {MAX_ITEM_CHARS:,} characters"
            + ("" if isinstance(item, str) else "; put it in quotes"),
        )
        for position, item in enumerate(value)
        if not isinstance(item, str) or not 1 <= len(item) <= MAX_ITEM_CHARS
    )
    return tuple(value)


def _is_within(declared: Option, number: object) -> bool:
    if type(number) is not int:
        return True
    return (declared.minimum is None or number >= declared.minimum) and (
        declared.maximum is None or number <= declared.maximum
    )
