"""An HTTP client that behaves like a browser, or deliberately not."""

import re
from urllib.parse import urlencode

FORM = "application/x-www-form-urlencoded"
CSRF = re.compile(r'name="csrf" value="([\w-]+)"')


class Visitor:
    """A client of the dashboard without a browser.

    Args:
        world: whose dashboard.
    """

    def __init__(self, world):
        self.world = world
        self.cookie = ""
        self.csrf = ""
        self.network = world.network()

    def get(self, path, **headers):
        return self.world.ask("GET", path, {"Cookie": self.cookie, **self.network, **headers})

    def post(self, path, fields, *, csrf=None, **headers):
        sent = {"csrf": self.csrf if csrf is None else csrf, **fields}
        usual = {"Origin": self.world.url, "Content-Type": FORM, "Cookie": self.cookie}
        return self.world.ask("POST", path, {**usual, **self.network, **headers}, urlencode(sent))

    def sign_in(self, token, path="/now"):
        return self.signed_in(self.post("/sign-in", {"token": token}), path)

    def signed_in(self, answer, path="/now"):
        """Use the session that a response opened; return its Set-Cookie header."""
        status, headers, page = answer
        assert status == 303, page
        self.cookie = headers["set-cookie"].partition(";")[0]
        _, _, page = self.get(path)
        self.csrf = CSRF.search(page)[1]
        return headers["set-cookie"]
