"""`countersign` with a wall clock that is shifted by what the file `clock-shift` says.

The file lies beside the settings, and is read anew every tenth of a second. Everything else is the
real program: `python -m campaigns.shifted_clock serve --config FILE`.
"""

import sys
import time
from pathlib import Path

from countersign.adapters.system import SystemClock
from countersign.cli.main import main


def shift_clock(file: Path) -> None:
    """Have the program's clock follow `file`."""
    shift_ms, read_again_at = 0, 0.0
    real_now_ts = SystemClock.now_ts

    def now_ts(self: SystemClock) -> int:
        nonlocal shift_ms, read_again_at
        now = time.monotonic()  # noqa: TID251 - outside of the program
        if now >= read_again_at:
            read_again_at = now + 0.1
            shift_ms = _read(file)
        return real_now_ts(self) + shift_ms

    SystemClock.now_ts = now_ts  # type: ignore[method-assign]


def _read(file: Path) -> int:
    try:
        return int(file.read_text())
    except (FileNotFoundError, ValueError):
        return 0


if __name__ == "__main__":
    shift_clock(Path(sys.argv[sys.argv.index("--config") + 1]).parent / "clock-shift")
    main()
