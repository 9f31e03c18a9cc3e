"""What was seen → what stands still, since when, and what to do. Pure."""

import datetime
from collections.abc import Sequence
from dataclasses import dataclass

from routing.health.mail import nothing_accepted, what_to_do
from routing.health.seen import Engine, Mail, Seen

LEAST_FREE = 500_000_000
"""Bytes: PostgreSQL's write-ahead log alone takes up to 1 GB, and its next file 16 MB."""

OLD_BOUNDARIES = datetime.timedelta(days=425)
"""The ONS publishes parishes once a year, with some weeks' play."""

SLOW = datetime.timedelta(minutes=10)
"""A report is decided, and a message leaves, within seconds; one that waits so long waits for something else."""

LOOK_AT_THE_ENGINE = "Look at the log of the engine, and at its runs in Prefect."


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
    """The first sentences: what stands still, since when, and what to do; or that nothing does."""
    wrong = stands_still(checks)
    if not wrong:
        return "Everything works."
    begins = "" if wrong[0].stops else "Nothing stands still. To do: "
    others = f" ({len(wrong) - 1} more below.)" if len(wrong) > 1 else ""
    return f"{begins}{wrong[0].says}{others}"


def when(moment: datetime.datetime) -> str:
    """A moment, as people say it, by the clock of this machine."""
    local = moment.astimezone()
    return f"{local.day} {local:%B %Y, %H:%M}"


def _since(moment: datetime.datetime | None, words: str) -> str:
    """How a sentence goes on that says what is wrong: since when it has been so."""
    return f", and {words} since {when(moment)}" if moment is not None else " (since when is not known)"


def _database(seen: Seen) -> Check:
    since = seen.last_well.get("database")
    match seen.database:
        case "ok":
            return Check("database", True, "It answers.")
        case "read-only":
            text = (
                f"The database can be read and not written{_since(since, 'has been so')}. No report is taken and none "
                "is sent. Where it is a standby, let WAYWARDEN_DATABASE_URL name the primary; else end its read-only "
                "mode, or make room on its disk."
            )
        case "older":
            text = (
                f"The database has an older schema{_since(since, 'has not been well')}. No report can be taken. Run: "
                "waywarden db upgrade."
            )
        case "newer":
            text = (
                f"The database has a newer schema{_since(since, 'has not been well')}. No report can be taken. Install "
                "the Waywarden that made it."
            )
        case "closed":
            text = (
                f"The database refuses our role{_since(since, 'has')}. No report can be taken. Run: "
                "waywarden db upgrade, which grants what the role needs."
            )
        case _ if seen.folder:
            text = (
                f"Nothing runs here{_since(since, 'nothing has')}. No report can be taken. Start everything: waywarden "
                f"up. Its folder is {seen.folder}."
            )
        case _:
            text = (
                f"The database does not answer{_since(since, 'has not')}. No report can be taken. Start it, or correct "
                "WAYWARDEN_DATABASE_URL."
            )
    return Check("database", False, text, since)


def _disk(seen: Seen) -> list[Check]:
    if seen.free_bytes is None:
        return []
    free = f"{seen.free_bytes / 1e9:.1f} GB"
    if seen.free_bytes >= LEAST_FREE:
        return [Check("disk", True, f"{free} are free.")]
    since = seen.last_well.get("disk")
    text = (
        f"The disk is nearly full{_since(since, 'has been')}: {free} are free. Reports stop when it is full. Make "
        "room, or move the data directory."
    )
    return [Check("disk", False, text, since)]


def _engine(seen: Seen) -> Check:
    if seen.engine.living:
        number = "One runs." if seen.engine.living == 1 else f"{seen.engine.living} run."
        return Check("engine", True, number)
    last = seen.engine.last_seen
    since = f"none has since {when(last)}" if last is not None else "none has since the installation began"
    text = f"No engine runs, and {since}. Reports are taken and wait. Start it: waywarden run engine, or waywarden up."
    return Check("engine", False, text, last)


def _prefect(seen: Seen) -> list[Check]:
    asked = next((each for each in seen.asked if each.name == "prefect"), None)
    if seen.engine.living:  # what counts is whether the engine reaches it, from where it runs
        return [_prefect_of_engine(seen.engine)]
    if asked is None:
        return []
    if asked.why_not is None:
        return [Check("prefect", True, "It answers.")]
    since = seen.engine.prefect_seen
    text = (
        f"Prefect does not answer at {asked.url} ({asked.why_not}){_since(since, 'has not')}. Reports are taken and "
        "wait. Start it: waywarden run prefect."
    )
    return [Check("prefect", False, text, since)]


def _prefect_of_engine(engine: Engine) -> Check:
    if engine.is_prefect_there:
        return Check("prefect", True, "It answers.")
    since = engine.prefect_since
    match engine.prefect_trouble:
        case "refused":
            text = (
                f"Prefect does not let the engine in{_since(since, 'has not')}. Reports are taken and wait. Where the "
                "engine runs, check PREFECT_API_AUTH_STRING, or prefect-auth in its data directory: it must be the "
                "string of Prefect's server."
            )
        case "not-deployed":
            text = (
                f"Prefect does not know the flows{_since(since, 'has not')}. Reports are taken and wait. Register "
                "them: waywarden deploy."
            )
        case _:
            text = (
                f"Prefect does not answer the engine{_since(since, 'has not')}. Reports are taken and wait. Start it: "
                "waywarden run prefect."
            )
    return Check("prefect", False, text, since)


