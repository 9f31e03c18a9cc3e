"""Days and times as people say them, by the clock of London."""

import datetime

import pytest

from routing.days import day_of, in_table, in_words, with_time


def utc(text):
    return datetime.datetime.fromisoformat(f"{text}+00:00")


@pytest.mark.parametrize(
    ("moment", "day", "expected", "table"),
    [
        ("2026-06-30 23:30", "2026-07-01", "1 July 2026 at 12:30am", "2026-07-01 00:30"),
        ("2026-06-30 22:59", "2026-06-30", "30 June 2026 at 11:59pm", "2026-06-30 23:59"),
        ("2026-12-31 23:30", "2026-12-31", "31 December 2026 at 11:30pm", "2026-12-31 23:30"),
        ("2026-07-01 11:00", "2026-07-01", "1 July 2026 at midday", "2026-07-01 12:00"),
        ("2026-12-04 00:00", "2026-12-04", "4 December 2026 at midnight", "2026-12-04 00:00"),
        ("2026-12-04 12:05", "2026-12-04", "4 December 2026 at 12:05pm", "2026-12-04 12:05"),
        ("2026-12-04 15:05", "2026-12-04", "4 December 2026 at 3:05pm", "2026-12-04 15:05"),
    ],
)
def test_a_moment_is_said_by_the_clock_of_london(moment, day, expected, table):
    when = utc(moment)
    assert day_of(when) == datetime.date.fromisoformat(day)
    assert with_time(when) == expected
    assert expected.startswith(in_words(when))
    assert in_words(datetime.date.fromisoformat(day)) == in_words(when)
    assert in_table(when) == table
