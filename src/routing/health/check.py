"""What we know about one part, and the words for the start of a problem. Pure."""

import datetime
from dataclasses import dataclass

from routing.days import with_time


@dataclass(frozen=True, slots=True)
class Check:
    """One part of an installation.

    Attributes:
        says: what we know about it. If it does not work: what is wrong, since when, and what to do.
        since: when the problem began, if known.
        stops: the problem stops reports or messages. If False, everything works, but there is something to do.
    """

    name: str
    ok: bool
    says: str
    since: datetime.datetime | None = None
    stops: bool = True


def when(moment: datetime.datetime) -> str:
    """A moment in words."""
    return with_time(moment)


def began(moment: datetime.datetime | None, what: str = "") -> str:
    """When a problem began, in brackets to append to a sentence.

    Args:
        what: words before the moment, such as ``the oldest``.
    """
    if moment is None:
        return " (we do not know since when)"
    return f" ({what} since {when(moment)})" if what else f" (since {when(moment)})"
