"""Positions of bars and marks in charts; a template draws them, beside a table of the numbers."""

from collections.abc import Mapping
from math import sqrt
from typing import Any, Final

WIDTH: Final = 360.0
HEIGHT: Final = 120.0
MAX_SCORES: Final = 40
"""Higher scores are counted with the last one."""


def histogram(level: str, scores: Mapping[str, Any]) -> dict[str, Any]:
    """Return a histogram of scores: those of honest events, and those of refused ones above them.

    Heights go by the square root, so that one event beside a thousand can be seen.

    Args:
        level: the trust of the senders.
        scores: what `Scores.to_json` says.

    Returns:
        `level`; `refuse`, the threshold; `mark`, where its line stands; `bars` with `score`,
        `honest`, `refused`, `x`, `width` and the places of both parts; `thresholds` with what each
        would have done; `alone`, how many were refused by steps that decide alone.
    """
    honest: dict[int, int] = {}
    refused: dict[int, int] = {}
    for counts, groups in ((honest, ("signed", "allowed")), (refused, ("refused",))):
        for group in groups:
            for score, count in scores[group].items():
                shown = min(int(score), MAX_SCORES)
                counts[shown] = counts.get(shown, 0) + count
    last = max([*honest, *refused, min(scores["refuse"], MAX_SCORES)], default=0)
    width = WIDTH / (last + 1)
    most = max((honest.get(each, 0) + refused.get(each, 0) for each in range(last + 1)), default=0)
    bars = []
    for score in range(last + 1):
        good, bad = honest.get(score, 0), refused.get(score, 0)
        height = HEIGHT * sqrt((good + bad) / most) if most else 0.0
        good_height = height * good / (good + bad) if good + bad else 0.0
        bars.append(
            {
                "score": score,
                "honest": good,
                "refused": bad,
                "x": round(score * width, 1),
                "width": round(max(width - 1, 0.5), 1),
                "honest_y": round(HEIGHT - good_height, 1),
                "honest_height": round(good_height, 1),
                "refused_y": round(HEIGHT - height, 1),
                "refused_height": round(height - good_height, 1),
            }
        )
    return {
        "level": level,
        "refuse": scores["refuse"],
        "mark": round(min(scores["refuse"], last + 1) * width, 1),
        "bars": bars,
        "alone": sum(scores["refused_alone"].values()),
        "thresholds": [
            {"threshold": int(threshold), **otherwise}
            for threshold, otherwise in scores["by_threshold"].items()
        ],
    }


def days(counts: list[int]) -> list[dict[str, float]]:
    """Return the bars of a small chart, one for each day."""
    most = max(counts, default=0)
    return [
        {"x": index * 6.0, "height": round(18 * sqrt(count / most), 1) if most else 0.0}
        for index, count in enumerate(counts)
    ]
