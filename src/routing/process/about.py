"""The head of a definition: its name, its first page, what a case has, and how long we keep data."""

from enum import StrEnum
from typing import Annotated

from pydantic import Field

from routing.i18n import noop
from routing.process.parts import Days, Line, OnPage, OnPageLine, Part, Slug, Switch, Whole

REPORT = noop("report")
"""The word for a case, if a process has no other."""


class Nearby(StrEnum):
    """Whether we show a citizen similar reports nearby, so that they can join one."""

    ASK = "ask"
    OFF = "off"


class PlaceNeed(StrEnum):
    """Whether a case has a place."""

    NEEDED = "needed"
    NONE = "none"


class ContactNeed(StrEnum):
    """Whether citizens must leave an email address or a telephone number."""

    OPTIONAL = "optional"
    NEEDED = "needed"


class WorkingDaysOf(StrEnum):
    """Whose bank holidays are no working days: those of the council's nation, or of any."""

    COUNCIL = "council"
    ANY_NATION = "any-nation"


class Withdrawing(StrEnum):
    """Whether citizens can withdraw at any time, or after the first stage only ask for it."""

    FREE = "free"
    ASKS = "asks"


class About(Part):
    """The head of a definition.

    Attributes:
        noun: the word for a case on every page and in every message.
        place: whether a case has a place.
        contact: whether citizens must leave an email address or a telephone number.
        working_days_of: whose bank holidays are no working days.
        withdraw: whether citizens can withdraw at any time, or after the first stage only ask an officer to.
        public: whether open standards may list its cases without a key.
        privacy: a further text for the privacy page.
        nearby: whether to ask a citizen about similar reports nearby.
        lawful_basis: lawful basis for using personal data (UK GDPR, article 6). By default the council's.
        slug: its name in addresses and commands, and the name of its folder.
        title: its name in the list of services.
        version: change it with each change of the file. Reports keep the version at their time.
        reply_within_working_days: working days until an answer is due, in a process without stages.
        start: text of its first page.
        warning: warning on that page, such as when to call 999.
    """

    slug: Slug
    title: OnPageLine
    version: Line
    reply_within_working_days: Annotated[int, Field(ge=1, le=100), Whole] | None = None
    start: OnPage
    warning: OnPage | None = None
    noun: OnPageLine = REPORT
    place: PlaceNeed = PlaceNeed.NEEDED
    contact: ContactNeed = ContactNeed.OPTIONAL
    working_days_of: WorkingDaysOf = WorkingDaysOf.COUNCIL
    withdraw: Withdrawing = Withdrawing.FREE
    public: Switch = False
    nearby: Nearby = Nearby.OFF
    lawful_basis: OnPageLine | None = None
    privacy: OnPage | None = None


class Details(Part):
    """A field of free text on a page of its own.

    Attributes:
        ask: question above the field.
        hint: help for the answer.
        needed: True if it cannot be left empty.
        max_characters: longest text.
    """

    ask: OnPageLine
    hint: OnPageLine | None = None
    needed: Switch = False
    max_characters: Annotated[int, Field(ge=100, le=5000), Whole] = 1000


class Retention(Part):
    """Days to keep a report's personal data after its end, for each field.

    ``unclosed_days``: a report that nobody closed counts as ended this many days after its last change. After
    ``place_days`` we delete the answers and the name of the place, and round its point to 100 m if there is no street.

    Attributes:
        reporter_days: days to keep who reported it, and why officers looked.
        details_days: days to keep what citizens and officers wrote.
        unclosed_days: days without a change until an unclosed report counts as ended, in a process without stages.
        place_days: days to keep the answers, the name of the place and its exact point. By default ``details_days`` in
            a process with stages, else 1095.
    """

    reporter_days: Days
    details_days: Days
    unclosed_days: Days | None = None
    place_days: Days | None = None
