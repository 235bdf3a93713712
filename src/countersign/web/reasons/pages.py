"""Rendering of the pages on refusals."""

from functools import partial
from typing import Any, Final

from countersign.policy.languages.accepted import accepted_language
from countersign.policy.languages.catalogues import catalogue_of, translated
from countersign.policy.languages.sentences import REFUSED, SEND_AGAIN, filled_in
from countersign.policy.languages.tags import ENGLISH, is_right_to_left
from countersign.ports.clock import Clock
from countersign.ports.stores.review.appeals import Appeal
from countersign.service.reasons.appeal_words import appeal_in_words, shown_moment
from countersign.service.reasons.appealing import MAX_TEXT_CHARS
from countersign.service.reasons.explanations import Explanation, Lasting
from countersign.web.http.answers import Headers
from countersign.web.pages.answers import Page, source_hash
from countersign.web.pages.templates import Templates, read_text
from countersign.web.reasons.sentences import PAGE_SENTENCES

_PACKAGE: Final = "countersign.web.reasons"
_VARY: Final = ((b"vary", b"accept-language"),)


class ReasonPages:
    """Writes the pages.

    Args:
        clock: tells whether what ends by itself has ended.
        operator_page: the operator's support page; None if there is none.
    """

    def __init__(self, clock: Clock, *, operator_page: str | None) -> None:
        self._clock = clock
        self._operator_page = operator_page
        self._templates = Templates(_PACKAGE)
        self._style = read_text(_PACKAGE, "style.css").strip()
        self._notices: dict[tuple[str, str], str] = {}  # by sentence and language of a catalogue
        self._csp = (
            f"default-src 'none'; style-src {source_hash(self._style)}; form-action 'self'; "
            "base-uri 'none'; frame-ancestors 'none'"
        )

    async def reason(
        self,
        reason: Explanation,
        accept_language: str,
        *,
        appeal: Appeal | None = None,
        may_appeal: bool = False,
    ) -> Page:
        """Return the page on a refusal, in the reader's language or else in the community's.

        Args:
            reason: the refusal.
            accept_language: what the reader's browser says.
            appeal: the one against it, if there is one.
            may_appeal: appeals are taken.
        """
        language = accepted_language(accept_language) or catalogue_of(reason.language) or ENGLISH
        html = await self._render(
            "reason.html",
            language,
            reason=reason,
            words=reason.words or translated(REFUSED, language),
            words_language=reason.language if reason.words else language,
            lasting=self._lasting(reason, language),
            appeal=None
            if appeal is None
            else appeal_in_words(appeal, language, self._clock.now_ts()),
            may_appeal=may_appeal,
            max_text=MAX_TEXT_CHARS,
        )
        return self._sent(200, html)

    async def notice(
        self,
        status: int,
        notice: str,
        language: str,
        *,
        headers: Headers = (),
        **values: str,
    ) -> Page:
        """Return a page of a title and a sentence, which is written once in each language.

        Whoever is over a limit, or guesses references, gets such pages as fast as they ask.

        Args:
            status: the HTTP status.
            notice: the name of its sentence.
            language: the language of a catalogue.
            headers: what is needed beside.
            values: what stands in the sentence.
        """
        key = (notice, language)
        html = self._notices.get(key)
        if html is None:
            html = await self._render("notice.html", language, notice=notice, values=values)
            self._notices[key] = html
        return self._sent(status, html, headers)

    def _lasting(self, reason: Explanation, language: str) -> str:
        if reason.lasting is Lasting.ONCE:
            return translated(SEND_AGAIN, language)
        if reason.lasting is Lasting.BAN:
            return _sentence(language, "ban")
        if reason.until_ts is None:
            return _sentence(language, "one_event")
        is_over = reason.until_ts <= self._clock.now_ts()
        return _sentence(
            language, "was_until" if is_over else "until", time=shown_moment(reason.until_ts)
        )

    async def _render(self, template: str, language: str, **values: Any) -> str:
        return await self._templates.filled_in(
            template,
            {
                "language": language,
                "direction": "rtl" if is_right_to_left(language) else "ltr",
                "style": self._style,
                "say": partial(_sentence, language),
                "operator_page": self._operator_page,
                **values,
            },
        )

    def _sent(self, status: int, html: str, headers: Headers = ()) -> Page:
        # Without a referrer for our own pages the form would have no origin either.
        return Page(
            status, html, csp=self._csp, referrer=b"same-origin", headers=(*_VARY, *headers)
        )


def _sentence(language: str, name: str, **values: str) -> str:
    return filled_in(PAGE_SENTENCES[name], language, **values)
