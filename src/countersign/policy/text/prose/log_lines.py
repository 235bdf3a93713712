"""Lines of program logs that somebody pastes into a text."""

import re
from typing import Final

_CLOCK: Final = r"\d{1,2}:\d{2}(?::\d{2})?(?:[.,]\d{1,9})?(?:Z|[+-]\d{2}:?\d{2})?"
_MONTH: Final = r"(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)"
_DATE: Final = (
    rf"\d{{4}}[-/.]\d{{2}}[-/.]\d{{2}}|\d{{1,2}}[-/. ](?:\d{{1,2}}|{_MONTH})[-/. ]\d{{4}}"
)
_LEVEL: Final = r"TRACE|DEBUG|INFO|NOTICE|WARN|WARNING|ERROR|CRITICAL|FATAL|PANIC"
_LOG_LINE: Final = re.compile(
    # At the beginning of a line: a date with a time, a time of the system log, or a level.
    rf"(^|[\0\n])[ \t]{{0,8}}[\[(<]?(?:"
    rf"(?:{_DATE})[T ,:]{{1,2}}{_CLOCK}|{_MONTH} {{1,2}}\d{{1,2}} {_CLOCK}|"
    rf"\d{{2}}:\d{{2}}:\d{{2}}(?:[.,]\d{{1,9}})?[\])]?\s+\W?(?:{_LEVEL})\b|(?:{_LEVEL})[\])>]?[:\s]"
    r")[^\0\n]*"
)


def without_log_lines(text: str) -> str:
    """Return `text` without lines that begin with a time or a log level."""
    return _LOG_LINE.sub(r"\1", text)
