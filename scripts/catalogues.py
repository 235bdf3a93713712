"""Bring the catalogues up to date: `python scripts/catalogues.py`, or `make catalogues`.

Adds the sentences that a catalogue lacks, with an empty translation; takes out those that nothing
says any more; compiles what there is. It tells what is left to translate, and exits with 1 then.
"""

import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

from countersign.bootstrap.presets import read_presets
from countersign.cli.operation.init import POLICY_TEMPLATE
from countersign.policy.filters.cel.rules import RULE_SAYS
from countersign.policy.filters.pace.wave import AGAIN_SAYS
from countersign.policy.judging.pipeline import BANNED_SAYS, CUT_SAYS
from countersign.policy.languages.catalogues import CATALOGUES
from countersign.policy.languages.limit_ends import (
    BY_MODERATORS,
    MESSAGES,
    MESSAGES_AND_TIME,
    TIME,
)
from countersign.policy.languages.sentences import REFERENCE, REFUSED, SEND_AGAIN
from countersign.policy.languages.tags import ENGLISH, LANGUAGE_NAMES
from countersign.policy.policies.filter_registry import BUILTIN_FILTERS
from countersign.policy.policies.policy_documents import parse_policy
from countersign.service.chats.sentences import CHAT_SENTENCES
from countersign.service.errors import ACL_DENIES, NotProtected, RateLimited, TryLater
from countersign.service.leaks.own_redactions import REASON
from countersign.service.leaks.unseen_signatures import TOO_MANY_UNSEEN
from countersign.service.signing.sign_event import JOINING, STARTING
from countersign.web.reasons.sentences import PAGE_SENTENCES

_NO_DATE = datetime(2026, 1, 1, tzinfo=UTC)
FOLDER = Path(__file__).parent.parent / "src/countersign/policy/languages/catalogues"


def all_sentences() -> dict[str, str]:
    """Return every sentence of ours that a sender may read, and who says it."""
    found: dict[str, str] = {}
    for sentence, place in _sentences():
        found.setdefault(sentence, place)
    return found


def _sentences() -> Iterator[tuple[str, str]]:
    for name, filter_class in sorted(BUILTIN_FILTERS.items()):
        yield filter_class.says, f"the filter {name}"
    yield RULE_SAYS, "a rule without words of its own"
    yield CUT_SAYS, "an event with too many parts to read them all"
    yield BANNED_SAYS, "a sender who is banned"
    yield AGAIN_SAYS, "what one person repeats, by the filter wave"
    for name, source in sorted(_policies().items()):
        for step in parse_policy(source, BUILTIN_FILTERS, read_presets()).pipeline.steps:
            if isinstance(step.says, str):
                yield step.says, f"{step.label} in {name}"
    yield MESSAGES_AND_TIME, "when a newcomer is a member, in brackets in a sentence"
    yield MESSAGES, "when a newcomer is a member, in brackets in a sentence"
    yield TIME, "when a newcomer is a member, in brackets in a sentence"
    yield BY_MODERATORS, "when a newcomer is a member, in brackets in a sentence"
    yield REFUSED, "a refusal without words"
    yield SEND_AGAIN, "stands behind the words of a warning"
    yield REFERENCE, "stands at the end of every refusal"
    yield REASON, "the reason of a redaction by our user"
    for error in (RateLimited(1), TryLater(), NotProtected()):
        yield str(error), "an error"
    yield STARTING, "an error"
    yield JOINING, "an error"
    yield TOO_MANY_UNSEEN, "an error"
    yield ACL_DENIES, "an error; {server} is a server's name"
    for name, sentence in CHAT_SENTENCES.items():
        yield sentence, f"our user in a direct chat: {name.replace('_', ' ')}"
    for name, sentence in PAGE_SENTENCES.items():
        yield sentence, f"the page on a refusal: {name.replace('_', ' ')}"


def _policies() -> dict[str, bytes]:
    presets = {f"the preset {name}": source for name, source in read_presets().items()}
    return presets | {"the policy that init writes": POLICY_TEMPLATE.encode()}


def update(language: str) -> list[str]:
    """Rewrite the catalogue of a language; return the sentences that it lacks."""
    file = FOLDER / f"{language}.po"
    before = read_po(file.open("rb"), language) if file.exists() else Catalog(language)
    catalogue = Catalog(
        language,
        project="Countersign",
        version="",
        header_comment=f"# What senders read, in {LANGUAGE_NAMES[language]}.",
        # Git knows when and by whom; a run that changes nothing must leave the file as it is.
        creation_date=_NO_DATE,
        revision_date=_NO_DATE,
        fuzzy=False,
    )
    for sentence, place in all_sentences().items():
        known = before.get(sentence)
        text = known.string if known is not None and "fuzzy" not in known.flags else ""
        catalogue.add(sentence, text, auto_comments=[place])
    with file.open("wb") as po:
        write_po(po, catalogue, width=100, omit_header=False, no_location=True)
    with file.with_suffix(".mo").open("wb") as mo:
        write_mo(mo, catalogue)
    return [message.id for message in catalogue if message.id and not message.string]


def main() -> int:
    """Update every catalogue; return the exit status."""
    lacking = {language: update(language) for language in CATALOGUES if language != ENGLISH}
    for language, sentences in lacking.items():
        for sentence in sentences:
            print(f"{language}: not translated: {sentence}")
    return 1 if any(lacking.values()) else 0


if __name__ == "__main__":
    sys.exit(main())
