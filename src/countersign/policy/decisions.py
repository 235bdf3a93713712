"""Decisions: an event is signed or refused, with the findings that decide."""

from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import lru_cache
from types import MappingProxyType
from typing import Any, Final, Self

from countersign.basics.crockford import reference_of
from countersign.basics.records import record
from countersign.policy.findings import (
    Finding,
    FindingKind,
    Mode,
    findings_deciding,
    findings_kept,
    findings_weighing,
    labels_indispensable,
    latest_end,
    without_usual,
)
from countersign.policy.harms import HARMS, Harm
from countersign.policy.languages.catalogues import translated
from countersign.policy.languages.sentences import SEND_AGAIN
from countersign.policy.languages.tags import ENGLISH
from countersign.policy.measures.trust_records import Trust
from countersign.policy.thresholds import DEFAULT_THRESHOLDS, Thresholds
from countersign.protocol.errors import BadJson

MAX_REVISIONS: Final = 256
"""Number of policy revisions for which the decision without findings is cached."""
ALLOWED_AS: Final = "allowed as "
"""Prefix of `Decision.spared_by` for events that a moderator allowed; the reference follows."""

_USUAL: Final = MappingProxyType(
    dict.fromkeys(("threshold", "trust", "fingerprint", "spared_by"))
    | {"is_warning": False, "score": 0, "language": ENGLISH}
)
"""Default values, which are not stored."""


class Verdict(StrEnum):
    """Verdict on an event."""

    SIGN = "sign"
    REFUSE = "refuse"


