"""The council itself: its name and code, and its working days."""

import datetime
from typing import Self

from pydantic import model_validator

from routing.council.facts import Address, Code, Line, Name, Sourced
from routing.working_days import OPENS, Nation


class About(Sourced):
    """The council itself.

    Attributes:
        gss: its GSS code in the Register of Geographic Codes.
        nation: whose bank holidays count; by default that of the GSS code.
        added_holidays: further days on which nobody works, such as when its offices are closed.
        removed_holidays: bank holidays on which it works.
        proclaimed_holidays: bank holidays that were proclaimed since this version came out, also for processes whose
            time is not counted on a bank holiday of any nation.
        letters_from: from when on a working day it reminds, and takes silence for an answer; London time.
        website: link at the foot of every page.
        feedback: page for feedback about the service, linked after a report.
        name: its name for citizens.
        version: change it with each change of the file. Reports keep the version that decided them.
    """

    name: Name
    gss: Code
    version: Line
    website: Address | None = None
    feedback: Address | None = None
    nation: Nation | None = None
    added_holidays: tuple[datetime.date, ...] = ()
    removed_holidays: tuple[datetime.date, ...] = ()
    proclaimed_holidays: tuple[datetime.date, ...] = ()
    letters_from: datetime.time = OPENS

    @model_validator(mode="after")
    def _once(self) -> Self:
        both = sorted(set(self.added_holidays) & set(self.removed_holidays))
        if both:
            raise ValueError(f"name {both[0]} in added_holidays or in removed_holidays, not in both")
        return self
