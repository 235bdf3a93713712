"""`countersign` whose wall clock and signer can be disturbed by files beside its settings.

`clock-shift` holds milliseconds, `signer-fails` need only be there; both are looked at every tenth
of a second. The rest is the real program: `python -m campaigns.faulty_program serve --config FILE`.
"""

import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Generic, TypeVar

from countersign.adapters.system import SystemClock
from countersign.cli.main import main
from countersign.protocol.keys.signing_keys import PolicySigningKey

T = TypeVar("T")


class _LookedAt(Generic[T]):
    """Content of a file, at most a tenth of a second old."""

    def __init__(self, look: Callable[[], T]) -> None:
        self._look = look
        self._seen = look()
        self._look_again_at = 0.0

    def now(self) -> T:
        now = time.monotonic()  # noqa: TID251 - outside of the program
        if now >= self._look_again_at:
            self._look_again_at = now + 0.1
            self._seen = self._look()
        return self._seen


def shift_clock(file: Path) -> None:
    """Have the program's clock follow `file`."""
    shift_ms = _LookedAt(lambda: _read(file))
    real_now_ts = SystemClock.now_ts
    SystemClock.now_ts = lambda clock: real_now_ts(clock) + shift_ms.now()  # type: ignore[method-assign]


def spoil_signatures(file: Path) -> None:
    """Have each signature of the policy key be wrong by a bit while `file` is there."""
    is_failing = _LookedAt(file.exists)
    real_sign = PolicySigningKey.sign

    def sign(key: PolicySigningKey, message: bytes) -> bytes:
        signature = real_sign(key, message)
        return bytes([signature[0] ^ is_failing.now()]) + signature[1:]

    PolicySigningKey.sign = sign  # type: ignore[method-assign]


def _read(file: Path) -> int:
    try:
        return int(file.read_text())
    except (FileNotFoundError, ValueError):
        return 0


if __name__ == "__main__":
    folder = Path(sys.argv[sys.argv.index("--config") + 1]).parent
    shift_clock(folder / "clock-shift")
    spoil_signatures(folder / "signer-fails")
    main()
