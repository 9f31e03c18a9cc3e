"""The citizen's pages: CPU of rendering one, how long one takes with 50 citizens at once, what a first visit weighs."""

import re
import statistics
import time
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlencode, urlsplit

from benchmarks.connection import Connection
from benchmarks.load import mix
from benchmarks.stage import Stage

CITIZENS = 50
RENDERED = 300
HIDDEN = re.compile(rb'name="(csrf|seen)" value="([0-9a-f]+)"')
LOCATION = re.compile(rb"\r\nlocation: ([^\r]+)", re.IGNORECASE)
COOKIE = re.compile(rb"\r\nset-cookie: ([^;]+)", re.IGNORECASE)
LINKED = re.compile(rb'(?:href|src)="(/(?:assets|council)/[^"]+)"')


def pages(stage: Stage, processes: int, citizens: int = CITIZENS, rounds: int = 4) -> dict[str, float]:
    """Whole journeys over HTTP, each citizen as fast as the pages come; latency of every page, in ms."""
    with stage.web(processes) as url:
        walking(url, 4, 1)  # every worker has answered once
        started = time.perf_counter()
        seconds = walking(url, citizens, rounds)
        took = time.perf_counter() - started
        weight = _first_visit(url)
    stage.forget()
    cuts = statistics.quantiles(seconds, n=100)
    return {
        "citizens": citizens,
        "pages": len(seconds),
        "pages_per_s": round(len(seconds) / took),
        "p50_ms": round(cuts[49] * 1000, 1),
        "p95_ms": round(cuts[94] * 1000, 1),
        "first_visit_kb": round(weight / 1000, 1),
        "render_cpu_ms": rendering(stage),
    }


def walking(url: str, citizens: int, rounds: int) -> list[float]:
    """So many citizens at once who never pause, each on as many journeys: seconds of every page."""
    seconds: list[float] = []
    with ThreadPoolExecutor(citizens) as pool:
        for walked in [pool.submit(_citizen, url, rounds, seconds) for _ in range(citizens)]:
            walked.result()
    return seconds


def _citizen(url: str, rounds: int, seconds: list[float]) -> None:
    case = next(each for each in mix() if each.state == "parish" and "time" in each.answers)
    where = f"{case.place['easting']} {case.place['northing']}"
    forms = {"place": {"where": where}, "details": {"details": "Most mornings."}, "contact": {}, "check": {}}
    forms["similar"] = {"similar": "mine"}  # what the citizens before this one have sent
    forms |= {name: {name: value} for name, value in case.answers.items()}
    for _ in range(rounds):
        with _Browser(url, seconds) as browser:
            browser.get("/report/speeding-traffic?council=merewold")
            at = browser.post("/report/speeding-traffic?council=merewold", {})
            while not at.startswith("/reports/"):
                at = browser.get(at)
                at = browser.post(at, forms[urlsplit(at).path.rpartition("/")[2]])
            browser.get(at)


class _Browser(Connection):
    """A connection with a cookie and the hidden fields of the page that it shows."""

    def __init__(self, url: str, seconds: list[float]) -> None:
        super().__init__(url)
        self.seconds = seconds
        self.cookie, self.hidden = b"", dict[str, str]()

    def get(self, path: str) -> str:
        """Look at a page; gives the one it was led to: another citizen may have reported the same meanwhile."""
        head, body = self._ask("GET", path, b"")
        if head.startswith(b"HTTP/1.1 303"):
            return self.get(LOCATION.search(head)[1].decode())
        if not head.startswith(b"HTTP/1.1 200"):
            raise SystemExit(f"The web answered: {head.splitlines()[0]!r} at {path}")
        self.hidden = {name.decode(): value.decode() for name, value in HIDDEN.findall(body)}
        return path

    def post(self, path: str, form: dict[str, str]) -> str:
        """Send a form; gives the page that comes next, which is another one where it was taken."""
        head, _ = self._ask("POST", path, urlencode(form | self.hidden).encode())
        if not head.startswith(b"HTTP/1.1 303"):
            raise SystemExit(f"The web answered: {head.splitlines()[0]!r} at {path}")
        cookie = COOKIE.search(head)
        self.cookie = cookie[1] if cookie else self.cookie
        leads_to = LOCATION.search(head)[1].decode()
        if leads_to == path:
            raise SystemExit(f"The web did not take the form at {path}")
        return leads_to

    def _ask(self, method: str, path: str, body: bytes) -> tuple[bytes, bytes]:
        head = f"{method} {path} HTTP/1.1\r\nHost: {self.host}\r\nContent-Length: {len(body)}\r\n".encode()
        head += b"Content-Type: application/x-www-form-urlencoded\r\nCookie: " + self.cookie + b"\r\n\r\n"
        started = time.perf_counter()
        answer = self.ask(head + body)
        self.seconds.append(time.perf_counter() - started)
        return answer


def _first_visit(url: str) -> int:
    """Bytes of a page with all that it links to, as they come to a browser that takes gzip."""
    import requests

    page = requests.get(f"{url}/report/speeding-traffic", timeout=10).content
    script = next(name for name in LINKED.findall(page) if name.endswith(b"waywarden.js"))
    names = {*LINKED.findall(page), script.replace(b"waywarden.js", b"govuk-frontend.min.js")}  # which it imports
    weight = len(page)
    for name in names:
        with requests.get(f"{url}{name.decode()}", stream=True, timeout=10) as answer:
            weight += len(answer.raw.read(decode_content=False))
    return weight


def rendering(stage: Stage) -> float:
    """CPU milliseconds of rendering a question page, the median of many."""
    from routing.casework import Journey
    from routing.settings import Settings
    from routing.web.context import make_web_context
    from routing.web.journey.journey_view import view_journey
    from routing.web.journey.session import Tab
    from routing.web.journey.views import show

    ctx = make_web_context(Settings(database_url=stage.here.database_url), "http://reports.example")
    with ctx.database.transaction() as tx:
        view = view_journey(ctx, Journey("merewold", "speeding-traffic", {}), tx)
    tab = Tab("speeding-traffic", "0" * 43)
    took = []
    for _ in range(RENDERED):
        started = time.process_time()
        show(view, "nature", tab)
        took.append((time.process_time() - started) * 1000)
    ctx.database.close()
    return round(statistics.median(took), 2)
