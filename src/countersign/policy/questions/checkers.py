"""External checkers, and moderation models."""

from collections.abc import Mapping
from typing import ClassVar, NamedTuple

from countersign.basics.records import record
from countersign.policy.questions.question import Question


class CheckerAnswer(NamedTuple):
    """Answer of an external checker about an event.

    Attributes:
        is_refusal: True if it refuses it.
        reason: the reason, for moderators; may be empty.
        says: words for the sender; may be empty.
    """

    is_refusal: bool
    reason: str = ""
    says: str = ""


@record(frozen=True, slots=True)
class CheckedBy(Question[CheckerAnswer]):
    """Answer of an external checker about the event in question.

    Attributes:
        url: the public https address that it is asked at; empty for a checker of the settings.
        timeout_ms: maximum time for the answer.
        checker: the name of a checker of the settings; empty for `url`.
    """

    is_slow: ClassVar[bool] = True

    url: str
    timeout_ms: int
    checker: str = ""


@record(frozen=True, slots=True)
class ModerationScores(Question[Mapping[str, int]]):
    """Scores of texts by a moderation model: the highest of any, in percent, by category.

    Attributes:
        url: the public https address of a service that answers as OpenAI's `/v1/moderations` does;
            empty for a checker of the settings.
        timeout_ms: maximum time for the answer.
        checker: the name of a checker of the settings; empty for `url`.
        model: as the service calls it; empty for its own choice.
        texts: one or more.
    """

    is_slow: ClassVar[bool] = True

    url: str
    timeout_ms: int
    checker: str
    model: str
    texts: tuple[str, ...]
