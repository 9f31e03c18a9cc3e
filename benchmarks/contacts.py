"""The directory: pages parsed a second, the contacts of a batch in one query, and what a refresh asks for again."""

import datetime
import html.parser
import statistics
import time
from dataclasses import replace
from random import Random

from benchmarks.stage import Stage
from routing import contacts
from routing.contacts import moderngov
from routing.contacts.moderngov.parser import parse_detail
from routing.council import ContactRules
from routing.standins import Entry, ModernGovServer
from routing.standins.moderngov.content import detail_page

PAGES, PAGE_BYTES = 500, 50_000
PARISHES = 10_464
"""As many as England has areas: more than any one council's directory."""

BATCH, TRIES = 500, 50
REFRESHED, CHANGED = 100, 7
SLUG = "merewold"


def measure(stage: Stage) -> dict[str, object]:
    """All of it, on the stage's database, which is left as it was found."""
    return _parsing() | _query(stage) | _refresh(stage)


def _entry(number: int) -> Entry:
    address = ("Parish Office", "Church Lane", f"Village {number}", "ZZ1 1AA")
    return Entry(
        SLUG, number, f"Village {number} Parish Council", f"Clerk {number}", f"clerk@v{number}.example", "01632 960000",
        address,
    )  # fmt: skip


def _parsing() -> dict[str, object]:
    """Pages as heavy as a council's theme makes them, beside the standard library's parser, which only reads tags."""
    theme = "".join(f'<li class="nav-item"><a href="/a-z/{n}">Council service number {n}</a></li>' for n in range(600))
    pages = []
    for number in range(1, PAGES + 1):
        page = detail_page(_entry(number))
        room = PAGE_BYTES - len(page)
        pages.append(page.replace("<nav>", f"<nav>{theme[:room].rpartition('<li')[0]}", 1).encode())
    started = time.perf_counter()
    found = [parse_detail(page, "u") for page in pages]
    seconds = time.perf_counter() - started
    assert [page.email for page in found] == [f"clerk@v{number}.example" for number in range(1, PAGES + 1)]
    started = time.perf_counter()
    for read in pages:
        html.parser.HTMLParser().feed(read.decode())
    plain = time.perf_counter() - started
    return {
        "pages": PAGES,
        "page_bytes": round(statistics.mean(len(page) for page in pages)),
        "parsing_s": round(seconds, 3),
        "html_parser_s": round(plain, 3),
        "ratio_html_parser": round(plain / seconds, 1),
    }


def _query(stage: Stage) -> dict[str, object]:
    now, draw = datetime.datetime.now(datetime.UTC), Random(1)
    published = contacts.Published("P", "C", "clerk@x.example", None, None, None)
    codes = [f"E05{number:06}" for number in range(PARISHES)]
    with stage.database.transaction() as tx:
        findings = [contacts.Finding(code, "https://x.example", published, now) for code in codes]
        contacts.apply(tx, "bench", contacts.compare({}, findings))
        tx.execute("ANALYZE contact")
    seen = []
    for _ in range(TRIES):
        wanted = draw.sample(codes, BATCH)
        with stage.database.transaction() as tx:
            started = time.perf_counter()
            known = contacts.read_contacts(tx, ["bench"], wanted)
            seen.append((time.perf_counter() - started) * 1000)
        assert len(known) == BATCH
    with stage.database.transaction() as tx:
        tx.execute("DELETE FROM contact WHERE council = 'bench'")
    return {"contacts": PARISHES, "batch": BATCH, "batch_query_ms": round(statistics.median(seen), 1)}


def _refresh(stage: Stage) -> dict[str, object]:
    """A council of a hundred parishes, twice; a few of its pages change in between."""
    server = ModernGovServer([_entry(number) for number in range(1, REFRESHED + 1)])
    address = server.start()
    council = _council()
    codes = {f"E05{number:06}": number for number in range(1, REFRESHED + 1)}
    try:
        first = _once(stage, council, address, codes)
        server.entries = [
            replace(each, email=f"new@v{each.moderngov_id}.example") if each.moderngov_id <= CHANGED else each
            for each in server.entries
        ]
        server.asked.clear()
        second = _once(stage, council, address, codes)
        sent = [status for _, status in server.asked]
    finally:
        server.stop()
    with stage.database.transaction() as tx:
        for table in ("contact", "parish_link", "contact_page", "contact_round"):
            tx.execute(f"DELETE FROM {table} WHERE council = 'bench'")  # names of our own
    return {
        "refreshed": REFRESHED,
        "refresh_first_s": round(first, 2),
        "refresh_again_s": round(second, 2),
        "pages_changed": CHANGED,
        "pages_sent_again": sent.count(200),
        "pages_unchanged": sent.count(304),
    }


def _council():
    from routing.casework import read_catalogue
    from routing.settings import shipped

    found = read_catalogue(shipped("councils"), shipped("processes")).councils[SLUG]
    return found.model_copy(update={"slug": "bench", "contacts": ContactRules()})


def _once(stage: Stage, council, address: str, codes: dict[str, int]) -> float:
    transport = moderngov.Transport(f"{address}/{SLUG}", moderngov.Throttle(0))
    started = time.perf_counter()
    opened = moderngov.gather(stage.database, council.slug, moderngov.ModernGov(transport), codes, "bench")
    outcome = moderngov.finish(stage.database, council, opened.id, {})
    seconds = time.perf_counter() - started
    transport.close()
    assert (outcome.outcome, dict(outcome.problems)) == ("applied", {})
    return seconds
