"""Answers by link: how soon the next recipient has the case, and how long the page takes while citizens walk."""

import email
import email.policy
import re
import threading
import time
from typing import Any

import requests

from benchmarks.pages import walking
from benchmarks.stage import STAGED, Stage, until
from routing.cli.demo.drive import percentile

LINK = re.compile(r"(/answer/[A-Za-z0-9_-]{32})")
CREW = "collections@merewold.example"
ASKED = 200
"""How often the page to answer is asked for, at the least."""


def answer_to_mailbox(stage: Stage, answers: int) -> dict[str, Any]:
    """Milliseconds from an answer that was taken until the next who is asked has the message, one after the other."""
    took = []
    with stage.web(**STAGED) as url, stage.engines(**STAGED):
        for _ in range(answers):
            reference, link = _asked(stage, url)
            before = len(_messages(stage, reference))
            form = {"crew_note": "nothing"}
            requests.post(f"{url}{link}", data=form, timeout=30, allow_redirects=False).raise_for_status()
            taken = time.time()
            took.append((_further(stage, reference, before)["received_at"] - taken) * 1000)
    return {"answers": answers, "answer_p50_ms": percentile(took, 0.5), "answer_p95_ms": percentile(took, 0.95)}


def _further(stage: Stage, reference: str, before: int) -> dict[str, Any]:
    """The first message about a case after so many; waits for it."""
    until(lambda: len(_messages(stage, reference)) > before, "the message that asks anew", 60, 0.01)
    return _messages(stage, reference)[before]


def pages_while_walking(stage: Stage, citizens: int) -> dict[str, Any]:
    """Milliseconds of the page to answer, asked for one after the other while citizens walk through the pages."""
    with stage.web(2, **STAGED) as url:
        with stage.engines(**STAGED):
            _, link = _asked(stage, url)
        took: list[float] = []
        done = threading.Event()

        def ask() -> None:
            with requests.Session() as http:
                while not done.is_set() or len(took) < ASKED:
                    started = time.perf_counter()
                    http.get(f"{url}{link}", timeout=30).raise_for_status()
                    took.append((time.perf_counter() - started) * 1000)

        asking = threading.Thread(target=ask)
        asking.start()
        walked = walking(url, citizens, 4)
        done.set()
        asking.join()
    return {
        "answering_pages": len(took),
        "answering_page_p50_ms": percentile(took, 0.5),
        "answering_page_p95_ms": percentile(took, 0.95),
        "pages_meanwhile_p95_ms": percentile([each * 1000 for each in walked], 0.95),
    }


def _asked(stage: Stage, url: str) -> tuple[str, str]:
    """Report a missed bin: its reference, and the link of whoever is asked about it."""
    body = {
        "process": "missed-bin",
        "answers": {"collection_day": time.strftime("%Y-%m-%d"), "bins": ["rubbish"]},
        "place": {"easting": 566153.7, "northing": 444759.1},
    }
    answer = requests.post(f"{url}/api/reports", json=body, timeout=30)
    answer.raise_for_status()
    reference = answer.json()["reference"]
    until(lambda: _messages(stage, reference), "the message that asks", 60, 0.02)
    (asked,) = _messages(stage, reference)
    raw = stage.http.get(f"{stage.here.addresses.mailbox}/messages/{asked['number']}", timeout=30).content
    text = email.message_from_bytes(raw, policy=email.policy.default).get_body(("plain",)).get_content()
    return reference, LINK.search(text)[1]


def _messages(stage: Stage, reference: str) -> list[dict[str, Any]]:
    found = stage.http.get(f"{stage.here.addresses.mailbox}/messages", timeout=30).json()
    return [each for each in found if each["reference"] == reference and CREW in each["envelope_to"]]
