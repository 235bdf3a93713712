"""Policies tried before they bite: their tests, and saved events."""

from pathlib import Path
from typing import Final

from countersign.adapters.files.bounded_reading import read_bounded
from countersign.bootstrap.judgement import build_dry_run
from countersign.bootstrap.policies.documents import PolicyFileInvalid
from countersign.config import ConfigError
from countersign.policy.decisions import Decision
from countersign.policy.document.documents import MAX_DOCUMENT_BYTES, DocumentInvalid
from countersign.policy.document.formats import read_document
from countersign.policy.document.value_parser import ValueParser
from countersign.policy.measures.trust_records import Trust
from countersign.policy.policies.cases import Case
from countersign.policy.policies.policy_documents import Policy
from countersign.policy.policies.policy_tests import read_cases
from countersign.protocol.events.pdu import Pdu
from countersign.protocol.rooms.room_state import RoomState
from countersign.service.trials.dry_runs import CaseResult, judge_alone, run_case

CASE_SUFFIXES: Final = (".yaml", ".yml", ".json")


def dry_run_case(case: Case, policy: Policy) -> CaseResult:
    """Run a case in a dry run of its own; return its result."""
    return run_case(case, policy, build_dry_run())


def judge_saved(
    pdu: Pdu, state: RoomState, policy: Policy, *, trust: Trust, our_user_id: str
) -> tuple[Decision, str | None, tuple[str, ...]]:
    """Return a policy's decision on a saved event, and which of its steps could not judge.

    Args:
        pdu: the event.
        state: what is known of its room.
        policy: by which it is judged.
        trust: how far its sender is trusted.
        our_user_id: the user with whom we are in rooms.

    Returns:
        The decision; why no filter looked at the event, None if filters did; and the labels of the
        steps that are not asked in a dry run.

    Raises:
        FilterBroken: a filter failed.
    """
    dry_run = build_dry_run()
    decision, unjudged = judge_alone(
        pdu, state, policy, dry_run, trust=trust, our_user_id=our_user_id
    )
    return decision, unjudged, tuple(dry_run.not_asked)


def read_case_files(folder: Path, policy: Policy) -> dict[Path, tuple[Case, ...]]:
    """Return the cases in a folder's files, by file; each file is a list as under `tests`.

    Raises:
        PolicyFileInvalid: a file holds mistakes; lists all of it.
        ConfigError: the folder or a file cannot be read.
    """
    try:
        files = sorted(each for each in folder.iterdir() if each.suffix in CASE_SUFFIXES)
    except OSError as error:
        raise ConfigError(f"The folder {folder} cannot be read: {error.strerror}.") from error
    return {file: _read_cases(file, policy) for file in files}


def _read_cases(file: Path, policy: Policy) -> tuple[Case, ...]:
    try:
        text = read_bounded(file, MAX_DOCUMENT_BYTES + 1)
    except OSError as error:
        raise ConfigError(f"{file} cannot be read: {error.strerror}.") from error
    try:
        parser = ValueParser(read_document(text, is_json=file.suffix == ".json"))
    except DocumentInvalid as error:
        raise PolicyFileInvalid(file, error.mistakes) from error
    labels = [step.label for step in policy.pipeline.steps]
    data = parser.data
    if isinstance(data, dict) and set(data) == {"tests"}:
        cases = read_cases(parser, data["tests"], ("tests",), labels)
    else:
        cases = read_cases(parser, data, (), labels)
    if parser.mistakes:
        raise PolicyFileInvalid(file, parser.mistakes)
    return cases
