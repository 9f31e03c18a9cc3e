"""What is known of one part, and how a sentence says since when. Pure."""

import datetime
from dataclasses import dataclass

from routing.days import with_time


@dataclass(frozen=True, slots=True)
class Check:
    """One part of an installation.

    Attributes:
        says: what is known of it; where it is not well, what is wrong and since when, then what to do.
        since: when it began not to be well, where that is known.
        stops: reports, or what becomes of them, stand still; else a person should look, and everything goes on.
    """

    name: str
    ok: bool
    says: str
    since: datetime.datetime | None = None
    stops: bool = True


def when(moment: datetime.datetime) -> str:
    """A moment, as people say it."""
    return with_time(moment)


def began(moment: datetime.datetime | None, words: str) -> str:
    """How a sentence goes on that says what is wrong: since when it has been so."""
    return f", and {words} since {when(moment)}" if moment is not None else " (since when is not known)"
