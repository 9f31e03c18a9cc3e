"""Days and times as people in the United Kingdom write them: in London time, wherever the machine is."""

import datetime
import zoneinfo

from routing.i18n import gettext as _
from routing.i18n import noop
from routing.present import now

LONDON = zoneinfo.ZoneInfo("Europe/London")
MONTHS = (
    noop("January"), noop("February"), noop("March"), noop("April"), noop("May"), noop("June"), noop("July"),
    noop("August"), noop("September"), noop("October"), noop("November"), noop("December"),
)  # fmt: skip


def day_of(moment: datetime.datetime) -> datetime.date:
    """The day of a moment; ``moment`` has a time zone."""
    return moment.astimezone(LONDON).date()


def today() -> datetime.date:
    """Today, as cases see it."""
    return day_of(now())


def in_words(when: datetime.date) -> str:
    """A day, or the day of a moment, in words: *4 December 2026*."""
    day = day_of(when) if isinstance(when, datetime.datetime) else when
    return _("{day} {month} {year}").format(day=day.day, month=_(MONTHS[day.month - 1]), year=day.year)


def with_time(moment: datetime.datetime) -> str:
    """A moment, as GOV.UK's style guide writes it: *4 December 2026 at 3:05pm*."""
    local = moment.astimezone(LONDON)
    return _("{day} at {time}").format(day=in_words(moment), time=_clock(local))


def day_ended_by(moment: datetime.datetime) -> datetime.date | None:
    """The day that a midnight ends; None for any other moment."""
    local = moment.astimezone(LONDON)
    return local.date() - datetime.timedelta(days=1) if local.time() == datetime.time() else None


def at_moment(moment: datetime.datetime) -> str:
    """A moment of a clock: the midnight after a day is *at the end of 3 December 2026*."""
    day = day_ended_by(moment)
    return f"on {with_time(moment)}" if day is None else f"at the end of {in_words(day)}"


def by_moment(moment: datetime.datetime) -> str:
    """The end of a time, for *by*: the day that a midnight ends, else the moment."""
    day = day_ended_by(moment)
    return with_time(moment) if day is None else in_words(day)


def _clock(local: datetime.datetime) -> str:
    if local.minute == 0 and local.hour in (0, 12):
        return _("midday") if local.hour else _("midnight")
    return f"{(local.hour - 1) % 12 + 1}:{local.minute:02}{'am' if local.hour < 12 else 'pm'}"


def in_table(moment: datetime.datetime) -> str:
    """A moment, short enough for a table: ``2026-12-04 15:05``."""
    return f"{moment.astimezone(LONDON):%Y-%m-%d %H:%M}"
