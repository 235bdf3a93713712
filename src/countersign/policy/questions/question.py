"""The base class of all questions."""

from typing import ClassVar, Generic, TypeVar

Answer = TypeVar("Answer")


class Question(Generic[Answer]):
    """A request for a fact that is not in the event. Equal questions are answered once.

    The archive stores each answer under the `repr` of its question, so a question has no sets, and
    its name and attributes never change. An answer is plain data.

    Attributes:
        is_slow: True if the answer takes time, such as that of another server. Slow questions are
            asked only about events that no other filter refuses.
    """

    __slots__ = ()

    is_slow: ClassVar[bool] = False
