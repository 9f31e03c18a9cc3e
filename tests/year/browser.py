"""People's web: pages and forms over real HTTP, the API, and the mailbox."""

import email
import re
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from email.message import Message as Email
from typing import Any
from uuid import UUID

import requests
from selectolax.lexbor import LexborHTMLParser

from tests.year.definitions import Process
from tests.year.facts import Report, Status
from tests.year.people import Wish, as_form

TIMEOUT_S = 60.0
LINK = re.compile(r"https?://[^\s]+/answer/([A-Za-z0-9_-]{32})")
NONE_OF_THESE = "mine"
"""What a citizen selects who sees reports of others nearby: theirs is another one."""

ASKS = re.compile(r"Answer on the page of your")
LAST = re.compile(r"/reports/(?P<reference>[^/?]+)(?:/sent)?\?token=(?P<token>[^&\s]+)")


class Unexpected(AssertionError):
    """A page or answer that nobody should get."""


@dataclass(frozen=True)
class Taken:
    """A report that was taken, with the secret of its page."""

    reference: str
    token: str


@dataclass
class Browser:
    """One installation, from outside."""

    web: str
    mailbox: str
    new_session: Callable[[], requests.Session] = requests.Session
    _own: threading.local = field(default_factory=threading.local)

    @property
    def http(self) -> requests.Session:
        """A session for each thread."""
        if not hasattr(self._own, "session"):
            self._own.session = self.new_session()
        session: requests.Session = self._own.session
        return session

    def report_by_api(self, wish: Wish) -> Taken:
        """Send a report as another system does."""
        body = {
            "process": wish.process, "council": wish.place.council, "answers": dict(wish.answers),
            "place": {"easting": wish.place.easting, "northing": wish.place.northing},
            "reporter": {"email": wish.email, "phone": wish.phone},
        }  # fmt: skip
        once = {"Idempotency-Key": str(UUID(int=wish.number))}
        answer = self.http.post(f"{self.web}/api/reports", json=body, headers=once, timeout=TIMEOUT_S)
        if answer.status_code != 201:
            raise Unexpected(f"{body}: {answer.status_code} {answer.text[:500]}")
        return _taken(answer.json()["tracking_page"])

    def report_by_form(self, wish: Wish, process: Process) -> Taken:
        """Send a report page by page, as a citizen does."""
        with requests.Session() as http:
            address = f"{self.web}/report/{wish.process}?council={wish.place.council}"
            page = http.post(address, timeout=TIMEOUT_S)
            for _ in range(20):
                if LAST.search(page.url):
                    return _taken(page.url)
                name = page.url.partition("?")[0].rpartition("/")[2]
                form = _hidden(page.text) | self._page(name, wish, process)
                page = http.post(page.url, data=form, timeout=TIMEOUT_S)
        raise Unexpected(f"report {wish.number} stands at {page.url}")

    @staticmethod
    def _page(name: str, wish: Wish, process: Process) -> dict[str, str]:
        if name == "place":
            return {"where": f"{wish.place.easting:.0f} {wish.place.northing:.0f}"}
        if name == "contact":
            return {"email": wish.email or "", "phone": wish.phone or ""}
        if name == "similar":
            return {"similar": NONE_OF_THESE}
        return as_form([process.questions[name]], wish.answers) if name in process.questions else {}

    def fields(self, address: str) -> list[str]:
        """The names of the fields that a page asks for, in order; none if it asks nothing."""
        answer = self.http.get(address, timeout=TIMEOUT_S)
        if answer.status_code != 200:
            raise Unexpected(f"{address}: {answer.status_code}")
        return _names(answer.text)

    def send(self, address: str, form: Mapping[str, str]) -> None:
        """Send a form."""
        answer = self.http.post(address, data=dict(form), timeout=TIMEOUT_S, allow_redirects=False)
        if answer.status_code != 303:
            raise Unexpected(f"{address}: {answer.status_code} {answer.text[:500]}")

    def answer_link(self, token: str) -> str:
        return f"{self.web}/answer/{token}"

    def report_page(self, taken: Taken, page: str = "") -> str:
        return f"{self.web}/reports/{taken.reference}{page}?token={taken.token}"

    def status(self, report: Report, token: str) -> Status:
        """What the API says of a report."""
        address = f"{self.web}/api/reports/{report.reference}"
        answer = self.http.get(address, params={"token": token}, timeout=TIMEOUT_S)
        if answer.status_code != 200:
            raise Unexpected(f"{report}: {answer.status_code} {answer.text[:500]}")
        said = answer.json()
        stage = said["stage"] or {"id": said["state"], "is_end": False}
        happened = tuple((datetime.fromisoformat(each["at"]), each["text"]) for each in said["happened"])
        letters = tuple((datetime.fromisoformat(each["at"]), each["subject"]) for each in said["letters"])
        return Status(stage["id"], stage["is_end"], happened, letters)

    def mail_after(self, number: int) -> list[dict[str, Any]]:
        """What the mailbox accepted after a message."""
        answer = self.http.get(f"{self.mailbox}/messages", params={"after": number}, timeout=TIMEOUT_S)
        found: list[dict[str, Any]] = answer.json()
        return found

    def read(self, number: int) -> str:
        """The plain text of a message."""
        answer = self.http.get(f"{self.mailbox}/messages/{number}", timeout=TIMEOUT_S)
        return _text(email.message_from_bytes(answer.content))


def _taken(address: str) -> Taken:
    found = LAST.search(address)
    if found is None:
        raise Unexpected(address)
    return Taken(found["reference"], found["token"])


def _text(message: Email) -> str:
    part = next(each for each in message.walk() if each.get_content_type() == "text/plain")
    content = part.get_payload(decode=True)
    assert isinstance(content, bytes)
    return content.decode()


def _hidden(html: str) -> dict[str, str]:
    inputs = LexborHTMLParser(html).css("main form input[type=hidden]")
    return {each.attributes["name"] or "": each.attributes.get("value") or "" for each in inputs}


def _names(html: str) -> list[str]:
    found = LexborHTMLParser(html).css("main form input:not([type=hidden]), main form textarea")
    names = (each.attributes.get("name") or "" for each in found)
    return [name for name in dict.fromkeys(names) if name != "leave_empty"]
