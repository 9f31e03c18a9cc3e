"""Working days of the part of the United Kingdom in which a council is (bank holidays: gov.uk/bank-holidays)."""

import datetime

import pytest

from routing.working_days import calendar_of

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
    assert calendar_of(gss).after(datetime.date.fromisoformat(start), number) == datetime.date.fromisoformat(day)
