"""Pipeline: a policy's steps in their order, and the decision that follows from their findings."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

from countersign.policy.decisions import Decision
from countersign.policy.event_kinds.follow_ups import FLOOD_FACTOR, FollowUp
from countersign.policy.event_kinds.memberships import MembershipKind
from countersign.policy.events import Event
from countersign.policy.facts import Facts
from countersign.policy.findings import Finding, FindingKind, Mode
from countersign.policy.harms import Harm
from countersign.policy.judging.exemptions import NO_EXEMPTIONS, Exemptions
from countersign.policy.judging.running_steps import (
    FilterBroken,
    StepObserver,
    run_steps,
    run_steps_together,
)
from countersign.policy.judging.selected_steps import StepsByAspect
from countersign.policy.judging.steps import OnError, Step
from countersign.policy.languages.choices import ENGLISH_EVERYWHERE, RoomLanguages
from countersign.policy.languages.limit_ends import WHEN, with_limit_end
from countersign.policy.languages.sentences import in_language
from countersign.policy.measures.trust import DEFAULT_TRUST_RULES, Standing, TrustRules
from countersign.policy.measures.trust_records import Trust
from countersign.policy.questions.question import Question
from countersign.policy.text.content import MAX_TAGS, MAX_TEXTS, MAX_VALUES
from countersign.policy.text.links.written_links import MAX_DIFFERENT_LINKS, MAX_LINKS
from countersign.policy.text.mentions import MAX_MENTIONED
from countersign.policy.thresholds import DEFAULT_THRESHOLDS, Thresholds

CUT: Final = "content"
"""Name of the finding on an event that was not read in full."""
TRUST: Final = "trust"
"""Name of the finding on an event whose sender is banned."""
CUT_SAYS: Final = "Please send this in parts: it holds too many separate pieces to be looked at."
BANNED_SAYS: Final = "Please ask the moderators: you cannot write here at the moment."


@dataclass(frozen=True, slots=True, kw_only=True)
class Pipeline:
    """Steps in the order of the policy document. All of them judge; any may refuse.

    Attributes:
        steps: the steps, without those in the mode `off`.
        judge_membership: which membership events are judged. On today's homeservers the sender's
            server does not ask before it sends one, so that a refused join splits the room between
            those who saw it and those who did not.
        exemptions: events that are always signed.
        courtesy_spares: the follow-ups that no finding of the kind `courtesy` refuses.
        thresholds: for the score, by the sender's trust.
        trust_rules: conditions for being a member, for texts to newcomers.
        languages: the language of each room.
        reads_together: True if a step also judges a sender's last short messages joined to one.
        reads_indicators: True if a step asks about links, contacts and wallets.
        compares_texts: True if a step compares the texts of different people.
    """

    steps: tuple[Step, ...] = ()
    judge_membership: frozenset[MembershipKind] = frozenset()
    exemptions: Exemptions = NO_EXEMPTIONS
    courtesy_spares: frozenset[FollowUp] = frozenset()
    thresholds: Thresholds = DEFAULT_THRESHOLDS
    trust_rules: TrustRules = DEFAULT_TRUST_RULES
    languages: RoomLanguages = ENGLISH_EVERYWHERE
    reads_together: bool = field(init=False, repr=False, compare=False)
    reads_indicators: bool = field(init=False, repr=False, compare=False)
    compares_texts: bool = field(init=False, repr=False, compare=False)
    _by_level: Mapping[Trust, StepsByAspect] = field(init=False, repr=False, compare=False)
    _warned: frozenset[Trust] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Group the steps by level of trust."""
        by_level = {
            level: StepsByAspect(step for step in self.steps if level in step.applies_to)
            for level in Trust
        }
        warned = frozenset(
            level
            for level, chosen in by_level.items()
            if any(step.may_warn(self.thresholds.of(level)) for step in chosen.steps)
        )
        derived = {
            "reads_together": any(step.filter.reads_together for step in self.steps),
            "reads_indicators": any(step.filter.reads_indicators() for step in self.steps),
            "compares_texts": any(
                step.filter.compares_texts() or step.tells_untrusted_from_new for step in self.steps
            ),
            "_by_level": by_level,
            "_warned": warned,
        }
        for name, value in derived.items():
            object.__setattr__(self, name, value)

    def steps_for(self, event: Event) -> Sequence[Step]:
        """Return the steps that judge `event`, in their order."""
        return self._by_level[event.standing.level].of(event).steps

    def asks_about(self, event: Event) -> bool:
        """Return True if a step asks anything about `event`."""
        return bool(self._by_level[event.standing.level].asking) and self._judges(event)

    def may_warn(self, event: Event) -> bool:
        """Return True if the decision on `event` may be a warning."""
        return event.standing.level in self._warned and self._judges(event)

    def limit_reading(self, event: Event, dropped: Collection[str] = ()) -> Event:
        """Return `event` as the steps are to read it: see `StepsByAspect.limit_reading`.

        Args:
            event: the event.
            dropped: the labels of steps whose findings are only recorded.
        """
        if not self._judges(event):
            return event
        return self._by_level[event.standing.level].limit_reading(event, dropped)

    def all_questions(
        self, event: Event, watch: StepObserver | None = None
    ) -> tuple[Question[Any], ...]:
        """Return the questions of all steps about `event`, quick and slow, each once.

        Args:
            event: the event.
            watch: is called after each step.

        Raises:
            FilterBroken: a filter failed to ask.
        """
        steps = self._by_level[event.standing.level]
        if not steps.asking or not self._judges(event):
            return ()
        questions: dict[Question[Any], None] = {}
        asking = steps.of(event).asking
        if watch is not None:
            watch(None)
        for step in asking:
            try:
                for question in step.filter.asks(event):
                    questions[question] = None
                if step.filter.reads_together and event.with_recent_messages is not None:
                    questions |= dict.fromkeys(step.filter.asks(event.with_recent_messages))
            except Exception as error:
                # Judging will fail too, and then be recorded.
                if step.on_error is not OnError.PASS:
                    raise FilterBroken(step.label) from error
            if watch is not None:
                watch(step)
        return tuple(questions)

    def judge(
        self,
        event: Event,
        facts: Facts,
        policy_revision: str,
        *,
        dropped: Collection[str] = (),
        is_quick_only: bool = False,
        language: str | None = None,
        watch: StepObserver | None = None,
    ) -> Decision:
        """Return the decision on `event`.

        Args:
            event: the event, as `limit_reading` returns it.
            facts: the answers to `all_questions`; with `is_quick_only` to the quick ones.
            policy_revision: the revision of the policy.
            dropped: the labels of steps whose findings are only recorded, in any mode.
            is_quick_only: leave out the filters that ask slow questions.
            language: the language of the texts for the sender; None for the room's, as far as the
                policy names the room by its ID.
            watch: is called after each step.

        Raises:
            FilterBroken: a filter failed, and its policy does not let events pass then.
        """
        language = language or self.languages.of(event.room_id)
        return Decision.from_findings(
            tuple(
                self._findings(event, facts, dropped, language, watch, is_quick_only=is_quick_only)
            ),
            language=language,
            policy_revision=policy_revision,
            thresholds=self.thresholds.of(event.standing.level),
            trust=event.standing.level,
        )

    def _findings(
        self,
        event: Event,
        facts: Facts,
        dropped: Collection[str],
        language: str,
        watch: StepObserver | None,
        *,
        is_quick_only: bool,
    ) -> Iterator[Finding]:
        if not self._judges(event):
            return
        if event.standing.level is Trust.BANNED:
            yield _banned(event.standing, language)
        level_steps = self._by_level[event.standing.level]
        steps: Sequence[Step] = level_steps.of(event).steps
        is_refused = False
        if is_quick_only:
            steps = [step for step in steps if not _asks_slowly(step, event)]
        if watch is not None:
            watch(None)
        run = run_steps if event.recent_messages is None else run_steps_together
        for step, finding in run(steps, event, facts, language, watch):
            if WHEN in finding.says:
                finding = self._with_limit_end(finding, step, event, language)
            effective: Finding | None = finding
            if event.follow_up in self.courtesy_spares:
                effective = _spared(finding, event.follow_up, step)
            if effective is not None:
                effective = (
                    replace(effective, mode=Mode.SHADOW) if step.label in dropped else effective
                )
                is_refused |= effective.mode is Mode.ENFORCE and effective.weight is None
                yield effective
        if event.seen.was_cut or (event.is_read_in_part and not is_refused):
            # What was not read may be what any of them is about.
            may_refuse = any(
                step.mode is not Mode.SHADOW and not step.exemptions.cover(event)
                for step in level_steps.steps
            )
            yield _content_limit_finding(Mode.ENFORCE if may_refuse else Mode.SHADOW, language)

    def _with_limit_end(self, finding: Finding, step: Step, event: Event, language: str) -> Finding:
        if finding.kind is not FindingKind.COURTESY:
            # Evidence never tells its limits.
            return replace(finding, says=in_language(step.filter.says, language))
        messages_left, from_ts = event.standing.missing_for_membership(
            self.trust_rules, event.received_ts
        )
        says = with_limit_end(
            finding.says,
            messages_left=messages_left,
            from_ts=from_ts,
            now_ts=event.received_ts,
            language=language,
        )
        return replace(finding, says=says)

    def _judges(self, event: Event) -> bool:
        if event.type == "m.room.member" and event.membership_kind not in self.judge_membership:
            return False
        return self.exemptions is NO_EXEMPTIONS or not self.exemptions.cover(event)


