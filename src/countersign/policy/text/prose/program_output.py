"""Output of programs in a text, as in a request for help: log times, errors, codes, paths."""

from typing import Final

from countersign.policy.text.finders import finder_of

MAX_LOOKED_CHARS: Final = 4_096

# Without "error" and "warning" alone, which advertisements use too.
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


def shows_output(text: str) -> bool:
    """Return True if a text contains output of a program."""
    return _holds_output(text[:MAX_LOOKED_CHARS])
