"""Filter `ai-moderation`: texts that a moderation model scores as harmful."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import ClassVar, Final

from countersign.policy.document.mistakes import Mistake, shown
from countersign.policy.document.options import OptionsInvalid, option
from countersign.policy.events import Event
from countersign.policy.facts import Facts
from countersign.policy.filter import Filter
from countersign.policy.filters.external.checker_options import (
    HOW_TO_NAME_A_CHECKER,
    MAX_TIMEOUT_MS,
    check_address,
    shown_checker,
)
from countersign.policy.findings import Finding, FindingKind
from countersign.policy.harms import Harm
from countersign.policy.questions.checkers import ModerationScores

MAX_TEXTS: Final = 32
"""Maximum number of texts in a request; the last one joins all that are left."""

_HARMS: Final = MappingProxyType(
    {
        "sexual": Harm.ADULT,
        "sexual/minors": Harm.CHILD_SAFETY,
        "hate": Harm.HATE,
        "hate/threatening": Harm.HATE,
        "harassment": Harm.HARASSMENT,
        "harassment/threatening": Harm.THREATS,
        "self-harm": Harm.SELF_HARM,
        "self-harm/intent": Harm.SELF_HARM,
        "self-harm/instructions": Harm.SELF_HARM,
        "violence": Harm.VIOLENCE,
        "violence/graphic": Harm.GRAPHIC_VIOLENCE,
        "illicit": Harm.PROHIBITED_ITEMS,
        "illicit/violent": Harm.PROHIBITED_ITEMS,
    }
)


@dataclass(frozen=True, kw_only=True)
class AiModeration(Filter):
    """Refuses texts that a moderation model scores as harmful, through OpenAI's moderation API.

    ## Why this harms
    No list of words covers all insults, threats and worse. A moderation model scores a text as a
    whole.

    ## What it sees
    The filter sends every text of an event that a person may see to a service with the same API as
    OpenAI's `/v1/moderations`. The service returns a score for each category. Many programs have
    this API, including some that run on your own machine. The filter refuses the event if a score
    is above `max_percent`, or above the limit for its category in `limits`, such as
    `harassment=90`. A limit of 100 never refuses. If an event has several texts, the highest score
    counts. The service receives only events that everything else in the policy lets pass.

    A service that needs a key or is on a private network must be a checker in the settings. The
    policy names it with `checker`:

    ```yaml
    checkers:
      openai: {url: https://api.openai.com/v1/moderations, secret_file: keys/openai.key}
    ```

    A public service that needs no key can be named by its address, with `url`. A policy document
    contains neither files nor private addresses.

    Any other response counts as no answer: a status other than 200, JSON that is not as expected,
    more than 256 kB, or nothing within `timeout_ms`. The key `on_error` beside the filter says what
    happens then. After five failures in a row the service is not asked for fifteen seconds.

    ## When it is wrong
    Often. Models mistake quotations, jokes, dialects and talk about abuse for abuse. Try the filter
    with `mode: shadow`, give it a `weight` so that it does not decide alone, and limit it to
    newcomers with `applies_to`. The filter sends what people write to a third party: tell them. It
    sees nothing in encrypted rooms.
    """

    name: ClassVar[str] = "ai-moderation"
    finding_kind: ClassVar[FindingKind] = FindingKind.EVIDENCE
    harm: ClassVar[Harm] = Harm.OTHER
    says: ClassVar[str] = (
        "Please say it in another way, or ask the moderators: this message looks hurtful."
    )

    withdrawn: ClassVar[Mapping[str, str]] = MappingProxyType(
        {"token_file": f"{HOW_TO_NAME_A_CHECKER}; a policy names no files"}
    )

    url: str = option(
        "",
        help="The public address of the service, such as "
        "`https://models.example.org/v1/moderations`.",
    )
    checker: str = option(
        "", help="The name of a checker in the settings, in place of `url`.", is_checker=True
    )
    model: str = option(
        "", help="The model, by the service's name for it; empty for the service's default."
    )
    max_percent: int = option(
        80,
        minimum=1,
        maximum=100,
        unit="percent",
        help="The highest score allowed in a category.",
    )
    limits: tuple[str, ...] = option(
        (),
        maximum=100,
        unit="categories with their percent",
        help="Other limits for single categories, such as `sexual/minors=30`.",
    )
    timeout_ms: int = option(
        1_500,
        minimum=50,
        maximum=MAX_TIMEOUT_MS,
        unit="milliseconds",
        help="The longest time to wait for an answer.",
    )
    _limits: Mapping[str, int] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        check_address(self.url, self.checker)
        limits: dict[str, int] = {}
        mistakes: list[Mistake] = []
        for place, entry in enumerate(self.limits):
            category, _, percent = entry.rpartition("=")
            if category and percent.isascii() and percent.isdigit() and 1 <= int(percent) <= 100:
                limits[category] = int(percent)
            else:
                allowed = "a category and 1 to 100 percent, such as harassment=90"
                mistakes.append(
                    Mistake(path=("limits", place), found=shown(entry), allowed=allowed)
                )
        if mistakes:
            raise OptionsInvalid(mistakes)
        object.__setattr__(self, "_limits", MappingProxyType(limits))

    def asks(self, event: Event) -> Iterable[ModerationScores]:
        """See `Filter.asks`."""
        texts = [text.raw for text in event.seen.texts if text.raw.strip()]
        if texts:
            rest = texts[MAX_TEXTS - 1 :]
            together = (*texts[: MAX_TEXTS - 1], *(["\n\n".join(rest)] if rest else ()))
            yield ModerationScores(self.url, self.timeout_ms, self.checker, self.model, together)

    def judge(self, event: Event, facts: Facts) -> Finding | None:
        """See `Filter.judge`."""
        for question in self.asks(event):
            over = [
                (score, category)
                for category, score in facts[question].items()
                if score > self._limits.get(category, self.max_percent)
            ]
            if over:
                score, category = max(over)
                limit = self._limits.get(category, self.max_percent)
                by = shown_checker(self.url, self.checker)
                finding = self.refuse(
                    f"scored {score} % as {shown(category)} by {by}; the limit is {limit} %",
                    value=score,
                    limit=limit,
                )
                return replace(finding, harm=_HARMS.get(category, self.harm))
        return None
