"""A process in words: deadlines as people count them, and how long silence goes on."""

from pathlib import Path

import pytest

from routing.process import parse
from routing.process.outline import due_in_words, outline, silence_ends, silence_in_words
from routing.process.stages import Due

EXAMPLES = Path(__file__).parent / "examples"


@pytest.mark.parametrize(
    ("due", "said"),
    [
        ({"working_days": 1}, "1 working day"),
        ({"working_days": 10, "remind_at": [8]}, "10 working days, reminders after 8 working days"),
        ({"weeks": 8, "remind_at": [5, 6, 7], "late_at": 9, "after": "received"},
         "8 weeks after received, silence counts after 9 weeks, reminders after 5, 6 and 7 weeks"),
        ({"hours": 24, "remind_at": [48], "before": "starts"}, "24 hours before starts, reminders 48 hours before"),
        ({"hours": 24, "late_at": 12, "before": "starts"}, "24 hours before starts, silence counts 12 hours before"),
        ({"months": 6, "when": {"road": ["a", "b"]}}, "if road = a or b: 6 months"),
    ],
)  # fmt: skip
def test_a_deadline_is_told_as_people_count_it(due, said):
    assert due_in_words(Due.model_validate({**due, "late": "silent"})) == said


@pytest.mark.parametrize(
    ("due", "options", "said"),
    [
        ({"weeks": 1}, {}, "no answer for 1 week"),
        ({"weeks": 1}, {"is_nobodys": True}, "after 1 week"),
        ({"weeks": 1, "after": "notice_on"}, {"is_nobodys": True}, "1 week after notice_on"),
        ({"hours": 24, "before": "starts"}, {}, "no answer until 24 hours before starts"),
        ({"weeks": 1, "when": {"road": ["a"]}}, {}, "if road = a: no answer for 1 week"),
        ({"weeks": 1, "when": {"road": ["a"]}}, {"with_when": False}, "no answer for 1 week"),
    ],
)
def test_silence_is_told_as_what_it_is(due, options, said):
    assert silence_in_words(Due.model_validate({**due, "late": "silent"}), **options) == said


@pytest.mark.parametrize(
    ("name", "days", "said"),
    [
        ("missed-bin", 5, "after about 5 days, or later if there are bank holidays."),
        ("missed-bin", 1, "after about 1 day, or later if there are bank holidays."),
        ("blue-badge", 94, "after about 94 days."),
    ],
)
def test_only_working_days_end_later_because_of_bank_holidays(name, days, said):
    definition = parse((EXAMPLES / f"{name}.toml").read_text(), name)
    assert silence_ends(definition, days) == f"If nobody ever acts, a case ends {said}"


def test_an_end_that_runs_out_says_which_letter_goes_before():
    lines = list(outline(parse((EXAMPLES / "skip-permit.toml").read_text(), "skip-permit")))
    assert "  holds until permit_until; letter renew 3 days before" in lines
