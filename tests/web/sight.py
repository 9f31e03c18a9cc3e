"""A person at a screen who has no mouse: what they press, and what holds of everything they look at."""

import contextlib
import io
import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest
from PIL import Image

from tests.browser import launched
from tests.conftest import ROOT

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
LARGE_TEXT = "document.addEventListener('DOMContentLoaded', () => document.documentElement.style.fontSize = '200%')"
SHOWS_FOCUS = """() => {
  const here = document.activeElement, beside = here.nextElementSibling;
  const styles = [getComputedStyle(here), ...(beside ? [getComputedStyle(beside, '::before')] : [])];
  return styles.some(each => each.boxShadow !== 'none' || (each.outlineStyle !== 'none' && parseFloat(each.outlineWidth) > 0));
}"""
"""The design system draws the focus of a radio around its label."""

PICTURES = ROOT / "docs" / "pictures"


@dataclass
class Screen:
    """How somebody looks at the pages."""

    width: int
    height: int
    has_script: bool = True
    is_large: bool = False


SCREENS = {
    "desktop": Screen(1280, 900),
    "phone of 320 px": Screen(320, 640),
    "text of 200 %": Screen(1280, 900, is_large=True),
    "no script": Screen(800, 900, has_script=False),
}


@pytest.fixture(scope="module")
def chromium() -> Iterator["Browser"]:
    with launched() as browser:
        yield browser


@dataclass
class Sight:
    """A person at a screen who has no mouse.

    Attributes:
        seen: what was looked at, by name.
    """

    page: "Page"
    screen: Screen
    site: str
    seen: list[str] = field(default_factory=list)
    folder: str = "journey"

    @property
    def path(self) -> str:
        return urlsplit(self.page.url).path

    def open(self, path: str, name: str) -> None:
        self.page.goto(f"{self.site}{path}")
        self.look(name)

    def look(self, name: str) -> None:
        """What holds of every page and every error state."""
        wide = self.page.evaluate("[document.documentElement.scrollWidth, document.documentElement.clientWidth]")
        assert wide[0] <= wide[1], f"{name} scrolls sideways"
        if self.screen.has_script and not self.screen.is_large:
            from axe_playwright_python.sync_playwright import Axe

            found = Axe().run(self.page, options={"runOnly": WCAG, "resultTypes": ["violations"]})
            assert found.violations_count == 0, f"{name}: {found.generate_report()}"
        self._keep(name)

    def _keep(self, name: str) -> None:
        number = f"{len(self.seen) + 1:02}"
        self.seen.append(name)
        if os.environ.get("KEEP_PICTURES") and self.screen in (SCREENS["desktop"], SCREENS["phone of 320 px"]):
            kept = PICTURES / self.folder
            kept.mkdir(exist_ok=True)
            kind = "desktop" if self.screen.width > 400 else "phone"
            picture = Image.open(io.BytesIO(self.page.screenshot(full_page=True)))
            picture.convert("RGB").quantize(64).save(kept / f"{kind}-{number}-{name}.png", optimize=True)

    def tab_to(self, selector: str) -> None:
        """Press Tab until the keyboard is there; it must be, and be seen to be."""
        for _ in range(60):
            self.page.keyboard.press("Tab")
            if self.page.evaluate("selector => document.activeElement.matches(selector)", selector):
                assert self.page.evaluate(SHOWS_FOCUS), f"nothing shows that {selector} has the focus"
                return
        pytest.fail(f"Tab never reaches {selector}")

    def choose(self, name: str, value: str) -> None:
        """Choose a radio with Space and the arrows."""
        self.tab_to(f'input[name="{name}"]')
        self.page.keyboard.press("Space")
        for _ in range(12):
            if self.page.evaluate("document.activeElement.value") == value:
                return
            self.page.keyboard.press("ArrowDown")
        pytest.fail(f"the arrows never reach {value}")

    def tick(self, name: str) -> None:
        """Select a checkbox with Space."""
        self.tab_to(f'input[name="{name}"]')
        if not self.page.locator(f'input[name="{name}"]').is_checked():
            self.page.keyboard.press("Space")

    def write(self, name: str, text: str) -> None:
        self.tab_to(f'[name="{name}"]')
        self.page.keyboard.press("Control+A")
        self.page.keyboard.insert_text(text)

    def click(self, address: str) -> None:
        """Go with Enter where the first link of the page that begins so leads."""
        self.tab_to(f'main a[href^="{address}"]')
        with self.page.expect_navigation():
            self.page.keyboard.press("Enter")

    def press(self) -> None:
        """Go on with Enter on the button."""
        self.tab_to('main button.govuk-button:not([type="button"])')
        with self.page.expect_navigation():
            self.page.keyboard.press("Enter")


@contextlib.contextmanager
def looking(chromium: "Browser", screen: Screen, url: str, folder: str = "journey") -> Iterator[Sight]:
    """A page of a browser at a site. The page breaks nothing, and asks nobody but the site."""
    page = chromium.new_page(
        viewport={"width": screen.width, "height": screen.height},
        java_script_enabled=screen.has_script,
        bypass_csp=screen.is_large,
    )
    page.set_default_timeout(20_000)
    if screen.is_large:
        page.add_init_script(LARGE_TEXT)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda said: complaints.append(said.text) if "Content Security Policy" in said.text else None)
    yield Sight(page, screen, url, folder=folder)
    page.close()
    assert complaints == []
    assert [each for each in asked if not each.startswith(url)] == []


@pytest.fixture(params=SCREENS)
def sight(request, chromium, web) -> Iterator[Sight]:
    with looking(chromium, SCREENS[request.param], web.url) as made:
        yield made


def fill(sight: Sight, values: dict[str, str]) -> None:
    """Enter the values of a form, by the names of its fields."""
    for name, value in values.items():
        kind = sight.page.locator(f'[name="{name}"]').first.get_attribute("type")
        if kind == "radio":
            sight.choose(name, value)
        elif kind == "checkbox":
            sight.tick(name)
        else:
            sight.write(name, value)
