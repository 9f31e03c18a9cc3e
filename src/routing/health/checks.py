"""What was seen → what stands still, since when, and what to do. Pure."""

import datetime
from collections.abc import Sequence

from routing.health.channels import end_of, nothing_accepted, what_to_do
from routing.health.check import Check, began, when
from routing.health.programs import database, disk, engine, prefect, web
from routing.health.seen import ChannelSeen, Seen
from routing.vocabulary import SMTP, channel_word

OLD_BOUNDARIES = datetime.timedelta(days=425)
"""The ONS publishes parishes once a year, with some weeks' play."""

SLOW = datetime.timedelta(minutes=10)
"""A report is decided, and a message leaves, within seconds; one that waits so long waits for something else."""

LOOK_AT_THE_ENGINE = "Look at the log of the engine, and at its runs in Prefect."


def judge(seen: Seen, now: datetime.datetime) -> list[Check]:
    """Every part, the ones on which others rest first."""
    if seen.database != "ok":
        return [database(seen), *disk(seen)]
    return [
        database(seen),
        *disk(seen),
        engine(seen),
        *prefect(seen),
        *(_channel(name, seen, now) for name in sorted(seen.channels, key=lambda name: (name != SMTP, name))),
        _reports(seen, now),
        *web(seen),
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


def _channel(name: str, seen: Seen, now: datetime.datetime) -> Check:
    """Whether messages leave over one channel; mail's part is called *mail*."""
    it, part = seen.channels[name], channel_word(name)
    told = _told(it)
    if it.trouble is not None:
        since = began(it.since, "none has")
        text = f"{what_to_do(name, it.trouble, is_stopped=it.is_stopped, since=since)} {told}"
        return Check(part, False, text, it.since)
    if not seen.engine.living or not seen.engine.is_prefect_there:  # then everything waits, and another part says so
        return Check(part, True, f"{told}")
    if _is_late(it.untaken_since, now):
        since = began(it.untaken_since, "some have waited in the outbox")
        text = f"The engine takes up no messages{since}. {LOOK_AT_THE_ENGINE} {told}"
        return Check(part, False, text, it.untaken_since)
    if _is_late(it.unaccepted_since, now):
        since = began(it.unaccepted_since, "some have waited in the outbox")
        return Check(part, False, f"{nothing_accepted(name, it.last_answer, since)} {told}", it.unaccepted_since)
    if _is_late(it.oldest, now):
        text = (
            f"Some messages are put off while others are accepted{began(it.oldest, 'the oldest has waited')}. They "
            f"are tried again by themselves; where they are many, look at the log of {end_of(name)}. {told}"
        )
        return Check(part, False, text, it.oldest, stops=False)
    return Check(part, True, f"{told}")


def _told(it: ChannelSeen) -> str:
    """What is known of a channel, well or not."""
    told = "No engine knows of an accepted message yet."
    if it.last_sent:
        told = f"The last message was accepted on {when(it.last_sent)}."
    if it.waiting:
        counted = "1 message waits" if it.waiting == 1 else f"{it.waiting} messages wait"
        told += f" {counted}" + (f", the oldest since {when(it.oldest)}." if it.oldest else ".")
    return told + (f" The last answer of another kind: {it.last_answer}." if it.last_answer else "")


def _is_late(since: datetime.datetime | None, now: datetime.datetime) -> bool:
    return since is not None and now - since > SLOW


def _reports(seen: Seen, now: datetime.datetime) -> Check:
    if not seen.received or seen.received_since is None:
        return Check("reports", True, "None waits for the engine.")
    counted = "1 report waits" if seen.received == 1 else f"{seen.received} reports wait"
    is_slow = _is_late(seen.received_since, now) and bool(seen.engine.living)
    if not is_slow or not seen.engine.is_prefect_there:
        return Check("reports", True, f"{counted} for the engine.")
    since = began(seen.received_since, "the oldest has" if seen.received > 1 else "has")
    text = f"{counted} to be routed though an engine runs{since}. {LOOK_AT_THE_ENGINE}"
    return Check("reports", False, text, seen.received_since)


def _definitions(seen: Seen) -> Check:
    if seen.refused is not None:
        text = (
            f"A definition is refused{began(seen.refused_since, 'its file has been as it is')}. What runs goes on by "
            f"what was stored; what is restarted does not start. Fix it, and prove it: waywarden process check. It "
            f"says: {seen.refused}"
        )
        return Check("definitions", False, text, seen.refused_since, stops=False)
    if not seen.conflicts:
        return Check("definitions", True, "None was changed without a new version.")
    since = began(seen.conflicts_since, "its file has been as it is")
    text = (
        f"{seen.conflicts[0].removesuffix('.')}{since}. What was stored under it goes on. Give the changed file a new "
        "version, then restart."
    )
    return Check("definitions", False, text, seen.conflicts_since, stops=False)


def _boundaries(seen: Seen, now: datetime.datetime) -> Check:
    if not seen.has_boundaries:
        text = (
            f"There are no boundaries{began(None, '')}. Every report goes to a person. Bring them in: waywarden "
            "boundaries refresh."
        )
        return Check("boundaries", False, text)
    if seen.is_shipped or seen.boundaries_at is None or now - seen.boundaries_at < OLD_BOUNDARIES:
        return Check("boundaries", True, "A vintage answers.")
    text = (
        f"The boundaries are old{began(seen.boundaries_at, 'have been the same')}. A new vintage appears each year, "
        "and by an old one reports may go to the wrong clerk. Fetch it: waywarden boundaries refresh."
    )
    return Check("boundaries", False, text, seen.boundaries_at, stops=False)


def _contacts(seen: Seen) -> Check:
    held = [each for each in seen.refreshes if each.held_at is not None]
    if held:
        text = (
            f"A refresh of the contacts of {held[0].council} waits for a person{began(held[0].held_at, 'has')}. The "
            f"clerks stay as they were. Look at it: waywarden contacts held --council {held[0].council}."
        )
        return Check("contacts", False, text, held[0].held_at, stops=False)
    away = [each for each in seen.refreshes if each.away_since is not None]
    if away:
        text = (
            f"The Modern.Gov of {away[0].council} gives nothing ({away[0].problem})"
            f"{began(away[0].away_since, 'has not')}. The last copy of the clerks is used. Try it: waywarden contacts "
            f"probe {away[0].council}."
        )
        return Check("contacts", False, text, away[0].away_since, stops=False)
    return Check("contacts", True, "No refresh waits for a person.")


def _links(seen: Seen) -> Check:
    if seen.wrong_links is None:
        return Check("links", True, "The links that citizens are sent lead here.")
    text = (
        f"Citizens are sent links to {seen.wrong_links}, where nobody else gets{began(None, '')}. Set "
        "WAYWARDEN_PUBLIC_URL."
    )
    return Check("links", False, text, stops=False)
