"""Languages that a browser asks for.

Spec: https://www.rfc-editor.org/rfc/rfc9110#field.accept-language
"""

import re
from typing import Final

from countersign.policy.languages.catalogues import catalogue_of
from countersign.policy.languages.tags import read_tag

MAX_HEADER_CHARS: Final = 500
MAX_LANGUAGES: Final = 20

_WEIGHT: Final = re.compile(r"q=(0(?:\.[0-9]{0,3})?|1(?:\.0{0,3})?)")


def accepted_language(header: str) -> str | None:
    """Return the language that a reader likes best of those with a catalogue; None for none.

    Args:
        header: the value of `Accept-Language`; what is beyond its first 500 characters, and what
            is no language, is passed over.
    """
    best, best_weight = None, 0.0
    for entry in header[:MAX_HEADER_CHARS].split(",")[:MAX_LANGUAGES]:
        name, *parameters = (part.strip() for part in entry.split(";"))
        tag = read_tag(name)
        served = None if tag is None else catalogue_of(tag)
        weight = _weight(parameters)
        if served is not None and weight > best_weight:
            best, best_weight = served, weight
    return best


def _weight(parameters: list[str]) -> float:
    if not parameters:
        return 1.0
    match = _WEIGHT.fullmatch(parameters[0].replace(" ", "").lower())
    return 0.0 if match is None else float(match[1])
