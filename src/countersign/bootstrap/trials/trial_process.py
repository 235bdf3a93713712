"""Trials of policies: `python -m countersign.bootstrap.trials.trial_process`, a process of its own.

Reads a line of JSON and writes lines of JSON: of a backtest how far it is, and last the result, or
why there is none. It gives way to everything else on the machine, but does not stand still.
"""

import json
import os
import sys
from pathlib import Path
from typing import Any, Final

from countersign.bootstrap.archives import run_backtest
from countersign.bootstrap.policies.documents import parse_document
from countersign.bootstrap.trials.dry_runs import dry_run_case
from countersign.config import read_config
from countersign.protocol.errors import CountersignError
from countersign.service.trials.backtest_reports import report_to_json
from countersign.service.trials.dry_runs import CaseResult

NICENESS: Final = 10
"""A tenth of a usual process's share; 19 is a hundredth, and a second's work takes minutes."""


def main() -> None:
    """Run the dry run, backtest or tests of the request."""
    os.nice(NICENESS)
    request = json.loads(sys.stdin.readline())
    try:
        work = {"backtest": _backtest, "tests": _run_tests}[request["work"]]
        _write_line(work(request))
    except CountersignError as error:
        _write_line({"trouble": str(error)})


def _backtest(request: dict[str, Any]) -> dict[str, Any]:
    policy = parse_document(request["document"].encode())
    report = run_backtest(
        read_config(Path(request["settings"])),
        policy,
        community=request["community"],
        since_ts=request["since_ts"],
        room_id=request["room_id"],
        limit=request["limit"],
        progress=lambda done, total: _write_line({"done": done, "total": total}),
    )
    return {"report": report_to_json(policy, report)}


def _run_tests(request: dict[str, Any]) -> dict[str, Any]:
    policy = parse_document(request["document"].encode())
    return {"results": [_result(dry_run_case(case, policy)) for case in policy.tests]}


def _result(result: CaseResult) -> dict[str, Any]:
    failure = result.failure
    return {
        "name": result.case.name,
        "line": result.case.line,
        "is_passed": failure is None,
        "event": None if failure is None else failure.number,
        "because": None if failure is None else failure.because,
    }


def _write_line(line: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(line) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