def _spared(finding: Finding, follow_up: FollowUp | None, step: Step) -> Finding | None:
    """Return a finding on a follow-up that courtesy spares: evidence beyond a flood, else None."""
    if finding.kind is not FindingKind.COURTESY or step.filter.follows_evidence:
        return finding
    value, limit = finding.value, finding.limit
    if not isinstance(value, int) or not isinstance(limit, int) or limit <= 0:
        return None
    # An edit of one word into a wall of text is no matter of courtesy, nor are ninety reactions.
    is_flood = value >= FLOOD_FACTOR * limit and follow_up is not FollowUp.REDACTION
    return replace(finding, kind=FindingKind.EVIDENCE) if is_flood else None


def _asks_slowly(step: Step, event: Event) -> bool:
    try:
        return any(question.is_slow for question in step.filter.asks(event))
    except Exception:  # noqa: BLE001 - judging fails too, and says so
        return False


def _banned(standing: Standing, language: str) -> Finding:
    return Finding(
        filter=TRUST,
        harm=Harm.BAN_EVASION,
        reason=f"the sender is banned: {standing.because}",
        says=in_language(BANNED_SAYS, language),
    )


def _content_limit_finding(mode: Mode, language: str) -> Finding:
    # What no filter saw must not be signed.
    return Finding(
        filter=CUT,
        harm=Harm.FLOODING,
        reason=f"holds more than {MAX_TEXTS:,} texts, {MAX_VALUES:,} values, {MAX_TAGS:,} tags, "
        f"{MAX_LINKS:,} links ({MAX_DIFFERENT_LINKS:,} different ones) or {MAX_MENTIONED:,} "
        "mentioned users, or more bytes than a step allows; not all were read",
        says=in_language(CUT_SAYS, language),
        mode=mode,
    )
