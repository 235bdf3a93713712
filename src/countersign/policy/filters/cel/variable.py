"""Variables of conditions, and the maximum size of their values."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from cel_expr_python import cel

from countersign.policy.events import Event
from countersign.policy.facts import Facts
from countersign.policy.filters.cel.extents import SCALAR, Extent
from countersign.policy.questions.question import Question

MAX_TEXT_CHARS: Final = 8_192
MAX_LIST_ITEMS: Final = 200
MAX_ID_CHARS: Final = 255
MAX_LIST_CHARS: Final = 16_384
"""Maximum number of characters of all links together, and of all user IDs together."""

Type = cel.Type
STRINGS: Final = Type.List(Type.STRING)


@dataclass(frozen=True, slots=True, kw_only=True)
class Variable:
    """A variable of conditions.

    Attributes:
        name: its name in conditions.
        type: its CEL type.
        help: description for moderators.
        value: a function that returns its value for an event.
        extent: maximum size; larger values are cut.
        question: the question whose answer it needs; None if the event suffices.
    """

    name: str
    type: Any
    help: str
    value: Callable[[Event, Facts], Any]
    extent: Extent = SCALAR
    question: Question[Any] | None = None

    @property
    def type_name(self) -> str:
        """Name of its type, for the documentation."""
        return "list(string)" if self.type == STRINGS else str(self.type.name()).lower()


ID: Final = Extent(chars=MAX_ID_CHARS)
TEXT: Final = Extent(chars=MAX_TEXT_CHARS)


def list_of(item_chars: int) -> Extent:
    """Return the extent of a list of strings of `item_chars` characters each."""
    return Extent(
        chars=MAX_LIST_CHARS,
        items=MAX_LIST_ITEMS,
        length=MAX_LIST_ITEMS,
        element=Extent(chars=item_chars),
    )


def event_variable(
    name: str,
    kind: Any,
    about: str,
    value: Callable[[Event], Any],
    extent: Extent | None = None,
) -> Variable:
    """Return a variable that needs only the event."""
    if extent is None:
        extent = ID if kind == Type.STRING else SCALAR
    return Variable(
        name=name, type=kind, help=about, value=lambda event, _: value(event), extent=extent
    )
