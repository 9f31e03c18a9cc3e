"""What we saw → what does not work, since when, and what to do. Pure."""

import datetime
from collections.abc import Sequence

from routing.health.channels import end_of, nothing_accepted, what_to_do
from routing.health.check import Check, began, when
from routing.health.programs import database, disk, engine, prefect, web
from routing.health.seen import ChannelSeen, Seen
from routing.vocabulary import SMTP, channel_word

OLD_BOUNDARIES = datetime.timedelta(days=425)
"""The ONS publishes parishes once a year, give or take some weeks."""

SLOW = datetime.timedelta(minutes=10)
"""Reports and messages normally wait for seconds. If one waits this long, something is wrong."""

LOOK_AT_THE_ENGINE = "Check the engine's log, and its runs in Prefect."


def judge(seen: Seen, now: datetime.datetime) -> list[Check]:
    """Every part. Parts that others need come first."""
    if seen.database != "ok":
        return [database(seen), *disk(seen)]
    return [
        database(seen),
        *disk(seen),
        engine(seen),
        *prefect(seen),
        *(_channel(name, seen, now) for name in sorted(seen.channels, key=lambda name: (name != SMTP, name))),
        _reports(seen, now),
        _cases(seen, now),
        *web(seen),
        _definitions(seen),
        _boundaries(seen, now),
        _contacts(seen),
        _links(seen),
    ]


def stands_still(checks: Sequence[Check]) -> list[Check]:
    """Parts with a problem: those that stop reports first, then the longest-lasting."""
    now = datetime.datetime.max.replace(tzinfo=datetime.UTC)
    return sorted((each for each in checks if not each.ok), key=lambda each: (not each.stops, each.since or now))


def headline(checks: Sequence[Check]) -> str:
    """The first sentences: what does not work, since when, and what to do; or that everything works."""
    wrong = stands_still(checks)
    if not wrong:
        return "Everything works."
    begins = "" if wrong[0].stops else "Reports and messages move. To do: "
    others = f" ({len(wrong) - 1} more below.)" if len(wrong) > 1 else ""
    return f"{begins}{wrong[0].says}{others}"


def _channel(name: str, seen: Seen, now: datetime.datetime) -> Check:
    """Whether messages leave over one channel; mail's part is called *mail*."""
    it, part = seen.channels[name], channel_word(name)
    told = _told(it)
    if it.trouble is not None:
        since = began(it.since)
        text = f"{what_to_do(name, it.trouble, is_stopped=it.is_stopped, since=since)} {told}"
        return Check(part, False, text, it.since)
    if not seen.engine.living or not seen.engine.is_prefect_there:  # another part reports this
        return Check(part, True, f"{told}")
    if _is_late(it.untaken_since, now):
        since = began(it.untaken_since, "some waiting")
        text = f"The engine does not send waiting messages{since}. {LOOK_AT_THE_ENGINE} {told}"
        return Check(part, False, text, it.untaken_since)
    if _is_late(it.unaccepted_since, now):
        since = began(it.unaccepted_since, "some waiting")
        return Check(part, False, f"{nothing_accepted(name, it.last_answer, since)} {told}", it.unaccepted_since)
    if _is_late(it.oldest, now):
        text = (
            f"Some messages are delayed{began(it.oldest, 'the oldest')}. Others are accepted. We retry automatically. "
            f"If there are many, check the log of {end_of(name)}. {told}"
        )
        return Check(part, False, text, it.oldest, stops=False)
    return Check(part, True, f"{told}")


def _told(it: ChannelSeen) -> str:
    """What we know about a channel."""
    told = "No message has been accepted yet."
    if it.last_sent:
        told = f"The last message was accepted on {when(it.last_sent)}."
    if it.waiting:
        counted = "1 message waits" if it.waiting == 1 else f"{it.waiting} messages wait"
        told += f" {counted}" + (f", the oldest since {when(it.oldest)}." if it.oldest else ".")
    return told + (f" The last failed attempt: {it.last_answer}." if it.last_answer else "")


def _is_late(since: datetime.datetime | None, now: datetime.datetime) -> bool:
    return since is not None and now - since > SLOW


