"""When a time is over: by hand-counted days, holidays of each nation, summer time, and time that stood."""

import datetime

import pytest

from routing.days import LONDON
from routing.process.clock import Counting, before, deadlines, months_after, over
from routing.process.stages import Due, Period, Unit
from routing.working_days import ANY_NATION, Calendar, Office

ENGLAND = Counting(Calendar())


def at(text: str) -> datetime.datetime:
    return datetime.datetime.fromisoformat(text).replace(tzinfo=LONDON)


@pytest.mark.parametrize(
    ("begins", "number", "unit", "ends"),
    [
        ("2027-02-01T09:00", 24, Unit.HOURS, "2027-02-02T09:00"),
        ("2027-02-01T09:00", 2, Unit.WORKING_DAYS, "2027-02-04T00:00"),
        ("2027-02-05T23:59", 1, Unit.WORKING_DAYS, "2027-02-09T00:00"),
        ("2027-02-06T12:00", 1, Unit.WORKING_DAYS, "2027-02-09T00:00"),
        ("2027-03-25T12:00", 1, Unit.WORKING_DAYS, "2027-03-31T00:00"),  # Good Friday and Easter Monday
        ("2027-12-24T12:00", 1, Unit.WORKING_DAYS, "2027-12-30T00:00"),  # Christmas at a weekend: two substitutes
        ("2027-02-01T00:00", 14, Unit.CALENDAR_DAYS, "2027-02-16T00:00"),
        ("2027-02-01T09:00", 8, Unit.WEEKS, "2027-03-30T00:00"),
        ("2027-01-31T09:00", 1, Unit.MONTHS, "2027-03-01T00:00"),
        ("2027-02-28T09:00", 12, Unit.MONTHS, "2028-02-29T00:00"),
        ("2028-02-29T09:00", 12, Unit.MONTHS, "2029-03-01T00:00"),
    ],
)
def test_a_time_in_days_is_over_at_the_end_of_its_last_day(begins, number, unit, ends):
    assert over(at(begins), number, unit, ENGLAND) == at(ends)


@pytest.mark.parametrize(
    ("begins", "ends"),
    [("2027-03-27T12:00", "2027-03-28T13:00"), ("2027-10-30T12:00", "2027-10-31T11:00")],
    ids=["clocks go forward", "clocks go back"],
)
def test_hours_go_by_real_time_when_the_clocks_change(begins, ends):
    assert over(at(begins), 24, Unit.HOURS, ENGLAND) == at(ends)


def test_a_report_just_before_midnight_in_summer_is_of_that_day():
    begins = datetime.datetime(2027, 6, 30, 22, 59, tzinfo=datetime.UTC)  # 23:59 in London
    assert over(begins, 1, Unit.CALENDAR_DAYS, ENGLAND) == at("2027-07-02T00:00")
    assert over(begins + datetime.timedelta(minutes=1), 1, Unit.CALENDAR_DAYS, ENGLAND) == at("2027-07-03T00:00")


@pytest.mark.parametrize(
    ("part", "ends"),
    [("ENG", "2027-03-18T00:00"), ("NIR", "2027-03-19T00:00"), ("any", "2027-03-19T00:00")],
)
def test_holidays_are_those_of_the_nation_or_of_any(part, ends):
    calendar = ANY_NATION if part == "any" else Calendar((part,))
    assert over(at("2027-03-16T09:00"), 1, Unit.WORKING_DAYS, Counting(calendar)) == at(ends)  # St Patrick's Day


def test_days_that_a_council_adds_do_not_count():
    calendar = Calendar(added=frozenset({datetime.date(2027, 2, 2)}))
    assert over(at("2027-02-01T09:00"), 1, Unit.WORKING_DAYS, Counting(calendar)) == at("2027-02-04T00:00")


@pytest.mark.parametrize(
    ("number", "unit", "ends"),
    [
        (3, Unit.WORKING_DAYS, "2027-02-09T00:00"),  # 2, then stood on 3 and 4, 5 and 8
        (3, Unit.CALENDAR_DAYS, "2027-02-07T00:00"),
        (48, Unit.HOURS, "2027-02-05T09:00"),
    ],
)
def test_a_day_at_whose_end_time_stood_does_not_count(number, unit, ends):
    counting = Counting(Calendar(), ((at("2027-02-03T08:00"), at("2027-02-05T08:00")),))
    assert over(at("2027-02-01T09:00"), number, unit, counting) == at(ends)


def test_time_that_stood_twice_at_once_counts_once():
    stood = ((at("2027-02-01T10:00"), at("2027-02-01T13:00")), (at("2027-02-01T11:00"), at("2027-02-01T12:00")))
    assert over(at("2027-02-01T09:00"), 24, Unit.HOURS, Counting(Calendar(), stood)) == at("2027-02-02T12:00")


def test_hours_that_stood_are_those_that_really_passed():
    stood = ((at("2027-03-27T10:00"), at("2027-03-28T10:00")),)  # 23 hours: the clocks go forward
    assert over(at("2027-03-27T09:00"), 24, Unit.HOURS, Counting(Calendar(), stood)) == at("2027-03-29T09:00")


