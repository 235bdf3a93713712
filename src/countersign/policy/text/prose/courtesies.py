"""Words of courtesy: thanks, wishes and greetings, which many people write in the same way.

Texts are compared without them. The rest of "thank you so much for the wonderful evening" is too
short to compare; the rest of a raid's message with thanks before it is the message.
"""

from typing import Final

from countersign.policy.text.look_alikes import skeleton
from countersign.policy.text.normalisation import normalize
from countersign.policy.text.word_lists import read_words

COURTESIES: Final = frozenset(skeleton(normalize(" ".join(read_words("courtesies")))).split())
_FILLERS: Final = frozenset(skeleton(normalize(" ".join(read_words("courtesy_fillers")))).split())
_LEFT_OUT: Final = COURTESIES | _FILLERS


def may_lack_beside_courtesies(words: list[str], chars: int) -> bool:
    """Return False only if the words other than courtesies have at least so many characters."""
    for word in words:
        if chars <= 0:
            break
        if word not in _LEFT_OUT:
            chars -= len(word)
    return chars > 0


def without_courtesies(words: list[str]) -> list[str]:
    """Return the words of a text (see `compared_words`) without those of courtesy."""
    if COURTESIES.isdisjoint(words):
        return words
    return [word for word in words if word not in COURTESIES and word not in _FILLERS]
