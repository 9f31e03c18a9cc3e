"""Working days of the part of the United Kingdom in which a council is (bank holidays: gov.uk/bank-holidays)."""

import datetime

import pytest

from routing.working_days import Calendar, Nation, Office

TUESDAY, GOOD_FRIDAY, EASTER_MONDAY = (datetime.date(2027, *day) for day in ((2, 2), (3, 26), (3, 29)))
ENGLAND, SCOTLAND, WALES = "E07999001", "S12000033", "W06000015"


@pytest.mark.parametrize(
    ("start", "number", "gss", "day"),
    [
        ("2026-11-20", 1, ENGLAND, "2026-11-23"),  # a Friday
        ("2026-11-21", 1, ENGLAND, "2026-11-23"),  # a Saturday
        ("2026-11-22", 10, ENGLAND, "2026-12-04"),
        ("2026-12-24", 1, ENGLAND, "2026-12-29"),  # Boxing Day is a Saturday, and has its day off on Monday
        ("2026-12-30", 2, ENGLAND, "2027-01-04"),
        ("2026-12-30", 2, SCOTLAND, "2027-01-05"),  # 2 January is a Saturday, and has its day off on Monday
        ("2026-04-02", 1, ENGLAND, "2026-04-07"),  # Good Friday and Easter Monday
        ("2026-04-02", 1, SCOTLAND, "2026-04-06"),  # no Easter Monday
        ("2026-04-02", 1, WALES, "2026-04-07"),
        ("2026-11-23", 0, ENGLAND, "2026-11-23"),
    ],
)
def test_a_day_so_many_working_days_on(start, number, gss, day):
    calendar = Calendar((Nation.of(gss).part,))
    assert calendar.after(datetime.date.fromisoformat(start), number) == datetime.date.fromisoformat(day)


@pytest.mark.parametrize(
    ("gss", "nation"),
    [
        (ENGLAND, "england"),
        (WALES, "wales"),
        (SCOTLAND, "scotland"),
        ("N09000003", "northern-ireland"),
        ("X1", "england"),
    ],
)
def test_a_council_is_in_the_nation_of_its_code(gss, nation):
    assert Nation.of(gss) == nation


def test_a_council_adds_days_and_works_on_a_bank_holiday():
    calendar = Calendar(added=frozenset({TUESDAY}), removed=frozenset({EASTER_MONDAY}))
    assert [calendar.is_working_day(day) for day in (TUESDAY, EASTER_MONDAY, GOOD_FRIDAY)] == [False, True, False]
    assert calendar.holidays_of(2027, 1)[:3] == (datetime.date(2027, 1, 1), TUESDAY, GOOD_FRIDAY)


def test_the_councils_own_closures_count_where_a_holiday_of_any_nation_does_not():
    calendar = Calendar(added=frozenset({TUESDAY})).of_any_nation()
    assert calendar.is_working_day(TUESDAY)
    assert not calendar.is_working_day(datetime.date(2027, 3, 17))  # St Patrick's Day


@pytest.mark.parametrize(
    ("day", "opens"),
    [("2027-02-05", "2027-02-05T08:00"), ("2027-02-06", "2027-02-08T08:00"), ("2027-06-12", "2027-06-14T07:00")],
    ids=["a working day", "a Saturday", "in summer, by UTC"],
)
def test_an_office_opens_at_8_in_london_on_a_working_day(day, opens):
    moment = Office().opening_from(datetime.date.fromisoformat(day))
    assert moment == datetime.datetime.fromisoformat(opens).replace(tzinfo=datetime.UTC)
