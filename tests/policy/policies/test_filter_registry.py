"""Every filter name stands for one filter."""

from dataclasses import dataclass
from typing import ClassVar

import pytest

from countersign.policy.filters.form.event_size import EventSize
from countersign.policy.policies.filter_registry import (
    BUILTIN_FILTERS,
    RegistryInvalid,
    make_registry,
)


@dataclass(frozen=True, kw_only=True)
class Impostor(EventSize):
    """Wants another's name."""


@dataclass(frozen=True, kw_only=True)
class Mode(EventSize):
    """Wants a name that means something else."""

    name: ClassVar[str] = "mode"


def test_built_in_filters_go_by_their_names():
    assert sorted(BUILTIN_FILTERS) == [
        "ai-moderation",
        "bare-mentions",
        "clock-drift",
        "depth",
        "display-name",
        "encryption",
        "event-rate",
        "event-size",
        "event-type",
        "group-flood",
        "hidden-characters",
        "http-check",
        "impersonation",
        "indicator",
        "inline-image",
        "join-rate",
        "keyword",
        "link",
        "look-alike",
        "media-kind",
        "mention-flood",
        "mention-rate",
        "offer",
        "pile-on",
        "policy-list",
        "random-letters",
        "reaction",
        "redaction-rate",
        "script",
        "shape",
        "silence",
        "slow-mode",
        "sticky-event",
        "text-layout",
        "text-model",
        "turned-account",
        "user-id",
        "wave",
    ]


def test_the_same_filter_may_be_given_twice():
    assert make_registry([EventSize, EventSize]) == {"event-size": EventSize}


def test_two_filters_of_one_name_are_refused():
    with pytest.raises(RegistryInvalid, match=r"event-size .*\.EventSize and .*\.Impostor"):
        make_registry([EventSize, Impostor])


def test_a_reserved_name_is_refused():
    with pytest.raises(RegistryInvalid, match="the name mode is reserved"):
        make_registry([Mode])
