"""What must be seen of a case: messages, and the stages and ends that it reaches. Shares no code with the engine."""

from dataclasses import dataclass
from datetime import datetime

from tests.year.calendars import DAY, LONDON, day
from tests.year.definitions import Stage

ASK, REMINDER, LETTER, NEWS, COPY = "ask", "reminder", "letter", "news", "copy"
NOTICE, RECALL = "notice", "recall"
"""What officers must see to, and that they are reminded of it."""

REVIEW, UNANSWERED = "review", "unanswered"


@dataclass(frozen=True)
class Due:
    """A message that must arrive: ``by`` is the day or moment in its subject, ``subject`` the words of a letter."""

    kind: str
    to: str
    moment: int
    by: str = ""
    subject: str = ""


@dataclass(frozen=True)
class Step:
    """A stage or end that a case reached; ``is_silence`` because nobody acted, in a time counted in ``unit``."""

    id: str
    title: str
    moment: int
    is_silence: bool = False
    unit: str = ""


@dataclass(frozen=True)
class Entry:
    """A stage in which a case stands.

    Attributes:
        seat: an address, ``citizen``, or empty for a time that nobody shortens.
        asks: which messages to the address asked for it; it is asked again when a case comes back.
    """

    stage: Stage
    at: datetime
    seat: str
    asks: tuple[int, ...] = (0,)
    reminded: int = 0


def in_words(moment: datetime) -> str:
    """The end of a time as people write it: the day that a midnight ends, else day and time."""
    local = moment.astimezone(LONDON)
    if (local.hour, local.minute, local.second, local.microsecond) == (0, 0, 0, 0):
        last = day(moment) - DAY
        return f"{last.day} {last:%B %Y}"
    hour = local.hour % 12 or 12
    return f"{local.day} {local:%B %Y} at {hour}:{local.minute:02}{'am' if local.hour < 12 else 'pm'}"
