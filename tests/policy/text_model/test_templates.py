"""Tests of the templates that texts for training are composed from: every line can be read."""

from collections import defaultdict

from scripts.text_model.compose import compose


def test_every_template_makes_a_text_and_each_language_has_both_labels():
    labels = defaultdict(set)
    for made in compose(texts_each=1):
        labels[made.lang].add(made.label)
        assert made.text.strip(), made.line

    assert len(labels) >= 20
    assert all(found == {"spam", "ham"} for found in labels.values())
