"""Filter `http-check`: events that a program of the community's own refuses."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import ClassVar

from countersign.policy.document.mistakes import shown
from countersign.policy.document.options import option
from countersign.policy.events import Event
from countersign.policy.facts import Facts
from countersign.policy.filter import Filter
from countersign.policy.filters.external.checker_options import (
    HOW_TO_NAME_A_CHECKER,
    MAX_TIMEOUT_MS,
    check_address,
    shown_checker,
)
from countersign.policy.findings import Finding
from countersign.policy.harms import Harm
from countersign.policy.questions.checkers import CheckedBy


@dataclass(frozen=True, kw_only=True)
class HttpCheck(Filter):
    """Refuses events that an external checker, a program asked over HTTP, refuses.

    ## Why this harms
    A community knows things that no built-in filter knows: who has paid, what its own bot has
    learned, how its own classifier rates a text. A small program that answers yes or no is enough.

    ## What it sees
    The filter sends events that everything else in the policy lets pass to the program. The request
    is a `POST` with JSON: `community`, `room_id`, `event` (`type`, `sender`, `state_key`,
    `content`, `origin_server_ts`) and `sender` (`trust`, `known_hours`, `accepted_events`,
    `power_level`). Integers are within ±(2^53-1), which every JSON parser accepts. A room's creator
    has the largest of these as power level, and a larger integer in an event of an old room is sent
    as the largest, too. The answer has status 200 and is `{"action": "sign"}` or
    `{"action": "refuse"}`, optionally with `reason` for moderators and `says` for the sender.

    A policy names the program in one of two ways. `url` is a public `https` address, and no secret
    is sent. `checker` names a program that the operator has put into the settings:

    ```yaml
    checkers:
      club-bot: {url: http://127.0.0.1:9000/check, secret_file: keys/club-bot.secret}
    ```

    Such a program may be on a private network, and only there without TLS. If it has a
    `secret_file`, the request contains the header `Authorization: Bearer` with the one line of that
    file. A policy document contains neither files nor private addresses.

    Any other response counts as no answer: another status, other JSON, more than 16 kB, a redirect,
    or nothing within `timeout_ms`. The key `on_error` beside the filter says what happens then.
    After five failures in a row the program is not asked for fifteen seconds, and `on_error`
    decides at once. Use `applies_to` and `exempt` to reduce the number of requests.

    ## When it is wrong
    As often as the program is. While the program is unavailable, either none of the events that it
    should check are signed, or all of them are. Choose `on_error: pass` unless the program guards
    against something worse than silence. The program also learns what people write. In encrypted
    rooms it sees nothing.
    """

    name: ClassVar[str] = "http-check"
    harm: ClassVar[Harm] = Harm.OTHER
    says: ClassVar[str] = "Please ask the moderators about this message: it was not accepted."

    withdrawn: ClassVar[Mapping[str, str]] = MappingProxyType(
        {"token_file": f"{HOW_TO_NAME_A_CHECKER}; a policy names no files"}
    )

    url: str = option(
        "", help="The public address of the program, such as `https://checker.example.org/check`."
    )
    checker: str = option(
        "", help="The name of a checker in the settings, in place of `url`.", is_checker=True
    )
    timeout_ms: int = option(
        1_000,
        minimum=50,
        maximum=MAX_TIMEOUT_MS,
        unit="milliseconds",
        help="The longest time to wait for an answer.",
    )

    def __post_init__(self) -> None:
        check_address(self.url, self.checker)

    def asks(self, event: Event) -> Iterable[CheckedBy]:  # noqa: ARG002
        """See `Filter.asks`."""
        yield CheckedBy(self.url, self.timeout_ms, self.checker)

    def judge(self, event: Event, facts: Facts) -> Finding | None:
        """See `Filter.judge`."""
        for question in self.asks(event):
            answer = facts[question]
            if answer.is_refusal:
                because = f": {shown(answer.reason)}" if answer.reason else ""
                finding = self.refuse(
                    f"refused by {shown_checker(self.url, self.checker)}{because}"
                )
                return replace(finding, says=answer.says or self.says)
        return None
