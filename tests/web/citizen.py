"""A citizen with a browser that has no JavaScript: follows links, fills in forms, sends what the page says."""

import functools
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urljoin, urlsplit

import html5lib
import requests
from selectolax.lexbor import LexborHTMLParser, LexborNode

from tests.present import present
from tests.samples import point
from tests.servers import RunningWeb

_DRAWN = re.compile(r"(?<=tab=)[0-9a-f]{8}|(?<=value=\")[\w.-]{32,}(?=\")|\b[0-9A-Z]{4}(?:-[0-9A-Z]{4})+\b")
"""What differs from one showing of a page to the next and is no matter of HTML: tabs, tokens, references."""


def _session() -> requests.Session:
    session = requests.Session()
    session.trust_env = False  # a proxy of the machine is nothing to loopback
    return session


@functools.lru_cache(1_000)
def need_strict(markup: str) -> None:
    """A page as the HTML standard has it; one that was seen is not parsed again, since html5lib takes its time."""
    html5lib.HTMLParser(strict=True).parse(markup)


@dataclass
class Citizen:
    """One browser.

    Attributes:
        url: of the page that is shown.
    """

    site: str
    url: str = ""
    answer: requests.Response | None = None
    session: requests.Session = field(default_factory=_session)

    def get(self, path: str) -> LexborHTMLParser:
        return self._shown(self.session.get(urljoin(self.site, path), timeout=10))

    def send(self, **values: str) -> LexborHTMLParser:
        """Fill in the form of this page and press its button."""
        form = first(self.page, "main form")
        fields = {
            name_of(node): node.attributes.get("value") or ""
            for node in form.css("input")
            if node.attributes.get("type") not in {"radio", "checkbox"} or "checked" in node.attributes
        }
        fields |= {name_of(node): node.text() for node in form.css("textarea")} | values
        where = urljoin(self.url, present(form.attributes["action"]))
        return self._shown(self.session.post(where, data=fields, timeout=10))

    @property
    def text(self) -> str:
        return present(self.answer).text

    @property
    def page(self) -> LexborHTMLParser:
        return LexborHTMLParser(self.text)

    @property
    def path(self) -> str:
        return urlsplit(self.url).path

    @property
    def back(self) -> str:
        """Where the link *Back* leads, without the name of the tab."""
        return without_tab(href_of(self.page, "a.govuk-back-link"))

    @property
    def heading(self) -> str:
        return text_of(self.page, "h1").strip()

    @property
    def errors(self) -> list[str]:
        return [node.text().strip() for node in self.page.css(".govuk-error-summary__list a")]

    def _shown(self, answer: requests.Response) -> LexborHTMLParser:
        self.answer, self.url = answer, answer.url
        check_page(answer)
        return self.page


def first(page: LexborHTMLParser, selector: str) -> LexborNode:
    """The first part of a page that a selector names, and there is one."""
    return present(page.css_first(selector))


def name_of(node: LexborNode) -> str:
    return present(node.attributes["name"])


def href_of(page: LexborHTMLParser, selector: str) -> str:
    return present(first(page, selector).attributes["href"])


def text_of(page: LexborHTMLParser, selector: str) -> str:
    return first(page, selector).text()


def without_tab(address: str) -> str:
    """An address as a citizen thinks of it."""
    return re.sub(r"\?tab=[0-9a-f]{8}(&?)", lambda found: "?" if found[1] else "", address)


def check_page(answer: requests.Response) -> LexborHTMLParser:
    """What holds of every page: strict HTML, one h1, a title, the language, a policy, errors that lead somewhere."""
    need_strict(_DRAWN.sub("drawn", answer.text))
    page = LexborHTMLParser(answer.text)
    assert len(page.css("h1")) == 1
    assert first(page, "html").attributes["lang"] == "en-GB"
    title = text_of(page, "title").strip()
    assert title
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
    for link in page.css(".govuk-error-summary__list a"):
        target = first(page, present(link.attributes["href"]))
        assert target.tag in {"input", "textarea"}
    assert bool(page.css(".govuk-error-summary")) == title.startswith("Error: ")
    assert answer.request.method == "GET" or answer.status_code >= 400, "going back to it would send the form again"
    ids = [node.attributes["id"] for node in page.css("[id]")]
    assert len(ids) == len(set(ids))
    return page


START = "/report/speeding-traffic?council=merewold"
BASE = "/report/speeding-traffic"


def grid(name: str) -> str:
    where = point(name)
    return f"{where['easting']}, {where['northing']}"


ANSWERED = [
    ("nature", {"nature": "pattern"}),
    ("road", {"road": "no"}),
    ("place", {"where": grid("parish")}),
    ("limit", {"limit": "30"}),
    ("time", {"time": "day"}),
    ("details", {"details": "Most mornings.\nNear the school."}),
    ("contact", {"email": "name@example.com", "may_pass_on": "yes"}),
]


def go(citizen: Citizen, until: str | None = None, **changes: dict[str, str]) -> Citizen:
    """Answer page after page, up to one or to the end; the path is checked on the way."""
    citizen.get(START)
    citizen.send()
    for page, values in ANSWERED:
        if page == until:
            return citizen
        assert citizen.path == f"{BASE}/{page}"
        citizen.send(**(values | changes.get(page, {})))
    return citizen


def reports(web: RunningWeb) -> list[dict[str, Any]]:
    with web.ctx.database.transaction() as tx:
        return tx.execute(
            "SELECT r.*, p.email, p.may_pass_on FROM report r LEFT JOIN reporter p ON p.report = r.id"
            " ORDER BY r.received_at"
        ).fetchall()


def xy(name: str) -> tuple[float, float]:
    where = point(name)
    return where["easting"], where["northing"]


def know(
    web: RunningWeb,
    postcodes: Sequence[tuple[str, float, float]] = (),
    names: Sequence[tuple[str, str, float, float]] = (),
    villages: Sequence[tuple[str, float, float]] = (),
    roads: Sequence[tuple[str, str, tuple[float, float, float, float]]] = (),
) -> None:
    """Fill the gazetteer: names are (name, locality, x, y), villages (name, x, y), and roads those with a box."""
    from routing.place import Box, load_names, load_postcodes
    from routing.place.gazetteer import PlaceName

    with web.ctx.database.transaction() as tx:
        load_postcodes(tx, "test", postcodes)
        rows = [
            PlaceName(f"osgb{n}", name, "Named Road", where, "ZZ9", east, north)
            for n, (name, where, east, north) in enumerate(names)
        ]
        rows += [
            PlaceName(f"osgbv{n}", name, "Village", "", "ZZ9", east, north)
            for n, (name, east, north) in enumerate(villages)
        ]
        rows += [
            PlaceName(
                f"osgbr{n}",
                name,
                "Named Road",
                where,
                "ZZ9",
                (box[0] + box[2]) / 2,
                (box[1] + box[3]) / 2,
                "",
                Box(*box),
            )
            for n, (name, where, box) in enumerate(roads)
        ]
        load_names(tx, "test", rows)
