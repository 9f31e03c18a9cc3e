"""A date: a day, month and year, in bands if a table reads it."""

import datetime
import re
from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field

from routing.days import MONTHS, in_words
from routing.i18n import gettext as _
from routing.i18n import noop
from routing.process.kinds.bands import FARTHEST, Band, BandUnit, band_of, complaints, distance, reach
from routing.process.kinds.question import BaseQuestion, Given, Refused
from routing.vocabulary import folded

EARLIEST, LATEST = datetime.date(1900, 1, 1), datetime.date(2199, 12, 31)
PARTS = ("day", "month", "year")
_ISO = re.compile(r"(?P<year>\d{4})-(?P<month>\d{1,2})-(?P<day>\d{1,2})")
_WRITTEN = re.compile(r"(?P<day>\d{1,2})(?:st|nd|rd|th)?[ ./,-]+(?P<month>\d{1,2}|[a-z]{3,9})[ ./,-]+(?P<year>\d+)")


class DateQuestion(BaseQuestion):
    """A question for a date, as GOV.UK asks for one: day, month and year in three fields.

    Attributes:
        kind: kind of the question.
        most_days_ahead: the furthest date after the day on which it is given; 0: that day or before. Needed if a clock
            counts from it, because one typing error would make a deadline of a thousand years.
        bands: its ranges in tables, from the day on which it is given.
        bands_in: what the bands count.
    """

    template: ClassVar[str] = "date.html"
    unanswered: ClassVar[str] = noop("Enter a date")

    kind: Literal["date"]
    most_days_ahead: Annotated[int, Field(strict=True, ge=0, le=36_500)] | None = None
    bands: tuple[Band, ...] = ()
    bands_in: BandUnit | None = None

    @property
    def first_field(self) -> str:
        return f"{self.id}-{PARTS[0]}"

    def of_form(self, form: Mapping[str, Any]) -> object:
        parts = {part: form.get(f"{self.id}-{part}") for part in PARTS}
        return form.get(self.id) if all(value is None for value in parts.values()) else parts

    def typed_in_words(self, form: Mapping[str, str]) -> str:
        return " ".join(text for part in PARTS if (text := form.get(f"{self.id}-{part}", "").strip()))

    def form_values(self, value: str) -> dict[str, str]:
        date = datetime.date.fromisoformat(value)
        return {f"{self.id}-{part}": str(getattr(date, part)) for part in PARTS}

    def is_nothing(self, said: object) -> bool:
        if isinstance(said, Mapping):
            return all(super(DateQuestion, self).is_nothing(said.get(part)) for part in PARTS)
        return super().is_nothing(said)

    def read(self, said: object, given: Given) -> str | Refused:
        """``2027-02-01``, ``1/2/2027``, ``1 Feb 2027``, or the three parts; the day comes before the month."""
        if isinstance(said, datetime.date):
            said = said.isoformat()[:10]
        if isinstance(said, Mapping):
            parts = {part: folded(str(said.get(part) or "")[:40]).strip() for part in PARTS}
        else:
            text = folded(said[:60]).strip().lower() if isinstance(said, str) else ""
            found = _ISO.fullmatch(text) or _WRITTEN.fullmatch(text)
            if found is None:
                return Refused(_("Enter a date, like 27 3 2027"))
            parts = found.groupdict()
        date = self._date(parts, given)
        return date if isinstance(date, Refused) else self._bounded(date, given)

    def _date(self, parts: Mapping[str, str], given: Given) -> datetime.date | Refused:
        empty = tuple(part for part in PARTS if not parts[part])
        if empty:
            names = {"day": _("a day"), "month": _("a month"), "year": _("a year")}
            said = _(" and ").join(names[part] for part in empty)
            return Refused(_("Date must include {parts}").format(parts=said), empty)
        month = _month(parts["month"])
        day, year = _number(parts["day"]), self._year(parts["year"], given)
        if year is None:
            return Refused(_("Year must include 4 numbers"), ("year",))
        try:
            return datetime.date(year, month or 0, day or 0)
        except ValueError:
            return Refused(_("Date must be a real date"))

    def _year(self, text: str, given: Given) -> int | None:
        """A year of four digits. One of two digits, if the date must be near today."""
        number = _number(text)
        if number is None or len(text) == 4:
            return number
        if len(text) != 2 or not (self.bands or self.most_days_ahead is not None):
            return None
        century = given.on.year - given.on.year % 100
        return min(
            (century - 100 + number, century + number, century + 100 + number), key=lambda y: abs(y - given.on.year)
        )

    def _bounded(self, date: datetime.date, given: Given) -> str | Refused:
        latest = LATEST
        if self.most_days_ahead is not None:
            latest = given.on + datetime.timedelta(days=self.most_days_ahead)
        if date < EARLIEST:
            return Refused(_("Date must be after {date}").format(date=in_words(EARLIEST)))
        if date > latest and self.most_days_ahead == 0:
            return Refused(_("Date must be today or in the past"))
        if date > latest:
            return Refused(_("Date must be {date} or before").format(date=in_words(latest)))
        return date.isoformat()

    def _empty_bands(self) -> Iterator[str]:
        """No date can be in a band that lies beyond the latest date."""
        if self.most_days_ahead is None or self.bands_in is None:
            return
        least, most = reach(self.bands_in, self.most_days_ahead)
        begin = -FARTHEST
        for band in self.bands:
            end = band.below - 1 if band.below is not None else FARTHEST
            if max(begin, least) > min(end, most):
                yield f"remove the band '{band.value}', or raise most_days_ahead. No date is in it."
            begin = end + 1

    @property
    def expects(self) -> str:
        return "Send a date like 2027-03-27."

    def display(self, value: str) -> str:
        try:
            return in_words(datetime.date.fromisoformat(value))
        except ValueError:
            raise self.not_offered(value) from None

    @cached_property
    def partitions(self) -> tuple[str, ...]:
        return tuple(band.value for band in self.bands)

    def partition(self, value: str, given: Given) -> str:
        assert self.bands_in is not None
        return band_of(
            self.bands, distance(datetime.date.fromisoformat(value), given.on, self.bands_in, given.calendar)
        )

    def to_schema(self) -> dict[str, Any]:
        return {"type": "string", "format": "date"}

    def complaints(self) -> Iterator[str]:
        if bool(self.bands) != (self.bands_in is not None):
            yield "set both bands and bands_in, or neither."
            return
        far = next((band.below for band in self.bands if band.below is not None and abs(band.below) > FARTHEST), None)
        if far is not None:
            yield f"lower below = {far}. Bands of a date reach {FARTHEST:,} days."
            return
        yield from list(complaints(self.bands, None, None)) or self._empty_bands()
        yield from super().complaints()


def _month(text: str) -> int | None:
    """A month by its number, or by its name or the first three letters or more of it."""
    if not text.isalpha():
        return _number(text)
    if len(text) < 3:
        return None
    return next((number for number, name in enumerate(MONTHS, 1) if name.lower().startswith(text.lower())), None)


def _number(text: str) -> int | None:
    return int(text) if text.isdecimal() and text.isascii() and len(text) <= 4 else None
