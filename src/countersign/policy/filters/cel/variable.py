"""Variable: something that a condition may look at, and how large its values may be."""

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
"""Limit on the characters of all links together, and of all user IDs."""

Type = cel.Type
STRINGS: Final = Type.List(Type.STRING)


@dataclass(frozen=True, slots=True, kw_only=True)
class Variable:
    """Something that a condition may look at.

    Attributes:
        name: as conditions write it.
        type: of its values, in CEL's words.
        help: what it is, for moderators.
        value: returns it.
        extent: how large its values may be; longer ones are cut.
        question: what must be known for it; None if the event tells.
    """

    name: str
    type: Any
    help: str
    value: Callable[[Event, Facts], Any]
    extent: Extent = SCALAR
    question: Question[Any] | None = None

    @property
    def type_name(self) -> str:
        """The name of its type, for the manual."""
        return "list(string)" if self.type == STRINGS else str(self.type.name()).lower()


ID: Final = Extent(chars=MAX_ID_CHARS)
TEXT: Final = Extent(chars=MAX_TEXT_CHARS)


def list_of(item_chars: int) -> Extent:
    """Return the extent of a list of strings of so many characters each."""
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
    """Return a variable that the event alone tells."""
    if extent is None:
        extent = ID if kind == Type.STRING else SCALAR
    return Variable(
        name=name, type=kind, help=about, value=lambda event, _: value(event), extent=extent
    )
