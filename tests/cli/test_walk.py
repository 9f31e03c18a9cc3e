"""A case played in the terminal: typed as a person types, read as a person reads."""

import os
import subprocess
import sys

import pytest

from tests.conftest import ROOT

pytestmark = pytest.mark.thorough

EXAMPLES = ROOT / "tests" / "process" / "examples"
REPORT = ("2027-01-29", "parish", "rubbish,food")


def walk(name: str, *typed: str) -> str:
    command = [sys.executable, "-m", "routing.cli", "process", "walk", str(EXAMPLES / f"{name}.toml")]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("WAYWARDEN_")}
    done = subprocess.run(
        command, input="".join(f"{line}\n" for line in typed), env=environment, capture_output=True, text=True,
        timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_a_case_is_played_from_the_report_to_its_end_with_letters_as_they_would_be_sent():
    said = walk(
        "missed-bin", *REPORT, "collections", "nothing", "1", "collections", "2 feb 27", "citizen", "Nobody came.", "3"
    )
    for line in (
        "Rule R1: to collections.",
        "1 February 2027 at 9:00am. We are asking the crew",
        "Leave your bin out. We empty it by 3 February 2027.",
        "The crew emptied it on 2 February 2027. If it is still full, tell us by 4 February 2027: the link is in this message.",
        "4 February 2027 at 8:00am: escalated/silent, no further answer",
        "The case has ended: Closed without an answer.",
    ):
        assert line in said
    assert "{" not in said


def test_what_cannot_be_taken_is_asked_again():
    said = walk(
        "missed-bin", "31 2 2027", "tomorrow", "2027-01-29", "nowhere", "parish", "glass", "rubbish", "citizen", "quit"
    )
    for line in (
        "Date must be a real date.",
        "Enter a date, like 27 3 2027.",
        "Use one of: parish, uncertain",
        "Select at least one answer.",
    ):
        assert line in said
    assert "citizen is not asked in this stage." in said


@pytest.mark.parametrize(
    ("name", "typed", "said"),
    [
        ("missed-bin", ("2027-02-03",), "signpost. Leave your bin out"),
        ("speeding-traffic", ("pattern", "no", "off_map"), "The process has no stages for this report: an officer decides"),
        ("speeding-traffic", ("pattern", "no", "parish", "30", "day", "bounce parish-clerk", "quit"), "Our road safety team is looking at it"),
        ("overgrown-hedge", ("road", "private", "hardly", "parish", "highways", "occupier", "Ada Occupier, 1 High Street", "15", "quit"), "letter to field:occupier"),
    ],
)  # fmt: skip
def test_signposts_review_bounces_and_persons_are_played_too(name, typed, said):
    assert said in walk(name, *typed)


def test_whoever_plays_reads_what_the_citizen_reads_what_can_be_entered_and_when_silence_counts():
    said = walk("missed-bin", *REPORT, "help", "-3", "2 Days", "quit")
    for line in (
        "It is 1 February 2027 at 9:00am, a Monday.",
        "    Crews work until 3pm. Report today's bin after that.",
        "The citizen reads:\n    We are asking the crew what happened. You will hear by 2 February 2027.",
        "who answers (collections), bounce collections (no message reaches them), or quit.",
        "If nobody answers by 2 February 2027 at 9:00am: stage return.",
        "If nobody answers by the end of 4 February 2027: stage escalated.",
        "letter to citizen\n    Subject: We are coming back for your bin: WW-7K3M-Q2XD\n    \n    Leave your bin out.",
    ):
        assert line in said
    assert "'help' is none of these." in said
    assert "'-3' is none of these." in said


def test_the_letter_before_a_permission_runs_out_is_played():
    said = walk("skip-permit", "2027-02-10", "parish", "one", "R-1", "permits", "granted", "S-1", "2027-02-17", "20")
    assert "The permit costs £35.00. Pay at the page highways." in said
    assert "The letter before it runs out goes on 12 February 2027." in said
    assert "12 February 2027: letter to citizen\n    Subject: Your skip permit runs out: WW-7K3M-Q2XD" in said
    assert "Your permit holds until 17 February 2027." in said


GRANTED = ("2027-02-10", "parish", "one", "R-1", "permits", "granted", "S-1")


@pytest.mark.parametrize(
    ("until", "typed", "said", "never"),
    [
        ("2027-02-17", ("permits", "quit"), "The case has ended.", "Traceback"),
        ("2027-02-02", ("1", "quit"), "The letter before it runs out goes on 1 February 2027.", "goes on 30 January"),
        ("2027-01-30", (), "The case has ended: You have a permit.", "The letter before it runs out"),
    ],
)
def test_after_the_end_nobody_is_asked_and_what_has_run_out_is_not_renewed(until, typed, said, never):
    told = walk("skip-permit", *GRANTED, until, *typed)
    assert said in told
    assert never not in told


def test_where_nobody_is_asked_or_reached_no_silence_is_told():
    hedge = walk("overgrown-hedge", "road", "private", "hardly", "parish", "highways", "occupier", "Ada Occupier, 1 High Street", "quit")  # fmt: skip
    assert "At the end of 15 February 2027: stage" in hedge
    assert "Enter the name, a comma, and the address." in hedge
    skip = walk("skip-permit", "2027-02-10", "parish", "one", "R-1", "bounce permits", "300", "quit")
    assert "Time stands, because no message reaches permits. Officers must see to it." in skip
    assert skip.count("If nobody answers") == 1
