"""Filter `sticky-event`: sticky events (MSC4354)."""

from dataclasses import dataclass, field
from typing import ClassVar, Final

from countersign.policy.document.globs import Globs
from countersign.policy.document.mistakes import shown
from countersign.policy.document.options import option
from countersign.policy.event_kinds.aspects import Aspect
from countersign.policy.events import Event
from countersign.policy.facts import Facts
from countersign.policy.filter import Filter
from countersign.policy.findings import Finding
from countersign.policy.harms import Harm

_MS_PER_SECOND: Final = 1_000
_CALLS: Final = ("m.rtc.member", "org.matrix.msc4143.rtc.member")


@dataclass(frozen=True, kw_only=True)
class StickyEvent(Filter):
    """Refuses sticky events, which servers deliver to everyone separately from the timeline.

    ## Why this harms
    [Sticky events] reach every client for up to an hour, including clients of people who join in
    the meantime. They bypass the limits that keep a client from loading a flood. Calls need sticky
    events, but spam can use them too.

    ## What it sees
    The filter reads the field `sticky` (`msc4354_sticky` while the proposal is unstable) beside an
    event's content, and the time that it requests. Types in `allow_types` may be sticky for up to
    `max_seconds`.

    ## When it is wrong
    Newer clients use sticky events for calls: keep the call types allowed where people call each
    other. In encrypted rooms these events have the type `m.room.encrypted`, like all others.

    [Sticky events]: https://github.com/matrix-org/matrix-spec-proposals/pull/4354
    """

    name: ClassVar[str] = "sticky-event"
    harm: ClassVar[Harm] = Harm.FLOODING
    says: ClassVar[str] = (
        "Please send an ordinary message: this room does not take sticky events of this kind."
    )

    allow_types: tuple[str, ...] = option(
        _CALLS, maximum=100, unit="globs", help="Event types that may be sticky; empty for none."
    )
    max_seconds: int = option(
        3_600,
        minimum=1,
        maximum=86_400,
        unit="seconds",
        help="The longest time that an event may request; servers end it after an hour.",
    )
    _allow_types: Globs = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_allow_types", Globs(self.allow_types))

    def about(self) -> Aspect | None:
        """See `Filter.about`."""
        return Aspect.STICKY

    def judge(self, event: Event, facts: Facts) -> Finding | None:  # noqa: ARG002
        """See `Filter.judge`."""
        if event.sticky_ms is None:
            return None
        if not self._allow_types.match(event.type):
            return self.refuse(f"is sticky and of the type {shown(event.type)}", value=event.type)
        seconds = event.sticky_ms // _MS_PER_SECOND
        if seconds <= self.max_seconds:
            return None
        return self.refuse(
            f"asks to stick for {seconds:,} seconds; this room allows {self.max_seconds:,}",
            value=seconds,
            limit=self.max_seconds,
        )
