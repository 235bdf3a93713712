"""The doctor's check of the retention of personal data."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from countersign.config import Config
    from countersign.service.health.doctor import Check


def examine_retention(config: "Config") -> "Check":
    """Return the result of the check: the retention of personal data."""
    from countersign.basics.durations import DAY_MS
    from countersign.service.health.doctor import Check, Outcome

    def kept(kept_ms: int | None) -> str:
        if not kept_ms:
            return "for ever" if kept_ms is None else "not at all"
        days = kept_ms // DAY_MS
        return f"{days} day{'s' * (days != 1)}"

    times = config.retention.model_dump()
    archive_ms = config.archive.retention_days * DAY_MS if config.archive.is_on else 0
    listed = [
        f"{name} {kept(kept_ms)}" for name, kept_ms in {**times, "archive": archive_ms}.items()
    ]
    for_ever = [name for name, kept_ms in times.items() if kept_ms is None]
    return Check(
        name="privacy",
        outcome=Outcome.WARN if for_ever else Outcome.OK,
        message=f"Personal data are kept: {', '.join(listed)}.",
        remedy=(
            f"Name a number of days for retention: {', '.join(for_ever)}, unless it is meant."
            if for_ever
            else ""
        ),
    )
