"""What an installation shows from outside, as values."""

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from routing.vocabulary import SMTP


@dataclass(frozen=True, slots=True)
class Engine:
    """What the engines last reported.

    Attributes:
        living: how many reported within the last 30 seconds.
        last_seen: when any of them last did; None if none ever did.
        prefect_since: since when no living engine reaches Prefect; None if one does.
        prefect_trouble: why not, a code: ``away``, ``refused``, ``not-deployed``, ``unasked``.
        prefect_seen: when an engine last reported that it reaches Prefect; None if none did.
    """

    living: int = 0
    last_seen: datetime.datetime | None = None
    is_prefect_there: bool = True
    prefect_since: datetime.datetime | None = None
    prefect_trouble: str | None = None
    prefect_seen: datetime.datetime | None = None


@dataclass(frozen=True, slots=True)
class ChannelSeen:
    """What we know about a channel, such as mail.

    Attributes:
        trouble: code of why it cannot send; None if we know of no problem.
        is_stopped: until a setting is fixed and the engine restarted.
        last_sent, last_answer: when a message was last accepted; the last answer to one that was not.
        waiting: messages that are due; ``oldest``: when the first of them should have left.
        untaken_since: since when a message is due that no engine has picked up.
        unaccepted_since: when the first message after the last acceptance should have left.
    """

    trouble: str | None = None
    is_stopped: bool = False
    since: datetime.datetime | None = None
    last_sent: datetime.datetime | None = None
    last_answer: str | None = None
    waiting: int = 0
    oldest: datetime.datetime | None = None
    untaken_since: datetime.datetime | None = None
    unaccepted_since: datetime.datetime | None = None


@dataclass(frozen=True, slots=True)
class Refresh:
    """The last refreshes of one council's contacts.

    Attributes:
        held_at: when one began to wait for a decision; None if none does.
        away_since: when we last read a page, if no linked page could be read since; None otherwise.
        problem: code of why we could not read them.
    """

    council: str
    held_at: datetime.datetime | None = None
    away_since: datetime.datetime | None = None
    problem: str | None = None


@dataclass(frozen=True, slots=True)
class Asked:
    """Whether something answered over HTTP; ``why_not`` is None if it did."""

    name: str
    url: str
    why_not: str | None = None


@dataclass(frozen=True, slots=True)
class CasesSeen:
    """Cases in stages whose time has come, or to which something happened, and that no engine has taken further.

    Attributes:
        due: how many.
        since: when the first of them should have been.
        taken: how many an engine is taking further now.
        stranded: references of open cases at which nobody will look again: no deadline, and no message on its way.
    """

    due: int = 0
    since: datetime.datetime | None = None
    taken: int = 0
    stranded: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Seen:
    """Everything at one moment.

    Attributes:
        database: ``ok``, ``away``, ``read-only``, ``older`` or ``newer`` (its schema, than we) or ``closed`` (to us);
            if it is not ok, the rest was not checked.
        channels: by their names.
        boundaries_at: when the active vintage was loaded; None if there is none; ``is_shipped``: the fictional one.
        conflicts: definitions that were changed without a new version, a sentence each; ``conflicts_since``: when the
            first of their files was written.
        not_adopted: versions of files that wait for a restart; ``not_offered``: processes with open reports that their
            council no longer offers; a sentence each.
        refused: the error in a definition; None if all are right; ``refused_since``: time of its file.
        free_bytes: on the disk of the data directory; None if unknown.
        wrong_links: the address in links to citizens, if they cannot open it; None if they can.
        received: reports that wait to be decided; ``received_since``: the oldest.
        asked: answers of the web and Prefect, if asked.
        folder: of an embedded server that does not run; empty for a server of the council's own.
        last_well: part → when it last worked.
    """

    database: str = "ok"
    engine: Engine = Engine()
    channels: Mapping[str, ChannelSeen] = field(default_factory=lambda: {SMTP: ChannelSeen()})
    boundaries_at: datetime.datetime | None = None
    has_boundaries: bool = True
    is_shipped: bool = False
    refreshes: Sequence[Refresh] = ()
    conflicts: Sequence[str] = ()
    conflicts_since: datetime.datetime | None = None
    not_adopted: Sequence[str] = ()
    not_offered: Sequence[str] = ()
    refused: str | None = None
    refused_since: datetime.datetime | None = None
    free_bytes: int | None = None
    wrong_links: str | None = None
    received: int = 0
    received_since: datetime.datetime | None = None
    cases: CasesSeen = field(default_factory=CasesSeen)
    asked: Sequence[Asked] = field(default=())
    folder: str = ""
    last_well: Mapping[str, datetime.datetime] = field(default_factory=dict)
