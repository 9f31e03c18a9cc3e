"""Stages in the terminal: printed in words, counted by ``process check``, with warnings for who writes them."""

import datetime
import json
import re

import pytest

from routing.days import today
from tests.conftest import PLAIN, ROOT

SPEEDING = (PLAIN / "processes" / "speeding-traffic" / "process.toml").read_text()
EXAMPLES = ROOT / "tests" / "process" / "examples"


def test_stages_are_printed_with_what_each_answer_and_silence_leads_to(waywarden):
    done = waywarden("process", "stages", str(EXAMPLES / "missed-bin.toml"))
    assert done.returncode == 0
    lines = done.stdout.splitlines()
    assert lines[0] == "What is sent to collections begins in the stage crew."
    assert "crew: We are asking the crew" in lines
    assert "  due    24 hours; silence is missed" in lines
    assert "  -> missed: crew_note = nothing, or silence -> stage return, letter coming-back" in lines
    assert "  -> not-done: silence -> stage escalated" in lines
    assert "  -> emptied: any answer -> stage check, letter emptied" in lines
    assert "end unanswered: Closed without an answer (unanswered)" in lines
    assert lines[-1] == "If nobody ever acts, a case ends after about 5 days, or later if there are bank holidays."


def test_counts_and_more_time_are_printed_too(waywarden):
    said = waywarden("process", "stages", str(EXAMPLES / "complaint.toml")).stdout
    assert "-> longer: answer = longer -> 10 working days more, letter longer, at most once, then overdue" in said
    assert "-> overdue: silence, or longer is used up -> stage stage-2-window, letter overdue" in said
    back = waywarden("process", "stages", str(EXAMPLES / "blue-badge.toml")).stdout
    assert "-> sent: any answer -> back to the stage that asked" in back


def test_a_process_without_stages_says_what_happens_instead(waywarden):
    said = waywarden("process", "stages", "speeding-traffic").stdout
    assert said.startswith("This process has no stages: a report goes to its recipient")


@pytest.mark.parametrize("examples", [8, 2])
def test_a_check_counts_stages_and_warns_of_too_few_examples(waywarden, tmp_path, examples):
    parts = (EXAMPLES / "missed-bin.toml").read_text().split("[[example]]")
    path = tmp_path / "process.toml"
    path.write_text("[[example]]".join(parts[: examples + 1]))
    done = waywarden("process", "check", str(path), "--json")
    (row,) = json.loads(done.stdout)
    assert done.returncode == 0
    assert (row["stages"], row["examples"], row["silent_days"]) == (4, examples, 5)
    assert ("missed-bin: it has 2 played examples. Write at least 3." in done.stderr) is (examples == 2)


@pytest.mark.parametrize(
    ("file", "key", "said"),
    [
        ("missed-bin", 'source = "merton.gov.uk"', "the source of stage crew is not checked: from memory."),
        ("temporary-event", 'because = "', "the source of rule S1 is not checked: from memory."),
    ],
)
def test_a_source_that_nobody_checked_is_a_warning(waywarden, tmp_path, file, key, said):
    head, tail = (EXAMPLES / f"{file}.toml").read_text().split(key, 1)
    tail = re.sub(r'source = ".*?"', 'source = "not checked: from memory"', f"{key}{tail}", count=1)
    path = tmp_path / "process.toml"
    path.write_text(head + tail)
    done = waywarden("process", "check", str(path))
    assert f"{file}: {said}" in " ".join(done.stderr.split())


def test_an_example_that_goes_another_way_refuses_the_file(waywarden, tmp_path):
    text = (EXAMPLES / "missed-bin.toml").read_text()
    path = tmp_path / "process.toml"
    path.write_text(text.replace('outcomes = ["crew/refused"]', 'outcomes = ["crew/missed"]', 1))
    done = waywarden("process", "check", str(path))
    assert done.returncode == 1
    said = " ".join(done.stderr.split())
    assert "example the-road-was-blocked (line 2" in said
    assert "expect.outcomes is crew/missed, but played it is crew/refused." in said


def test_what_two_versions_decide_differently_is_a_table(waywarden, tmp_path):
    path = tmp_path / "after.toml"
    old = 'to = "road-safety"\nbecause = "This area has no parish council'
    assert old in SPEEDING
    path.write_text(SPEEDING.replace(old, old.replace("road-safety", "review"), 1))
    said = waywarden("process", "diff", "speeding-traffic", str(path)).stdout
    assert said.splitlines()[0].split() == ["if", "before", "after"]
    assert "place = unparished" in said
    assert "to road-safety" in said
    same = waywarden("process", "diff", "speeding-traffic", "speeding-traffic").stdout
    assert same.startswith("No combination of answers and place changes its outcome.")


def test_the_picture_is_drawn_into_a_file(waywarden, tmp_path):
    path = tmp_path / "stages.svg"
    done = waywarden("process", "stages", str(EXAMPLES / "missed-bin.toml"), "--picture", str(path))
    assert done.returncode == 0
    assert done.stdout == ""
    assert f"Drew the stages into {path}." in " ".join(done.stderr.split())
    assert path.read_text().startswith("<svg ")
    refused = waywarden("process", "stages", str(EXAMPLES / "missed-bin.toml"), "--picture", str(tmp_path))
    assert refused.returncode == 2
    assert "Choose a file." in refused.stderr


