"""Tests of letters beside links, counted as far as filters ask."""

from hypothesis import given
from hypothesis import strategies as st

from countersign.policy.text.prose.words_beside_links import LettersBesideLinks


@given(
    st.lists(st.sampled_from(["a.b", "a.b/c", "c.d", "é.f"]), unique=True),
    st.text("abcé.1/ ", max_size=40),
    st.lists(st.integers(min_value=1, max_value=30), max_size=4),
)
def test_letters_are_counted_however_often_and_in_which_order_is_asked(links, prose, limits):
    beside = LettersBesideLinks(links, prose)
    rest = prose
    for link in sorted(links, key=len, reverse=True):
        rest = rest.replace(link, " ")
    letters = sum(map(str.isalpha, rest))

    assert [beside.are_few(limit) for limit in limits] == [letters <= limit for limit in limits]


def test_more_than_eight_links_are_a_list_and_not_alone():
    links = [f"{number}.example" for number in range(9)]

    assert LettersBesideLinks(links[:8], " ".join(links[:8])).are_few(1)
    assert not LettersBesideLinks(links, " ".join(links)).are_few(1)