_VERDICTS: Final = {verdict.value: verdict for verdict in Verdict}
_TRUSTS: Final = {None: None} | {str(each): each for each in Trust}


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """A policy's decision on an event.

    Attributes:
        verdict: True to sign.
        findings: those of all filters, in the policy's order, with those of steps in shadow mode;
            after `for_record`, findings that did not decide have no reason.
        says: for the sender of a refused event; None if it is signed.
        harms: the harms, most important first; empty if it is signed.
        policy_revision: which edition of the policy decided.
        is_warning: refused once only: the same text of the same sender passes when sent again.
        score: the sum of the weights of the enforced findings, in points.
        threshold: the one that the score was compared with, for the sender's trust; None if no
            finding has a weight.
        trust: the sender's level of trust; None without findings.
        fingerprint: the fingerprint of a refused event, to recognise the same text; None if signed.
        spared_by: the reason why an event that would be refused is signed: `warned before`, or the
            reference of the decision that a moderator allowed; None for all others.
        language: the language tag of `says`; English without findings.
    """

    verdict: Verdict
    findings: tuple[Finding, ...] = ()
    says: str | None = None
    harms: tuple[Harm, ...] = ()
    policy_revision: str
    is_warning: bool = False
    score: int = 0
    threshold: int | None = None
    trust: Trust | None = None
    fingerprint: str | None = None
    spared_by: str | None = None
    language: str = ENGLISH
    _deciding: tuple[Finding, ...] | None = field(
        default=None, init=False, repr=False, compare=False
    )

    @classmethod
    def from_findings(
        cls,
        findings: tuple[Finding, ...],
        *,
        policy_revision: str,
        thresholds: Thresholds = DEFAULT_THRESHOLDS,
        trust: Trust | None = None,
        language: str = ENGLISH,
    ) -> Self:
        """Return the decision that follows from `findings`.

        The event is refused by an enforced finding without a weight, or by weights whose sum
        reaches the threshold. Otherwise findings in the mode `warn` refuse it once.
        """
        if not findings:
            return cls._on_nothing(policy_revision)
        enforced = findings_deciding(findings, (Mode.ENFORCE,), thresholds.refuse)
        warning = findings_deciding(findings, (Mode.WARN,), None)
        if not warning and thresholds.warn > 0:
            warning = findings_weighing(findings, (Mode.ENFORCE, Mode.WARN), thresholds.warn)
        against = enforced or warning
        is_weighed = any(each.counts and each.weight is not None for each in findings)
        threshold = thresholds.refuse
        if against and against is not enforced and against[0].weight is not None:
            threshold = thresholds.warn
        harms = dict.fromkeys(finding.harm for finding in against)
        harms.pop(Harm.NONE, None)
        return cls(
            verdict=Verdict.REFUSE if against else Verdict.SIGN,
            findings=findings,
            says=against[0].says if against else None,
            harms=tuple(harms),
            policy_revision=policy_revision,
            is_warning=bool(against and not enforced),
            score=sum(finding.weight or 0 for finding in findings if finding.counts),
            threshold=threshold if is_weighed else None,
            trust=trust,
            language=language,
        )

    @classmethod
    @lru_cache(MAX_REVISIONS)
    def _on_nothing(cls, policy_revision: str) -> Self:
        """Return the decision without findings, one object for all events of a policy."""
        return cls(verdict=Verdict.SIGN, policy_revision=policy_revision)

    @property
    def deciding(self) -> tuple[Finding, ...]:
        """The findings that refuse the event; empty if it is signed."""
        if self.verdict is Verdict.SIGN:
            return ()
        if self._deciding is None:  # a page asks several times of each of thousands
            object.__setattr__(self, "_deciding", self._find_deciding())
        return self._deciding or ()

    def _find_deciding(self) -> tuple[Finding, ...]:
        alone, threshold = (Mode.WARN, None) if self.is_warning else (Mode.ENFORCE, self.threshold)
        together = (Mode.ENFORCE, Mode.WARN) if self.is_warning else (Mode.ENFORCE,)
        return tuple(
            findings_deciding(self.findings, (alone,), threshold)
            or findings_weighing(self.findings, together, 0)
        )

    @property
    def held_against_sender(self) -> tuple[Finding, ...]:
        """The findings that refuse the event, without those of courtesy; mutes count these."""
        return tuple(each for each in self.deciding if each.kind is not FindingKind.COURTESY)

    @property
    def is_courtesy(self) -> bool:
        """True if only findings of courtesy refuse the event."""
        return bool(self.deciding) and not self.held_against_sender

    @property
    def expires_ts(self) -> int | None:
        """End of the courtesy limit that refuses it, in ms since the epoch; None if it has none."""
        return latest_end(self.deciding) if self.is_courtesy else None

    @property
    def indispensable_labels(self) -> frozenset[str]:
        """Labels of the steps without each of which the event would not be refused."""
        return labels_indispensable(self.deciding, self.threshold or 0)

    @property
    def words(self) -> str | None:
        """Text for the sender, without the reference; None for the default text."""
        if self.is_warning and self.says:
            return f"{self.says} {translated(SEND_AGAIN, self.language)}"
        return self.says

    def spared(self, by: str) -> Self:
        """Return a decision to sign in spite of the findings, which it keeps."""
        return replace(
            self,
            verdict=Verdict.SIGN,
            says=None,
            harms=(),
            is_warning=False,
            fingerprint=None,
            spared_by=by,
        )

    def known_by(self, fingerprint: str) -> Self:
        """Return a copy with the fingerprint of its event."""
        return replace(self, fingerprint=fingerprint)

    def for_record(self) -> Self:
        """Return the decision in the form that is recorded; the archive keeps all of it.

        Findings that decide are whole. Findings in shadow mode keep their reason, because somebody
        tries that step. Other findings keep only their weight.
        """
        if not self.findings or self.spared_by is not None:
            return self
        return replace(self, findings=findings_kept(self.findings, self.deciding))

    def to_stored(self) -> dict[str, Any]:
        """Return JSON without default values, for databases; `from_json` reads it."""
        stored = without_usual(self.to_json(), _USUAL)
        stored["findings"] = [finding.to_stored() for finding in self.findings]
        return stored

    def to_json(self) -> dict[str, Any]:
        """Return all fields as plain JSON; `from_json` returns an equal decision."""
        return {
            "verdict": self.verdict.value,
            "findings": [finding.to_json() for finding in self.findings],
            "says": self.says,
            "harms": [harm.value for harm in self.harms],
            "policy_revision": self.policy_revision,
            "is_warning": self.is_warning,
            "score": self.score,
            "threshold": self.threshold,
            "trust": self.trust and self.trust.value,
            "fingerprint": self.fingerprint,
            "spared_by": self.spared_by,
            "language": self.language,
        }

    @classmethod
    def from_json(cls, stored: dict[str, Any]) -> Self:
        """Return the decision that `to_json` or `to_stored` of this or an earlier version wrote.

        Raises:
            BadJson: something else wrote it.
        """
        try:
            return cls(
                verdict=_VERDICTS[stored["verdict"]],
                findings=tuple(map(Finding.from_json, stored["findings"])),
                says=stored["says"],
                harms=tuple([HARMS[harm] for harm in stored["harms"]]),
                policy_revision=stored["policy_revision"],
                is_warning=stored.get("is_warning", False),
                score=stored.get("score", 0),
                threshold=stored.get("threshold"),
                trust=_TRUSTS[stored.get("trust")],
                fingerprint=stored.get("fingerprint"),
                spared_by=stored.get("spared_by"),
                language=stored.get("language", ENGLISH),
            )
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            raise BadJson("This is not a decision that Countersign wrote.") from error


class DetailsGone(StrEnum):
    """Reason why the details of a stored decision were deleted."""

    RETENTION = "retention"
    """Their retention time is over."""
    REQUEST = "request"
    """The sender was erased."""


@record(frozen=True, slots=True, kw_only=True)
class RecordedDecision:
    """A decision with its event's details, as stored; the first one of a key is final.

    Key, room, verdict, policy revision and day are kept for ever, the details for the retention
    time. Without details `event_id` is derived from the key, `event_type`, `sender` and `asked_by`
    are empty, `decided_ts` is the beginning of the day (UTC), and `decision` has only its verdict
    and policy revision.

    Attributes:
        key: 32 bytes: the digest of the event's signed bytes, which name the room.
        room_id: the event's room.
        event_id: the event ID, computed here.
        event_type: the event's type.
        sender: the event's sender.
        asked_by: the server that asked first.
        decided_ts: time of the decision, in ms since the epoch.
        decision: the decision.
        details_gone: the reason why the details are gone; None while they are kept.
    """

    key: bytes
    room_id: str
    event_id: str
    event_type: str
    sender: str
    asked_by: str
    decided_ts: int
    decision: Decision
    details_gone: DetailsGone | None = None

    @property
    def reference(self) -> str:
        """Reference that a sender quotes to a moderator, such as `7F3K9-QX2MB`."""
        return reference_of(self.key)
