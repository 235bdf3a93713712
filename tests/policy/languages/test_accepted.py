"""Tests of `Accept-Language`."""

import pytest

from countersign.policy.languages.accepted import accepted_language


@pytest.mark.parametrize(
    ("header", "language"),
    [
        ("", None),
        ("nl, da;q=0.5", None),
        ("de-AT", "de"),
        ("nl, fr;q=0.7, de-CH;q=0.8", "de"),
        ("en;q=0, ar ; q=0.1", "ar"),
        ("pt-BR,pt;q=0.9,en;q=0.8", "pt"),
        ("de;q=2, fr;q=abc, es;q=0.001", "es"),
        ("*, ../../etc/passwd;q=1, ru", "ru"),
        (", " * 1_000 + "de", None),
    ],
)
def test_the_best_liked_language_with_a_catalogue_is_taken(header, language):
    assert accepted_language(header) == language
