"""Harms for which events are refused, as MSC4456 names them."""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Final

_PREFIX = "org.matrix.msc4456."


class Harm(StrEnum):
    """A kind of harm; its value is the identifier on the wire.

    The proposal is not accepted yet, so the values have its unstable prefix in place of `m.`.

    Spec: https://github.com/matrix-org/matrix-spec-proposals/pull/4456
    """

    SPAM = _PREFIX + "spam"
    FRAUD = _PREFIX + "spam.fraud"
    IMPERSONATION = _PREFIX + "spam.impersonation"
    ELECTION_INTERFERENCE = _PREFIX + "spam.election_interference"
    FLOODING = _PREFIX + "spam.flooding"
    ADULT = _PREFIX + "adult"
    SEXUAL_ABUSE = _PREFIX + "adult.sexual_abuse"
    INTIMATE_IMAGERY = _PREFIX + "adult.ncii"
    DEEPFAKE = _PREFIX + "adult.deepfake"
    ANIMAL_SEXUAL_ABUSE = _PREFIX + "adult.animal_sexual_abuse"
    SEXUAL_VIOLENCE = _PREFIX + "adult.sexual_violence"
    HARASSMENT = _PREFIX + "harassment"
    TROLLING = _PREFIX + "harassment.trolling"
    TARGETED_HARASSMENT = _PREFIX + "harassment.targeted"
    HATE = _PREFIX + "harassment.hate"
    DOXXING = _PREFIX + "harassment.doxxing"
    VIOLENCE = _PREFIX + "violence"
    ANIMAL_WELFARE = _PREFIX + "violence.animal_welfare"
    THREATS = _PREFIX + "violence.threats"
    GRAPHIC_VIOLENCE = _PREFIX + "violence.graphic"
    GLORIFIED_VIOLENCE = _PREFIX + "violence.glorification"
    EXTREMISM = _PREFIX + "violence.extremist"
    HUMAN_TRAFFICKING = _PREFIX + "violence.human_trafficking"
    DOMESTIC_VIOLENCE = _PREFIX + "violence.domestic"
    CHILD_SAFETY = _PREFIX + "child_safety"
    CHILD_SEXUAL_ABUSE = _PREFIX + "child_safety.csam"
    GROOMING = _PREFIX + "child_safety.grooming"
    CHILD_PRIVACY = _PREFIX + "child_safety.privacy_violation"
    CHILD_HARASSMENT = _PREFIX + "child_safety.harassment"
    DANGER = _PREFIX + "danger"
    SELF_HARM = _PREFIX + "danger.self_harm"
    EATING_DISORDER = _PREFIX + "danger.eating_disorder"
    CHALLENGES = _PREFIX + "danger.challenges"
    SUBSTANCE_ABUSE = _PREFIX + "danger.substance_abuse"
    TERMS_OF_SERVICE = _PREFIX + "tos"
    HACKING = _PREFIX + "tos.hacking"
    PROHIBITED_ITEMS = _PREFIX + "tos.prohibited"
    BAN_EVASION = _PREFIX + "tos.ban_evasion"
    OTHER = _PREFIX + "other"
    NONE = "none"
    """No harm, such as a filter that failed; never sent on the wire."""


HARMS: Final[Mapping[str, Harm]] = MappingProxyType({harm.value: harm for harm in Harm})
"""Harms by their values; a look-up here is much faster than a call of `Harm`."""
