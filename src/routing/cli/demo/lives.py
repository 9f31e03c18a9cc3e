"""Take cases to their ends from outside: answers by the links in messages and on pages, silence by the clock."""

import datetime
import email
import email.policy
import functools
import re
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

from routing.cli.demo.checker import Ended, Submitted
from routing.cli.demo.drive import POLL_S, Drive
from routing.cli.demo.oracle import CITIZEN, LATE, Act
from routing.days import LONDON
from routing.private import readyz_auths

DEADLINE_S = 30.0
AT_ONCE_DAYS = 45
"""How far the clock is set ahead when everybody who answers has."""

MOST_DAYS = 720
"""A case that has not ended by then does not."""

LINK = re.compile(r"\S+/answer/[A-Za-z0-9_-]{32}")
OUTCOMES = {"acknowledged", "answered", "declined", "escalated", "late"}
"""The events in the artifacts that have an outcome of a stage."""


@dataclass
class Life:
    """A case on its way.

    Attributes:
        left: what still happens, in order.
        stage: where it stands; empty before it is in one, and at an end.
        end: id of its end.
    """

    submitted: Submitted
    left: list[Act]
    stage: str = ""
    end: str = ""

    @property
    def is_silent(self) -> bool:
        """Whether it goes on only when the time has passed."""
        return bool(self.left) and self.left[0].by == LATE


