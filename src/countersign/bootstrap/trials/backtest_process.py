"""A backtest in a process of its own: `python -m countersign.bootstrap.trials.backtest_process`.

Reads a line of JSON and writes lines of JSON: how far it is, and last the report, or why there is
none. It gives way to everything else on the machine.
"""

import json
import os
import sys
from pathlib import Path
from typing import Any, Final

from countersign.bootstrap.archives import run_backtest
from countersign.bootstrap.policies.documents import parse_document
from countersign.config import read_config
from countersign.protocol.errors import CountersignError
from countersign.service.trials.backtest_reports import report_to_json

NICENESS: Final = 19


def main() -> None:
    """Do what the request says."""
    os.nice(NICENESS)
    request = json.loads(sys.stdin.readline())
    try:
        policy = parse_document(request["document"].encode())
        report = run_backtest(
            read_config(Path(request["settings"])),
            policy,
            community=request["community"],
            since_ts=request["since_ts"],
            room_id=request["room_id"],
            limit=request["limit"],
            progress=lambda done, total: _tell({"done": done, "total": total}),
        )
    except CountersignError as error:
        _tell({"trouble": str(error)})
        return
    _tell({"report": report_to_json(policy, report)})


def _tell(line: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(line) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