def _reports(seen: Seen, now: datetime.datetime) -> Check:
    if not seen.received or seen.received_since is None:
        return Check("reports", True, "No report waits for the engine.")
    counted = "1 report waits" if seen.received == 1 else f"{seen.received} reports wait"
    is_slow = _is_late(seen.received_since, now) and bool(seen.engine.living)
    if not is_slow or not seen.engine.is_prefect_there:
        return Check("reports", True, f"{counted} for the engine.")
    since = began(seen.received_since, "the oldest" if seen.received > 1 else "")
    text = f"{counted} although an engine is running{since}. {LOOK_AT_THE_ENGINE}"
    return Check("reports", False, text, seen.received_since)


def _cases(seen: Seen, now: datetime.datetime) -> Check:
    """Whether cases in stages go on when their time has come."""
    due, since, stranded = seen.cases.due, seen.cases.since, ", ".join(seen.cases.stranded)
    if stranded:
        text = f"Nothing happens to {stranded}, and we do not know since when. Run: waywarden reports move REFERENCE"
        return Check("cases", False, text, stops=False)
    if not due or since is None:
        return Check("cases", True, "No case waits for the engine.")
    counted = "1 case waits" if due == 1 else f"{due} cases wait"
    is_slow = _is_late(since, now) and bool(seen.engine.living)
    if not is_slow or not seen.engine.is_prefect_there:
        return Check("cases", True, f"{counted} for the engine.")
    text = (
        f"{counted} although an engine is running{began(since, 'the oldest' if due > 1 else '')}. {LOOK_AT_THE_ENGINE}"
    )
    return Check("cases", False, text, since)


def _definitions(seen: Seen) -> Check:
    if seen.refused is not None:
        text = (
            f"A definition has errors{began(seen.refused_since)}. Running parts use the stored version, but cannot "
            f"restart. Fix the file, then check it with: waywarden process check. The error: {seen.refused}"
        )
        return Check("definitions", False, text, seen.refused_since, stops=False)
    if not seen.conflicts and seen.not_offered:
        said = seen.not_offered[0].removesuffix(".")
        text = f"{said}{began(None)}. Offer it again, or set WAYWARDEN_COUNCILS_DIR to the councils that do."
        return Check("definitions", False, text, stops=False)
    if not seen.conflicts:
        return Check("definitions", True, " ".join((*seen.not_adopted, "No file has changed without a new version.")))
    since = began(seen.conflicts_since)
    text = (
        f"{seen.conflicts[0].removesuffix('.')}{since}. The stored version stays in use. Give the changed file a new "
        "version, then restart."
    )
    return Check("definitions", False, text, seen.conflicts_since, stops=False)


def _boundaries(seen: Seen, now: datetime.datetime) -> Check:
    if not seen.has_boundaries:
        text = (
            f"There are no boundaries{began(None)}. Every report goes to review. Fetch them with: waywarden "
            "boundaries refresh --activate."
        )
        return Check("boundaries", False, text)
    if seen.is_shipped or seen.boundaries_at is None or now - seen.boundaries_at < OLD_BOUNDARIES:
        return Check("boundaries", True, "Boundaries are in use.")
    text = (
        f"The boundaries are old{began(seen.boundaries_at, 'unchanged')}. A new vintage comes out each year. With an "
        "old one, reports may go to the wrong clerk. Fetch it with: waywarden boundaries refresh."
    )
    return Check("boundaries", False, text, seen.boundaries_at, stops=False)


def _contacts(seen: Seen) -> Check:
    held = [each for each in seen.refreshes if each.held_at is not None]
    if held:
        text = (
            f"A refresh of the contacts of {held[0].council} needs a decision{began(held[0].held_at)}. Contacts stay "
            f"unchanged until then. Review it with: waywarden contacts held --council {held[0].council}."
        )
        return Check("contacts", False, text, held[0].held_at, stops=False)
    away = [each for each in seen.refreshes if each.away_since is not None]
    if away:
        text = (
            f"We cannot read the Modern.Gov of {away[0].council} ({away[0].problem}){began(away[0].away_since)}. We "
            f"use the last copy of the contacts. Test it with: waywarden contacts probe {away[0].council}."
        )
        return Check("contacts", False, text, away[0].away_since, stops=False)
    return Check("contacts", True, "No refresh needs a decision.")


def _links(seen: Seen) -> Check:
    if seen.wrong_links is None:
        return Check("links", True, "The links that we send to citizens lead here.")
    text = (
        f"Citizens cannot open the links that we send them, to {seen.wrong_links}{began(None)}. Set "
        "WAYWARDEN_PUBLIC_URL."
    )
    return Check("links", False, text, stops=False)
