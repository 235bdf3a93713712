"""The sign-in page, with the ways that this server offers."""

from starlette.types import ASGIApp

from countersign.web.dashboard.pages import Pages


class SignInPage:
    """Fills in the page.

    Args:
        pages: fills in templates.
        has_rooms: a code can be written in a management room.
        has_openid: an OpenID token signs in.
    """

    def __init__(self, pages: Pages, *, has_rooms: bool, has_openid: bool) -> None:
        self._pages = pages
        self._has_rooms = has_rooms
        self._has_openid = has_openid

    async def answer(
        self, following: str, trouble: str = "", *, about: str = "", user_id: str = ""
    ) -> ASGIApp:
        """Return the page.

        Args:
            following: the path of ours to go on to.
            trouble: the reason why somebody was not let in; empty for none.
            about: the field that the trouble is about: `token`, `room` or `openid`.
            user_id: what was filled in.
        """
        values = {
            "following": following,
            "trouble": trouble,
            "about": about,
            "user_id": user_id,
            "has_rooms": self._has_rooms,
            "has_openid": self._has_openid,
        }
        return await self._pages.bare("sign_in.html", values, status=403 if trouble else 200)
