"""The command line reads lists from the admin API completely, over any number of pages."""

from countersign.cli.admin_client import _all_pages

PAGES = {
    "/rooms": {"rooms": [1, 2], "unfound": ["x"], "next": "two?"},
    "/rooms?before=two%3F": {"rooms": [3], "unfound": [], "next": "three"},
    "/rooms?before=three": {"rooms": [4], "unfound": []},
    "/given?community=a": {"given": [1], "next": "b"},
    "/given?community=a&before=b": {"given": [2], "next": None},
    "/decisions?limit=1": {"decisions": [1], "next": "c"},
}


def test_pages_are_put_together():
    assert _all_pages(PAGES.__getitem__, "/rooms") == {"rooms": [1, 2, 3, 4], "unfound": ["x"]}
    assert _all_pages(PAGES.__getitem__, "/given?community=a") == {"given": [1, 2]}


def test_a_limit_returns_one_page():
    assert _all_pages(PAGES.__getitem__, "/decisions?limit=1")["decisions"] == [1]