def test_time_that_stood_before_a_clock_began_is_nothing_to_it():
    counting = Counting(Calendar(), ((at("2027-01-03T08:00"), at("2027-01-25T08:00")),))
    assert over(at("2027-02-01T09:00"), 3, Unit.CALENDAR_DAYS, counting) == at("2027-02-05T00:00")


@pytest.mark.parametrize(
    ("number", "unit", "begins"),
    [
        (24, Unit.HOURS, "2027-03-27T23:00"),  # the 28th has 23 hours
        (1, Unit.CALENDAR_DAYS, "2027-03-29T00:00"),
        (1, Unit.WORKING_DAYS, "2027-03-26T00:00"),
        (1, Unit.WEEKS, "2027-03-23T00:00"),
        (1, Unit.MONTHS, "2027-03-01T00:00"),
    ],
)
def test_time_is_counted_back_from_a_date(number, unit, begins):
    """From Easter Monday, the day after the clocks have gone forward."""
    date = datetime.date(2027, 3, 29)
    assert before(date, number, unit, Calendar()) == at(begins)


@pytest.mark.parametrize(
    ("day", "number", "then"),
    [("2027-01-31", 1, "2027-02-28"), ("2027-03-31", -1, "2027-02-28"), ("2027-12-15", 1, "2028-01-15"),
     ("2027-01-15", -1, "2026-12-15"), ("2028-02-29", 12, "2029-02-28")],
)  # fmt: skip
def test_a_month_later_is_the_same_day_or_the_last(day, number, then):
    assert months_after(datetime.date.fromisoformat(day), number) == datetime.date.fromisoformat(then)


def test_reminders_promise_silence_and_more_time_are_counted_alike():
    due = Due(working_days=10, remind_at=(10, 15), late_at=20, late="no-answer")
    entered = at("2027-02-01T09:00")
    found = deadlines(due, entered, entered, {}, (), ENGLAND)
    assert (found.due, found.over) == (at("2027-02-16T00:00"), at("2027-03-02T00:00"))
    assert found.remind == (at("2027-02-16T08:00"), at("2027-02-23T08:00"))
    assert found.day == datetime.date(2027, 2, 15)
    more = deadlines(due, entered, entered, {}, (Period(working_days=5),), ENGLAND)
    assert (more.due, more.over) == (at("2027-02-23T00:00"), at("2027-03-09T00:00"))


def test_a_time_is_counted_from_a_date_or_from_the_receipt():
    dates = {"notice_on": "2027-02-10"}
    after = Due(calendar_days=21, after="notice_on", late="over")
    received = Due(months=1, after="received", late="stands")
    entered, receipt = at("2027-03-01T09:00"), at("2027-02-20T09:00")
    assert deadlines(after, entered, receipt, dates, (), ENGLAND).over == at("2027-03-04T00:00")
    assert deadlines(received, entered, receipt, dates, (), ENGLAND).over == at("2027-03-21T00:00")


def late(due: Due, entered: str, counting: Counting = ENGLAND) -> datetime.datetime:
    return deadlines(due, at(entered), at(entered), {}, (), counting).late


@pytest.mark.parametrize(
    ("unit", "number", "entered", "applied"),
    [
        (Unit.HOURS, 30, "2027-02-05T09:00", "2027-02-06T15:00"),  # by the clock on the wall, also on a Saturday
        (Unit.WORKING_DAYS, 4, "2027-02-01T09:00", "2027-02-08T08:00"),  # over on Friday, applied on Monday
        (Unit.WORKING_DAYS, 3, "2027-02-01T09:00", "2027-02-05T08:00"),
        (Unit.CALENDAR_DAYS, 5, "2027-02-01T09:00", "2027-02-07T08:00"),  # over on Saturday, applied on Sunday
        (Unit.WEEKS, 1, "2027-02-06T09:00", "2027-02-14T08:00"),
        (Unit.MONTHS, 1, "2027-02-26T09:00", "2027-03-27T08:00"),  # the Saturday after Good Friday
        (Unit.CALENDAR_DAYS, 1, "2027-06-10T09:00", "2027-06-12T08:00"),  # 8 in London, in summer too
    ],
)
def test_silence_is_applied_when_the_council_opens(unit, number, entered, applied):
    assert late(Due.model_validate({unit.value: number, "late": "silent"}), entered) == at(applied)


def test_a_reminder_on_another_day_moves_to_the_next_working_day_of_the_council():
    due = Due(weeks=8, remind_at=(2,), late="silent")
    closed = Office(Calendar(added=frozenset({datetime.date(2027, 2, 22)})))
    found = deadlines(due, at("2027-02-06T09:00"), at("2027-02-06T09:00"), {}, (), Counting(Calendar(), (), closed))
    assert found.remind == (at("2027-02-23T08:00"),)  # due on Sunday 21, and shut on Monday


def test_letters_leave_from_the_hour_that_a_council_sets():
    early = Counting(Calendar(), (), Office(letters_from=datetime.time(6, 30)))
    assert late(Due(working_days=1, late="silent"), "2027-02-01T09:00", early) == at("2027-02-03T06:30")
