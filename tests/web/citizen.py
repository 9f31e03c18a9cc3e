"""A citizen with a browser that has no JavaScript: follows links, fills in forms, sends what the page says."""

import functools
import re
from dataclasses import dataclass, field
from urllib.parse import urljoin, urlsplit

import html5lib
import requests
from selectolax.lexbor import LexborHTMLParser

from tests.samples import point

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
        form = self.page.css_first("main form")
        fields = {
            node.attributes["name"]: node.attributes.get("value") or ""
            for node in form.css("input")
            if node.attributes.get("type") not in {"radio", "checkbox"} or "checked" in node.attributes
        }
        fields |= {node.attributes["name"]: node.text() for node in form.css("textarea")} | values
        where = urljoin(self.url, form.attributes["action"])
        return self._shown(self.session.post(where, data=fields, timeout=10))

    @property
    def page(self) -> LexborHTMLParser:
        return LexborHTMLParser(self.answer.text)

    @property
    def path(self) -> str:
        return urlsplit(self.url).path

    @property
    def back(self) -> str:
        """Where the link *Back* leads, without the name of the tab."""
        return without_tab(self.page.css_first("a.govuk-back-link").attributes["href"])

    @property
    def heading(self) -> str:
        return self.page.css_first("h1").text().strip()

    @property
    def errors(self) -> list[str]:
        return [node.text().strip() for node in self.page.css(".govuk-error-summary__list a")]

    def _shown(self, answer: requests.Response) -> LexborHTMLParser:
        self.answer, self.url = answer, answer.url
        check_page(answer)
        return self.page


def without_tab(address: str) -> str:
    """An address as a citizen thinks of it."""
    return re.sub(r"\?tab=[0-9a-f]{8}(&?)", lambda found: "?" if found[1] else "", address)


def check_page(answer: requests.Response) -> LexborHTMLParser:
    """What holds of every page: strict HTML, one h1, a title, the language, a policy, errors that lead somewhere."""
    need_strict(_DRAWN.sub("drawn", answer.text))
    page = LexborHTMLParser(answer.text)
    assert len(page.css("h1")) == 1
    assert page.css_first("html").attributes["lang"] == "en-GB"
    title = page.css_first("title").text().strip()
    assert title
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
    for link in page.css(".govuk-error-summary__list a"):
        target = page.css_first(link.attributes["href"])
        assert target is not None
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


def go(citizen, until=None, **changes):
    """Answer page after page, up to one or to the end; the path is checked on the way."""
    citizen.get(START)
    citizen.send()
    for page, values in ANSWERED:
        if page == until:
            return citizen
        assert citizen.path == f"{BASE}/{page}"
        citizen.send(**(values | changes.get(page, {})))
    return citizen


def reports(web):
    with web.ctx.database.transaction() as tx:
        return tx.execute(
            "SELECT r.*, p.email, p.may_pass_on FROM report r LEFT JOIN reporter p ON p.report = r.id"
            " ORDER BY r.received_at"
        ).fetchall()


def xy(name):
    where = point(name)
    return where["easting"], where["northing"]


def know(web, postcodes=(), names=(), villages=(), roads=()):
    """Fill the gazetteer: names are (name, locality, x, y), villages (name, x, y), and roads those with a box."""
    from routing.place import Box, load_names, load_postcodes
    from routing.place.gazetteer import PlaceName

    with web.ctx.database.transaction() as tx:
        load_postcodes(tx, "test", postcodes)
        rows = [
            PlaceName(f"osgb{n}", name, "Named Road", where, "ZZ9", *at) for n, (name, where, *at) in enumerate(names)
        ]
        rows += [PlaceName(f"osgbv{n}", name, "Village", "", "ZZ9", *at) for n, (name, *at) in enumerate(villages)]
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