def test_the_table_of_a_process_with_stages_says_where_each_report_begins(waywarden):
    said = waywarden("process", "table", str(EXAMPLES / "missed-bin.toml")).stdout
    assert [line.split() for line in said.splitlines()] == [
        ["rule", "collection_day", "outcome", "stage", "copy"],
        ["S1", "not-yet", "signpost", "wait"],
        ["S2", "too-long-ago", "signpost", "next-time"],
        ["R1", "recent", "collections", "crew"],
    ]


def test_the_table_of_a_stage_is_printed(waywarden):
    said = waywarden("process", "table", str(EXAMPLES / "missed-bin.toml"), "--stage", "crew").stdout
    assert [line.split() for line in said.splitlines()] == [
        ["outcome", "crew_note", "silence", "leads", "to", "letter"],
        ["missed", "nothing", "yes", "stage", "return", "coming-back"],
        ["refused", "not-out,", "contaminated,", "blocked", "end", "refused", "refused"],
    ]
    rows = json.loads(
        waywarden("process", "table", str(EXAMPLES / "missed-bin.toml"), "--stage", "crew", "--json").stdout
    )
    assert [row["id"] for row in rows] == ["missed", "refused"]


def explained(waywarden, *words):
    done = waywarden("process", "explain", str(EXAMPLES / "missed-bin.toml"), *words, "--json")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_what_decides_says_in_which_stage_a_report_begins_and_what_is_asked_then(waywarden):
    day = (today() - datetime.timedelta(days=1)).isoformat()
    found = explained(waywarden, "-a", f"collection_day={day}")
    assert (found["rule"], found["stage"], found["asked_after"]) == ("R1", "crew", ["bins"])
    said = waywarden("process", "explain", str(EXAMPLES / "missed-bin.toml"), "-a", f"collection_day={day}").stdout
    assert "It begins in the stage crew: We are asking the crew.\nThen we ask: bins." in said
    tomorrow = (today() + datetime.timedelta(days=1)).isoformat()
    signpost = explained(waywarden, "-a", f"collection_day={tomorrow}")
    assert (signpost["outcome"], signpost["stage"], signpost["asked_after"]) == ("signpost wait", None, [])


def test_what_an_answer_in_a_stage_leads_to_is_explained(waywarden):
    assert explained(waywarden, "--stage", "crew") == {"outcome": None, "needs": "crew_note"}
    assert explained(waywarden, "--stage", "crew", "-a", "crew_note=nothing") == {
        "outcome": "missed", "leads_to": "stage return", "letters": ["coming-back"],
    }  # fmt: skip
    said = waywarden(
        "process", "explain", str(EXAMPLES / "missed-bin.toml"), "--stage", "crew", "-a", "crew_note=nothing"
    )
    assert said.stdout.splitlines() == [
        "missed: stage return.",
        "Letters: coming-back.",
        "We are coming back for your bin. Who: collections.",
        "Due: 2 working days; silence is not-done.",
    ]


@pytest.mark.parametrize(
    ("file", "words", "says"),
    [
        ("missed-bin", ("--stage", "crow"), "Use one of: crew, return, check, escalated."),
        ("missed-bin", ("--stage", "crew", "-a", "crew_note=lost"), "crew_note: "),
        ("missed-bin", ("--stage", "crew", "-a", "note=lost"), "There is no such question or field."),
        ("overgrown-hedge", ("--stage", "asked"), "Choose a stage in which somebody acts. Here only time runs."),
    ],
)
def test_what_cannot_be_explained_in_a_stage_is_told(waywarden, file, words, says):
    done = waywarden("process", "explain", str(EXAMPLES / f"{file}.toml"), *words)
    assert done.returncode == 2
    assert says in " ".join(done.stderr.split())


def test_a_process_without_stages_has_no_table_of_one(waywarden):
    done = waywarden("process", "table", "speeding-traffic", "--stage", "crew")
    assert done.returncode == 2
    assert "Leave it out. The process speeding-traffic has no stage 'crew'." in " ".join(done.stderr.split())


TWICE = "{{quote}} has its unit, {}, already. Remove it from the text."


@pytest.mark.parametrize(
    ("unit", "says", "warned"),
    [
        ("pounds", "It costs £{quote}.", TWICE.format("£")),
        ("pounds", "It costs {quote} pounds.", TWICE.format("£")),
        ("m", "It is {quote} m wide.", TWICE.format("m")),
        ("m", "It costs £{quote}.", "{quote} is in m. Remove the £ before it."),
        ("m", "It is {quote} more.", None),
        ("pounds", "It costs {quote}.", None),
    ],
)
def test_a_unit_that_stands_twice_in_a_text_is_a_warning(waywarden, tmp_path, unit, says, warned):
    text = (EXAMPLES / "dropped-kerb.toml").read_text()
    assert 'unit = "pounds"' in text
    path = tmp_path / "process.toml"
    text = text.replace("Building it costs {fee.building}.", says, 1).replace('unit = "pounds"', f'unit = "{unit}"')
    path.write_text(text)
    said = [line for line in waywarden("process", "check", str(path)).stderr.splitlines() if "{quote}" in line]
    assert said == ([] if warned is None else [f"Warning: dropped-kerb: letter quote: {warned}"])


def test_a_check_says_what_a_council_must_have(waywarden):
    said = " ".join(waywarden("process", "check", str(EXAMPLES / "dropped-kerb.toml")).stderr.split())
    assert "dropped-kerb needs from the council: mailboxes kerbs, kerbs-manager; pages highways." in said
