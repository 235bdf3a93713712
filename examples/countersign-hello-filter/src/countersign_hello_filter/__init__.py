"""Filter `example-hello`: messages that only greet."""

import re
from dataclasses import dataclass
from typing import ClassVar

from countersign.policy import Event, Facts, Filter, Finding, Harm, option


@dataclass(frozen=True, kw_only=True)
class ExampleHello(Filter):
    """Refuses a message that says hello and nothing else.

    ## Why this harms
    Whoever wants to know something asks it; a bare greeting only waits for somebody to ask back.

    ## What it sees
    Short messages that hold a word of greeting, in capitals or not.

    ## When it is wrong
    In rooms where people are glad to be greeted.
    """

    name: ClassVar[str] = "example-hello"
    harm: ClassVar[Harm] = Harm.OTHER
    says: ClassVar[str] = "Hello! Please say at once what you would like to ask."

    greetings: tuple[str, ...] = option(
        ("hello", "hi"), minimum=1, maximum=100, unit="words", help="The words that only greet."
    )
    max_words: int = option(
        2, minimum=1, maximum=20, unit="words", help="A message with more words says something."
    )

    def judge(self, event: Event, facts: Facts) -> Finding | None:
        for text in event.seen.texts:
            words = re.findall(r"\w+", text.raw.casefold())
            if len(words) <= self.max_words and not set(words).isdisjoint(self.greetings):
                return self.refuse(
                    f"has {len(words)} words and one of them greets", value=len(words)
                )
        return None
