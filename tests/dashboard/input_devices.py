"""Two ways to use a page: a pointer, whose clicks are counted, and only the keyboard."""

MOST_CLICKS = 4
MOST_STEPS = 150


class Pointer:
    """A person with a mouse or a touch screen."""

    def __init__(self, page):
        self.page = page
        self.clicks = 0

    def follow(self, name, **more):
        """Click a link."""
        self.clicks += 1
        with self.page.expect_navigation():
            self.page.get_by_role("link", name=name, **more).first.click()

    def press(self, name, **more):
        """Click a button that sends a form."""
        self.clicks += 1
        with self.page.expect_navigation():
            self.page.get_by_role("button", name=name, **more).first.click()

    def open(self, summary):
        self.clicks += 1
        self.page.locator("summary", has_text=summary).first.click()

    def write(self, label, text):
        """Fill in a field; the click into it is counted."""
        self.clicks += 1
        self.page.get_by_label(label, exact=True).fill(text)

    def choose(self, label, option):
        self.clicks += 1
        self.page.get_by_label(label, exact=True).select_option(option)

    def enter(self):
        """Send the form of the present field."""
        with self.page.expect_navigation():
            self.page.keyboard.press("Enter")


class Keyboard:
    """A person with only a keyboard: Tab, Space, Enter and letters."""

    clicks = 0

    def __init__(self, page):
        self.page = page

    def follow(self, name, exact=False):
        self._reach(("A",), name, exact)
        self.enter()

    def press(self, name, exact=False):
        self._reach(("BUTTON",), name, exact)
        self.enter()

    def open(self, summary):
        self._reach(("SUMMARY",), summary, exact=False)
        self.page.keyboard.press("Enter")

    def write(self, label, text):
        self._reach(("INPUT", "TEXTAREA"), label, exact=True)
        self.page.keyboard.press("Control+A")
        self.page.keyboard.type(text)

    def choose(self, label, option):
        self._reach(("SELECT",), label, exact=True)
        self.page.keyboard.type(option)

    def enter(self):
        with self.page.expect_navigation():
            self.page.keyboard.press("Enter")

    def _reach(self, tags, name, exact):
        """Press Tab until an element of that name has the focus."""
        for _ in range(MOST_STEPS):
            self.page.keyboard.press("Tab")
            tag, said = self.page.evaluate(
                """() => {
                    const it = document.activeElement;
                    const label = it.labels && it.labels.length ? it.labels[0] : it;
                    const named = it.getAttribute("aria-label");
                    return [it.tagName, (named || label.textContent).replace(/\\s+/g, " ").trim()];
                }"""
            )
            if tag in tags and (said == name if exact else name in said):
                return
        raise AssertionError(f"Tab never reaches {name!r}")
