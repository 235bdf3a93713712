"""The catalogues: translations of the English sentences, as GNU gettext keeps them.

`catalogues/*.po` hold what translators write. `make catalogues` compiles them to the `*.mo` beside
them, which are read once, when the first policy is read; after that a translation is a lookup in a
dictionary. docs/adr/0012 says why.
"""

from functools import cache
from gettext import GNUTranslations, NullTranslations
from importlib.resources import files
from typing import Final

from countersign.policy.languages.tags import ENGLISH, lookup

CATALOGUES: Final = ("en", "de", "fr", "es", "pt", "ru", "zh", "ar")
"""The languages with a catalogue; English is what the program itself holds."""


def translated(sentence: str, language: str) -> str:
    """Return a sentence in a language, or unchanged if the catalogue lacks it.

    Args:
        sentence: in English, as the program holds it.
        language: a language tag.
    """
    if language == ENGLISH or not sentence:
        return sentence
    return _catalogue(language).gettext(sentence)


def catalogue_of(language: str) -> str | None:
    """Return the language of the catalogue that serves a tag: `de` for `de-AT`; None for none."""
    return next((each for each in lookup(language) if each in CATALOGUES), None)


@cache
def _read_catalogue(name: str) -> NullTranslations:
    if name == ENGLISH:
        return NullTranslations()
    file = files("countersign.policy.languages").joinpath("catalogues", f"{name}.mo")
    with file.open("rb") as compiled:
        return GNUTranslations(compiled)


_BY_TAG: Final[dict[str, NullTranslations]] = {}


def _catalogue(language: str) -> NullTranslations:
    catalogue = _BY_TAG.get(language)
    if catalogue is None:
        catalogue = _read_catalogue(catalogue_of(language) or ENGLISH)
        if len(_BY_TAG) < 1_000:
            _BY_TAG[language] = catalogue
    return catalogue
