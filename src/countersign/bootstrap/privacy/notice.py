"""A notice for the people of protected rooms, from the settings: what is kept, why, how long."""

from typing import Final

from countersign.basics.durations import DAY_MS
from countersign.config import Config

REPORTED: Final = "What you reported in a direct chat, and what you wrote about it"
_KEPT: Final = (
    (
        "signed",
        "Who sent which signed event, its type, when, and which server asked about it",
        "to answer questions about decisions and to find faults of the rules",
    ),
    (
        "signed",
        REPORTED,
        "so that moderators look at it, and you read what came of it; nobody learns your name",
    ),
    (
        "refused",
        "The same of refused events, and which rule found what",
        "so that moderators can explain a refusal and correct it",
    ),
    (
        "evidence",
        "What refused events said",
        "so that moderators can see whether a refusal was right",
    ),
    (
        "appeals",
        "What was written in an appeal against a refusal, and what moderators noted about it",
        "so that it can be answered, and the answer be explained",
    ),
    (
        "reports",
        "Refused events that reached a room all the same",
        "to have them removed",
    ),
    (
        "trust",
        (
            "Since when a user is known in a community, on how many days they wrote and how often, "
            "and the trust that moderators gave them"
        ),
        "so that newcomers can be treated with more care than members",
    ),
    (
        "audit",
        "What moderators and operators changed or looked at",
        "so that they answer for it",
    ),
)


def write_notice(config: Config) -> str:
    """Return the notice in Markdown."""
    lines = [
        "# Privacy notice",
        "",
        (
            f"The Policy Server `{config.server_name}` ({config.user_id}) checks what is sent to "
            "rooms that name it in their settings (`m.room.policy`). It reads each event before "
            "the room sees it, and signs or refuses it. It cannot read encrypted messages."
        ),
        "",
        "## What is kept",
        "| what | why | how long |",
        "|---|---|---|",
    ]
    for name, kind, purpose in _KEPT:
        if kind is REPORTED and not config.member_reports.is_on:
            continue
        kept_ms: int | None = getattr(config.retention, name)
        if kept_ms != 0:
            since = " after they were last seen" if name == "trust" else ""
            lines.append(f"| {kind} | {purpose} | {_duration(kept_ms)}{since} |")
    if config.archive.is_on:
        lines.append(
            "| All events that were checked, with what they said | to try changed rules on them "
            f"before they take effect | {_duration(config.archive.retention_days * DAY_MS)} |"
        )
    lines += [
        (
            "| The state of the rooms: members and their names, power levels, settings "
            "| it is needed to check events | while the server is in the room |"
        ),
        (
            "| For each event: a hash, whether it was signed, the edition of the rules, the room, "
            "and the day | so that every server gets the same answer | for ever; it names nobody |"
        ),
        "",
        "Of a message that you redact yourself the text is deleted here too.",
        "",
        "## Who gets it",
        "Other homeservers learn whether an event was signed, and why it was refused.",
    ]
    lines += _recipients(config)
    lines += ["", "## Your rights", *_contacts(config)]
    return "\n".join(lines) + "\n"


def _recipients(config: Config) -> list[str]:
    lines: list[str] = []
    if config.checkers:
        names = ", ".join(sorted(config.checkers))
        lines.append(f"Rules may have events checked by other programs, which read them: {names}.")
    recipients = [*config.redactions.bots, *(webhook.url for webhook in config.redactions.webhooks)]
    if recipients:
        lines.append(f"Refused events that reach a room are reported to: {', '.join(recipients)}.")
    return lines


def _contacts(config: Config) -> list[str]:
    request = (
        "You may ask what is kept about you, have it corrected, or have it deleted. A ban that a "
        "moderator set stays until it ends."
    )
    ways = [
        address
        for contact in config.support.contacts
        for address in (contact.matrix_id, contact.email_address)
        if address is not None
    ]
    ways += [config.support.support_page] if config.support.support_page else []
    if not ways:
        return [request, "", "Ask: **(name somebody here, or in the settings under `support`)**"]
    return [request, "", f"Ask: {', '.join(ways)}"]


def _duration(kept_ms: int | None) -> str:
    if kept_ms is None:
        return "for ever"
    days = kept_ms // DAY_MS
    return f"{days} day{'s' * (days != 1)}"
