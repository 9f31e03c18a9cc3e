"""The citizen's pages: CPU of rendering one, how long one takes with 50 citizens at once, what a first visit weighs."""

import re
import socket
import statistics
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Self
from urllib.parse import urlencode, urlsplit

from benchmarks.load import mix
from benchmarks.stage import Stage

CITIZENS = 50
RENDERED = 300
HIDDEN = re.compile(rb'name="(csrf|seen)" value="([0-9a-f]+)"')
LOCATION = re.compile(rb"\r\nlocation: ([^\r]+)", re.IGNORECASE)
COOKIE = re.compile(rb"\r\nset-cookie: ([^;]+)", re.IGNORECASE)
LENGTH = re.compile(rb"\r\ncontent-length: (\d+)", re.IGNORECASE)
LINKED = re.compile(rb'(?:href|src)="(/(?:assets|council)/[^"]+)"')


def pages(stage: Stage, processes: int, citizens: int = CITIZENS, rounds: int = 4) -> dict[str, float]:
    """Whole journeys over HTTP, each citizen as fast as the pages come; latency of every page, in ms."""
    with stage.web(processes) as url:
        _together(url, 4, 1)  # every worker has answered once
        started = time.perf_counter()
        seconds = _together(url, citizens, rounds)
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


def _together(url: str, citizens: int, rounds: int) -> list[float]:
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
                at = browser.post(at, forms[at.rpartition("/")[2]])
            browser.get(at)


class _Browser:
    """One connection, by hand: an HTTP library would take more of the machine than the web."""

    def __init__(self, url: str, seconds: list[float]) -> None:
        self.host, self.seconds = urlsplit(url).netloc, seconds
        self.cookie, self.hidden = b"", dict[str, str]()

    def __enter__(self) -> Self:
        host, _, port = self.host.partition(":")
        self.connection = socket.create_connection((host, int(port)))
        self.connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return self

    def __exit__(self, *_: object) -> None:
        self.connection.close()

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
        head, _ = self._ask("POST", path, urlencode(form | self.hidden).encode())
        if not head.startswith(b"HTTP/1.1 303"):
            raise SystemExit(f"The web answered: {head.splitlines()[0]!r} at {path}")
        cookie = COOKIE.search(head)
        self.cookie = cookie[1] if cookie else self.cookie
        return LOCATION.search(head)[1].decode()

    def _ask(self, method: str, path: str, body: bytes) -> tuple[bytes, bytes]:
        head = f"{method} {path} HTTP/1.1\r\nHost: {self.host}\r\nContent-Length: {len(body)}\r\n".encode()
        head += b"Content-Type: application/x-www-form-urlencoded\r\nCookie: " + self.cookie + b"\r\n\r\n"
        started = time.perf_counter()
        self.connection.sendall(head + body)
        data = self.connection.recv(65536)
        while b"\r\n\r\n" not in data:
            data += self.connection.recv(65536)
        head, _, rest = data.partition(b"\r\n\r\n")
        length = LENGTH.search(head)
        while length is not None and len(rest) < int(length[1]):
            rest += self.connection.recv(65536)
        self.seconds.append(time.perf_counter() - started)
        return head, rest


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
    from routing.web.journey.views import show
    from routing.web.journey.way import find_way

    ctx = make_web_context(Settings(database_url=stage.here.database_url), "http://reports.example")
    with ctx.database.transaction() as tx:
        way = find_way(ctx, Journey("merewold", "speeding-traffic", {}), tx)
    took = []
    for _ in range(RENDERED):
        started = time.process_time()
        show(way, "nature", "0" * 64)
        took.append((time.process_time() - started) * 1000)
    ctx.database.close()
    return round(statistics.median(took), 2)
