"""Sentences of the page on a refusal, in English; the catalogues hold them in other languages."""

from types import MappingProxyType
from typing import Final

from countersign.service.reasons.appeal_words import APPEAL_SENTENCES

PAGE_SENTENCES: Final = MappingProxyType(
    {
        **APPEAL_SENTENCES,
        "title": "Why this was refused",
        "message": "A message of yours was not sent to the room.",
        "reaction": "A reaction of yours was not sent to the room.",
        "membership": "A change of your name, picture or membership was not sent to the room.",
        "other": "Something of yours was not sent to the room.",
        "rule": "What the rule says",
        "lasting": "How long this holds",
        "one_event": "Only this one was refused. What you send next is looked at on its own.",
        "until": "Until {time}. After that the same may pass.",
        "was_until": "It has ended, at {time}.",
        "ban": "Until the moderators of the community end it.",
        "decided": "Who decided this",
        "machine": "A program did, by rules of the community. No person was involved.",
        "people": "A program did, as moderators had decided so about the account.",
        "mistake": "If you think this is a mistake",
        "ask": "You can ask the moderators of the room, and tell them the reference.",
        "contacts": "Contacts that the room names",
        "unchecked": "The room names them; this server has not checked them.",
        "support_page": "Support page",
        "operator": "Help by the operator of this server",
        "silent": "This page does not show what was sent, nor who sent it, nor where.",
        "unknown_title": "There is nothing to show",
        "too_many_title": "Too many requests",
        "too_many": "Please try again in a few minutes.",
        "trouble_title": "Not possible at the moment",
        "invitation": "You can appeal here. A moderator who had no part in this will look at it.",
        "no_account": "You need no account and no name for it: the reference is enough.",
        "why": "Why is it a mistake?",
        "why_hint": "Moderators will read this. It may be empty; {count} characters are the most.",
        "send": "Send the appeal",
        "appeal": "Your appeal",
        "too_long_title": "The text is too long",
        "too_long": "Please go back and shorten it to {count} characters.",
        "not_sent_title": "The appeal was not sent",
        "not_sent": "Please open the page of the reference anew, and send the form from there.",
    }
)
"""Sentences by the names that the templates use."""
