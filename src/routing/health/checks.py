"""What was seen → what stands still, since when, and what to do. Pure."""

import datetime
from collections.abc import Sequence
from dataclasses import dataclass

from routing.health.mail import nothing_accepted, what_to_do
from routing.health.seen import Seen

LEAST_FREE = 500_000_000
"""Bytes: PostgreSQL's write-ahead log alone takes up to 1 GB, and its next file 16 MB."""

OLD_BOUNDARIES = datetime.timedelta(days=425)
"""The ONS publishes parishes once a year, with some weeks' play."""

SLOW = datetime.timedelta(minutes=10)
"""A report is decided, and a message leaves, within seconds; one that waits so long waits for something else."""

SCHEMA = {
    "older": "The database has an older schema, so reports cannot be taken. Run: waywarden db upgrade.",
    "newer": "The database has a newer schema, so reports cannot be taken. Install the Waywarden that made it.",
    "closed": (
        "The database lets our role read nothing, so reports cannot be taken. Run: waywarden db upgrade, which grants "
        "what the role needs."
    ),
}
"""What to do about the state of a database that answers."""

PREFECT = {
    "away": "Prefect does not answer the engine, so reports are taken and wait. Start it: waywarden run prefect.",
    "refused": (
        "Prefect does not let the engine in, so reports are taken and wait. Where the engine runs, check "
        "PREFECT_API_AUTH_STRING, or prefect-auth in its data directory: it must be the string of Prefect's server."
    ),
    "not-deployed": (
        "Prefect does not know the flows, so reports are taken and wait. Register them: waywarden deploy."
    ),
}
"""What to do where an engine cannot work with Prefect, by what is wrong."""

LOOK_AT_THE_ENGINE = "Look at the log of the engine, and at its runs in Prefect."


@dataclass(frozen=True, slots=True)
class Check:
    """One part of an installation.

    Attributes:
        says: what is known of it; what to do, where it is not well.
        since: when it began not to be well, where that is known.
        stops: reports, or what becomes of them, stand still; else a person should look, and everything goes on.
    """

    name: str
    ok: bool
    says: str
    since: datetime.datetime | None = None
    stops: bool = True


def judge(seen: Seen, now: datetime.datetime) -> list[Check]:
    """Every part, the ones on which others rest first."""
    if seen.database != "ok":
        return [_database(seen), *_disk(seen)]
    return [
        _database(seen),
        *_disk(seen),
        _engine(seen),
        *_prefect(seen),
        _mail(seen, now),
        _reports(seen, now),
        *_web(seen),
        _definitions(seen),
        _boundaries(seen, now),
        _contacts(seen),
        _links(seen),
    ]


def stands_still(checks: Sequence[Check]) -> list[Check]:
    """What is not well: what stops things first, then what has been so for longest."""
    now = datetime.datetime.max.replace(tzinfo=datetime.UTC)
    return sorted((each for each in checks if not each.ok), key=lambda each: (not each.stops, each.since or now))


def headline(checks: Sequence[Check]) -> str:
    """The first sentence: what stands still, since when, and what to do; or that nothing does."""
    wrong = stands_still(checks)
    if not wrong:
        return "Everything works."
    others = f" ({len(wrong) - 1} more below.)" if len(wrong) > 1 else ""
    first, _, rest = wrong[0].says.partition(". ")
    since = f", since {when(wrong[0].since)}" if wrong[0].since else ""
    return f"{first}{since}: {rest}{others}"


def when(moment: datetime.datetime) -> str:
    """A moment, as people say it, by the clock of this machine."""
    local = moment.astimezone()
    return f"{local.day} {local:%B %Y, %H:%M}"


def _database(seen: Seen) -> Check:
    if seen.database == "ok":
        return Check("database", True, "It answers.")
    if seen.database == "read-only":
        text = (
            "The database can be read and not written, so no report is taken and none is sent. Where it is a standby, "
            "let WAYWARDEN_DATABASE_URL name the primary; else end its read-only mode, or make room on its disk."
        )
        return Check("database", False, text)
    if seen.database in SCHEMA:
        return Check("database", False, SCHEMA[seen.database])
    if seen.folder:
        text = f"Nothing runs here: reports cannot be taken. Start it: waywarden up (its folder is {seen.folder})."
    else:
        text = "The database does not answer, so reports cannot be taken. Start it, or correct WAYWARDEN_DATABASE_URL."
    return Check("database", False, text)


def _disk(seen: Seen) -> list[Check]:
    if seen.free_bytes is None:
        return []
    free = f"{seen.free_bytes / 1e9:.1f} GB"
    if seen.free_bytes >= LEAST_FREE:
        return [Check("disk", True, f"{free} are free.")]
    text = (
        f"The disk is nearly full, and reports stop when it is: {free} are free. Make room, or move the data directory."
    )
    return [Check("disk", False, text)]


def _engine(seen: Seen) -> Check:
    if seen.engine.living:
        number = "One runs." if seen.engine.living == 1 else f"{seen.engine.living} run."
        return Check("engine", True, number)
    text = "No engine runs, so reports are taken and wait. Start it: waywarden run engine, or waywarden up."
    return Check("engine", False, text, seen.engine.last_seen)


