"""Words that an event says to people, by which texts of several people are compared."""

from typing import Final

from countersign.policy.event_kinds.memberships import MembershipKind
from countersign.policy.events import Event
from countersign.policy.message_traits.everyday_contacts import is_small_ad_by
from countersign.policy.text.content import MAX_SAID_CHARS
from countersign.policy.text.likeness.vocabulary import all_words, few_words, vocabulary
from countersign.policy.text.normalisation import normalize

_WITH_REASONS: Final = (MembershipKind.INVITE, MembershipKind.KNOCK)


def is_said(event: Event) -> bool:
    """Return True if an event says something: messages, and reasons to invite or to knock.

    Names are said to nobody: those of a class or a bridge are alike.
    """
    if event.is_state and event.membership_kind not in _WITH_REASONS:
        return False
    return bool(event.seen.texts)


def words_said(event: Event) -> frozenset[int]:
    """Return what `all_words` does of what an event says; nothing if it says nothing."""
    return all_words(event.seen.said) if is_said(event) else frozenset()


def few_words_said(event: Event) -> frozenset[int]:
    """Return what `few_words` does of it."""
    return few_words(event.seen.said) if is_said(event) else frozenset()


def vocabulary_said(event: Event) -> frozenset[int]:
    """Return what `vocabulary` does of it: nothing of a short text, nor of a small ad.

    Those who sell or have lost something say it in the same words, each with a contact of their
    own; the same contact by several is noticed by its filter.
    """
    if not is_said(event) or _is_small_ad(event):
        return frozenset()
    return vocabulary(event.seen.said)


def _is_small_ad(event: Event) -> bool:
    return any(each.kind.is_contact for each in event.indicators) and is_small_ad_by(event)


def coded_words_said(event: Event) -> frozenset[int]:
    """Return what `vocabulary` does of a text that is code and nothing else; else nothing.

    Many who have the same trouble paste the same log: that is like a raid's text only if there is
    a raid with such a text.
    """
    if not is_said(event) or event.seen.said:
        return frozenset()
    longest = max((text.raw for text in event.seen.texts), key=len)
    return vocabulary(normalize(longest[:MAX_SAID_CHARS]))
