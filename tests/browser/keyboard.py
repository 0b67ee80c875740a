"""A pair of hands that has only a keyboard: goes by Tab, types, chooses with the arrows, and sees where it is."""

from __future__ import annotations

from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import ready

MOST = 120  # steps of Tab from the start of the content to anything on a page

# The element with the focus shows it: an outline, a shadow, or (of a file chooser or a radio) that of its frame.
RING = """node => {
  const style = getComputedStyle(node);
  const outlined = style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) > 0;
  return outlined || style.boxShadow !== 'none';
}"""
IN_SIGHT = """node => {
  const box = node.getBoundingClientRect();
  if (!box.width || !box.height || box.bottom <= 0 || box.top >= innerHeight) { return false; }
  const x = box.left + Math.min(box.width / 2, 30), y = box.top + Math.min(box.height / 2, 14);
  const there = document.elementFromPoint(x, y);  // a bar that stays in place must not lie over it
  return there === null || node.contains(there) || there.contains(node) || there.closest('label') !== null;
}"""


class Hands:
    """Works on one page by keyboard alone."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.main = page.locator("main")

    def open(self, address: str) -> Hands:
        """Goes to an address, as typed into the browser."""
        self.page.goto(address)
        return self.begin()

    def begin(self) -> Hands:
        """Once the page is there: past the navigation by the first link of the page."""
        ready(self.page)
        if self.page.evaluate("document.activeElement === document.body"):
            self.press("Tab")
            expect(self.page.locator(".skip-link")).to_be_focused()
            self.press("Enter")
        return self

    def press(self, *keys: str) -> None:
        """Presses keys, one after the other."""
        for key in keys:
            self.page.keyboard.press(key)

    def reach(self, target: Locator) -> Locator:
        """Tabs to ``target``; it must be reached, shown and in sight."""
        target = target.first
        target.wait_for(state="attached")
        name = target.get_attribute("name") if target.get_attribute("type") == "radio" else None
        for _ in range(MOST):
            if target.evaluate("node => node === document.activeElement"):
                break
            if name and self.page.evaluate("document.activeElement.name") == name:
                self.press("ArrowDown")  # within a group of choices the arrows lead on
                continue
            self.press("Tab")
        expect(target).to_be_focused()
        assert target.evaluate(RING), f"the focus on {target} cannot be seen"
        for _ in range(20):  # a page may scroll there smoothly
            if target.evaluate(IN_SIGHT):
                return target
            self.page.wait_for_timeout(50)
        raise AssertionError(f"the focus on {target} is out of sight")

    def follow(self, target: Locator) -> None:
        """Tabs to a link or button and presses Enter; waits for the page after it."""
        self.reach(target)
        with self.page.expect_navigation():
            self.press("Enter")
        ready(self.page)

    def link(self, name: str) -> Locator:
        """A link of the content by its words."""
        return self.main.get_by_role("link", name=name)

    def button(self, name: str) -> Locator:
        """A button of the content by its words."""
        return self.main.get_by_role("button", name=name)

    def write(self, label: str, text: str) -> None:
        """Types into the field with this label, over what stands there."""
        self.reach(self.main.get_by_label(label))
        self.press("Control+a")
        self.page.keyboard.type(text)

    def day(self, label: str, day: str) -> None:
        """Types a day, written year-month-day, into a field for days, in the order that the tests' browser shows."""
        self.reach(self.main.get_by_label(label))
        year, month, number = day.split("-")
        self.page.keyboard.type(f"{month}{number}{year}")

    def choose(self, field: Locator, option: str) -> None:
        """Goes to a list of choices and along it with the arrow."""
        self.reach(field)
        self.press("Home")
        for _ in range(60):
            if option in field.first.evaluate("node => node.selectedOptions[0] ? node.selectedOptions[0].text : ''"):
                return
            self.press("ArrowDown")
        raise AssertionError(f"{option} is not offered")

    def attach(self, field: Locator, name: str, kind: str, content: bytes) -> None:
        """Opens a file chooser by the space bar and picks one file.

        The page is asked something first: the order to catch the chooser and the key go to it by two ways, and a key
        that came first would open the browser's own chooser, of which nothing is heard.
        """
        self.reach(field)
        with self.page.expect_file_chooser() as asked:
            self.page.evaluate("0")
            self.press("Space")
        asked.value.set_files({"name": name, "mimeType": kind, "buffer": content})

    def tick(self, field: Locator) -> None:
        """Ticks a box or marks a choice."""
        self.reach(field)
        if not field.first.is_checked():
            self.press("Space")
        expect(field.first).to_be_checked()