def _prefect(seen: Seen) -> list[Check]:
    asked = next((each for each in seen.asked if each.name == "prefect"), None)
    if seen.engine.living and not seen.engine.is_prefect_there:
        text = PREFECT[seen.engine.prefect_trouble or "away"]
        return [Check("prefect", False, text, seen.engine.prefect_since)]
    if asked is not None and asked.why_not is not None:
        text = f"Prefect does not answer at {asked.url} ({asked.why_not}). Start it: waywarden run prefect."
        return [Check("prefect", False, text)]
    if not seen.engine.living and asked is None:
        return []
    return [Check("prefect", True, "It answers.")]


def _mail(seen: Seen, now: datetime.datetime) -> Check:
    mail = seen.mail
    told = f"Last accepted {when(mail.last_sent)}" if mail.last_sent else "Nothing was accepted yet"
    if mail.waiting:
        counted = "1 message waits" if mail.waiting == 1 else f"{mail.waiting} messages wait"
        told += f"; {counted}" + (f", the oldest since {when(mail.oldest)}" if mail.oldest else "")
    if mail.last_answer:
        told += f"; the last answer that was no acceptance: {mail.last_answer}"
    if mail.trouble is not None:
        return Check("mail", False, f"{what_to_do(mail.trouble, is_stopped=mail.is_stopped)} {told}.", mail.since)
    if not seen.engine.living or not seen.engine.is_prefect_there:  # then everything waits, and another part says so
        return Check("mail", True, f"{told}.")
    if _is_late(mail.untaken_since, now):
        text = f"The engine takes up no messages, and they wait in the outbox. {LOOK_AT_THE_ENGINE} {told}."
        return Check("mail", False, text, mail.untaken_since)
    if _is_late(mail.unaccepted_since, now):
        return Check("mail", False, f"{nothing_accepted(mail.last_answer)} {told}.", mail.unaccepted_since)
    if _is_late(mail.oldest, now):
        text = (
            "Some messages are put off again and again, while others are accepted. They are tried again by themselves; "
            f"look at the log of the mail server where they are many. {told}."
        )
        return Check("mail", False, text, mail.oldest, stops=False)
    return Check("mail", True, f"{told}.")


def _is_late(since: datetime.datetime | None, now: datetime.datetime) -> bool:
    return since is not None and now - since > SLOW


def _reports(seen: Seen, now: datetime.datetime) -> Check:
    if not seen.received or seen.received_since is None:
        return Check("reports", True, "None waits to be decided.")
    counted = "1 report waits" if seen.received == 1 else f"{seen.received} reports wait"
    is_slow = _is_late(seen.received_since, now) and bool(seen.engine.living)
    if not is_slow or not seen.engine.is_prefect_there:
        return Check("reports", True, f"{counted} to be decided.")
    text = f"{counted} to be decided though an engine runs. {LOOK_AT_THE_ENGINE}"
    return Check("reports", False, text, seen.received_since)


def _web(seen: Seen) -> list[Check]:
    asked = next((each for each in seen.asked if each.name == "web"), None)
    if asked is None:
        return []
    if asked.why_not is None:
        return [Check("web", True, f"It answers at {asked.url}.")]
    text = (
        f"The web does not answer at {asked.url} ({asked.why_not}), so nobody can report. Start it: waywarden run web."
    )
    return [Check("web", False, text)]


def _definitions(seen: Seen) -> Check:
    if not seen.conflicts:
        return Check("definitions", True, "None was changed without a new version.")
    text = f"{seen.conflicts[0]} What was stored under it goes on; give the changed file a new version, then restart."
    return Check("definitions", False, text, stops=False)


def _boundaries(seen: Seen, now: datetime.datetime) -> Check:
    if not seen.has_boundaries:
        text = "There are no boundaries: every report goes to a person. Bring them in: waywarden boundaries refresh."
        return Check("boundaries", False, text)
    if seen.is_shipped or seen.boundaries_at is None or now - seen.boundaries_at < OLD_BOUNDARIES:
        return Check("boundaries", True, "An edition answers.")
    text = (
        "The boundaries are old, though a new edition appears each year: reports may go to the wrong clerk. Look: "
        "waywarden boundaries refresh."
    )
    return Check("boundaries", False, text, seen.boundaries_at, stops=False)


def _contacts(seen: Seen) -> Check:
    held = [each for each in seen.refreshes if each.held_at is not None]
    if held:
        text = (
            f"A refresh of the contacts of {held[0].council} waits for a person, and the clerks stay as they were. "
            f"Look: waywarden contacts held --council {held[0].council}."
        )
        return Check("contacts", False, text, held[0].held_at, stops=False)
    away = [each for each in seen.refreshes if each.away_since is not None]
    if away:
        text = (
            f"The Modern.Gov of {away[0].council} gives nothing ({away[0].problem}), and the last copy of the clerks "
            f"is used. Look: waywarden contacts probe {away[0].council}."
        )
        return Check("contacts", False, text, away[0].away_since, stops=False)
    return Check("contacts", True, "No refresh waits for a person.")


def _links(seen: Seen) -> Check:
    if seen.wrong_links is None:
        return Check("links", True, "The links that citizens are sent lead here.")
    text = f"Citizens are sent links to {seen.wrong_links}, where nobody else gets. Set WAYWARDEN_PUBLIC_URL."
    return Check("links", False, text, stops=False)
