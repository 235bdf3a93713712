"""Tests of the headers of every page."""

from countersign.web.pages.answers import Page, see_other, source_hash


def test_a_page_is_sent_with_its_policy_and_its_length():
    page = Page(404, "<p>ä", csp="default-src 'none'", headers=((b"vary", b"accept-language"),))

    headers = dict(page.headers)
    assert page.status == 404
    assert headers[b"content-type"] == b"text/html; charset=utf-8"
    assert headers[b"content-security-policy"] == b"default-src 'none'"
    assert headers[b"content-length"] == b"5"
    assert headers[b"cache-control"] == b"no-store"
    assert headers[b"referrer-policy"] == b"no-referrer"
    assert headers[b"vary"] == b"accept-language"


def test_after_a_form_a_browser_gets_a_page_anew():
    answer = see_other("/r/7F3K9-QX2MB")

    assert answer.status == 303
    assert (b"location", b"/r/7F3K9-QX2MB") in answer.headers


def test_an_inline_style_is_named_by_its_hash():
    assert source_hash("") == "'sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU='"
