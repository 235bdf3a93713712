"""Output of programs in a text, lines of their logs, and reports of their faults."""

import re
from typing import Final

from countersign.policy.text.finders import WordFinder, finder_of
from countersign.policy.text.word_lists import read_words

MAX_READ_CHARS: Final = 4_096

# Log times, errors, codes and paths. Without "error" and "warning" alone, which advertisements
# use too.
_holds_output: Final = finder_of(
    r"(?:^|[^0-9:])[0-2][0-9]:[0-5][0-9]:[0-5][0-9](?:[^0-9:]|$)"
    r"|\bM_[A-Z]{3,}"
    r"|\b[45][0-9]{2} (?:Bad Gateway|Bad Request|Forbidden|Unauthorized|Not Found|Internal Server"
    r"|Service Unavailable|Gateway Time)"
    r"|\b(?i:http|status|error|erreur|errore|erro|fehler|fout|blad|hata|hiba)[ /:=]{1,2}"
    r"[45][0-9]{2}\b"
    r"|\bTraceback\b|\b[A-Z][A-Za-z]{2,30}(?:Error|Exception)\b|\bE[A-Z]{4,12}: "
    r"|(?i:\berrno\b|connection refused|permission denied|segmentation fault|core dumped)"
    # Programs listen there; `:8080` behind any other name is what an advertisement may have too.
    r"|https?://(?:[0-9.]{7,15}|\[[0-9a-f:]+\]|[a-z0-9-]{1,63}|[^/ \n]{1,80}\.(?:example|local"
    r"|lan|internal|home|test)):[0-9]{2,5}\b|:8448\b"
    r"|\b(?:0\.0\.0\.0|127\.0\.0\.1|localhost):[0-9]{2,5}\b"
    r"|\b[a-z][a-z0-9_.-]{1,30}\[[0-9]{1,7}\]: |\bcode=exited\b|\bexit[- ](?:code|status)\b"
    r"|(?:^|[ \n\"'(:=])/(?:usr|etc|var|opt|home|lib|dev|proc|sys|tmp|bin|srv)/[a-z0-9._-]"
)
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
_FAULTS: Final = WordFinder(read_words("faults"))
_PROGRAMS: Final = WordFinder(read_words("programs"))


def shows_output(text: str) -> bool:
    """Return True if a text contains output of a program."""
    return _holds_output(text[:MAX_READ_CHARS])


def without_log_lines(text: str) -> str:
    """Return `text` without lines that begin with a time or a log level."""
    return _LOG_LINE.sub(r"\1", text)


def reports_fault(normalized: str) -> bool:
    """Return True if a normalized text names a program or a part of one, and a fault."""
    beginning = normalized[:MAX_READ_CHARS]
    return _holds(_FAULTS, beginning) and _holds(_PROGRAMS, beginning)


def _holds(words: WordFinder, text: str) -> bool:
    return next(words.spans(text), None) is not None
