"""What is to be seen of an installation from outside, as values."""

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from routing.vocabulary import SMTP


@dataclass(frozen=True, slots=True)
class Engine:
    """What the engines last said of themselves.

    Attributes:
        living: how many said something within the last half minute.
        last_seen: when any of them last did; None where none ever did.
        prefect_since: since when none of the living reaches Prefect; None where one does.
        prefect_trouble: why not, a code: ``away``, ``refused``, ``not-deployed``, ``unasked``.
        prefect_seen: when an engine last said that it reaches Prefect, or was silent after that; None where none did.
    """

    living: int = 0
    last_seen: datetime.datetime | None = None
    is_prefect_there: bool = True
    prefect_since: datetime.datetime | None = None
    prefect_trouble: str | None = None
    prefect_seen: datetime.datetime | None = None


@dataclass(frozen=True, slots=True)
class ChannelSeen:
    """What is known of a channel, as of mail.

    Attributes:
        trouble: why nothing leaves, a code; None where nothing is known to be wrong.
        is_stopped: until a setting is fixed and the engine restarted.
        last_sent, last_answer: when a message was last accepted; what was last said of one that was not.
        waiting: messages whose time has come; ``oldest``: when the first of them should have left.
        untaken_since: since when one is due that no engine takes up.
        unaccepted_since: when the first of them should have left that are younger than the last acceptance.
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
        held_at: when one began to wait for a person; None where none does.
        away_since: when a page was last read, where none of the linked ones could be read since; None otherwise.
        problem: code of what kept them from being read.
    """

    council: str
    held_at: datetime.datetime | None = None
    away_since: datetime.datetime | None = None
    problem: str | None = None


@dataclass(frozen=True, slots=True)
class Asked:
    """Whether something answered over HTTP; ``why_not`` is None where it did."""

    name: str
    url: str
    why_not: str | None = None


@dataclass(frozen=True, slots=True)
class Seen:
    """Everything at one moment.

    Attributes:
        database: ``ok``, ``away``, ``read-only``, ``older`` or ``newer`` (its schema, than we) or ``closed`` (to us);
            with anything else than ok the rest was not looked at.
        channels: by their names.
        boundaries_at: when the active vintage was loaded; None where there is none; ``is_shipped``: the fictional one.
        conflicts: definitions that were changed without a new version, a sentence each; ``conflicts_since``: when the
            first of their files was written.
        refused: what is wrong in a definition that is none; None where all are; ``refused_since``: of its file.
        free_bytes: on the disk of the data directory; None where it could not be told.
        wrong_links: address to which citizens are led that leads nowhere; None where it is well.
        received: reports that wait to be decided; ``received_since``: the oldest.
        asked: of the web and of Prefect, where somebody asked.
        folder: of an embedded server that does not run; empty for a server of the council's own.
        last_well: part → when it was last known to be well.
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
    refused: str | None = None
    refused_since: datetime.datetime | None = None
    free_bytes: int | None = None
    wrong_links: str | None = None
    received: int = 0
    received_since: datetime.datetime | None = None
    asked: Sequence[Asked] = field(default=())
    folder: str = ""
    last_well: Mapping[str, datetime.datetime] = field(default_factory=dict)
