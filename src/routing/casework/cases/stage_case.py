"""A case in stages as the store keeps it: its ids, its clock, and what happened to it. Pure."""

import datetime
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import lru_cache
from typing import Any
from uuid import UUID, uuid5

from routing.casework.cases.lifecycle import State
from routing.casework.cases.settling import Settled
from routing.process.case import CaseState
from routing.working_days import Calendar, Office

RECKONED_YEARS = 4


def entry_id(report: UUID, serial: int) -> UUID:
    """The id of the entry of a case with a serial number."""
    return uuid5(report, f"entry {serial}")


def calendar_key(calendar: Calendar, office: Office, on: datetime.date) -> str:
    """A short name for the days and the hour by which deadlines are reckoned; another one if any of them changes."""
    return _key(calendar, office, on.year)


@lru_cache(maxsize=256)
def _key(calendar: Calendar, office: Office, year: int) -> str:
    days = (calendar.holidays_of(year, RECKONED_YEARS), office.calendar.holidays_of(year, RECKONED_YEARS))
    return f"{year}:{hashlib.sha256(repr((days, office.letters_from)).encode()).hexdigest()[:16]}"


def is_other_calendar(kept: str | None, calendar: Calendar, office: Office) -> bool:
    """Whether deadlines were reckoned by other days of the same years. A new year alone changes nothing."""
    return kept is not None and kept != _key(calendar, office, int(kept.partition(":")[0]))


class Kind(StrEnum):
    """What can happen to a case in stages from outside."""

    ANSWERED = "answered"
    BOUNCED = "bounced"
    MOVED = "moved"
    CHOSEN = "chosen"
    ASKED = "asked"


@dataclass(frozen=True, slots=True)
class CaseEvent:
    """Something that happened to a case, as it is stored.

    Attributes:
        entry: the entry for which it was meant; None if it is meant for the case.
        at: when we knew of it.
        author: who it is from, for the history: ``link``, ``channel``, or an officer.
        said: what kind of event needs: answers by how we keep them, a stage, a reason.
        before: how many answers for the same entry and seat had counted.
    """

    id: int
    kind: Kind
    entry: UUID | None
    seat: str | None
    at: datetime.datetime
    author: str
    said: Mapping[str, Any] = field(default_factory=dict, repr=False)
    because: str | None = field(default=None, repr=False)
    before: int = 0


@dataclass(frozen=True, slots=True)
class Begun:
    """How a case in stages begins.

    Attributes:
        settled: where it stands, what came of that at once, and whom we ask.
        at: when it began.
    """

    settled: Settled
    at: datetime.datetime


@dataclass(frozen=True, slots=True)
class StageCase:
    """A case in stages with what is needed to advance it.

    Attributes:
        version: process, scope and version of the definition that it follows, as ``Catalogue.version`` takes them.
        area_code: of its area; None if the boundaries in use have none with this code.
        step: how often it was changed; whoever changes it must have seen the last change.
        promised: the last day of its stage, as it was last told.
        has_email: we can write to its citizen.
        has_acted: an answer, silence or an officer's move has led on from its first stage. A bounce has not (rule 3).
        receipt: of the decision.
        events: what happened and is not applied yet, in order.
    """

    report: UUID
    reference: str
    council: str
    version: tuple[str, str, str]
    state: State
    area_code: str | None
    case: CaseState
    step: int
    calendar: str | None
    promised: datetime.date | None
    has_email: bool
    has_acted: bool
    receipt: Mapping[str, Any] = field(repr=False)
    events: tuple[CaseEvent, ...] = ()

    @property
    def entry(self) -> UUID | None:
        """The id of the entry in which it is."""
        return entry_id(self.report, self.case.entry.serial) if self.case.entry is not None else None
