"""Filter `inline-image`: pictures in formatted text other than custom emoji."""

import re
from collections import Counter
from dataclasses import dataclass
from typing import ClassVar, Final

from countersign.policy.document.mistakes import shown
from countersign.policy.document.options import option
from countersign.policy.event_kinds.aspects import Aspect
from countersign.policy.events import Event
from countersign.policy.facts import Facts
from countersign.policy.filter import Filter
from countersign.policy.findings import Finding, FindingKind
from countersign.policy.harms import Harm
from countersign.policy.text.html_text import Picture

# As browsers parse a dimension: text after the number is ignored, and a percentage is not a number.
_PIXELS: Final = re.compile(r"[ \t\n\f\r]*0*([0-9]{1,9})(?![0-9]*(?:\.[0-9]*)?%)")


@dataclass(frozen=True, kw_only=True)
class InlineImage(Filter):
    """Refuses pictures in formatted text that are too big, too many, or not custom emoji.

    ## Why this harms
    A picture in a text needs no message of its own. It passes filters that look for picture
    messages, and clients that otherwise hide pictures of unknown people load and show it. Without a
    height it is shown in its full size.

    ## What it sees
    The filter checks every picture in formatted text, including edits. It refuses the event

    - if a picture has no mark of a custom emoji (`data-mx-emoticon`) and `only_emoticons` is true,
    - if the height is not a number of pixels (`32`, or `32px` as browsers read it), or is above
      `max_height`,
    - if a given width is not such a number, or is above `max_width`,
    - if one text has more than `max_images`; with 0 there can be none.

    A picture after the first 16,384 characters of HTML counts as having no height, and so does one
    with two heights. `media-kind` has the kind `inline` for all of them.

    ## When it is wrong
    Bots and bridges for feeds put pictures into their texts: exempt them, or set
    `only_emoticons: false` and raise the sizes. Clients send custom emoji with a height of 32.
    """

    name: ClassVar[str] = "inline-image"
    finding_kind: ClassVar[FindingKind] = FindingKind.COURTESY
    harm: ClassVar[Harm] = Harm.SPAM
    says: ClassVar[str] = (
        "Please send the pictures by themselves, or leave them out: this room does not take these "
        "within a text."
    )

    only_emoticons: bool = option(
        default=True, help="Whether pictures must be marked as custom emoji."
    )
    max_height: int = option(
        48, minimum=1, maximum=10_000, unit="pixels", help="The greatest height."
    )
    max_width: int = option(
        256, minimum=1, maximum=10_000, unit="pixels", help="The greatest width, if one is given."
    )
    max_images: int = option(
        50, minimum=0, maximum=10_000, unit="pictures", help="The most pictures in one text."
    )

    def about(self) -> Aspect | None:
        """See `Filter.about`."""
        return Aspect.MEDIA

    def judge(self, event: Event, facts: Facts) -> Finding | None:  # noqa: ARG002
        """See `Filter.judge`."""
        pictures = event.seen.pictures
        if not pictures:
            return None
        for picture, path in pictures:
            if (fault := self._find_fault(picture)) is not None:
                return self.refuse(f"shows a picture in {path} {fault}")
        most = max(Counter(path for _, path in pictures).values())
        if most <= self.max_images:
            return None
        return self.refuse(
            f"shows {most} pictures in one text; this room allows {self.max_images}",
            value=most,
            limit=self.max_images,
        )

    def _find_fault(self, picture: Picture) -> str | None:
        if self.only_emoticons and picture.address and not picture.is_emoticon:
            return "that is not marked as a custom emoji"
        height = _find_pixels(picture.height)
        if height is None:
            height_text = "" if picture.height is None else f" but {shown(picture.height)}"
            return f"whose height is no plain number{height_text}"
        if height > self.max_height:
            return f"of a height of {height}; this room allows {self.max_height}"
        if picture.width is None:
            return None
        width = _find_pixels(picture.width)
        if width is None or width > self.max_width:
            return f"of a width of {shown(picture.width)}; this room allows {self.max_width}"
        return None


def _find_pixels(attribute: str | None) -> int | None:
    match = None if attribute is None else _PIXELS.match(attribute)
    return None if match is None else int(match[1])