def _mail(seen: Seen, now: datetime.datetime) -> Check:
    mail = seen.mail
    told = _told(mail)
    if mail.trouble is not None:
        since = _since(mail.since, "none has")
        text = f"{what_to_do(mail.trouble, is_stopped=mail.is_stopped, since=since)} {told}"
        return Check("mail", False, text, mail.since)
    if not seen.engine.living or not seen.engine.is_prefect_there:  # then everything waits, and another part says so
        return Check("mail", True, f"{told}")
    if _is_late(mail.untaken_since, now):
        since = _since(mail.untaken_since, "some have waited in the outbox")
        text = f"The engine takes up no messages{since}. {LOOK_AT_THE_ENGINE} {told}"
        return Check("mail", False, text, mail.untaken_since)
    if _is_late(mail.unaccepted_since, now):
        since = _since(mail.unaccepted_since, "some have waited in the outbox")
        return Check("mail", False, f"{nothing_accepted(mail.last_answer, since)} {told}", mail.unaccepted_since)
    if _is_late(mail.oldest, now):
        text = (
            f"Some messages are put off while others are accepted{_since(mail.oldest, 'the oldest has waited')}. They "
            f"are tried again by themselves; where they are many, look at the log of the mail server. {told}"
        )
        return Check("mail", False, text, mail.oldest, stops=False)
    return Check("mail", True, f"{told}")


def _told(mail: Mail) -> str:
    """What is known of mail, well or not."""
    told = f"The last message was accepted on {when(mail.last_sent)}." if mail.last_sent else "None was accepted yet."
    if mail.waiting:
        counted = "1 message waits" if mail.waiting == 1 else f"{mail.waiting} messages wait"
        told += f" {counted}" + (f", the oldest since {when(mail.oldest)}." if mail.oldest else ".")
    return told + (f" The last answer of another kind: {mail.last_answer}." if mail.last_answer else "")


def _is_late(since: datetime.datetime | None, now: datetime.datetime) -> bool:
    return since is not None and now - since > SLOW


def _reports(seen: Seen, now: datetime.datetime) -> Check:
    if not seen.received or seen.received_since is None:
        return Check("reports", True, "None waits to be decided.")
    counted = "1 report waits" if seen.received == 1 else f"{seen.received} reports wait"
    is_slow = _is_late(seen.received_since, now) and bool(seen.engine.living)
    if not is_slow or not seen.engine.is_prefect_there:
        return Check("reports", True, f"{counted} to be decided.")
    since = _since(seen.received_since, "the oldest has" if seen.received > 1 else "has")
    text = f"{counted} to be decided though an engine runs{since}. {LOOK_AT_THE_ENGINE}"
    return Check("reports", False, text, seen.received_since)


def _web(seen: Seen) -> list[Check]:
    asked = next((each for each in seen.asked if each.name == "web"), None)
    if asked is None:
        return []
    if asked.why_not is None:
        return [Check("web", True, f"It answers at {asked.url}.")]
    since = seen.last_well.get("web")
    text = (
        f"The web does not answer at {asked.url} ({asked.why_not}){_since(since, 'has not')}. Nobody can report there. "
        "Start it: waywarden run web."
    )
    return [Check("web", False, text, since)]


def _definitions(seen: Seen) -> Check:
    if seen.refused is not None:
        text = (
            f"A definition is refused{_since(seen.refused_since, 'its file has been as it is')}. What runs goes on by "
            f"what was stored; what is restarted does not start. Mend it, and prove it: waywarden process check. It "
            f"says: {seen.refused}"
        )
        return Check("definitions", False, text, seen.refused_since, stops=False)
    if not seen.conflicts:
        return Check("definitions", True, "None was changed without a new version.")
    since = _since(seen.conflicts_since, "its file has been as it is")
    text = (
        f"{seen.conflicts[0].removesuffix('.')}{since}. What was stored under it goes on. Give the changed file a new "
        "version, then restart."
    )
    return Check("definitions", False, text, seen.conflicts_since, stops=False)


def _boundaries(seen: Seen, now: datetime.datetime) -> Check:
    if not seen.has_boundaries:
        text = (
            f"There are no boundaries{_since(None, '')}. Every report goes to a person. Bring them in: waywarden "
            "boundaries refresh."
        )
        return Check("boundaries", False, text)
    if seen.is_shipped or seen.boundaries_at is None or now - seen.boundaries_at < OLD_BOUNDARIES:
        return Check("boundaries", True, "An edition answers.")
    text = (
        f"The boundaries are old{_since(seen.boundaries_at, 'have been the same')}. A new edition appears each year, "
        "and by an old one reports may go to the wrong clerk. Fetch it: waywarden boundaries refresh."
    )
    return Check("boundaries", False, text, seen.boundaries_at, stops=False)


def _contacts(seen: Seen) -> Check:
    held = [each for each in seen.refreshes if each.held_at is not None]
    if held:
        text = (
            f"A refresh of the contacts of {held[0].council} waits for a person{_since(held[0].held_at, 'has')}. The "
            f"clerks stay as they were. Look at it: waywarden contacts held --council {held[0].council}."
        )
        return Check("contacts", False, text, held[0].held_at, stops=False)
    away = [each for each in seen.refreshes if each.away_since is not None]
    if away:
        text = (
            f"The Modern.Gov of {away[0].council} gives nothing ({away[0].problem})"
            f"{_since(away[0].away_since, 'has not')}. The last copy of the clerks is used. Try it: waywarden contacts "
            f"probe {away[0].council}."
        )
        return Check("contacts", False, text, away[0].away_since, stops=False)
    return Check("contacts", True, "No refresh waits for a person.")


def _links(seen: Seen) -> Check:
    if seen.wrong_links is None:
        return Check("links", True, "The links that citizens are sent lead here.")
    text = (
        f"Citizens are sent links to {seen.wrong_links}, where nobody else gets{_since(None, '')}. Set "
        "WAYWARDEN_PUBLIC_URL."
    )
    return Check("links", False, text, stops=False)