@dataclass
class Lives:
    """All cases of a drive.

    Attributes:
        clock: the file that sets the time of cases ahead.
        answers: how many were sent by link or page.
        now: the time of cases, about.
    """

    drive: Drive
    clock: Path
    answers: int = 0
    now: datetime.datetime = field(default_factory=lambda: datetime.datetime.now(LONDON))
    used: set[str] = field(default_factory=set)

    @property
    def days(self) -> int:
        """By how many the clock was set ahead."""
        return (self.now.date() - datetime.datetime.now(LONDON).date()).days

    def follow(self, submitted: Sequence[Submitted]) -> dict[str, Ended]:
        """Take all to their ends: reference → what its artifacts and its status say."""
        lives = [Life(each, list(each.case.acts)) for each in submitted if each.reference]
        while (going := [life for life in lives if life.left]) and self.days < MOST_DAYS:
            answering = [life for life in going if not life.is_silent]
            for life in answering:
                self._answer(life)
            self._wait_until_gone_on(answering)
            if not answering:
                self._let_pass(going)
        return self._ended(lives)

    def _look(self, life: Life) -> tuple[str, str]:
        """Its stage and its end, as anybody with its tracking address sees them."""
        answer = self.drive.http.get(urljoin(self.drive.addresses.web, life.submitted.tracking), timeout=30)
        answer.raise_for_status()
        stage: dict[str, Any] = answer.json()["stage"] or {}
        is_end = stage.get("is_end", False)
        return ("", stage["id"]) if is_end else (stage.get("id") or "", "")

    def _wait(self, is_done: Callable[[], bool]) -> bool:
        deadline = time.monotonic() + DEADLINE_S
        while not (done := is_done()) and time.monotonic() < deadline:
            time.sleep(POLL_S)
        return done

    def _wait_until_gone_on(self, lives: Iterable[Life]) -> None:
        """Until each has left the stage in which its answer was given."""
        for life in lives:
            self._wait(functools.partial(self._has_gone_on, life))
            life.stage, life.end = self._look(life)

    def _has_gone_on(self, life: Life) -> bool:
        return self._look(life) != (life.stage, life.end)

    def _let_pass(self, silent: Sequence[Life]) -> None:
        """Set the clock ahead, wait until the engine has nothing left to do, and see who has gone on."""
        self.now = _at_work(self.now + datetime.timedelta(days=AT_ONCE_DAYS))
        self.clock.write_text(str((self.now - datetime.datetime.now(LONDON)).total_seconds()))
        self._wait(self._is_idle)
        for life in silent:
            if self._has_gone_on(life):
                life.left.pop(0)
                life.stage, life.end = self._look(life)

    def _is_idle(self) -> bool:
        user, _, password = readyz_auths(self.drive.here.data_dir)[0].partition(":")
        answer = self.drive.http.get(f"{self.drive.addresses.web}/readyz", auth=(user, password), timeout=30)
        return bool(answer.json()["cases_waiting"] == 0)

    def _answer(self, life: Life) -> None:
        act = life.left.pop(0)
        life.stage, life.end = self._look(life)
        if act.by == CITIZEN:
            page, _, token = life.submitted.page.partition("?")
            where = urljoin(self.drive.addresses.web, f"{page}/answer?{token}")
        else:
            where = self._link_to(life.submitted.reference or "", act.by)
        self._fill_in(where, act.fields)
        self.answers += 1

    def _link_to(self, reference: str, address: str) -> str:
        """The newest link in a message to somebody that was not used yet; waits for it. Empty if none comes."""
        found: list[str] = []

        def look() -> bool:
            for message in reversed(self.drive.messages()):
                if message["reference"] == reference and address in message["envelope_to"]:
                    text = _text_of(self.drive.message(message["number"]))
                    found[:] = [link for link in LINK.findall(text) if link not in self.used]
                    if found:
                        return True
            return False

        self._wait(look)
        self.used.update(found)
        return found[0] if found else ""

    def _fill_in(self, where: str, fields: dict[str, str]) -> None:
        """Open a page and send its form, as a browser without JavaScript does."""
        if not where:
            return
        shown = self.drive.http.get(where, timeout=30)
        form = _Form()
        form.feed(shown.text)
        if form.action is None:
            return
        typed = dict(pair for name, text in fields.items() for pair in self._typed(name, text))
        to = urljoin(shown.url, form.action)
        self.drive.http.post(to, data=form.hidden | typed, timeout=30).raise_for_status()

    def _typed(self, name: str, text: str) -> list[tuple[str, str]]:
        if text != "today":
            return [(name, text)]
        day = self.now.date()
        return [(f"{name}-day", str(day.day)), (f"{name}-month", str(day.month)), (f"{name}-year", str(day.year))]

    def _ended(self, lives: Sequence[Life]) -> dict[str, Ended]:
        """What became of them, once their artifacts show as many outcomes as they should have."""
        wanted = sum(len(life.submitted.case.outcomes) for life in lives)
        outcomes: dict[str, list[str]] = {}

        def read() -> bool:
            outcomes.clear()
            for row in self.drive.artifact_rows("stages"):
                if row["event"] in OUTCOMES and row["outcome"]:
                    outcomes.setdefault(row["reference"], []).append(f"{row['stage']}/{row['outcome']}")
            return sum(map(len, outcomes.values())) >= wanted

        self._wait(read)
        references = {life.submitted.reference or "": self._look(life)[1] for life in lives}
        return {each: Ended(tuple(outcomes.get(each, ())), end) for each, end in references.items()}


class _Form(HTMLParser):
    """The first form of a page that is sent by POST: where it goes, and its hidden fields."""

    def __init__(self) -> None:
        super().__init__()
        self.action: str | None = None
        self.hidden: dict[str, str] = {}
        self._is_in = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = {name: value or "" for name, value in attrs}
        if tag == "form" and self.action is None and told.get("method") == "post":
            self.action, self._is_in = told.get("action", ""), True
        elif tag == "input" and self._is_in and told.get("type") == "hidden":
            self.hidden[told["name"]] = told.get("value", "")

    def handle_endtag(self, tag: str) -> None:
        self._is_in = self._is_in and tag != "form"


def _at_work(moment: datetime.datetime) -> datetime.datetime:
    """The same or a later day, in the middle of a week, at 11am: councils remind and take silence on working days."""
    day = moment.date()
    while day.weekday() != WEDNESDAY:
        day += datetime.timedelta(days=1)
    return datetime.datetime.combine(day, datetime.time(11), LONDON)


WEDNESDAY = 2


def _text_of(raw: bytes) -> str:
    parsed = email.message_from_bytes(raw, policy=email.policy.default)
    part = parsed.get_body(("plain",))
    return str(part.get_content()) if part is not None else ""
