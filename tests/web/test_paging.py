"""Tests of paged lists: complete and without duplicates, despite changes in between."""

import pytest

from countersign.protocol import unpadded_base64
from countersign.protocol.errors import BadJson
from countersign.web.admin.declarations.paging import PageParameters, page_of


def rooms(*names):
    return {"rooms": [{"room_id": name} for name in names], "unfound": ["x"]}


def names_in(page):
    return [each["room_id"] for each in page["rooms"]]


def first_page(*names, limit=2):
    return page_of(rooms(*names), "rooms", PageParameters(limit=limit), "room_id")


def next_page(page, *names, limit=2):
    parameters = PageParameters(limit=limit, before=page["next"])
    return page_of(rooms(*names), "rooms", parameters, "room_id")


def test_a_list_that_fits_is_as_it_was():
    assert first_page("a", "b") == rooms("a", "b")
    assert first_page() == rooms()


def test_pages_follow_each_other_to_the_end():
    first = first_page(*"abcde")
    second = next_page(first, *"abcde")
    third = next_page(second, *"abcde")

    assert [names_in(each) for each in (first, second, third)] == [["a", "b"], ["c", "d"], ["e"]]
    assert "next" not in third
    assert (first["unfound"], second["unfound"]) == (["x"], [])


@pytest.mark.parametrize(
    ("then", "follows"),
    [
        ("xabcde", ["c", "d"]),  # something came before
        ("bcde", ["c", "d"]),  # something went before
        ("acde", ["d", "e"]),  # what the page ended with is gone: by its position
        ("a", []),
        ("edcba", ["a"]),  # in another order
    ],
)
def test_a_list_that_changed_goes_on_where_the_page_ended(then, follows):
    assert names_in(next_page(first_page(*"abcde"), *then)) == follows


def test_no_page_is_longer_than_the_limit():
    assert len(first_page(*map(str, range(1_500)), limit=10**9)["rooms"]) == 1_000
    assert len(first_page("a", "b", limit=0)["rooms"]) == 1


@pytest.mark.parametrize(
    "place",
    [
        "a",
        "!!",
        *(
            unpadded_base64.encode_url_safe(text)
            for text in (b"[]", b"7", b"{}", b'{"at":-1,"behind":[]}', b'{"at":true,"behind":[]}')
        ),
    ],
)
def test_a_place_that_nobody_gave_is_a_mistake(place):
    with pytest.raises(BadJson, match="earlier answer"):
        page_of(rooms("a"), "rooms", PageParameters(before=place), "room_id")


def test_a_place_far_behind_the_end_is_the_end():
    place = unpadded_base64.encode_url_safe(b'{"at":99999999999999999999,"behind":["z"]}')

    page = page_of(rooms("a"), "rooms", PageParameters(before=place), "room_id")

    assert page == {"rooms": [], "unfound": []}
