"""Decision: to sign an event or to refuse it, and why."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Self

from countersign.policy.findings import Finding, Mode
from countersign.policy.harms import Harm
from countersign.protocol.errors import BadJson

_CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_REFERENCE_CHARS = 10
_BITS_EACH = 5


class Verdict(StrEnum):
    """Our two answers."""

    SIGN = "sign"
    REFUSE = "refuse"


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What a policy decided on an event.

    Attributes:
        verdict: whether to sign.
        findings: everything the filters had to say, in the policy's order, also what only shadows.
        says: for the sender of a refused event; None if it is signed.
        harms: why it is refused, most important first; empty if it is signed.
        policy_revision: which edition of the policy decided.
    """

    verdict: Verdict
    findings: tuple[Finding, ...] = ()
    says: str | None = None
    harms: tuple[Harm, ...] = ()
    policy_revision: str

    @classmethod
    def on(cls, findings: tuple[Finding, ...], *, policy_revision: str) -> Self:
        """Return what follows from `findings`: any enforced one refuses."""
        enforced = [finding for finding in findings if finding.mode is Mode.ENFORCE]
        harms = dict.fromkeys(finding.harm for finding in enforced)
        harms.pop(Harm.NONE, None)
        return cls(
            verdict=Verdict.REFUSE if enforced else Verdict.SIGN,
            findings=findings,
            says=enforced[0].says if enforced else None,
            harms=tuple(harms),
            policy_revision=policy_revision,
        )

    def to_json(self) -> dict[str, Any]:
        """Return all of it as plain JSON; `from_json` gives back an equal decision."""
        return {
            "verdict": self.verdict.value,
            "findings": [finding.to_json() for finding in self.findings],
            "says": self.says,
            "harms": [harm.value for harm in self.harms],
            "policy_revision": self.policy_revision,
        }

    @classmethod
    def from_json(cls, stored: dict[str, Any]) -> Self:
        """Return the decision that `to_json` wrote.

        Raises:
            BadJson: something else wrote it.
        """
        try:
            return cls(
                verdict=Verdict(stored["verdict"]),
                findings=tuple(map(Finding.from_json, stored["findings"])),
                says=stored["says"],
                harms=tuple(map(Harm, stored["harms"])),
                policy_revision=stored["policy_revision"],
            )
        except (KeyError, TypeError, ValueError) as error:
            raise BadJson("This is not a decision that Countersign wrote.") from error


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedDecision:
    """A decision and what it is about, as it is stored; the first one on a key stands for ever.

    Attributes:
        key: 32 bytes: the digest of the event's signed bytes, which name the room.
        room_id: the event's room.
        event_id: as we computed it.
        event_type: the event's type.
        sender: the event's sender.
        asked_by: the server that asked first.
        decided_ts: when, in ms since the epoch.
        decision: what was decided.
    """

    key: bytes
    room_id: str
    event_id: str
    event_type: str
    sender: str
    asked_by: str
    decided_ts: int
    decision: Decision

    @property
    def reference(self) -> str:
        """Return the name that a sender quotes to a moderator: `7F3K9-QX2MB`."""
        bits = int.from_bytes(self.key[:8], "big") >> (64 - _REFERENCE_CHARS * _BITS_EACH)
        digits = (
            _CROCKFORD[bits >> shift & 31]
            for shift in range(_BITS_EACH * (_REFERENCE_CHARS - 1), -1, -_BITS_EACH)
        )
        text = "".join(digits)
        return f"{text[:5]}-{text[5:]}"
