"""What a recipient reads: content, headers, and nothing that should not be there."""

import datetime
import email
import email.policy
from dataclasses import replace
from uuid import uuid4

import html5lib
import pytest

from routing.casework import Dispatch, Reporter
from routing.delivery import Sender, write_message
from routing.words import Role
from tests.samples import ANSWERS

NOW = datetime.datetime(2026, 11, 21, 12, tzinfo=datetime.UTC)
SENDER = Sender("waywarden@reports.example", "office@merewold.example")
PLACE = {"state": "parish", "code": "E04999001", "name": "Testley", "district": "E07999001", "candidates": []}
DISPATCH = Dispatch(
    uuid4(), uuid4(), "WW-7K3M-Q2XD", "merewold", "speeding-traffic", "", "2026-11-01", 1, "parish-clerk", Role.TO,
    "clerk@parish.example", "<one@reports.example>", "The parish council can help.", None, 0, None, ANSWERS,
    566153.7, 444759.1, NOW, "Most mornings.\nNear the school.", Reporter("Ada", "ada@citizen.example", None, False),
    {"place": PLACE, "parish_council": "Testley Town Council"},
)  # fmt: skip


def write(catalogue, **changes):
    dispatch = replace(DISPATCH, **changes)
    definition = catalogue.definition("merewold", "speeding-traffic")
    raw = write_message(dispatch, catalogue.council("merewold"), definition, SENDER, NOW)
    assert b"\n" not in raw.replace(b"\r\n", b"")
    assert max(len(line) for line in raw.split(b"\r\n")) <= 998
    return email.message_from_bytes(raw, policy=email.policy.default)


def parts(message):
    text = message.get_body(("plain",)).get_content()
    html = message.get_body(("html",)).get_content()
    html5lib.HTMLParser(strict=True).parse(html)
    return text, html


def test_the_clerk_reads_what_where_when_and_what_to_do(catalogue):
    message = write(catalogue)
    assert message["Subject"] == "Speeding traffic in Testley: report WW-7K3M-Q2XD"
    assert message["To"] == "clerk@parish.example"
    assert message["From"] == "Merewold District Council <waywarden@reports.example>"
    assert message["Reply-To"] == "office@merewold.example"
    assert message["Message-ID"] == "<one@reports.example>"
    assert message["Auto-Submitted"] == "auto-generated"
    for text in parts(message):
        for words in (
            "WW-7K3M-Q2XD", "Testley (E04999001)", "easting 566154, northing 444759", "21 November 2026",
            "Vehicles often go too fast", "30mph", "Daytime", "Most mornings.", "speed indicator device",
            "The parish council can help.",
        ):  # fmt: skip
            assert words in text, words


def test_the_reporter_is_named_only_if_they_ticked_it(catalogue):
    hidden = "".join(parts(write(catalogue)))
    assert "Ada" not in hidden
    assert "citizen.example" not in hidden
    assert "did not agree" in hidden
    shown = parts(write(catalogue, reporter=replace(DISPATCH.reporter, may_pass_on=True)))
    assert all("ada@citizen.example" in text for text in shown)


SCRIPT = '<script>alert(1)</script> & "quotes" <img src=x onerror=y>'


def test_what_the_public_typed_is_text_and_never_markup_or_header(catalogue):
    reporter = Reporter(SCRIPT, "a@b.example", "1", may_pass_on=True)
    message = write(catalogue, details=SCRIPT + "\nBcc: victim@x.example\n.\n", reporter=reporter)
    text, html = parts(message)
    assert SCRIPT in text
    assert "<script>" not in html
    assert "<img" not in html
    assert "&lt;script&gt;" in html
    assert "Bcc" not in message
    assert not any("script" in value for value in message.values())


def test_a_name_with_line_breaks_cannot_break_the_subject(catalogue):
    receipt = {"place": PLACE | {"name": "Test\r\nBcc: x@y.example"}, "parish_council": None}
    assert write(catalogue, receipt=receipt)["Subject"].startswith("Speeding traffic in Test Bcc: x@y.example")


def test_the_officer_reads_the_candidates_of_an_uncertain_place(catalogue):
    candidates = [
        {"code": "E04999001", "name": "Testley", "distance_m": 0.0},
        {"code": "E04999002", "name": "Otherby", "distance_m": 12.4},
    ]
    receipt = {"place": {"state": "uncertain", "name": None, "code": None, "candidates": candidates}}
    message = write(catalogue, recipient="review", role=Role.REVIEW, receipt=receipt)
    assert message["Subject"] == "To review: report WW-7K3M-Q2XD"
    text, _ = parts(message)
    assert "Testley (E04999001)" in text
    assert "Otherby (E04999002), whose boundary is 12 m away" in text
    assert "waywarden reports decide WW-7K3M-Q2XD" in text


def test_a_copy_says_that_it_is_one_and_asks_for_nothing(catalogue):
    text, _ = parts(write(catalogue, recipient="road-safety", role=Role.COPY))
    assert "This report went to Testley Town Council" in text
    assert "WHAT YOU CAN DO" not in text


@pytest.mark.parametrize("recipient", ["parish-clerk", "road-safety", "traffic-authority", "review"])
def test_no_message_leaves_a_placeholder_open(catalogue, recipient):
    message = write(catalogue, recipient=recipient)
    assert "{" not in message["Subject"] + "".join(parts(message))


def test_the_envelope_sender_carries_the_delivery():
    assert SENDER.envelope(DISPATCH.id) == f"waywarden+{DISPATCH.id.hex}@reports.example"


@pytest.mark.parametrize(
    "details", ["x" * 5000, "Caf\u00e9 \U0001f697 \u2013 too fast", "a\nb\n\n.\nc", "\u00e9" * 3000]
)
def test_what_was_typed_arrives_letter_by_letter(catalogue, details):
    text, html = parts(write(catalogue, details=details))
    for line in details.split("\n"):
        assert line in text
        assert line in html


def test_names_beyond_ascii_are_readable_in_the_headers(catalogue):
    receipt = {"place": PLACE | {"name": "Ynys M\u00f4n " * 12}, "parish_council": None}
    assert "Ynys M\u00f4n Ynys M\u00f4n" in write(catalogue, receipt=receipt)["Subject"]
